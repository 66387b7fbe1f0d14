"""Every open matter has exactly one next deadline; each that passed was acted on once, and none was skipped.

An auditor of its own: it knows the journal, not the rules that wrote it.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.events import (
    ActionReceived,
    ClockTicked,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    NoticeAnnounced,
    ReportMatched,
    SupervisionOrdered,
)
from shared.matter import Deadline, State
from shared.reasons import Reason
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Entry, Log


@dataclass(slots=True)
class Owed:
    """What an open matter owes. `ordered`: it passed and the order is given, so the matter must rise next."""

    due: Deadline | None
    is_due: bool
    ordered: bool = False


class Deadlines:
    def __init__(self, log: Log) -> None:
        self._log = log
        self._tally = Tally("deadlines")
        self._fired = 0
        self._reset()

    def _reset(self) -> None:
        self._owed: dict[str, Owed] = {}
        self._now: datetime | None = None
        self._handled_now: datetime | None = None
        # Escalation answers in the order of the journal: how late it was when it handled what it answers.
        self._asked_at: dict[str, datetime | None] = {}

    def begin(self, lane: int) -> None:
        self._reset()

    def take(self, entry: Entry) -> None:
        match entry.event:
            case ClockTicked(at=at):
                self._now = at
                if self._log.handled(entry.record):
                    self._handled_now = at
            case ActionReceived() | ReportMatched():
                self._asked_at[entry.id] = self._now
            case MatterOpened() as event:
                self._set(event, Owed(None, self._log.handled(entry.record)))
            case MatterEvent() as event:
                owed = self._owed.get(event.matter_id)
                clock = self._asked_at.pop(entry.cause, None)
                if owed is not None:
                    self._hold(event, owed, clock)
                self._set(event, owed or Owed(None, True))
            case _:
                self._asked_at.pop(entry.cause, None)

    def end(self) -> None:
        for matter_id, owed in self._owed.items():
            if owed.ordered and self._log.at_rest:
                self._tally.differ(f"{matter_id} was ordered and has not risen")
            elif owed.due and owed.is_due and self._handled_now and owed.due.at <= self._handled_now:
                self._tally.differ(f"{matter_id}: {_told(owed.due)} passed, and nothing happened")
        self._reset()

    def findings(self) -> list[Finding]:
        return [self._tally.finding(f"{self._fired} passed")]

    def _hold(self, event: MatterEvent, owed: Owed, clock: datetime | None) -> None:
        """The event against what was owed before it."""
        if owed.ordered and not isinstance(event, MatterEscalated):
            self._tally.differ(f"{_named(event)}: the matter was ordered and must rise first")
        if isinstance(event, SupervisionOrdered | NoticeAnnounced):
            self._fired += 1
            if owed.due is None or event.missed != owed.due:
                self._tally.differ(f"{_named(event)} names {_told(event.missed)}, owed was {_told(owed.due)}")
            elif event.missed.at > event.at:
                self._tally.differ(f"{_named(event)} came before {_told(event.missed)}")
        elif isinstance(event, MatterEscalated):
            if not owed.ordered or event.reason is not Reason.LIMIT_PASSED:
                self._tally.differ(f"{_named(event)} rose without an order")
        elif owed.due is not None and clock is not None and owed.due.at <= clock:
            self._tally.differ(f"{_named(event)}: {_told(owed.due)} had passed and was skipped")

    def _set(self, event: MatterEvent, owed: Owed) -> None:
        """What is owed after the event."""
        due = event.position.due
        if (due is None) != (event.position.state is State.CLOSED):
            self._tally.differ(f"{_named(event)}: {event.position.state} with {_told(due)}")
        if due is None:
            self._owed.pop(event.matter_id, None)
            return
        if due != owed.due:
            self._tally.compared += 1
            if due.at <= event.at and not isinstance(event, MatterJoined):
                self._tally.differ(f"{_named(event)} is given {_told(due)}, which has passed")
        owed.due = due
        owed.ordered = isinstance(event, SupervisionOrdered)
        self._owed[event.matter_id] = owed


def _named(event: MatterEvent) -> str:
    return f"{event.matter_id} #{event.number}"


def _told(due: Deadline | None) -> str:
    return "no deadline" if due is None else f"{due.what} by {due.at.isoformat()}"
