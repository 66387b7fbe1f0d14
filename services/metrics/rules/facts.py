"""The few facts of a matter that later events need in order to be counted."""

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from services.metrics.rules.reached import Reached, reached_after
from services.metrics.rules.turns import Turn, turns_of
from shared import divisions
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError, UnknownDivisionError
from shared.events import (
    ActionRefused,
    CohandlingAnswered,
    CohandlingLate,
    FastAnswered,
    FastEnded,
    FastLate,
    FastRaised,
    FastStep,
    MatterAccepted,
    MatterAlike,
    MatterCategorised,
    MatterClosed,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterKeptApart,
    MatterMerged,
    MatterOpened,
    MatterRedispatched,
    MatterReopened,
    MatterResolved,
    MatterSentDown,
    MatterSplit,
    MatterUrged,
    MatterVisited,
    MatterWithdrawn,
    NoticeAnnounced,
    SupervisionOrdered,
    WishMatched,
    steps_up_to,
)
from shared.matter import ENDED, Position, State, Value, Visit, Way

GRID = "grid"
NO_COUNTY = "000000"
VILLAGE_WIDTH = 12
Urge = tuple[str, datetime]


class Facts(Value, frozen=True, tag="facts"):
    """A matter as the indicators see it; in `fold`, as it was before the event.

    `town` is the nine digits, or the county where no town is known or none may be shown; `village` the twelve, where
    one is known and may be shown. `late`: a limit was missed at any tier. `waiting`: its reports of grid workers not
    yet counted as completed; of a merged matter, those it would take back. `completed`: closed at least once.
    `ended_on`: while it is over, the UTC day of the last event. `urged`: the step and deadline urged, while neither
    done nor missed. `late_calls`: departments' deadlines missed and not answered. `fast`: steps of the fast lane
    neither done nor late. `redispatched`: since the policy last chose the desk. `taken_out`: its first report was
    counted as part of another matter. `asked`: a person is asked whether it is the same as another. `accepted`: by any
    desk since it was opened; None: not known. `merged`: of a merged matter, all reports that went on elsewhere.
    """

    county: str
    town: str
    category: str
    source: str
    number: int
    tier: Tier
    state: State
    repeat: bool = False
    late: bool = False
    way: Way | None = None
    settled_at: Tier | None = None
    waiting: tuple[str, ...] = ()
    completed: bool = False
    ended_on: date | None = None
    turns: tuple[Turn, ...] = ()
    urged: Urge | None = None
    late_calls: tuple[str, ...] = ()
    fast: tuple[FastStep, ...] = ()
    redispatched: bool = False
    taken_out: bool = False
    asked: bool = False
    accepted: bool | None = None
    reached: Reached = None
    merged: tuple[str, ...] = ()
    village: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED


def opening(event: MatterOpened, parted: Facts | None) -> Facts:
    """The facts a matter starts with, before anything of it was counted; `parted`: what its split left for it."""
    return Facts(
        county=event.county,
        town=event.county if event.confidential else town_of(event.sheet.division, event.county),
        category=event.sheet.category,
        source=event.sheet.source,
        number=0,
        tier=event.position.tier,
        state=event.position.state,
        repeat=event.repeat_of is not None,
        waiting=() if parted is None else parted.waiting,
        taken_out=parted is not None,
        accepted=False,
        reached=(),
        village=village_of(event),
    )


def forgotten(event: MatterJoined) -> Facts:
    """What can still be said of a matter that was over so long ago that its facts are gone: its county."""
    return Facts(
        county=event.county,
        town=event.county,
        category="",
        source="",
        number=0,
        tier=event.position.tier,
        state=event.position.state,
        completed=event.position.state is State.CLOSED,
    )


def unknown(event: ActionRefused) -> Facts:
    """The place of a refused action on no known matter. A county that does not exist is never a label."""
    county = event.county if _exists(event.county) else NO_COUNTY
    return Facts(
        county=county, town=county, category="", source="", number=0, tier=Tier.COUNTY, state=State.CLOSED
    )


def other_of(event: MatterEvent) -> str | None:
    """The other matter an event is about: where a report came from, or where it went."""
    match event:
        case MatterJoined():
            return event.merged_from
        case MatterSplit():
            return event.other
        case _:
            return None


def after(facts: Facts, event: MatterEvent, other: Facts | None) -> Facts:
    """The facts once the event has happened; `other`: those of the other matter it is about, where there is one."""
    position = event.position
    over = position.state in ENDED
    same = {
        "number": event.number,
        "tier": position.tier,
        "state": position.state,
        "ended_on": event.at.astimezone(UTC).date() if over else None,
        "turns": turns_of(position),
        "urged": facts.urged if facts.urged == _next_step(position) else None,
        "accepted": isinstance(event, MatterAccepted | WishMatched) or facts.accepted,
        "reached": reached_after(facts.reached, event, _leaving(facts, event, other)),
    }
    return replace(facts, **same | _changes(facts, event) | _reports(facts, event, other))


def left_for(facts: Facts, event: MatterSplit, other: Facts | None) -> Facts | None:
    """What the matter that comes out of a split is to know before its own event; None: this is its own event.

    A matter that had been merged takes back those of its reports that still wait. One that never was by itself is
    unknown until it opens; till then it is a part of this one.
    """
    if facts.state is State.MERGED:
        return None
    leaving = _leaving(facts, event, other)
    back = tuple(each for each in facts.waiting if each in leaving)
    if other is not None:
        return replace(other, waiting=back)
    return Facts(
        county=facts.county,
        town=facts.town,
        category=facts.category,
        source=facts.source,
        number=0,
        tier=facts.tier,
        state=State.MERGED,
        waiting=back,
        village=facts.village,
    )


def _leaving(facts: Facts, event: MatterEvent, other: Facts | None) -> tuple[str, ...]:
    """The reports a split takes out of this matter; a merged matter that comes back takes nothing out of itself."""
    if not isinstance(event, MatterSplit) or facts.state is State.MERGED:
        return ()
    return (event.report_id,) if other is None else (event.report_id, *other.waiting, *other.merged)


def _next_step(position: Position) -> Urge | None:
    return None if position.due is None else (position.due.what, position.due.at)


def _changes(facts: Facts, event: MatterEvent) -> dict[str, Any]:
    match event:
        case MatterResolved():
            return {"way": event.way, "settled_at": event.position.tier}
        case SupervisionOrdered() | NoticeAnnounced():
            return {"late": True, "urged": None}
        case MatterClosed():
            return {"completed": True}
        case MatterAlike() | MatterKeptApart():
            return {"asked": isinstance(event, MatterAlike)}
        case MatterMerged():
            return {"asked": False, "merged": event.reports}
        case MatterCategorised():
            told = {"category": event.sheet.category}
            return told | {"town": facts.county, "village": None} if event.confidential else told
        case MatterUrged():
            return {"urged": (event.due.what, event.due.at)}
        case MatterRedispatched():
            return {"redispatched": True}
        case MatterEscalated() | MatterReopened() | MatterSentDown():
            return {"redispatched": False}
        case CohandlingLate():
            return {"late_calls": (*facts.late_calls, event.call)}
        case CohandlingAnswered():
            return {"late_calls": tuple(each for each in facts.late_calls if each != event.call)}
        case FastRaised():
            return {"fast": tuple(due.step for due in event.dues)}
        case FastAnswered():
            done = steps_done(facts, event)
            return {"fast": tuple(step for step in facts.fast if step not in done)}
        case FastLate():
            return {"fast": tuple(step for step in facts.fast if step is not event.missed.step)}
        case FastEnded():
            return {"fast": ()}
        case _:
            return {}


def _reports(facts: Facts, event: MatterEvent, other: Facts | None) -> dict[str, tuple[str, ...]]:
    """Which reports of grid workers wait to be counted as completed: each does so in one matter at a time."""
    waiting = facts.waiting
    match event:
        case MatterOpened() if event.sheet.source == GRID and not facts.taken_out:
            waiting = (event.report_id,)
        case MatterJoined() if event.merged_from is not None:
            if other is not None and event.report_id in other.waiting:
                waiting = (*waiting, event.report_id)
        case MatterJoined() if event.source == GRID and facts.state is not State.CLOSED:
            waiting = (*waiting, event.report_id)
        case MatterSplit():
            leaving = _leaving(facts, event, other)
            waiting = tuple(each for each in waiting if each not in leaving)
        case MatterWithdrawn():
            waiting = tuple(each for each in waiting if each != event.report_id)
        case MatterClosed():
            waiting = ()
    return {"waiting": waiting}


def steps_done(facts: Facts, event: FastAnswered) -> tuple[FastStep, ...]:
    """The steps an answer does in time."""
    return tuple(step for step in facts.fast if step in steps_up_to(event.step))


def visit_of(event: object) -> Visit | None:
    """The return visit an event tells of; a dissatisfied one comes as the reopening it led to."""
    return event.visit if isinstance(event, MatterVisited | MatterReopened) else None


def town_of(division: str, county: str) -> str:
    """The town or street of a division, else its county: codes above a town and padded ones name none."""
    town = division[:9]
    if len(town) < 9 or town.endswith("000") or not town.startswith(county):
        return county
    return town


def is_told_in_confidence(event: ActionRefused | MatterEvent) -> bool:
    """From this event on; a village is then told no more, not even of the event itself."""
    return isinstance(event, MatterOpened | MatterCategorised) and event.confidential


def village_of(event: ActionRefused | MatterEvent) -> str | None:
    """The village or community of an event that has a sheet; None where it is not known or may not be told."""
    if not isinstance(event, MatterOpened | MatterCategorised) or is_told_in_confidence(event):
        return None
    try:
        village = divisions.normalise(event.sheet.division)[:VILLAGE_WIDTH]
    except UnknownDivisionError:
        return None
    return village if len(village) == VILLAGE_WIDTH and village.startswith(event.county) else None


def _exists(county: str) -> bool:
    try:
        return divisions.county_of(county) == county
    except (UnknownDivisionError, NoDivisionAtTierError):
        return False
