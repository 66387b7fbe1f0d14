"""Every event on the bus: past-tense facts, frozen, extra fields refused, no methods.

The type of an event on the wire is `org.xiaoshi.` + its tag (`shared.wire`). Those of a matter's history are in
`shared.matter_events` and `shared.joined_events`, those observed outside in `shared.observed_events`, and named here.
"""

import enum
from datetime import datetime
from typing import get_args

from shared.announced import Announcement
from shared.joined_events import (
    MatterAlike,
    MatterCategorised,
    MatterGraded,
    MatterJoined,
    MatterKeptApart,
    MatterMerged,
    MatterSplit,
)
from shared.matter import Action, ActionKind, Grade, Position, Report, State, Value
from shared.matter_events import (
    Because as Because,
)
from shared.matter_events import (
    CohandlingAnswered,
    CohandlingCalled,
    CohandlingLate,
    CourtDecided,
    DangerAsked,
    DeadlineCorrected,
    DispatchUpheld,
    ExtensionApproved,
    ExtensionAsked,
    ExtensionRefused,
    FastAnswered,
    FastEnded,
    FastLate,
    FastRaised,
    Guess,
    HandedToCourt,
    MatterAccepted,
    MatterClosed,
    MatterCommented,
    MatterEscalated,
    MatterEvent,
    MatterOpened,
    MatterPaused,
    MatterRated,
    MatterRedispatched,
    MatterReopened,
    MatterResolved,
    MatterResumed,
    MatterReturned,
    MatterSentDown,
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
from shared.observed_events import IndicatorObserved
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


class Band(enum.StrEnum):
    """What a likeness leads to: the report joins, a person is asked, or it stays apart."""

    JOIN = "join"
    ASK = "ask"
    APART = "apart"


class Apart(Value, frozen=True):
    """What would have been opened had a report not joined: so that it can be taken out again.

    `danger`: words of the report that speak of danger. `confidential` None: as the matter
    it joined.
    """

    position: Position
    grade: Grade
    sheet: Sheet
    because: tuple[Because, ...]
    reason: Reason
    about_body: str | None = None
    confidential: bool | None = None
    policy: str = ""
    guesses: tuple[Guess, ...] = ()
    danger: tuple[str, ...] = ()


class ReportMatched(Value, frozen=True, tag="report.matched"):
    """Routing found earlier reports that a report has to do with; escalation, which owns the matters, decides.

    `like`: the report it is most like, in the matter that routing knows it to be of; escalation follows that report
    through joining and splitting. `earlier`: a report of the same resident on the same subject. `voice`: who reported,
    the same again only within the matter.
    """

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
    band: Band = Band.JOIN
    like: str | None = None
    earlier: str | None = None
    voice: str = ""


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
    | DangerAsked
    | MatterAlike
    | MatterJoined
    | MatterGraded
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
    | MatterKeptApart
    | MatterCategorised
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
    | IndicatorObserved
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
