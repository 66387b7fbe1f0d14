"""Where a matter goes when its limit has passed: exactly one tier up (提级)."""

from dataclasses import dataclass
from datetime import datetime

from shared.catalogue import Policy, What, deadline, desk_at
from shared.divisions import Tier, above
from shared.matter import Deadline, Desk, Grade, Position, State


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts of a matter that say who is next and how long they have."""

    category: str
    grade: Grade
    division: str


# what a state waits for, and so what its next deadline is for
WAITS_FOR: dict[State, What] = {
    State.ROUTED: "resolve",
    State.ACCEPTED: "resolve",
    State.IN_PROGRESS: "resolve",
    State.RESOLVED: "visit",
    State.VISITED: "close",
}


def desk_above(standing: Standing, tier: Tier, policy: Policy) -> tuple[Tier, Desk] | None:
    """The next tier and its desk for the matter, None at the top."""
    higher = above(tier)
    return None if higher is None else (higher, desk_at(policy, standing.category, standing.division, higher))


def due(standing: Standing, tier: Tier, what: What, now: datetime, policy: Policy) -> Deadline:
    """The limit of what has to happen next, with that tier's budget from now on."""
    return deadline(policy, standing.category, standing.grade, tier, what, now)


def risen(position: Position, standing: Standing, now: datetime, policy: Policy) -> Position | None:
    """One tier up with the new tier's budget; a matter not yet resolved starts there anew. None at the top."""
    higher = desk_above(standing, position.tier, policy)
    if higher is None:
        return None
    tier, desk = higher
    unsettled = position.state in (State.ROUTED, State.ACCEPTED, State.IN_PROGRESS)
    state = State.ROUTED if unsettled else position.state
    return Position(state=state, tier=tier, desk=desk, due=due(standing, tier, WAITS_FOR[state], now, policy))


def announced(position: Position, standing: Standing, now: datetime, policy: Policy) -> Position:
    """Nobody is above: the same desk, and the next announcement as the limit."""
    return Position(
        state=position.state,
        tier=position.tier,
        desk=position.desk,
        due=due(standing, position.tier, "notice", now, policy),
    )
