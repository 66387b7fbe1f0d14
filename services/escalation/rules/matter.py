"""What escalation knows of a matter, and how it changes by what is said of it."""

from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from shared import wire
from shared.catalogue import Policy
from shared.chain import digest_of
from shared.divisions import Tier
from shared.events import Apart, FastDue, FastStep, Guess, MatterEvent, MatterOpened, Sheet
from shared.matter import Deadline, Desk, Grade, Ground, Position, Session, Value
from shared.reasons import Reason


class Part(Value, frozen=True):
    """One report of a matter. `gone`: the resident has taken it back. `origin`: the matter it was merged from.

    `voice`: who reported, "" if nobody knows. `danger`: it said that there is danger now.
    """

    report_id: str
    source: str
    origin: str | None = None
    gone: bool = False
    voice: str = ""
    danger: bool = False


def voices_of(parts: tuple[Part, ...]) -> int:
    """How many different people: several reports of one are one voice, and those of nobody known together one."""
    return len({part.voice for part in parts})


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
    reason: Reason = Reason.DANGER_NOW


class Life(Value, frozen=True, kw_only=True, tag="life"):
    """A matter. `number` and `previous`: of its last event. `entry`: the tier it may not be sent below.

    `policy`: the version that rules its current step. Of the tier it is at: `stopped` since when its clock stands
    still, `paused` the grounds already used, `extension` how the one request stands, `hops` new dispatches.
    `urged`: the deadlines that were urged. `visited`: the voices asked since it was last resolved. `ended`: when
    nothing was owed any more. `into`: where it goes on once it has ended, `apart` its position before it was merged.
    `alone`: its grade whoever else reports it. `asked`: the matter it may be the same as, while nobody has answered.
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
    visited: tuple[str, ...] = ()
    rated: tuple[str, ...] = ()
    fast: Fast | None = None
    ended: datetime | None = None
    into: str | None = None
    apart: Position | None = None
    alone: Grade | None = None
    guesses: tuple[Guess, ...] = ()
    asked: str | None = None

    @property
    def town(self) -> str:
        """The nine digits of its town, or what is known of them."""
        return self.sheet.division[:9]

    @property
    def limit(self) -> Deadline | None:
        """The tier's own limit, whatever must happen before it."""
        return self.position.limit or self.position.due


def part_of(report_id: str, voice: str, sheet: Sheet) -> Part:
    """A report that comes to a matter."""
    return Part(report_id=report_id, source=sheet.source, voice=voice, danger=sheet.danger_now)


def begun(event: MatterOpened) -> Life:
    """A matter at its beginning."""
    return Life(
        matter_id=event.matter_id,
        county=event.county,
        number=event.number,
        at=event.at,
        position=event.position,
        grade=event.grade,
        sheet=event.sheet,
        entry=event.position.tier,
        policy=event.policy,
        previous=digest_of(wire.encode(event)),
        parts=(part_of(event.report_id, event.voice, event.sheet),),
        about_body=event.about_body,
        confidential=event.confidential,
        alone=event.grade,
        guesses=event.guesses,
    )


class Joined(Value, frozen=True, tag="joined"):
    """A report that routing matched to a matter, and what it would have been by itself."""

    matter_id: str
    apart: Apart
    voice: str = ""


class Case:
    """One matter while something happens to it: what is said of it, in order, and the matter after that.

    `policy` rules the matter's current step, `current` whatever begins now.
    """

    def __init__(self, life: Life, policy: Policy, current: Policy, now: datetime) -> None:
        self.life = life
        self.policy = policy
        self.current = current
        self.now = max(now, life.at)
        self.said: list[tuple[MatterEvent, bytes]] = []
        """What happened, and its bytes as they go onto the bus."""

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
        value = wire.encode(event)
        self.said.append((event, value))
        self.life = replace(
            self.life,
            number=event.number,
            at=event.at,
            position=event.position,
            previous=digest_of(value),
            **(changes or {}),
        )
