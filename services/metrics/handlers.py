"""One event in, what it adds to the figures out."""

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.metrics.figures import FACTS, Cell, Count, cell_of, cells_of, increments, key_of
from services.metrics.indicators import Countable
from services.metrics.rules.facts import Facts, after, forgotten, opening, unknown
from shared import topics, wire
from shared.core import Decision
from shared.errors import EventInvalidError
from shared.events import ActionRefused, ClockTicked, MatterEvent, MatterJoined, MatterOpened
from shared.matter import Value
from shared.wire import Record

# A report may join a matter that is closed, for as long as its category's window is open (90 days at most in
# the shipped policy). A later one is counted all the same, at the county.
KEPT_AFTER_CLOSE = timedelta(days=120)


class MetricsLogic:
    """A fold over the journal of one lane: counters (`c|...`) and the facts of matters (`m|<matter_id>`).

    An event of a matter counts once by its number. What is scraped is what was last committed.
    """

    state_type: Any = Count | Facts

    def __init__(self, state: dict[str, Count | Facts]) -> None:
        self.state = state
        self._closed: dict[date, set[str]] = {}
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
                return Decision(puts=[(key, None) for key in self._long_closed(event.at)])
            case _:
                return Decision()

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: Count | Facts | None, new: Count | Facts | None) -> None:
        if isinstance(new, Count):
            cell = cell_of(key)
            self._cells[cell] = new.n
            self._changed.add(cell)
            return
        if isinstance(old, Facts):
            self._stand(old, -1)
            if old.closed_on is not None:
                self._closed[old.closed_on].discard(key)
        if isinstance(new, Facts):
            self._stand(new, 1)
            if new.closed_on is not None:
                self._closed.setdefault(new.closed_on, set()).add(key)

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
        facts = self.state.get(key)
        if isinstance(facts, Facts):
            if event.number <= facts.number:
                return Decision(outcome="duplicate")
        elif isinstance(event, MatterOpened):
            facts = opening(event)
        elif isinstance(event, MatterJoined):
            return Decision(puts=self._counted(event, forgotten(event)))
        else:
            return Decision(outcome="duplicate")
        return Decision(puts=[*self._counted(event, facts), (key, after(facts, event))])

    def _counted(self, event: Countable, facts: Facts) -> list[tuple[str, Value | None]]:
        added = increments(event, facts)
        return [(key_of(cell), Count(n=self._cells[cell] + n)) for cell, n in added.items()]

    def _place_of(self, event: ActionRefused) -> Facts:
        # The same lane may hold another county's matter of that id: where an action counts must not depend on it.
        facts = self.state.get(FACTS + event.matter_id)
        return facts if isinstance(facts, Facts) and facts.county == event.county else unknown(event)

    def _long_closed(self, now: datetime) -> list[str]:
        last = (now.astimezone(UTC) - KEPT_AFTER_CLOSE).date()
        return sorted(key for day, keys in self._closed.items() if day < last for key in keys)

    def _stand(self, facts: Facts, n: int) -> None:
        for cell in cells_of(facts):
            self._cells[cell] += n
            self._changed.add(cell)
