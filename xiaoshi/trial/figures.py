"""What a run came to: counts of its events within a stretch of time."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from shared import events as e
from shared.divisions import Tier
from shared.matter import ENDED, Desk, Value, key_of
from shared.reasons import Reason
from shared.wire import kind_of


class Stretch(NamedTuple):
    """From `since` until before `until`; None: from the first, to the last."""

    since: datetime | None = None
    until: datetime | None = None

    def has_begun(self, at: datetime) -> bool:
        return self.since is None or at >= self.since

    def is_over(self, at: datetime) -> bool:
        return self.until is not None and at >= self.until


class Entered(NamedTuple):
    """Where a matter entered, and by which report."""

    tier: Tier
    desk: Desk
    report_id: str


class Figures:
    """A fold over the journal's events, of all lanes one after the other.

    An event counts by its own time, so that it does not matter how late after its cause it was written. A desk held a
    matter if it did so at any time of the stretch.
    """

    def __init__(self, stretch: Stretch) -> None:
        self.kinds: Counter[str] = Counter()
        self.settled: Counter[Tier] = Counter()
        self.refused: Counter[Reason] = Counter()
        self.missed: Counter[str] = Counter()
        self.late: set[str] = set()
        self.entered: dict[str, Entered] = {}
        self.joined: dict[str, str] = {}
        self.buried = 0
        self.stretch = stretch
        self._resolved_at: dict[str, Tier] = {}
        self._holders: dict[str, str] = {}
        self._held: set[tuple[str, str]] = set()

    @property
    def open(self) -> int:
        """Matters not closed at the end."""
        return len(self._holders)

    @property
    def held(self) -> Counter[str]:
        """Matters by the desk that held them; one that rose counts at each."""
        return Counter(desk for desk, _ in self._held | {(desk, m) for m, desk in self._holders.items()})

    def hear(self, event: Value) -> None:
        if isinstance(event, e.MatterJoined) and event.merged_from is None:
            self.joined[event.report_id] = event.matter_id
        if isinstance(event, e.MatterOpened):
            self.joined.pop(event.report_id, None)  # by itself, or taken out again
        if isinstance(event, e.MatterEvent):
            if not self.stretch.is_over(event.at):
                self._hear(event, self.stretch.has_begun(event.at))
        elif isinstance(event, e.ActionRefused) and self._counts(event.at):
            self.kinds[kind_of(event)] += 1
            self.refused[event.reason] += 1

    def _counts(self, at: datetime) -> bool:
        return self.stretch.has_begun(at) and not self.stretch.is_over(at)

    def _hear(self, event: e.MatterEvent, counts: bool) -> None:
        desk = key_of(event.position.desk)
        before = self._holders.get(event.matter_id, desk)
        if counts:
            self.kinds[kind_of(event)] += 1
            self._held.add((desk, event.matter_id))
            if before != desk:
                self._held.add((before, event.matter_id))
        if event.position.state in ENDED:
            self._holders.pop(event.matter_id, None)
        else:
            self._holders[event.matter_id] = desk
        match event:
            case e.MatterOpened():
                self.entered[event.matter_id] = Entered(
                    event.position.tier, event.position.desk, event.report_id
                )
            case e.MatterResolved():
                self._resolved_at[event.matter_id] = event.position.tier
            case e.MatterClosed():
                tier = self._resolved_at.pop(event.matter_id)
                self.settled[tier] += counts
            case e.SupervisionOrdered() | e.NoticeAnnounced() if counts:
                self.missed[desk] += 1
                self.late.add(event.matter_id)
