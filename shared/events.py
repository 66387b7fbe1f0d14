"""Every event on the bus: past-tense facts, frozen, extra fields refused, no methods.

The type of an event on the wire is `org.xiaoshi.` + its tag (`shared.wire`). Those of a matter's history are in
`shared.matter_events`, and named here.
"""

from datetime import datetime
from typing import get_args

from shared.announced import Announcement
from shared.matter import Action, ActionKind, Grade, Position, Report, State, Value
from shared.matter_events import (
    Because as Because,
)
from shared.matter_events import (
    CohandlingAnswered,
    CohandlingCalled,
    CohandlingLate,
    CourtDecided,
    DeadlineCorrected,
    DispatchUpheld,
    ExtensionApproved,
    ExtensionAsked,
    ExtensionRefused,
    FastAnswered,
    FastEnded,
    FastLate,
    FastRaised,
    HandedToCourt,
    MatterAccepted,
    MatterClosed,
    MatterCommented,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterMerged,
    MatterOpened,
    MatterPaused,
    MatterRated,
    MatterRedispatched,
    MatterReopened,
    MatterResolved,
    MatterResumed,
    MatterReturned,
    MatterSentDown,
    MatterSplit,
    MatterStarted,
    MatterTransferred,
    MatterUrged,
    MatterVisited,
    MatterWithdrawn,
    NoticeAnnounced,
    SessionBooked,
    SessionHeld,
    SessionMissed,
    Sheet,
    SupervisionOrdered,
    WishMatched,
)
from shared.matter_events import (
    FastDue as FastDue,
)
from shared.matter_events import (
    FastStep as FastStep,
)
from shared.matter_events import (
    MatterActed as MatterActed,
)
from shared.matter_events import (
    steps_up_to as steps_up_to,
)
from shared.reasons import Reason


class ReportReceived(Value, frozen=True, tag="report.received"):
    """A report passed intake. `report.reporter` is always absent here: contact data go their own way."""

    report_id: str
    county: str
    receipt: str
    received_at: datetime
    report: Report


class RecordBuried(Value, frozen=True, tag="record.buried"):
    """A record was refused or broke its handler. Nothing of it is lost: bytes are base64, headers in order."""

    reason: Reason
    detail: str
    topic: str
    partition: int
    offset: int
    at: datetime
    program: str
    original: str
    key: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()


class ContactSealed(Value, frozen=True, tag="contact.sealed"):
    """How to reach who reported, as ciphertext (`shared.sealing`)."""

    report_id: str
    sealed: str


class ClockTicked(Value, frozen=True, tag="clock.ticked"):
    """Time passed, on the record. Whatever was due before `at` fires."""

    at: datetime


class CalendarAnnounced(Value, frozen=True, tag="calendar.announced"):
    """The holidays and make-up weekends of a year became known: from here on deadlines count by them."""

    announcement: Announcement


class PolicyAdopted(Value, frozen=True, tag="policy.adopted"):
    """From here on this policy rules; a running matter keeps its own until its current step is done.

    `text` is the whole YAML file.
    """

    version: str
    text: str


class ActionReceived(Value, frozen=True, tag="action.received"):
    """An action took its place in the county's order of things. `resident`: it came through the residents' door."""

    action: Action
    resident: bool = False


class Apart(Value, frozen=True):
    """What would have been opened had a report not joined: so that it can be taken out again."""

    position: Position
    grade: Grade
    sheet: Sheet
    because: tuple[Because, ...]
    reason: Reason
    about_body: str | None = None


class ReportMatched(Value, frozen=True, tag="report.matched"):
    """Routing found the matter a report belongs to; escalation, which owns the matter, joins it."""

    report_id: str
    matter_id: str
    county: str
    at: datetime
    score: float
    evidence: tuple[Because, ...]
    reason: Reason
    title: str
    text: str
    source: str
    apart: Apart


class ActionRefused(Value, frozen=True, tag="action.refused"):
    """An action could not be done, and why. The matter is as it was. `by`: as in `MatterActed`."""

    action_id: str
    matter_id: str
    county: str
    kind: ActionKind
    by: str
    at: datetime
    reason: Reason
    state: State | None = None
    holder: str | None = None


Event = (
    ReportReceived
    | RecordBuried
    | ContactSealed
    | ReportMatched
    | ActionReceived
    | ClockTicked
    | CalendarAnnounced
    | PolicyAdopted
    | ActionRefused
    | MatterOpened
    | MatterJoined
    | MatterAccepted
    | MatterStarted
    | MatterResolved
    | MatterVisited
    | MatterReopened
    | MatterClosed
    | MatterReturned
    | DispatchUpheld
    | MatterRedispatched
    | MatterTransferred
    | MatterCommented
    | MatterPaused
    | MatterResumed
    | ExtensionAsked
    | ExtensionApproved
    | ExtensionRefused
    | CohandlingCalled
    | CohandlingAnswered
    | CohandlingLate
    | MatterSentDown
    | MatterRated
    | MatterWithdrawn
    | MatterMerged
    | MatterSplit
    | HandedToCourt
    | CourtDecided
    | SessionBooked
    | SessionHeld
    | SessionMissed
    | WishMatched
    | MatterUrged
    | DeadlineCorrected
    | SupervisionOrdered
    | MatterEscalated
    | NoticeAnnounced
    | FastRaised
    | FastAnswered
    | FastLate
    | FastEnded
)
SEQUENCED: tuple[type[Value], ...] = (
    ReportMatched,
    ActionReceived,
    ClockTicked,
    CalendarAnnounced,
    PolicyAdopted,
)
"""What routing gives its place in the journal besides opening matters; centres do not hear of it."""
MATTER_EVENTS: tuple[type[MatterEvent], ...] = tuple(
    each for each in get_args(Event) if issubclass(each, MatterEvent)
)
