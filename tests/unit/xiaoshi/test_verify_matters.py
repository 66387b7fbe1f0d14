"""Whether each report is in the matter where the one it is like is by now, however that was joined and split."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from shared.core import Decision
from shared.events import Band, MatterJoined, MatterOpened, ReportMatched
from shared.wire import Record
from tests.builders import a_received, received_record
from tests.unit.escalation.lane import BULB, K, Lane, as_record
from tests.unit.xiaoshi.breaks import EVENTS, JOINS, ONE, RECEIVED, event_of, found, kind_of, rewrite
from tests.unit.xiaoshi.recorded import COUNTY, MemoryLog

CHECKS = (ONE, JOINS)


class Written(Lane):
    """A lane of escalation whose journal is kept as it lies on the bus, what is fed before what it leads to."""

    def __init__(self) -> None:
        self.bus = MemoryLog()
        super().__init__(**BULB)

    def feed(self, record: Record) -> list[Any]:
        event = event_of(record)
        if isinstance(event, MatterOpened | ReportMatched):
            received = replace(a_received(), report_id=event.report_id)
            self.bus.records[RECEIVED, 0].append(received_record(received))
        self._write(record)
        return super().feed(record)

    def keep(self, decision: Decision) -> None:
        super().keep(decision)
        for out in decision.outs:
            if out.topic == EVENTS:
                self._write(as_record(out))

    def _write(self, record: Record) -> None:
        rows = self.bus.records[EVENTS, 0]
        rows.append(record._replace(offset=len(rows)))

    @property
    def first(self) -> str:
        return self.matter.parts[0].report_id

    def like(self, report_id: str, other: str) -> str:
        """A report like that one; the matter that took it in."""
        (joined,) = self.say(replace(self.match, report_id=report_id, like=other))
        assert isinstance(joined, MatterJoined)
        return joined.matter_id

    @property
    def match(self) -> ReportMatched:
        found = (event_of(r) for r in self.records if kind_of(r) == "report.matched")
        return next(event for event in found if isinstance(event, ReportMatched))


def differences(log: MemoryLog) -> dict[str, tuple[str, ...]]:
    return {
        name: finding.examples for name, finding in found(log).items() if name in CHECKS and not finding.ok
    }


def taken_out() -> Written:
    lane = Written()
    lane.matched("r2")
    lane.act(K.SPLIT, taken_out="r2")
    return lane


def split_and_followed() -> Written:
    lane = taken_out()
    assert lane.like("r3", "r2") == f"{COUNTY}-r2"
    assert lane.like("r4", lane.first) == lane.matter_id
    return lane


def merged_and_followed() -> Written:
    lane = taken_out()
    first = lane.first
    lane.act(K.JOIN, into=f"{COUNTY}-r2")
    assert lane.like("r3", first) == f"{COUNTY}-r2"
    return lane


def asked_and_kept_apart() -> Written:
    lane = Written()
    lane.asked()
    lane.go(K.KEEP_APART)
    lane.matched("r2")
    return lane


def asked_and_joined() -> Written:
    lane = Written()
    other = lane.asked()
    lane.act(K.JOIN, into=other)
    lane.matched("r2")
    return lane


def closed_and_repeated() -> Written:
    lane = Written()
    lane.matched("r2", voice="she")
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT, K.VISIT, K.CLOSE)
    lane.matched("r3", voice="she")
    lane.matched("r4", voice="he")
    return lane


def stays_apart() -> Written:
    lane = Written()
    lane.matched("r2", band=Band.APART)
    lane.matched("r3")
    return lane


GOOD: tuple[Callable[[], Written], ...] = (
    split_and_followed,
    merged_and_followed,
    asked_and_kept_apart,
    asked_and_joined,
    closed_and_repeated,
    stays_apart,
)


@pytest.mark.parametrize("history", GOOD, ids=lambda each: each.__name__)
def test_a_good_history_gives_no_difference(history: Callable[[], Written]) -> None:
    assert differences(history().bus) == {}


def put(log: MemoryLog, report_id: str, matter_id: str) -> None:
    """That report has joined another matter than it should."""
    rows = log.records[EVENTS, 0]
    at = next(
        n for n, r in enumerate(rows) if kind_of(r) == "matter.joined" and event_of(r).report_id == report_id
    )
    rewrite(rows, at, matter_id=matter_id)


@pytest.mark.parametrize(
    ("history", "report_id", "other"),
    [
        pytest.param(split_and_followed, "r3", "", id="the one it is like has been taken out of there"),
        pytest.param(split_and_followed, "r4", "r2", id="another was taken out, not the one it is like"),
        pytest.param(merged_and_followed, "r3", "", id="the one it is like went on elsewhere"),
        pytest.param(
            closed_and_repeated, "r4", "", id="who came back was heard elsewhere, and others follow"
        ),
        pytest.param(stays_apart, "r3", "r2", id="what stays apart takes nothing in for the other"),
    ],
)
def test_a_report_in_another_matter_than_the_one_it_is_like_is_found(
    history: Callable[[], Written], report_id: str, other: str
) -> None:
    lane = history()
    matter_id = f"{COUNTY}-{other}" if other else lane.matter_id
    put(lane.bus, report_id, matter_id)
    assert set(differences(lane.bus)) == {JOINS}


def test_a_report_that_stays_apart_and_is_no_matter_is_found() -> None:
    lane = stays_apart()
    rows = lane.bus.records[EVENTS, 0]
    del rows[
        next(n for n, r in enumerate(rows) if kind_of(r) == "matter.opened" and event_of(r).report_id == "r2")
    ]
    assert JOINS in differences(lane.bus)
