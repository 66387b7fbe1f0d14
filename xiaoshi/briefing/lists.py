"""What a week's briefing lists: what rose, who is late, what many reported, what comes in bursts.

Of a confidential matter nothing is listed, and of no matter a text, an address or an id.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from services.metrics.figures import FACTS, Kept
from services.metrics.rules.facts import Facts
from services.metrics.rules.periods import DAY, Period, day_of
from shared import standing
from shared.divisions import Tier
from shared.events import (
    CohandlingAnswered,
    CohandlingLate,
    MatterCategorised,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterReopened,
    MatterResolved,
    MatterSplit,
    NoticeAnnounced,
    SupervisionOrdered,
)
from shared.matter import ENDED, Desk, Position, State, key_of
from shared.reasons import Reason
from shared.standing import Overdue

WEEKS_BEFORE = 4
BURST_LEAST = 3
BURST_TIMES = 2
"""A burst is at least so many matters, and at least so many times the mean: chosen so that two are never one."""


class Rise(NamedTuple):
    """Matters of a category in a town that rose alike. `late`: the longest of them past its missed limit."""

    category: str
    town: str
    from_tier: Tier
    to_tier: Tier
    reason: Reason
    n: int
    late: timedelta | None


class LateDesk(NamedTuple):
    """A desk, `division:body`: orders and notices of the week, and how many of its open matters are overdue.

    `late`: the longest a matter has been unsettled past a limit that the desk missed, or past its promise.
    """

    desk: str
    orders: int
    notices: int
    overdue: int
    late: timedelta


class Voiced(NamedTuple):
    """A matter that several people reported."""

    category: str
    town: str
    tier: Tier
    voices: int
    reports: int


class Burst(NamedTuple):
    """Matters opened in the week, and in the four before it together."""

    category: str
    town: str
    n: int
    before: int

    @property
    def mean(self) -> float:
        return self.before / WEEKS_BEFORE


class Miss(NamedTuple):
    """A limit missed in the week, of a matter or of a department that was called in (`call`)."""

    matter_id: str
    call: str
    desk: Desk
    since: datetime


class Rose(NamedTuple):
    """A rise as it happened. `since`: the limit that was missed, where one was."""

    matter_id: str
    town: str
    from_tier: Tier
    to_tier: Tier
    reason: Reason
    since: datetime | None


class Lists:
    """Hears the events up to the week's end, each right after `state`, that of the lanes' figures, has taken it."""

    def __init__(self, place: str, week: Period, state: Mapping[str, Kept]) -> None:
        self._place = place
        self._week = week
        self._state = state
        self._confidential: set[str] = set()
        self._opened: dict[str, bool] = {}
        self._open: dict[str, Position] = {}
        self._missed: dict[str, datetime] = {}
        self._orders: list[Miss] = []
        self._settled: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._notices: list[Miss] = []
        self._rises: list[Rose] = []
        self._voices: dict[str, tuple[int, int]] = {}
        self._heard: set[str] = set()

    def take(self, event: MatterEvent) -> None:
        matter, this_week = event.matter_id, day_of(event.at) >= self._week.start
        self._open[matter] = event.position
        if event.position.state in ENDED:
            del self._open[matter]
            self._settled[matter, ""].append(event.at)
        match event:
            case MatterOpened():
                if event.confidential:
                    self._confidential.add(matter)
                if day_of(event.at) >= self._week.start - WEEKS_BEFORE * 7 * DAY:
                    self._opened[matter] = this_week
            case MatterCategorised() if event.confidential:
                self._confidential.add(matter)
            case MatterJoined() | MatterSplit():
                self._voices[matter] = event.voices, event.reports
                if this_week and isinstance(event, MatterJoined):
                    self._heard.add(matter)
            case _:
                self._late(event, this_week)

    def _late(self, event: MatterEvent, this_week: bool) -> None:
        matter = event.matter_id
        match event:
            case SupervisionOrdered() | NoticeAnnounced():
                self._missed[matter] = event.missed.at
                if this_week and isinstance(event, SupervisionOrdered):
                    self._orders.append(Miss(matter, "", event.to, event.missed.at))
                elif this_week:
                    self._notices.append(Miss(matter, "", event.position.desk, event.missed.at))
            case CohandlingLate() if this_week:
                self._orders.append(Miss(matter, event.call, event.department, event.missed.at))
            case CohandlingAnswered():
                self._settled[matter, event.call].append(event.at)
            case MatterResolved():
                self._settled[matter, ""].append(event.at)
            case MatterEscalated() | MatterReopened() if event.from_tier is not event.position.tier:
                if this_week:
                    self._rose(event)

    def _rose(self, event: MatterEscalated | MatterReopened) -> None:
        since = self._missed.get(event.matter_id) if event.reason is Reason.LIMIT_PASSED else None
        town = self._facts(event.matter_id).town
        tiers = event.from_tier, event.position.tier
        self._rises.append(Rose(event.matter_id, town, *tiers, event.reason, since))

    def rises(self, now: datetime) -> list[Rise]:
        """Those with the most matters first."""
        alike: dict[tuple[str, str, Tier, Tier, Reason], list[timedelta | None]] = {}
        for each in self._rises:
            if self._listed(each.matter_id):
                category = self._facts(each.matter_id).category
                key = category, each.town, each.from_tier, each.to_tier, each.reason
                late = None if each.since is None else self._unsettled(each.matter_id, "", each.since, now)
                alike.setdefault(key, []).append(late)
        found = [
            Rise(*key, len(lates), max((late for late in lates if late is not None), default=None))
            for key, lates in alike.items()
        ]
        return sorted(found, key=lambda each: (-each.n, -(each.late or timedelta()), each[:5]))

    def desks(self, now: datetime) -> list[LateDesk]:
        """Every desk with an order or a notice in the week, or an overdue matter at its end; the most overdue first."""
        late: defaultdict[str, list[timedelta]] = defaultdict(list)
        orders, notices = self._missed_by(self._orders), self._missed_by(self._notices)
        overdue: Counter[str] = Counter()
        for desk, miss in (*orders, *notices):
            late[desk].append(self._unsettled(miss.matter_id, miss.call, miss.since, now))
        for desk, length in self._overdue(now):
            overdue[desk] += 1
            late[desk].append(length)
        ordered, noticed = (Counter(desk for desk, _ in misses) for misses in (orders, notices))
        found = [
            LateDesk(desk, ordered[desk], noticed[desk], overdue[desk], max(lengths))
            for desk, lengths in late.items()
        ]
        return sorted(found, key=lambda each: (-each.overdue, -each.orders, -each.late, each.desk))

    def _missed_by(self, misses: list[Miss]) -> list[tuple[str, Miss]]:
        return [(key_of(each.desk), each) for each in misses if self._listed(each.matter_id)]

    def _overdue(self, now: datetime) -> Iterator[tuple[str, timedelta]]:
        for matter, position in self._open.items():
            late = standing.overdue(position, now) is Overdue.DESK
            if late and position.promised is not None and self._listed(matter):
                yield key_of(position.desk), now - position.promised

    def voiced(self) -> list[Voiced]:
        """Matters of two voices or more that are open at the week's end, or that a report joined in the week."""
        found = []
        for matter, (voices, reports) in self._voices.items():
            facts = self._known(matter)
            if voices < 2 or facts is None or facts.state is State.MERGED or not self._listed(matter):
                continue
            if matter in self._open or matter in self._heard:
                found.append(Voiced(facts.category, facts.town, facts.tier, voices, reports))
        return sorted(found, key=lambda each: (-each.voices, -each.reports, each))

    def bursts(self) -> list[Burst]:
        """By the category matters have now, the most unusual first; one merged into another is none of its own."""
        counts: Counter[tuple[str, str, bool]] = Counter()
        for matter, this_week in self._opened.items():
            facts = self._known(matter)
            if facts is not None and facts.state is not State.MERGED and self._listed(matter):
                counts[facts.category, facts.town, this_week] += 1
        found = [
            Burst(category, town, n, counts[category, town, False])
            for (category, town, this_week), n in counts.items()
            if this_week
        ]
        bursts = [each for each in found if each.n >= max(BURST_LEAST, BURST_TIMES * each.mean)]
        return sorted(bursts, key=lambda each: (each.mean - each.n, each))

    def _unsettled(self, matter: str, call: str, since: datetime, now: datetime) -> timedelta:
        """From the missed limit until it was settled, or the matter was over, or now."""
        ends = [end for part in {call, ""} for end in self._settled.get((matter, part), ())]
        return min((end for end in ends if end > since), default=now) - since

    def _listed(self, matter: str) -> bool:
        facts = self._known(matter)
        return matter not in self._confidential and facts is not None and facts.town.startswith(self._place)

    def _facts(self, matter: str) -> Facts:
        facts = self._known(matter)
        assert facts is not None, "an event counts once its matter is known"
        return facts

    def _known(self, matter: str) -> Facts | None:
        facts = self._state.get(FACTS + matter)
        return facts if isinstance(facts, Facts) else None
