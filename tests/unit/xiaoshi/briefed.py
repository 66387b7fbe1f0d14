"""Journals for a briefing: lives of matters moved to the week they are about, week 10 of 2024 (from Monday 4 March)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from shared import events as e
from shared import topics, wire
from shared.calendar import ZONE
from shared.events import MatterEvent
from shared.matter import Deadline, Value
from shared.wire import Record
from tests.builders import a_deadline
from tests.unit.metrics.journal import COUNTY, START, Life, records, tick
from tests.unit.xiaoshi.recorded import LANES, recorded
from xiaoshi.briefing.facts import Briefing, Fold, week_of

WEEK = week_of("2024-W10")
BEGINS = datetime(2024, 3, 4, tzinfo=ZONE)
ENDS = datetime(2024, 3, 11, tzinfo=ZONE)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EARLY = BEGINS - 60 * DAY
RECORDED_WEEK = "2026-W10"
RECORDED_FROM = date(2026, 3, 2)


def from_(at: datetime, life: Life) -> list[Value]:
    """Its events, the first of them then, the others an hour apart."""
    by = at - START - HOUR
    return [replace(each, at=each.at + by) if isinstance(each, MatterEvent) else each for each in life.events]


def missed(at: datetime, life: Life, since: datetime) -> list[Value]:
    """The same, with every missed limit at another instant."""
    limit = a_deadline(since)
    return [replace(each, missed=limit) if hasattr(each, "missed") else each for each in from_(at, life)]


def briefed(
    *journals: Iterable[Value], place: str = COUNTY, early: bool = True, ends: bool = True
) -> Briefing:
    """Of a journal that begins long before the week unless not `early`, and goes on beyond it unless not `ends`."""
    events = [each for journal in journals for each in journal]
    if early:
        events.insert(0, tick(EARLY))
    if ends:
        events.append(tick(ENDS))
    return folded(records(events), place)


def folded(told: Iterable[Record], place: str = COUNTY) -> Briefing:
    fold = Fold(place, WEEK)
    for record in told:
        fold.take(record)
    return fold.briefing()


def joined(life: Life, voices: int, reports: int) -> Life:
    rest: dict[str, Any] = {"report_id": "r", "reports": reports, "score": 0.9, "title": "t", "text": "t"}
    return life.tell(e.MatterJoined, source="app", voices=voices, **rest)


def due(at: datetime) -> Deadline:
    return a_deadline(at)


def figure(briefing: Briefing, name: str) -> tuple[object, object]:
    """What an indicator was in the week and in the one before."""
    [found] = [each for each in briefing.measures if each.indicator.name == name]
    return found.now, found.before


def journal_recorded() -> Iterator[Record]:
    """A simulated day and what became of it, lane by lane."""
    log = recorded()
    for lane in range(LANES):
        yield from log.read(topics.EVENTS.name, lane)


def events_of(told: Iterable[Record]) -> Iterator[Value]:
    return (wire.decode(record.value) for record in told)
