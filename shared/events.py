"""Every event: past-tense facts, frozen, extra fields refused, no methods.

The type of an event on the wire is `org.xiaoshi.` + its tag (`shared.wire`). `number` is the place of
an event in its matter's history: 1, 2, 3 ... without gaps.
"""

from datetime import datetime

import msgspec

from shared.divisions import Tier
from shared.matter import (
    Action,
    ActionKind,
    Deadline,
    Desk,
    Grade,
    Location,
    Position,
    Report,
    State,
    Value,
    Visit,
    Way,
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


class ActionReceived(Value, frozen=True, tag="action.received"):
    """A centre's action took its place in the county's order of things."""

    action: Action


class Sheet(Value, frozen=True):
    """What a desk needs to know of a matter; no contact data, no receipt."""

    title: str
    text: str
    division: str
    reported_at: datetime
    category: str
    source: str
    occurred_at: datetime | None = None
    location: Location | None = None
    people_involved: int | None = None
    money_at_stake: int | None = None
    injury: bool = False
    danger_now: bool = False
    attachments: tuple[str, ...] = ()
    answers: dict[str, str] = msgspec.field(default_factory=dict)


class Because(Value, frozen=True):
    """One row of a decision: which rule, and the fact that met it."""

    rule: str
    fact: str


class MatterEvent(Value, frozen=True):
    """What every event of a matter says: which one, its number, and the position after it."""

    matter_id: str
    county: str
    number: int
    at: datetime
    position: Position


class MatterOpened(MatterEvent, frozen=True, tag="matter.opened"):
    """A report became a matter and was given tier, desk and deadline."""

    report_id: str
    grade: Grade
    sheet: Sheet
    because: tuple[Because, ...]
    reason: Reason
    policy: str
    confidential: bool = False
    about_body: str | None = None
    repeat_of: str | None = None


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


class MatterJoined(MatterEvent, frozen=True, tag="matter.joined"):
    """One more report is part of the matter."""

    report_id: str
    reports: int
    score: float
    title: str
    text: str
    source: str


class MatterAccepted(MatterEvent, frozen=True, tag="matter.accepted"):
    action_id: str


class MatterStarted(MatterEvent, frozen=True, tag="matter.started"):
    action_id: str


class MatterResolved(MatterEvent, frozen=True, tag="matter.resolved"):
    """The desk says it is settled, and in which way."""

    action_id: str
    way: Way
    outcome: str = ""


class MatterVisited(MatterEvent, frozen=True, tag="matter.visited"):
    """The resident was asked (回访)."""

    action_id: str
    visit: Visit


class MatterReopened(MatterEvent, frozen=True, tag="matter.reopened"):
    """The resident was not satisfied: one tier up, once."""

    action_id: str
    visit: Visit
    reason: Reason
    from_tier: Tier
    sheet: Sheet


class MatterClosed(MatterEvent, frozen=True, tag="matter.closed"):
    """The matter leaves the ledger's open part (销号)."""

    action_id: str


class SupervisionOrdered(MatterEvent, frozen=True, tag="matter.ordered"):
    """督办: a numbered order to the desk that is late, copied to the tier above."""

    order: int
    missed: Deadline
    copied_to: Desk | None


class MatterEscalated(MatterEvent, frozen=True, tag="matter.escalated"):
    """提级: exactly one tier up, with a new budget."""

    from_tier: Tier
    from_desk: Desk
    reason: Reason
    sheet: Sheet


class NoticeAnnounced(MatterEvent, frozen=True, tag="matter.noticed"):
    """Late at the top tier: announced, and again at every further limit."""

    notice: int
    missed: Deadline


class ActionRefused(Value, frozen=True, tag="action.refused"):
    """An action could not be done, and why. The matter is as it was."""

    action_id: str
    matter_id: str
    county: str
    kind: ActionKind
    desk: str
    at: datetime
    reason: Reason
    state: State | None = None
    holder: str | None = None


Event = (
    ReportReceived
    | RecordBuried
    | ContactSealed
    | ClockTicked
    | ActionReceived
    | MatterOpened
    | ReportMatched
    | MatterJoined
    | MatterAccepted
    | MatterStarted
    | MatterResolved
    | MatterVisited
    | MatterReopened
    | MatterClosed
    | SupervisionOrdered
    | MatterEscalated
    | NoticeAnnounced
    | ActionRefused
)
