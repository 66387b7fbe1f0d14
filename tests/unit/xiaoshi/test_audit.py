"""The auditor: a journal in order is clean, and whatever is wrong with a deadline takes its hand off the handle."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from shared import topics, wire
from shared.events import ClockTicked, MatterEvent, SupervisionOrdered
from shared.wire import Record
from tests.builders import journal_tick
from tests.unit.xiaoshi.recorded import LANES, MemoryLog, recorded
from xiaoshi.audit import Audit, Read

EVENTS = topics.EVENTS.name
INSTANT = timedelta(microseconds=1)


def reading(log: MemoryLog) -> Read:
    def read(starts: dict[int, int]) -> Iterator[Record]:
        for lane in range(LANES):
            for record in log.read(EVENTS, lane):
                if record.offset >= starts.get(lane, 0):
                    yield record

    return read


def clock_of(log: MemoryLog) -> datetime:
    """The last tick of the lane the day is on."""
    ticks = [wire.decode(r.value) for lane in range(LANES) for r in log.read(EVENTS, lane)]
    return max(tick.at for tick in ticks if isinstance(tick, ClockTicked))


def rows_with(log: MemoryLog, kind: str) -> tuple[list[Record], int]:
    return log.find(EVENTS, kind)


def test_a_journal_in_order_is_clean_and_every_open_matter_is_counted() -> None:
    found = Audit(reading(recorded())).audit(None)
    assert found.is_clean, (found.finding.examples, found.lines)
    assert found.open_matters > 0
    assert found.finding.compared > found.open_matters


def test_what_was_read_before_is_not_read_again() -> None:
    log = recorded()
    audit = Audit(reading(log))
    first = audit.audit(None)
    assert audit.audit(None) == first


@pytest.mark.parametrize(
    "kind", ["matter.ordered", "matter.escalated", "matter.noticed", "fast.late"], ids=str
)
def test_a_limit_that_nobody_acted_on_is_told(kind: str) -> None:
    log = recorded()
    rows, at = rows_with(log, kind)
    event = wire.decode(rows[at].value)
    assert isinstance(event, MatterEvent)
    matter_id = event.matter_id.encode()
    rows[:] = [
        record for nth, record in enumerate(rows) if nth < at or matter_id not in (record.value or b"")
    ]
    found = Audit(reading(log)).audit(None)
    assert not found.is_clean
    assert any(event.matter_id in line for line in found.lines)


def test_an_order_given_twice_is_told_until_it_is_known() -> None:
    log = recorded()
    rows, at = rows_with(log, "matter.ordered")
    rows.insert(at + 2, rows[at])
    order = wire.decode(rows[at].value)
    assert isinstance(order, SupervisionOrdered)
    assert not Audit(reading(log)).audit(None).finding.ok
    known = Audit(reading(log), known_until=order.at + timedelta(days=365))
    assert known.audit(None).finding.ok


@pytest.mark.parametrize(
    ("late", "clean"),
    [
        pytest.param(timedelta(), True, id="as long as the grace"),
        pytest.param(INSTANT, False, id="a microsecond longer"),
    ],
)
def test_a_lane_whose_time_stands_still_is_told(late: timedelta, clean: bool) -> None:
    log, grace = recorded(), timedelta(minutes=2)

    found = Audit(reading(log), grace).audit(clock_of(log) + grace + late)
    assert found.is_clean is clean


def test_what_waits_for_its_turn_behind_others_is_no_difference() -> None:
    """A tick after which one limit was acted on and another not yet: the lane is at work."""
    log = recorded()
    rows, at = rows_with(log, "matter.ordered")
    later = journal_tick(clock_of(log) + timedelta(days=400))
    order, risen = rows[at], rows[at + 1]
    del rows[at + 2 :]
    rows[at:] = [later._replace(partition=order.partition), order, risen]
    audit = Audit(reading(log))
    found = audit.audit(None)
    assert not [line for line in found.lines if "nothing happened" in line]
