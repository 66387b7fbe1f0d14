"""One event in, what it adds to the figures out."""

import heapq
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

from prometheus_client.samples import Exemplar

from services.metrics.figures import (
    CLOCK,
    FACTS,
    VILLAGE,
    Cell,
    Clock,
    Count,
    Day,
    Days,
    Group,
    Kept,
    VillageSum,
    cell_of,
    cells_of,
    cells_on,
    day_and_place,
    day_key,
    first_kept,
    group_of,
    increments,
    key_of,
    observed_cells,
    observed_key,
    village_cells,
)
from services.metrics.indicators import Countable
from services.metrics.observations import admitted
from services.metrics.rules.facts import Facts, after, forgotten, left_for, opening, other_of, unknown
from services.metrics.rules.observed import later
from services.metrics.rules.periods import day_of
from services.metrics.rules.rises import RISES, Rise, Rises, rise_of, risen
from services.metrics.rules.turns import BEFORE_ANY_TICK, next_turn
from shared import divisions, topics, wire
from shared.core import Decision
from shared.errors import EventInvalidError
from shared.events import (
    ActionRefused,
    ClockTicked,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterSplit,
)
from shared.exposition import Traces, trace_id
from shared.matter import Value
from shared.observed_events import IndicatorObserved
from shared.wire import Record

INPUTS = (topics.EVENTS.name, topics.OBSERVED.name)
# A report may join a matter that is over, for as long as its category's window is open (90 days at most in the
# shipped policy), and a merged matter may come back. A later report is counted all the same, at the county.
KEPT_AFTER_END = timedelta(days=120)
NOWHERE = divisions.NOWHERE.encode()  # synthetic reports are counted in no figure
TRACED = 1_000  # counters of a lane that have an exemplar: those that moved last


class MetricsLogic:
    """A fold over the journal of one lane: what each day added (`d|...`), what days before those kept had added
    (`c|...`), what all added at villages (`v|...`), facts of matters (`m|<matter_id>`), the last rises and the last
    tick; and beside it what others observed (`o|...`).

    The two topics do not touch each other's part, so how they were interleaved makes no difference. An event of a
    matter counts once by its number, on the day it names, however late it comes. What is scraped was last committed.
    All villages are in the state and those of `villages_of` are shown, so that naming a county shows its whole past.
    """

    state_type: Any = Kept

    def __init__(self, state: dict[str, Kept], villages_of: Collection[str] = ()) -> None:
        self.state = state
        self._villages_of = frozenset(villages_of)
        self._now = BEFORE_ANY_TICK
        self._turning: list[tuple[datetime, str]] = []
        self._ended: dict[date, set[str]] = {}
        self._cells: Counter[Cell] = Counter()
        self._changed: set[Cell] = set()
        self._trace: str | None = None
        self._traces = Traces[Cell](TRACED)
        self._published_traces: Mapping[Cell, Exemplar] = {}
        self._published: dict[Cell, int] = {}
        self._first_kept = first_kept(self._now)
        self._days: dict[date, dict[str, Day]] = {}
        self._changed_days: set[tuple[date, str]] = set()
        self._published_days: dict[date, dict[str, Day]] = {}
        self._published_now = self._now
        self._observed: dict[Group, dict[str, IndicatorObserved]] = {}
        self._changed_groups: set[Group] = set()
        self._published_observations: dict[Group, tuple[IndicatorObserved, ...]] = {}
        self._changed_rises: list[tuple[Rise, ...]] = []
        self._published_rises: tuple[Rise, ...] = ()
        self._published_version = 0
        self._lock = threading.Lock()

    def decide(self, record: Record) -> Decision:
        if record.key == NOWHERE:
            return Decision()
        event = wire.decode(record.value)
        self._trace = trace_id(wire.header(record.headers, "traceparent"))
        if record.topic == topics.OBSERVED.name:
            return self._on_observed(event, (record.key or b"").decode(errors="replace"))
        if not isinstance(event, topics.EVENTS.events):
            raise EventInvalidError(f"{type(event).__name__} is no event of the journal")
        match event:
            case MatterEvent():
                return self._on_matter(event)
            case ActionRefused():
                return Decision(puts=self._counted(event, self._place_of(event)))
            case ClockTicked():
                now = max(event.at, self._now)
                gone = [(key, None) for key in self._long_ended(event.at)]
                return Decision(puts=[(CLOCK, Clock(at=now)), *gone, *self._folded(first_kept(now))])
            case _:
                return Decision()

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: Kept | None, new: Kept | None) -> None:
        match new, old:
            case Count(n=n), _:
                self._add(cell_of(key), n - (old.n if isinstance(old, Count) else 0))
            case (Day(), _) | (_, Day()):
                self._index_day(key, old, new)
            case VillageSum(), _:
                before = old.added if isinstance(old, VillageSum) else {}
                moved = {line: n - before.get(line, 0) for line, n in new.added.items()}
                for cell, n in village_cells(key, moved, self._villages_of):
                    self._move(cell, n)
            case Rises(latest=latest), _:
                self._changed_rises.append(latest)
            case Clock(at=at), _:
                self._pass(at)
            case IndicatorObserved(), _:
                group = group_of(new)
                self._observed.setdefault(group, {})[key] = new
                self._changed_groups.add(group)
            case _:
                self._index_facts(key, old, new)

    def committed(self) -> None:
        """Let a scrape see the figures as they are now.

        A counter that was shown and then not committed would go back, and Prometheus would take that for a reset.
        """
        changed = (self._changed, self._changed_days, self._changed_groups, self._changed_rises)
        with self._lock:
            self._published_version += any(changed)
            if self._changed_rises:
                self._published_rises = self._changed_rises[-1]
            self._published.update((cell, self._cells[cell]) for cell in self._changed)
            self._published_now = self._now
            self._published_traces = self._traces.latest()
            for group in self._changed_groups:
                self._published_observations[group] = tuple(self._observed[group].values())
            for day, place in self._changed_days:
                self._publish_day(day, place)
        for each in changed:
            each.clear()

    def published(self) -> Mapping[Cell, int]:
        """A copy of the figures of one committed state; may be called from any thread."""
        cells, observed = self.published_parts()
        for group, told in observed.items():
            cells.update(observed_cells(group, told))
        return cells

    def published_parts(self) -> tuple[dict[Cell, int], dict[Group, tuple[IndicatorObserved, ...]]]:
        """The same: what was counted, each cell for ever in the order it first came in, and what others observed."""
        with self._lock:
            return dict(self._published), dict(self._published_observations)

    def published_traces(self) -> Mapping[Cell, Exemplar]:
        """Of the counters that moved last the trace of the event that did it; of a committed state, too."""
        return self._published_traces

    def published_days(self) -> Days:
        """The same, of the days that are kept."""
        with self._lock:
            return {day: dict(places) for day, places in self._published_days.items()}

    def published_observations(self, indicator: str) -> Iterator[IndicatorObserved]:
        """The same, of what others observed of an indicator."""
        with self._lock:
            told = [each for group, each in self._published_observations.items() if group[0] == indicator]
        return chain.from_iterable(told)

    def published_now(self) -> datetime:
        """The last tick of that state."""
        return self._published_now

    def published_rises(self) -> tuple[Rise, ...]:
        """The last, the oldest first."""
        return self._published_rises

    def published_version(self) -> int:
        """Another number when any figure is another; a tick that moves none leaves it."""
        return self._published_version

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
        if (rise := rise_of(event, facts)) is not None:
            known = self.state.get(RISES)
            puts.append((RISES, risen(known if isinstance(known, Rises) else None, rise)))
        if isinstance(event, MatterSplit) and (left := left_for(facts, event, other)) is not None:
            puts.append((FACTS + event.other, left))
        return Decision(puts=puts)

    def _on_observed(self, event: Value, key: str) -> Decision:
        if not isinstance(event, IndicatorObserved):
            raise EventInvalidError(f"{type(event).__name__} is no observation")
        county = admitted(event)
        if key != county:
            raise EventInvalidError(f"the key is {key!r}, and must be the county of the division, {county}")
        known = self.state.get(observed_key(event))
        if isinstance(known, IndicatorObserved) and later(known, event) == known:
            return Decision(outcome="duplicate")
        return Decision(puts=[(observed_key(event), event)])

    def _facts(self, matter_id: str | None) -> Facts | None:
        facts = self.state.get(f"{FACTS}{matter_id}")
        return facts if isinstance(facts, Facts) else None

    def _counted(self, event: Countable, facts: Facts) -> list[tuple[str, Value | None]]:
        (places, at_village), day = increments(event, facts), day_of(event.at)
        puts: list[tuple[str, Value | None]] = []
        if facts.village is not None and at_village:
            puts.append(self._added_at(VILLAGE + facts.village, at_village))
        if day < self._first_kept:
            cells = {cell: n for at in places for cell, n in cells_on(at, Day(added=places[at]))}
            return [*puts, *self._added_before(cells)]
        known = self._days.get(day, {})
        for place, lines in places.items():
            added = dict(known[place].added) if place in known else {}
            for line, n in lines.items():
                added[line] = added.get(line, 0) + n
            puts.append((day_key(day, place), Day(added=added)))
        return puts

    def _added_at(self, key: str, lines: Counter[str]) -> tuple[str, VillageSum]:
        known = self.state.get(key)
        before = known.added if isinstance(known, VillageSum) else {}
        return key, VillageSum(added=before | {line: before.get(line, 0) + n for line, n in lines.items()})

    def _added_before(self, cells: Mapping[Cell, int]) -> list[tuple[str, Value | None]]:
        """What days added that are not kept."""
        puts: list[tuple[str, Value | None]] = []
        for cell, n in cells.items():
            key = key_of(cell)
            known = self.state.get(key)
            puts.append((key, Count(n=n + (known.n if isinstance(known, Count) else 0))))
        return puts

    def _folded(self, first: date) -> list[tuple[str, Value | None]]:
        """Let go of the days before the first that is kept from now on: what they added stays."""
        if first == self._first_kept:
            return []
        gone = sorted((day, place) for day, places in self._days.items() if day < first for place in places)
        cells: Counter[Cell] = Counter()
        for day, place in gone:
            cells.update(dict(cells_on(place, self._days[day][place])))
        return [*self._added_before(cells), *((day_key(*each), None) for each in gone)]

    def _place_of(self, event: ActionRefused) -> Facts:
        # The same lane may hold another county's matter of that id: where an action counts must not depend on it.
        facts = self._facts(event.matter_id)
        return facts if facts is not None and facts.county == event.county else unknown(event)

    def _long_ended(self, now: datetime) -> list[str]:
        last = (now.astimezone(UTC) - KEPT_AFTER_END).date()
        return sorted(key for day, keys in self._ended.items() if day < last for key in keys)

    def _index_day(self, key: str, old: Kept | None, new: Kept | None) -> None:
        day, place = day_and_place(key)
        places = self._days.setdefault(day, {})
        before = old.added if isinstance(old, Day) else {}
        if isinstance(new, Day):
            places[place] = new
            moved = {line: n - before.get(line, 0) for line, n in new.added.items() if n != before.get(line)}
        else:
            del places[place]
            moved = {line: -n for line, n in before.items()}
        if not places:
            del self._days[day]
        for cell, n in cells_on(place, Day(added=moved)):
            self._add(cell, n)
        self._changed_days.add((day, place))

    def _publish_day(self, day: date, place: str) -> None:
        known = self._days.get(day, {}).get(place)
        places = self._published_days.setdefault(day, {})
        if known is None:
            places.pop(place, None)
        else:
            places[place] = known
        if not places:
            del self._published_days[day]

    def _add(self, cell: Cell, n: int) -> None:
        self._move(cell, n)
        # What is told in confidence counts at its county: of what counts there no trace is shown.
        if self._trace and n > 0 and cell.town != cell.county and cell.metric.endswith("_total"):
            self._traces.moved(cell, n, self._trace)

    def _move(self, cell: Cell, n: int) -> None:
        self._cells[cell] += n
        self._changed.add(cell)

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
        self._first_kept = first_kept(now)
        for key, facts in turned.items():
            self._stand(facts, 1)
            self._await(key, facts)

    def _await(self, key: str, facts: Facts) -> None:
        at = next_turn(facts.turns, self._now)
        if at is not None:
            heapq.heappush(self._turning, (at, key))

    def _stand(self, facts: Facts, n: int) -> None:
        for cell in cells_of(facts, self._now, self._villages_of):
            self._move(cell, n)
