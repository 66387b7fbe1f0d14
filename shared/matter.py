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
    category: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$")] | None = None
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
    RESOLVED = "resolved"
    VISITED = "visited"
    CLOSED = "closed"


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


class Deadline(Value, frozen=True):
    """The one next instant at which something must have happened; the instant itself is late."""

    at: datetime
    what: str
    rule: str
    calendar: str
    provisional: bool = False


class Position(Value, frozen=True):
    """Where a matter is: exactly one tier and one desk; while it is open, one next deadline."""

    state: State
    tier: Tier
    desk: Desk
    due: Deadline | None


class ActionKind(enum.StrEnum):
    """What a desk can do to a matter."""

    ACCEPT = "accept"
    START = "start"
    RESOLVE = "resolve"
    VISIT = "visit"
    CLOSE = "close"


class Visit(Value, frozen=True):
    """A return visit (回访): reached? resolved? satisfied?"""

    reached: bool
    resolved: bool | None = None
    satisfied: bool | None = None


class Action(Value, frozen=True):
    """What a desk did, as its centre publishes it. `desk` is `division:body`; `at` is the centre's clock."""

    action_id: Name
    matter_id: Name
    county: Annotated[str, Meta(pattern=r"^\d{6}$")]
    kind: ActionKind
    desk: Annotated[str, Meta(pattern=r"^\d{4,12}:[a-z_]+$")]
    at: Instant
    way: Way | None = None
    outcome: Annotated[str, Meta(max_length=2000)] | None = None
    visit: Visit | None = None
