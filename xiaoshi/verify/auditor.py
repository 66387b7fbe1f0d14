"""The auditor's book: what each open matter owes, by the journal alone. It knows no rule that wrote it.

Every open matter has exactly one next deadline; what passed was acted on once, in the order of its town; none was
skipped; and nothing moved a deadline but what may.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared import events as e
from shared.matter import ENDED, Deadline
from shared.reasons import Reason
from xiaoshi.verify.findings import Tally
from xiaoshi.verify.log import Entry

MAY_MOVE = (
    e.MatterOpened,
    e.MatterAccepted,
    e.MatterResolved,
    e.MatterVisited,
    e.MatterReopened,
    e.MatterClosed,
    e.MatterReturned,
    e.DispatchUpheld,
    e.MatterRedispatched,
    e.MatterTransferred,
    e.MatterPaused,
    e.MatterResumed,
    e.ExtensionApproved,
    e.MatterSentDown,
    e.MatterWithdrawn,
    e.MatterMerged,
    e.MatterSplit,
    e.MatterCategorised,
    e.HandedToCourt,
    e.CourtDecided,
    e.WishMatched,
    e.DeadlineCorrected,
    e.MatterEscalated,
    e.NoticeAnnounced,
)
"""The named changes: nothing else moves a clock."""
MAY_COME_LATE = (e.MatterSplit, e.DeadlineCorrected)
"""What gives a matter back a deadline it had, which may have passed meanwhile."""


class Passed(NamedTuple):
    """A deadline that has passed and was not acted on yet."""

    matter_id: str
    town: str
    due: Deadline


@dataclass(slots=True)
class Owed:
    """What an open matter owes. `ordered`: it passed and the order is given, so the matter must rise next.

    `urged`: deadlines by their beginning and end; the same end at another tier is another deadline.
    """

    town: str
    due: Deadline | None = None
    ordered: bool = False
    urged: set[tuple[datetime, datetime]] = field(default_factory=set)
    calls: dict[str, datetime] = field(default_factory=dict)
    fast: list[e.FastDue] = field(default_factory=list)


class Auditor:
    """One lane's journal, event by event. `fired` counts what passed; `clock` is the last tick.

    `known_until`: differences of events before it are not told.
    """

    def __init__(self, tally: Tally, known_until: datetime | None = None) -> None:
        self._tally = tally
        self._known_until = known_until
        self._owed: dict[str, Owed] = {}
        self._asked_at: dict[str, datetime | None] = {}
        self._acted_since_tick = 0
        self.clock: datetime | None = None
        self.fired = 0

    @property
    def open_matters(self) -> int:
        return len(self._owed)

    @property
    def is_at_work(self) -> bool:
        """Something that had passed was acted on since the last tick: more may be waiting for its turn."""
        return self._acted_since_tick > 0

    def take(self, entry: Entry) -> None:
        """The next event of the journal."""
        match entry.event:
            case e.ClockTicked(at=at):
                self.clock = at
                self._acted_since_tick = 0
            case e.ActionReceived() | e.ReportMatched():
                self._asked_at[entry.id] = self.clock
            case e.MatterEvent() as event:
                asked = self._asked_at.get(entry.cause.partition("/")[0], self.clock)
                self._follow(event, asked)
            case e.ActionRefused():
                self._asked_at.pop(entry.cause, None)

    def passed(self, now: datetime) -> Iterator[Passed]:
        """What is due by then and was not acted on yet; the instant itself is due."""
        for matter_id, owed in self._owed.items():
            if owed.due is not None and owed.due.at <= now:
                yield Passed(matter_id, owed.town, owed.due)

    def ordered(self) -> Iterator[str]:
        """Matters with an order that have not risen yet."""
        return (matter_id for matter_id, owed in self._owed.items() if owed.ordered)

    def late_beside(self, now: datetime) -> Iterator[str]:
        """Departments and steps of the fast lane whose time has passed, with nothing said about it."""
        for matter_id, owed in self._owed.items():
            for call, at in owed.calls.items():
                if at <= now:
                    yield f"{matter_id}: the department of {call} is late since {at.isoformat()}"
            if owed.fast and owed.fast[0].at <= now:
                step = owed.fast[0]
                yield f"{matter_id}: {step.step} of the fast lane is late since {step.at.isoformat()}"

    def _follow(self, event: e.MatterEvent, asked: datetime | None) -> None:
        owed = self._owed.get(event.matter_id)
        if owed is None:
            owed = Owed(event.sheet.division[:9] if isinstance(event, e.MatterOpened) else "")
        else:
            self._hold(event, owed, asked)
        self._beside(event, owed)
        self._set(event, owed)

    def _hold(self, event: e.MatterEvent, owed: Owed, asked: datetime | None) -> None:
        """The event against what was owed before it."""
        if owed.ordered and not isinstance(event, e.MatterEscalated):
            self._differ(event, "the matter was ordered and must rise first")
        match event:
            case e.SupervisionOrdered() | e.NoticeAnnounced():
                self._acted(event, owed, event.missed)
            case e.MatterResumed(reason=Reason.LIMIT_PASSED):
                self._acted(event, owed, owed.due)
            case e.MatterEscalated(reason=Reason.LIMIT_PASSED):
                if not owed.ordered:
                    self._differ(event, "rose without an order")
            case e.MatterUrged():
                self._urged(event, owed)
            case e.MatterActed() | e.MatterEscalated() | e.MatterResumed():
                if owed.due is not None and asked is not None and owed.due.at <= asked:
                    self._differ(event, f"{told(owed.due)} had passed and was skipped")
        if event.position.due != owed.due and not isinstance(event, MAY_MOVE):
            self._differ(event, f"moved {told(owed.due)} to {told(event.position.due)}")

    def _acted(self, event: e.MatterEvent, owed: Owed, missed: Deadline | None) -> None:
        self.fired += 1
        self._acted_since_tick += 1
        if missed is None or missed != owed.due:
            self._differ(event, f"names {told(missed)}, owed was {told(owed.due)}")
        elif missed.at > event.at:
            self._differ(event, f"came before {told(missed)}")

    def _urged(self, event: e.MatterUrged, owed: Owed) -> None:
        self._acted_since_tick += 1
        if owed.due is None or event.due != owed.due:
            self._differ(event, f"urges {told(event.due)}, owed was {told(owed.due)}")
        elif (owed.due.since, owed.due.at) in owed.urged:
            self._differ(event, f"urges {told(event.due)} again")
        elif owed.due.red is None or event.at < owed.due.red or event.at >= owed.due.at:
            self._differ(event, f"is no reminder in time before {told(event.due)}")
        if owed.due is not None:
            owed.urged.add((owed.due.since, owed.due.at))

    def _beside(self, event: e.MatterEvent, owed: Owed) -> None:
        """What runs beside the matter's own deadline."""
        match event:
            case e.CohandlingCalled():
                owed.calls[event.call] = event.call_due.at
            case e.CohandlingAnswered():
                owed.calls.pop(event.call, None)
            case e.DeadlineCorrected():
                owed.calls |= {call: due.at for call, due in event.calls.items() if call in owed.calls}
            case e.CohandlingLate():
                self._acted_since_tick += 1
                if owed.calls.pop(event.call, None) != event.missed.at or event.missed.at > event.at:
                    self._differ(event, f"{told(event.missed)} of {event.call} was not owed")
            case e.FastRaised():
                owed.fast = list(event.dues)
            case e.FastAnswered():
                owed.fast = [due for due in owed.fast if due.step not in e.steps_up_to(event.step)]
            case e.FastEnded():
                owed.fast = []
            case e.FastLate():
                self._acted_since_tick += 1
                if not owed.fast or owed.fast.pop(0) != event.missed or event.missed.at > event.at:
                    self._differ(event, f"{event.missed.step} was not owed at {event.missed.at.isoformat()}")

    def _set(self, event: e.MatterEvent, owed: Owed) -> None:
        """What is owed after the event."""
        due = event.position.due
        if (due is None) != (event.position.state in ENDED):
            self._differ(event, f"{event.position.state} with {told(due)}")
        if due is None:
            self._owed.pop(event.matter_id, None)
            return
        if due != owed.due:
            self._tally.compared += 1
            is_given_back = isinstance(event, MAY_COME_LATE) or (
                isinstance(event, e.MatterOpened) and event.at != due.since
            )
            if due.at <= event.at and not is_given_back:
                self._differ(event, f"is given {told(due)}, which has passed")
        owed.due = due
        owed.ordered = isinstance(event, e.SupervisionOrdered)
        self._owed[event.matter_id] = owed

    def _differ(self, event: e.MatterEvent, what: str) -> None:
        if self._known_until is not None and event.at < self._known_until:
            return
        kind = str(event.__struct_config__.tag)
        self._tally.differ(f"{event.matter_id} {kind} {event.number}: {what}")


def told(due: Deadline | None) -> str:
    return "no deadline" if due is None else f"{due.what} by {due.at.isoformat()}"
