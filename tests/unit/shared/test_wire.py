"""Events as records: CloudEvents in headers, the same bytes for the same input."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import topics, wire
from shared.errors import EventInvalidError
from shared.events import ClockTicked
from tests.builders import COUNTY, MONDAY


def _out(at: datetime = MONDAY) -> wire.Out:
    return wire.out(
        ClockTicked(at=MONDAY),
        "/test",
        topics.TICKS.name,
        3,
        cause="c",
        subject="s",
        county=COUNTY,
        at=at,
    )


def test_an_event_carries_its_cloudevents_attributes_as_headers() -> None:
    headers = dict(_out().headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"org.xiaoshi.clock.ticked"
    assert headers["ce_source"] == b"/test"
    assert headers["ce_time"] == b"2026-03-02T09:10:00+08:00"
    assert headers["ce_partitionkey"] == COUNTY.encode()
    assert headers["ce_causationid"] == b"c"
    assert headers["content-type"] == b"application/json"
    assert "traceparent" not in headers


def test_attribute_names_are_small_letters_and_digits_and_20_at_most() -> None:
    names = [name.removeprefix("ce_") for name, _ in _out().headers if name.startswith("ce_")]
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in names)


def test_the_same_instant_is_told_in_the_zone_it_was_given_in() -> None:
    for at in (MONDAY, MONDAY.astimezone(UTC), MONDAY):
        out = _out(at)
        assert dict(out.headers)["ce_time"] == at.isoformat().encode()
        assert out.timestamp == wire.millis(MONDAY)


def test_an_event_that_was_encoded_before_is_not_encoded_again() -> None:
    event = ClockTicked(at=MONDAY)
    value = wire.encode(event)
    made = partial(
        wire.out, event, "/test", topics.TICKS.name, 3, cause="c", subject="s", county=COUNTY, at=MONDAY
    )
    assert made(value=value).value is value
    assert made(value=value) == made()


def test_an_event_of_this_process_is_not_read_again_and_any_other_is() -> None:
    out = _out()
    assert out.event is not None
    assert wire.event_of(out) is out.event
    assert wire.event_of(out._replace(event=None)) == out.event


def test_the_same_input_gives_the_same_bytes() -> None:
    assert _out() == _out()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("a", "kind"), ("b", "kind"), id="another cause"),
        pytest.param(("a", "kind"), ("a", "kinds"), id="another kind"),
    ],
)
def test_ids_differ_where_causes_or_kinds_do(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert wire.event_id(*one) != wire.event_id(*other)


@given(st.binary(max_size=200))
def test_whatever_lies_on_a_topic_is_an_event_or_refused(value: bytes) -> None:
    try:
        wire.decode(value)
    except EventInvalidError:
        return


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(EventInvalidError, match="extra"):
        wire.decode(b'{"type":"clock.ticked","at":"2026-03-02T01:10:00Z","extra":1}')


@pytest.mark.parametrize(
    ("key", "partition"),
    # of 8 partitions, as org.apache.kafka.common.utils.Utils of kafka-clients 4.3.1 says
    [
        pytest.param("430981", 1, id="a county"),
        pytest.param("430900", 2, id="a city"),
        pytest.param("110101", 4, id="a municipality's district"),
        pytest.param("441900", 1, id="a city without counties"),
    ],
)
def test_a_key_lies_where_the_java_client_puts_it(key: str, partition: int) -> None:
    assert wire.partition_of(key.encode(), 8) == partition


@pytest.mark.parametrize(
    "stamp", [2**62, -(2**62), -1, 0], ids=["far future", "far past", "no stamp at all", "the epoch"]
)
def test_every_stamp_has_a_time(stamp: int) -> None:
    assert wire.instant(stamp).tzinfo is not None


def test_milliseconds_and_instants_agree() -> None:
    assert wire.instant(wire.millis(MONDAY)) == MONDAY
    assert wire.millis(MONDAY + timedelta(milliseconds=1)) - wire.millis(MONDAY) == 1
