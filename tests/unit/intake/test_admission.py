"""What the door puts on the bus, and that the lane takes all of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.intake.rules.admission import AHEAD_AT_THE_DOOR, LIMIT_REPORTS, Admission, Admitted, split
from services.intake.rules.screen import LIMIT_BYTES, Refusal, Screen
from services.intake.sources import sources
from shared import wire
from shared.matter import Report
from shared.reasons import Reason
from shared.wire import Record
from tests.unit.intake.samples import (
    CATEGORIES,
    COUNTY,
    KEYS,
    LANE,
    MINUTE,
    NOW,
    TICK,
    a_body,
    a_lane,
    given_by,
    screen,
)

AT_THE_DOOR = Screen(CATEGORIES, ahead=AHEAD_AT_THE_DOOR)
ADMISSION = Admission(AT_THE_DOOR, KEYS, sources()["grid"], NOW)


def admitted(admission: Admission, body: bytes) -> Admitted:
    answer = admission.one(body)
    assert isinstance(answer, Admitted), answer
    return answer


def as_record(answer: Admitted) -> Record:
    out = answer.out
    return Record(out.topic, LANE, 0, out.timestamp, out.key, out.value, out.headers)


def test_a_report_goes_to_its_sources_topic_under_its_county() -> None:
    out = admitted(ADMISSION, a_body()).out
    assert (out.topic, out.key, out.timestamp) == ("reports.grid.v1", COUNTY.encode(), wire.millis(NOW))
    assert wire.header(out.headers, "traceparent")


def test_contact_data_leave_the_door_sealed() -> None:
    out = admitted(ADMISSION, a_body(reporter={"name": "某某"})).out
    assert out.value is not None
    assert "某某" not in out.value.decode()
    assert msgspec.json.decode(out.value)["reporter"].keys() == {"sealed"}


def test_the_lane_gives_the_receipt_the_door_promised() -> None:
    answer = admitted(ADMISSION, a_body(reporter={"name": "某某"}))
    decision = a_lane().feed(as_record(answer))
    assert decision.outcome == "handled"
    assert len(decision.outs) == 2
    assert answer.receipt.encode() in (decision.outs[0].value or b"")


@pytest.mark.parametrize("behind", [0 * MINUTE, MINUTE], ids=["clocks agree", "broker a minute behind"])
def test_what_the_door_takes_the_lane_takes(behind: timedelta) -> None:
    received = NOW + TICK * 1999
    answer = admitted(
        replace(ADMISSION, received_at=received),
        a_body(reported_at=(NOW + TICK * 1000 + 4 * MINUTE).isoformat()),
    )
    record = as_record(answer)
    stamped = record._replace(timestamp=record.timestamp - behind // timedelta(milliseconds=1))
    assert a_lane().feed(stamped).outcome == "handled"


def test_a_report_more_than_four_minutes_ahead_is_refused_at_the_door() -> None:
    answer = ADMISSION.one(a_body(reported_at=(NOW + TICK + 4 * MINUTE).isoformat()))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.IN_THE_FUTURE
    assert "more than 4 minutes" in answer.detail


def a_body_of(size: int, **changes: Any) -> bytes:
    """A report of exactly that size, filled up with answers."""
    answers = {str(nth): "x" * 2000 for nth in range(31)}
    short = len(a_body(answers=answers | {"pad": ""}, **changes))
    return a_body(answers=answers | {"pad": "x" * 2000, "rest": "x" * (size - short - 2000 - 10)}, **changes)


def test_a_report_of_64_kib_that_grows_by_sealing_is_refused_while_it_is_the_senders() -> None:
    body = a_body_of(LIMIT_BYTES, reporter={"name": "x"})
    assert isinstance(screen(body, given_by()), Report)
    answer = ADMISSION.one(body)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.TOO_LARGE


def test_a_report_of_nearly_64_kib_passes_door_and_lane() -> None:
    answer = admitted(ADMISSION, a_body_of(LIMIT_BYTES - 300, reporter={"name": "x"}))
    assert a_lane().feed(as_record(answer)).outcome == "handled"


def test_by_the_stated_clock_a_report_is_received_when_it_says_it_was_made() -> None:
    stated = replace(ADMISSION, received_at=None)
    long_ago = NOW - timedelta(days=3000)
    answer = admitted(stated, a_body(reported_at=long_ago.isoformat()))
    assert answer.out.timestamp == wire.millis(long_ago)
    assert a_lane().feed(as_record(answer)).outcome == "handled"


def test_the_same_report_twice_in_a_body_has_one_receipt_and_is_marked() -> None:
    first, second, third = ADMISSION.all([a_body(), a_body(), a_body(source_id="8")])
    assert isinstance(first, Admitted)
    assert isinstance(second, Admitted)
    assert isinstance(third, Admitted)
    assert (first.again, second.again, third.again) == (False, True, False)
    assert first.receipt == second.receipt != third.receipt


@pytest.mark.parametrize(
    ("body", "is_lines", "count"),
    [
        pytest.param(b"{}", False, 1, id="an object"),
        pytest.param(b"  [{}, 1]", False, 2, id="a list"),
        pytest.param(
            b"[" + b",".join([b"{}"] * LIMIT_REPORTS) + b"]", False, LIMIT_REPORTS, id="1,000 in a list"
        ),
        pytest.param(b"{}\n" * LIMIT_REPORTS, True, LIMIT_REPORTS, id="1,000 lines"),
        pytest.param(b"{}\r\n\n{}\n\n", True, 2, id="blank lines"),
    ],
)
def test_a_body_is_split_into_reports(body: bytes, is_lines: bool, count: int) -> None:
    raws = split(body, is_lines)
    assert not isinstance(raws, Refusal)
    assert len(raws) == count


@pytest.mark.parametrize(
    ("body", "is_lines", "reason"),
    [
        pytest.param(b"[]", False, Reason.FIELD_INVALID, id="an empty list"),
        pytest.param(b"\n", True, Reason.FIELD_INVALID, id="no line"),
        pytest.param(b"[" + b",".join([b"{}"] * 1001) + b"]", False, Reason.TOO_LARGE, id="1,001 in a list"),
        pytest.param(b"{}\n" * 1001, True, Reason.TOO_LARGE, id="1,001 lines"),
        pytest.param(b"[{}", False, Reason.NOT_JSON, id="broken off"),
        pytest.param(b"[" * 100_000, False, Reason.TOO_DEEP, id="100,000 deep"),
        pytest.param(b"[" + b"1," * 1_000_001 + b"1]", False, Reason.TOO_LARGE, id="a million nothings"),
    ],
)
def test_a_body_of_too_much_or_nothing_is_refused(body: bytes, is_lines: bool, reason: Reason) -> None:
    refusal = split(body, is_lines)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason
