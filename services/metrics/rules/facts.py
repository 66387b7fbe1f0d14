"""The few facts of a matter that later events need in order to be counted."""

from datetime import UTC, date
from typing import Any

from msgspec.structs import replace

from shared import divisions
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError, UnknownDivisionError
from shared.events import (
    ActionRefused,
    MatterClosed,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterReopened,
    MatterResolved,
    MatterVisited,
    NoticeAnnounced,
    SupervisionOrdered,
)
from shared.matter import State, Value, Visit, Way

GRID = "grid"
NO_COUNTY = "000000"


class Facts(Value, frozen=True, tag="facts"):
    """A matter as the indicators see it; in `fold`, as it was before the event.

    `town` is the nine digits, or the county where no town is known or none may be shown. `late`: a limit was
    missed at any tier. `grid_waiting`: reports of grid workers not yet counted as completed. `completed`: closed
    at least once. `closed_on`: while closed, the UTC day of the last event.
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
    grid_waiting: int = 0
    completed: bool = False
    closed_on: date | None = None


def opening(event: MatterOpened) -> Facts:
    """The facts a matter starts with, before anything of it was counted."""
    return Facts(
        county=event.county,
        town=event.county if event.confidential else town_of(event.sheet.division, event.county),
        category=event.sheet.category,
        source=event.sheet.source,
        number=0,
        tier=event.position.tier,
        state=event.position.state,
        repeat=event.repeat_of is not None,
    )


def forgotten(event: MatterJoined) -> Facts:
    """What can still be said of a matter that closed so long ago that its facts are gone: its county."""
    return Facts(
        county=event.county,
        town=event.county,
        category="",
        source="",
        number=0,
        tier=event.position.tier,
        state=State.CLOSED,
        completed=True,
    )


def unknown(event: ActionRefused) -> Facts:
    """The place of a refused action on no known matter. A county that does not exist is never a label."""
    county = event.county if _exists(event.county) else NO_COUNTY
    return Facts(
        county=county, town=county, category="", source="", number=0, tier=Tier.COUNTY, state=State.CLOSED
    )


def after(facts: Facts, event: MatterEvent) -> Facts:
    """The facts once the event has happened."""
    position = event.position
    closed = position.state is State.CLOSED
    return replace(
        facts,
        number=event.number,
        tier=position.tier,
        state=position.state,
        closed_on=event.at.astimezone(UTC).date() if closed else None,
        **_changes(facts, event),
    )


def _changes(facts: Facts, event: MatterEvent) -> dict[str, Any]:
    match event:
        case MatterOpened():
            return {"grid_waiting": int(event.sheet.source == GRID)}
        case MatterJoined():
            waits = event.source == GRID and facts.state is not State.CLOSED
            return {"grid_waiting": facts.grid_waiting + waits}
        case MatterResolved():
            return {"way": event.way, "settled_at": event.position.tier}
        case SupervisionOrdered() | NoticeAnnounced():
            return {"late": True}
        case MatterClosed():
            return {"completed": True, "grid_waiting": 0}
        case _:
            return {}


def visit_of(event: object) -> Visit | None:
    """The return visit an event tells of; a dissatisfied one comes as the reopening it led to."""
    return event.visit if isinstance(event, MatterVisited | MatterReopened) else None


def town_of(division: str, county: str) -> str:
    """The town or street of a division, else its county: codes above a town and padded ones name none."""
    town = division[:9]
    if len(town) < 9 or town.endswith("000") or not town.startswith(county):
        return county
    return town


def _exists(county: str) -> bool:
    try:
        return divisions.county_of(county) == county
    except (UnknownDivisionError, NoDivisionAtTierError):
        return False
