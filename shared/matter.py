"""The nouns: a report comes in, a matter is worked on."""

import enum
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from shared.divisions import Tier

Code = Annotated[str, Meta(pattern=r"^\d{4,15}$", description="division code, 4 to 15 digits")]
Text = Annotated[str, Meta(min_length=1, max_length=8000)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Link = Annotated[str, Meta(pattern=r"^https?://", max_length=2000)]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset")]


class Value(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of every value that crosses a topic: frozen, and a field it does not know is refused."""


class Location(Value, frozen=True):
    """WGS-84 degrees, an address, or both."""

    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    address: Annotated[str, Meta(max_length=500)] | None = None


class Reporter(Value, frozen=True):
    """Contact data: to answer and to visit, for nothing else. Sealed at intake, never in an event."""

    name: Annotated[str, Meta(max_length=128)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    sealed: Annotated[
        str | None,
        Meta(description="ciphertext, as our own HTTP door puts it on the bus; refused from outside"),
    ] = None


CategoryCode = Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$")]


class Report(Value, frozen=True):
    """One submission, as received from one source (上报): the contract of every way in."""

    source: Name
    source_id: Name
    reported_at: Instant
    division: Code
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Text
    occurred_at: Instant | None = None
    location: Location | None = None
    category: CategoryCode | None = None
    people_involved: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    money_at_stake: Annotated[int, Meta(ge=0, le=10**13, description="yuan")] | None = None
    injury: bool = False
    danger_now: bool = False
    other_divisions: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    about_body: (
        Annotated[
            str,
            Meta(
                pattern=r"^\d{4,12}(:[a-z_]+)?$",
                description="the body complained about: its division, or division:desk",
            ),
        ]
        | None
    ) = None
    reporter: Reporter | None = None
    reporter_ref: Annotated[str, Meta(max_length=64)] | None = None
    attachments: Annotated[tuple[Link, ...], Meta(max_length=20)] = ()
    answers: Annotated[
        dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=2000)]], Meta(max_length=50)
    ] = {}


class Grade(enum.StrEnum):
    """分级: decides the entry tier."""

    SMALL = "small"
    BIG = "big"
    HARD = "hard"


class State(enum.StrEnum):
    """Where a matter stands in its life."""

    ROUTED = "routed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    RETURNED = "returned"
    IN_COURT = "in_court"
    RESOLVED = "resolved"
    VISITED = "visited"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.MERGED})
"""Nothing is owed any more."""


class Way(enum.StrEnum):
    """The seven ways to settle (五调一疏, and judicial confirmation)."""

    PEOPLES_MEDIATION = "peoples_mediation"
    ADMINISTRATIVE_MEDIATION = "administrative_mediation"
    JUDICIAL_MEDIATION = "judicial_mediation"
    INDUSTRY_MEDIATION = "industry_mediation"
    ONLINE_MEDIATION = "online_mediation"
    COUNSELLING = "counselling"
    COURT_CONFIRMATION = "court_confirmation"
    HANDLED = "handled"  # a service or repair: nothing to mediate


class Desk(Value, frozen=True):
    """Who handles a matter at a tier: a body at a place, and the office (not the person) that answers."""

    division: str
    body: str
    role: str


class Awaits(enum.StrEnum):
    """Whose turn it is: who must act before the next deadline."""

    DESK = "desk"
    CENTRE = "centre"
    RESIDENT = "resident"
    EXPERT = "expert"
    COURT = "court"


class Deadline(Value, frozen=True, kw_only=True):
    """The one next instant at which something must have happened; the instant itself is late.

    `rule` is the row of the policy and `span` what it gives, counted from `since` by the `calendar` of that version;
    `why` and `why_zh` say it in a sentence. `left`: microseconds of it that were left when a stopped clock ran on.
    From `yellow` and `red` on the colour is another; at `red` whose turn it is is urged. None: blue to the end.
    `extended`: it was moved by an approved extension. `provisional`: it counts days not announced yet.
    """

    at: datetime
    what: str
    rule: str
    span: str
    calendar: str
    since: datetime
    left: int | None = None
    awaits: Awaits = Awaits.DESK
    yellow: datetime | None = None
    red: datetime | None = None
    extended: bool = False
    provisional: bool = False
    why: str = ""
    why_zh: str = ""


class Position(Value, frozen=True, kw_only=True):
    """Where a matter is: exactly one tier and one desk; while it is open, one next deadline, `due`.

    `limit`: the tier's own limit, where an earlier one (accepting, a review) comes before it or a pause has stopped
    it; None where `due` is it. `promised`: the tier's limit as first given, which no pause or extension moves.
    `offered`: the desk it is dispatched to; until that one accepts, `desk` answers for it.
    """

    state: State
    tier: Tier
    desk: Desk
    due: Deadline | None
    limit: Deadline | None = None
    promised: datetime | None = None
    offered: Desk | None = None


class ActionKind(enum.StrEnum):
    """What can be done to a matter (`services.escalation.rules.life` says when, and by whom)."""

    ACCEPT = "accept"
    START = "start"
    RESOLVE = "resolve"
    VISIT = "visit"
    CLOSE = "close"
    RETURN = "return"
    UPHOLD = "uphold"
    REDISPATCH = "redispatch"
    TRANSFER = "transfer"
    COMMENT = "comment"
    PAUSE = "pause"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    APPROVE_EXTENSION = "approve_extension"
    REFUSE_EXTENSION = "refuse_extension"
    WHISTLE = "whistle"
    ANSWER_WHISTLE = "answer_whistle"
    ESCALATE = "escalate"
    SEND_DOWN = "send_down"
    RATE = "rate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    JOIN = "join"
    SPLIT = "split"
    TO_COURT = "to_court"
    COURT_DECISION = "court_decision"
    BOOK = "book"
    HOLD = "hold"
    MISS = "miss"
    GRANT_WISH = "grant_wish"
    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    SUPPORT = "support"
    STAND_DOWN = "stand_down"
    ALARM = "alarm"
    KEEP_APART = "keep_apart"
    CATEGORISE = "categorise"


class Ground(enum.StrEnum):
    """The closed list of grounds an action may need; each kind of action takes some of them."""

    # of a return (退单)
    NOT_OUR_SUBJECT = "not_our_subject"
    NOT_OUR_AREA = "not_our_area"
    NOT_IN_OUR_POWER = "not_in_our_power"
    INCOMPLETE = "incomplete"
    # of a pause
    WAITS_FOR_RESIDENT = "waits_for_resident"
    WAITS_FOR_EXPERT = "waits_for_expert"
    WAITS_FOR_COURT = "waits_for_court"
    # of sending back down
    CAN_BE_SETTLED_BELOW = "can_be_settled_below"
    ROSE_BY_MISTAKE = "rose_by_mistake"


class Visit(Value, frozen=True):
    """A return visit (回访): reached? resolved? satisfied?"""

    reached: bool
    resolved: bool | None = None
    satisfied: bool | None = None


class SessionKind(enum.StrEnum):
    """What people meet for."""

    RECEPTION = "reception"
    APPOINTMENT = "appointment"
    MEDIATION = "mediation"


class Session(Value, frozen=True, kw_only=True):
    """A meeting about a matter: a reception (接访) at a tier, an appointment at the door, a joint mediation.

    `venue` is one of the policy's: a reasoning tea room, a legal clinic, a window, a video link.
    """

    kind: SessionKind
    venue: Annotated[str, Meta(pattern=r"^[a-z]+(_[a-z]+)*$")]
    at: Instant


DeskKey = Annotated[str, Meta(pattern=r"^\d{4,12}:[a-z_]+$", description="division:body")]


class Action(Value, frozen=True, kw_only=True):
    """What someone did to a matter, as a centre or the residents' door publishes it. `at` is the sender's clock.

    `desk`: the desk that acts. A resident has none and says with `report_id` which report is theirs; that is believed
    on the residents' topic only, which intake writes for whoever holds the receipt. Of a desk's return visit it is the
    report of whom was asked.
    """

    action_id: Name
    matter_id: Name
    county: Annotated[str, Meta(pattern=r"^\d{6}$")]
    kind: ActionKind
    at: Instant
    desk: DeskKey | None = None
    report_id: Name | None = None
    way: Way | None = None
    outcome: Annotated[str, Meta(max_length=2000)] | None = None
    visit: Visit | None = None
    ground: Ground | None = None
    to: DeskKey | None = None
    into: Name | None = None
    taken_out: Name | None = None
    confirmed: bool | None = None
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    session: Session | None = None
    session_id: Name | None = None
    resource: Annotated[str, Meta(pattern=r"^[a-z]+(_[a-z]+)*$")] | None = None
    category: CategoryCode | None = None


def key_of(desk: Desk) -> str:
    """`division:body`, as actions name a desk."""
    return f"{desk.division}:{desk.body}"
