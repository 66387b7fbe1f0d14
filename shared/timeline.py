"""The order in which recorded input goes onto the bus when time is driven.

Step by step, and in each step reports, source by source, then actions, then the tick. A live drive and
`xiaoshi replay` share it, so their logs are equal.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from shared import topics, wire
from shared.events import ClockTicked
from shared.wire import Out

Report = TypeVar("Report")
Action = TypeVar("Action")

TICKER = "/xiaoshi/ticker"


class Step(NamedTuple, Generic[Report, Action]):
    """What came in before `ends` and after the step before; the tick at `ends` closes it."""

    reports: list[Report]
    actions: list[Action]
    ends: datetime


def steps(
    reports: Iterable[tuple[datetime, Report]],
    actions: Iterable[tuple[datetime, Action]],
    every: timedelta,
    until: datetime | None = None,
) -> Iterator[Step[Report, Action]]:
    """Steps of equal length, empty ones too, from the first item to the last or to `until`.

    Items keep the order given: one that is earlier than the one before it comes with it, not before it.
    """
    waiting_reports, waiting_actions = deque(reports), deque(actions)
    firsts = [waiting[0][0] for waiting in (waiting_reports, waiting_actions) if waiting]
    if not firsts:
        return
    ends = floor(min(firsts), every) + every
    while waiting_reports or waiting_actions or (until is not None and ends <= until):
        yield Step(_before(waiting_reports, ends), _before(waiting_actions, ends), ends)
        ends += every


def by_topic(outs: Iterable[Out]) -> list[list[Out]]:
    """A step's reports source by source, in the topics' order: a lane reads several topics in no fixed order."""
    groups: dict[str, list[Out]] = {}
    for out in outs:
        groups.setdefault(out.topic, []).append(out)
    return [groups[topic] for topic in sorted(groups)]


def floor(at: datetime, every: timedelta) -> datetime:
    """The last whole multiple of `every` since 1970 that is not after `at`."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return at - since % every


def tick(at: datetime, lane: int) -> Out:
    """The record that says on a lane that it is now `at`."""
    cause = f"{lane}/{at.isoformat()}"
    return wire.out(
        ClockTicked(at=at), TICKER, topics.TICKS.name, lane, cause=cause, subject=str(lane), county="", at=at
    )


def _before(waiting: deque[tuple[datetime, Report]], ends: datetime) -> list[Report]:
    found = []
    while waiting and waiting[0][0] < ends:
        found.append(waiting.popleft()[1])
    return found
