"""One event in, what it adds to the figures out."""

import heapq
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.metrics.figures import (
    CLOCK,
    FACTS,
    Cell,
    Clock,
    Count,
    Kept,
    cell_of,
    cells_of,
    increments,
    key_of,
)
from services.metrics.indicators import Countable
from services.metrics.rules.facts import Facts, after, forgotten, left_for, opening, other_of, unknown
from services.metrics.rules.turns import BEFORE_ANY_TICK, next_turn
from shared import topics, wire
from shared.core import Decision
from shared.errors import EventInvalidError
from shared.events import ActionRefused, ClockTicked, MatterEvent, MatterJoined, MatterOpened, MatterSplit
from shared.matter import Value
from shared.wire import Record

# A report may join a matter that is over, for as long as its category's window is open (90 days at most in the
# shipped policy), and a merged matter may come back. A later report is counted all the same, at the county.
KEPT_AFTER_END = timedelta(days=120)


class MetricsLogic:
    """A fold over the journal of one lane: counters (`c|...`), facts of matters (`m|<matter_id>`) and the last tick.

    An event of a matter counts once by its number. What is scraped is what was last committed.
    """

    state_type: Any = Kept

    def __init__(self, state: dict[str, Kept]) -> None:
        self.state = state
        self._now = BEFORE_ANY_TICK
        self._turning: list[tuple[datetime, str]] = []
        self._ended: dict[date, set[str]] = {}
        self._cells: Counter[Cell] = Counter()
        self._changed: set[Cell] = set()
        self._published: dict[Cell, int] = {}
        self._lock = threading.Lock()

    def decide(self, record: Record) -> Decision:
        event = wire.decode(record.value)
        if not isinstance(event, topics.EVENTS.events):
            raise EventInvalidError(f"{type(event).__name__} is no event of the journal")
        match event:
            case MatterEvent():
                return self._on_matter(event)
            case ActionRefused():
                return Decision(puts=self._counted(event, self._place_of(event)))
            case ClockTicked():
                gone = [(key, None) for key in self._long_ended(event.at)]
                return Decision(puts=[(CLOCK, Clock(at=max(event.at, self._now))), *gone])
            case _:
                return Decision()

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: Kept | None, new: Kept | None) -> None:
        match new:
            case Count():
                cell = cell_of(key)
                self._cells[cell] = new.n
                self._changed.add(cell)
            case Clock():
                self._pass(new.at)
            case _:
                self._index_facts(key, old, new)

    def committed(self) -> None:
        """Let a scrape see the figures as they are now.

        A counter that was shown and then not committed would go back, and Prometheus would take that for a reset.
        """
        with self._lock:
            self._published.update((cell, self._cells[cell]) for cell in self._changed)
        self._changed.clear()

    def published(self) -> Mapping[Cell, int]:
        """A copy of the figures of one committed state; may be called from any thread."""
        with self._lock:
            return dict(self._published)

    def _on_matter(self, event: MatterEvent) -> Decision:
        key = FACTS + event.matter_id
        facts = self._facts(event.matter_id)
        if facts is not None and event.number <= facts.number:
            return Decision(outcome="duplicate")
        if isinstance(event, MatterOpened):
            facts = opening(event, facts)
        elif facts is None and isinstance(event, MatterJoined):
            return Decision(puts=self._counted(event, forgotten(event)))
        elif facts is None:
            return Decision(outcome="duplicate")
        other = self._facts(other_of(event))
        puts = [*self._counted(event, facts), (key, after(facts, event, other))]
        if isinstance(event, MatterSplit) and (left := left_for(facts, event, other)) is not None:
            puts.append((FACTS + event.other, left))
        return Decision(puts=puts)

    def _facts(self, matter_id: str | None) -> Facts | None:
        facts = self.state.get(f"{FACTS}{matter_id}")
        return facts if isinstance(facts, Facts) else None

    def _counted(self, event: Countable, facts: Facts) -> list[tuple[str, Value | None]]:
        added = increments(event, facts)
        return [(key_of(cell), Count(n=self._cells[cell] + n)) for cell, n in added.items()]

    def _place_of(self, event: ActionRefused) -> Facts:
        # The same lane may hold another county's matter of that id: where an action counts must not depend on it.
        facts = self._facts(event.matter_id)
        return facts if facts is not None and facts.county == event.county else unknown(event)

    def _long_ended(self, now: datetime) -> list[str]:
        last = (now.astimezone(UTC) - KEPT_AFTER_END).date()
        return sorted(key for day, keys in self._ended.items() if day < last for key in keys)

    def _index_facts(self, key: str, old: Kept | None, new: Kept | None) -> None:
        if isinstance(old, Facts):
            self._stand(old, -1)
            if old.ended_on is not None:
                self._ended[old.ended_on].discard(key)
        if isinstance(new, Facts):
            self._stand(new, 1)
            if new.ended_on is not None:
                self._ended.setdefault(new.ended_on, set()).add(key)
            if not isinstance(old, Facts) or old.turns != new.turns:
                self._await(key, new)

    def _pass(self, now: datetime) -> None:
        """Move what stands otherwise from some instant up to now on; the rest is not looked at."""
        turned: dict[str, Facts] = {}
        while self._turning and self._turning[0][0] <= now:
            at, key = heapq.heappop(self._turning)
            facts = self.state.get(key)
            if isinstance(facts, Facts) and next_turn(facts.turns, self._now) == at:
                turned[key] = facts
        for facts in turned.values():
            self._stand(facts, -1)
        self._now = now
        for key, facts in turned.items():
            self._stand(facts, 1)
            self._await(key, facts)

    def _await(self, key: str, facts: Facts) -> None:
        at = next_turn(facts.turns, self._now)
        if at is not None:
            heapq.heappush(self._turning, (at, key))

    def _stand(self, facts: Facts, n: int) -> None:
        for cell in cells_of(facts, self._now):
            self._cells[cell] += n
            self._changed.add(cell)
