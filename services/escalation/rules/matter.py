"""What escalation knows of a matter, and how it changes by what is said of it."""

from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from shared import wire
from shared.catalogue import Policy
from shared.chain import digest_of
from shared.divisions import Tier
from shared.events import Apart, FastDue, FastStep, MatterEvent, Sheet
from shared.matter import Deadline, Desk, Grade, Ground, Position, Session, Value


class Part(Value, frozen=True):
    """One report of a matter. `gone`: the resident has taken it back. `origin`: the matter it was merged from."""

    report_id: str
    source: str
    origin: str | None = None
    gone: bool = False


class Call(Value, frozen=True):
    """A department that was called in (吹哨) and has not answered yet."""

    call: str
    department: Desk
    due: Deadline
    late: bool = False


class Booked(Value, frozen=True):
    """A session agreed on, neither held nor missed yet."""

    session_id: str
    session: Session


class Fast(Value, frozen=True):
    """The fast lane beside a matter. `waiting`: steps neither done nor late, in order; `level`: who has the lead."""

    desks: tuple[Desk, ...]
    waiting: tuple[FastDue, ...]
    level: int = 0
    done: tuple[FastStep, ...] = ()
    ended: bool = False


class Life(Value, frozen=True, kw_only=True, tag="life"):
    """A matter. `number` and `previous`: of its last event. `entry`: the tier it may not be sent below.

    `policy`: the version that rules its current step. Of the tier it is at: `stopped` since when its clock stands
    still, `paused` the grounds already used, `extension` how the one request stands, `hops` new dispatches.
    `urged`: the deadlines that were urged. `ended`: when nothing was owed any more. `apart`: its
    position when it was merged into another matter.
    """

    matter_id: str
    county: str
    number: int
    at: datetime
    position: Position
    grade: Grade
    sheet: Sheet
    entry: Tier
    policy: str
    previous: str
    parts: tuple[Part, ...]
    about_body: str | None = None
    confidential: bool = False
    orders: int = 0
    notices: int = 0
    reopened: bool = False
    urged: tuple[datetime, ...] = ()
    stopped: datetime | None = None
    paused: tuple[Ground, ...] = ()
    extension: Literal["", "asked", "approved", "refused"] = ""
    hops: int = 0
    calls: tuple[Call, ...] = ()
    sessions: tuple[Booked, ...] = ()
    rated: tuple[str, ...] = ()
    fast: Fast | None = None
    ended: datetime | None = None
    into: str | None = None
    apart: Position | None = None

    @property
    def town(self) -> str:
        """The nine digits of its town, or what is known of them."""
        return self.sheet.division[:9]

    @property
    def limit(self) -> Deadline | None:
        """The tier's own limit, whatever must happen before it."""
        return self.position.limit or self.position.due


class Joined(Value, frozen=True, tag="joined"):
    """A report that routing matched to a matter, and what it would have been by itself."""

    matter_id: str
    apart: Apart


class Case:
    """One matter while something happens to it: what is said of it, in order, and the matter after that.

    `policy` rules the matter's current step, `current` whatever begins now.
    """

    def __init__(self, life: Life, policy: Policy, current: Policy, now: datetime) -> None:
        self.life = life
        self.policy = policy
        self.current = current
        self.now = max(now, life.at)
        self.said: list[MatterEvent] = []

    def say(
        self,
        kind: type[MatterEvent],
        position: Position | None = None,
        *,
        changes: dict[str, Any] | None = None,
        **facts: Any,
    ) -> None:
        """The next event, with the position after it; `changes`: what else is different of the matter."""
        event = kind(
            matter_id=self.life.matter_id,
            county=self.life.county,
            number=self.life.number + 1,
            at=self.now,
            position=position or self.life.position,
            previous=self.life.previous,
            **facts,
        )
        self.said.append(event)
        self.life = replace(
            self.life,
            number=event.number,
            at=event.at,
            position=event.position,
            previous=digest_of(wire.encode(event)),
            **(changes or {}),
        )
