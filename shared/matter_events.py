"""Every event in a matter's history: past-tense facts, frozen, extra fields refused, no methods.

`number` is the place of an event in its matter's history: 1, 2, 3 ... without gaps.
"""

import enum
from datetime import datetime

import msgspec

from shared.divisions import Tier
from shared.matter import Deadline, Desk, Grade, Ground, Location, Position, Session, Value, Visit, Way
from shared.reasons import Reason


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


class Guess(Value, frozen=True):
    """A category that the text speaks for. `confidence`: 0 to 1, about the share that is right among such guesses.

    `because`: the words that spoke for it.
    """

    category: str
    confidence: float
    because: tuple[str, ...] = ()


class MatterEvent(Value, frozen=True, kw_only=True):
    """What every event of a matter says: which one, its number, and the position after it.

    `previous` chains the history: `shared.chain.digest_of` the bytes of the event before, "" for the first.
    """

    matter_id: str
    county: str
    number: int
    at: datetime
    position: Position
    previous: str = ""


class MatterOpened(MatterEvent, frozen=True, tag="matter.opened"):
    """A report became a matter and was given tier, desk and deadline.

    `repeat_of`: the closed matter about which the same resident came back. `voice`: who reported it, the same again
    only within this matter. `guesses`: what it may be about, where no source said so, the best first. `danger`: its
    words that speak of danger.
    """

    report_id: str
    grade: Grade
    sheet: Sheet
    because: tuple[Because, ...]
    reason: Reason
    policy: str
    confidential: bool = False
    about_body: str | None = None
    repeat_of: str | None = None
    voice: str = ""
    guesses: tuple[Guess, ...] = ()
    danger: tuple[str, ...] = ()


class DangerAsked(MatterEvent, frozen=True, tag="matter.danger_asked"):
    """The words of a report speak of danger, and nobody said that it is now: a person decides (`alarm`)."""

    report_id: str
    words: tuple[str, ...]


class MatterActed(MatterEvent, frozen=True):
    """What an action did. `by`: the desk, `division:body`, or "resident"."""

    action_id: str
    by: str


class MatterAccepted(MatterActed, frozen=True, tag="matter.accepted"):
    """受理: the desk takes it on; whoever answered for it before no longer does."""


class MatterStarted(MatterActed, frozen=True, tag="matter.started"):
    """Work on it has begun."""


class MatterResolved(MatterActed, frozen=True, tag="matter.resolved"):
    """办结: the desk says it is settled, and in which way.

    `to_visit`: whom the return visit has still to ask, by one report of each.
    """

    way: Way
    outcome: str = ""
    to_visit: tuple[str, ...] = ()


class MatterVisited(MatterActed, frozen=True, tag="matter.visited"):
    """回访: a resident was asked, who had sent `report_id`. `to_visit`: as after resolving."""

    visit: Visit
    report_id: str = ""
    to_visit: tuple[str, ...] = ()


class MatterReopened(MatterActed, frozen=True, tag="matter.reopened"):
    """The resident was not satisfied, or asks for it after the closing: one tier up, once."""

    reason: Reason
    from_tier: Tier
    sheet: Sheet
    visit: Visit | None = None


class MatterClosed(MatterActed, frozen=True, tag="matter.closed"):
    """销号: the matter leaves the ledger's open part."""


class MatterReturned(MatterActed, frozen=True, tag="matter.returned"):
    """退单: the desk says that it is not theirs; the dispatching centre decides, and till then they answer for it."""

    ground: Ground
    note: str = ""


class DispatchUpheld(MatterActed, frozen=True, tag="matter.upheld"):
    """The centre says that the desk it went to is the right one."""

    note: str = ""


class MatterRedispatched(MatterActed, frozen=True, tag="matter.redispatched"):
    """The centre sends it to another desk. `row`: the row of the policy that had chosen the first one."""

    from_desk: Desk
    row: str
    hops: int


class MatterTransferred(MatterActed, frozen=True, tag="matter.transferred"):
    """Handed to another desk of the tier, which has still to accept it."""

    from_desk: Desk
    note: str = ""


class MatterCommented(MatterActed, frozen=True, tag="matter.commented"):
    """A word to the file. It moves no clock."""

    text: str


class MatterPaused(MatterActed, frozen=True, tag="matter.paused"):
    """The clock stands still; `position.due` says until when at most, and whom it waits for."""

    ground: Ground
    note: str = ""


class MatterResumed(MatterEvent, frozen=True, tag="matter.resumed"):
    """The clock runs on with what was left: by an action, or by itself when the pause had lasted long enough."""

    reason: Reason
    action_id: str | None = None
    by: str | None = None


class ExtensionAsked(MatterActed, frozen=True, tag="matter.extension_asked"):
    """The desk asks for more time, before its limit. The clock runs."""

    note: str = ""


class ExtensionApproved(MatterActed, frozen=True, tag="matter.extended"):
    """The tier above grants it: the limit is later, the promise to the resident stays what it was."""


class ExtensionRefused(MatterActed, frozen=True, tag="matter.extension_refused"):
    """The tier above says no; the limit is as it was."""

    note: str = ""


class CohandlingCalled(MatterActed, frozen=True, tag="matter.whistled"):
    """吹哨: a department of a higher tier is called in, with a deadline of its own. Desk and clock stay."""

    call: str
    department: Desk
    call_due: Deadline
    note: str = ""


class CohandlingAnswered(MatterActed, frozen=True, tag="matter.whistle_answered"):
    """报到: the department has done its part."""

    call: str
    outcome: str = ""


class CohandlingLate(MatterEvent, frozen=True, tag="matter.whistle_late"):
    """The department has missed its deadline: an order to it, numbered with the matter's others."""

    call: str
    department: Desk
    order: int
    missed: Deadline


class MatterSentDown(MatterActed, frozen=True, tag="matter.sent_down"):
    """One tier down again, by the tier that holds it. The resident's time does not start anew."""

    from_tier: Tier
    from_desk: Desk
    ground: Ground
    note: str = ""


class MatterRated(MatterActed, frozen=True, tag="matter.rated"):
    """The resident gives one to five stars."""

    rating: int
    report_id: str


class MatterWithdrawn(MatterActed, frozen=True, tag="matter.withdrawn"):
    """A resident takes a report back; the matter ends when nobody who reported it is left."""

    report_id: str
    remaining: int
    note: str = ""


class HandedToCourt(MatterActed, frozen=True, tag="matter.handed_to_court"):
    """诉调对接: the court is asked to confirm the agreement. The clock stands still."""

    note: str = ""


class CourtDecided(MatterActed, frozen=True, tag="matter.court_decided"):
    """The court confirmed the agreement, and the matter is resolved; or it did not, and work goes on."""

    confirmed: bool
    outcome: str = ""


class SessionBooked(MatterActed, frozen=True, tag="matter.session_booked"):
    """A reception, an appointment or a joint mediation is agreed on. It moves no clock."""

    session_id: str
    session: Session


class SessionHeld(MatterActed, frozen=True, tag="matter.session_held"):
    """It took place, and this is what came of it."""

    session_id: str
    session: Session
    record: str = ""


class SessionMissed(MatterActed, frozen=True, tag="matter.session_missed"):
    """Somebody did not come."""

    session_id: str
    session: Session
    note: str = ""


class WishMatched(MatterActed, frozen=True, tag="matter.wish_matched"):
    """微心愿: a resource of the policy's list takes it on."""

    resource: str


class MatterUrged(MatterEvent, frozen=True, tag="matter.urged"):
    """催办: the limit is near; whose turn it is, is reminded."""

    to: Desk
    due: Deadline


class DeadlineCorrected(MatterEvent, frozen=True, tag="matter.deadline_corrected"):
    """A provisional deadline is set right by a calendar that was announced meanwhile.

    `calls`: the deadlines of departments called in that were set right, by call.
    """

    year: int
    before: Deadline
    calls: dict[str, Deadline] = msgspec.field(default_factory=dict)


class SupervisionOrdered(MatterEvent, frozen=True, tag="matter.ordered"):
    """督办: a numbered order to the desk that is late, copied to the tier above."""

    order: int
    to: Desk
    missed: Deadline
    copied_to: Desk | None


class MatterEscalated(MatterEvent, frozen=True, tag="matter.escalated"):
    """提级: exactly one tier up, with a new budget: a limit was missed, or the resident asked for it."""

    from_tier: Tier
    from_desk: Desk
    reason: Reason
    sheet: Sheet
    action_id: str | None = None
    by: str | None = None


class NoticeAnnounced(MatterEvent, frozen=True, tag="matter.noticed"):
    """通报: late at the top tier: announced, and again at every further limit."""

    notice: int
    missed: Deadline


class FastStep(enum.StrEnum):
    """What the fast lane asks for, in order: 1, 3 and 5 minutes unless the policy says otherwise."""

    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    SUPPORT = "support"


def steps_up_to(step: FastStep) -> tuple[FastStep, ...]:
    """What is done with a step: itself and those before it, for whoever has arrived has acknowledged."""
    steps = tuple(FastStep)
    return steps[: steps.index(step) + 1]


class FastDue(Value, frozen=True):
    """By when a step of the fast lane must be done; the instant itself is late."""

    step: FastStep
    at: datetime


class FastRaised(MatterEvent, frozen=True, tag="fast.raised"):
    """Danger now: police post, county and city command are told at once. The normal matter runs beside."""

    desks: tuple[Desk, ...]
    dues: tuple[FastDue, ...]
    reason: Reason
    sheet: Sheet
    action_id: str | None = None
    by: str | None = None


class FastAnswered(MatterActed, frozen=True, tag="fast.answered"):
    """A step of the fast lane was done; `missed`: later than it had to be."""

    step: FastStep
    missed: bool


class FastLate(MatterEvent, frozen=True, tag="fast.late"):
    """A step was not done in its minutes: `command` is the desk that now has the lead, one level up."""

    missed: FastDue
    command: Desk


class FastEnded(MatterActed, frozen=True, tag="fast.ended"):
    """The danger is over, or there was none; the normal matter goes on."""

    note: str = ""
