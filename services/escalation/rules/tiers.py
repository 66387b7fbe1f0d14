"""Up one tier, down one tier, and what a matter begins anew with: never a tier skipped, never home."""

from typing import Any

from msgspec.structs import replace

from services.escalation.rules.matter import Case, Life
from shared import divisions, limits
from shared.catalogue import Policy, What
from shared.divisions import Tier
from shared.matter import Awaits, Deadline, Desk, Position, State
from shared.never_home import desk_for

STEP_OF: dict[State, What] = {State.RESOLVED: "visit", State.VISITED: "close"}


def above(life: Life, policy: Policy) -> tuple[Tier, Desk] | None:
    """The next tier and its desk for the matter, None at the top."""
    return _at(life, divisions.above(life.position.tier), policy)


def below(life: Life, policy: Policy) -> tuple[Tier, Desk] | None:
    """The tier below and its desk; None where the matter may not go: below its entry, or where no division is."""
    rank = divisions.rank(life.position.tier)
    if rank <= divisions.rank(life.entry):
        return None
    tier = tuple(Tier)[rank - 1]
    own = divisions.tier_of(life.sheet.division)
    if own is None or divisions.rank(own) > rank - 1:
        return None
    return _at(life, tier, policy)


def _at(life: Life, tier: Tier | None, policy: Policy) -> tuple[Tier, Desk] | None:
    if tier is None:
        return None
    return tier, desk_for(policy, life.sheet.category, life.sheet.division, tier, life.about_body)


def arrived(case: Case, tier: Tier, desk: Desk) -> Position:
    """At a tier with that tier's whole budget, by the policy of now."""
    sheet = case.life.sheet
    return limits.dispatched(case.current, sheet.category, case.life.grade, tier, desk, case.now)


def anew(case: Case) -> dict[str, Any]:
    """What a matter forgets when a new step begins, and the policy it takes on."""
    return {
        "policy": case.current.version,
        "stopped": None,
        "paused": (),
        "extension": "",
        "hops": 0,
        "urged": (),
    }


def over(case: Case, state: State) -> tuple[Position, dict[str, Any]]:
    """Nothing is owed any more, and nobody is waited for beside it either: where it is, and what it forgets."""
    position = replace(case.life.position, state=state, due=None, limit=None, offered=None)
    return position, {"ended": case.now, "calls": (), "fast": None}


def settled(case: Case, state: State, tier: Tier, desk: Desk) -> Position:
    """The visit or the closing is what is owed now, by the policy of now."""
    due = step_due(case, STEP_OF[state], tier, desk, case.current)
    return Position(state=state, tier=tier, desk=desk, due=due, promised=due.at)


def step_due(
    case: Case, what: What, tier: Tier, desk: Desk, policy: Policy, awaits: Awaits = Awaits.DESK
) -> Deadline:
    """By when a step of the matter that starts now must be done."""
    sheet = case.life.sheet
    due = limits.deadline(
        policy, sheet.category, case.life.grade, tier, what, case.now, desk.division, awaits=awaits
    )
    assert due is not None  # only accepting may have no time of its own
    return due


def running(life: Life, state: State) -> Position:
    """The tier's limit as it was, with nothing before it, and no other desk that might accept."""
    return replace(life.position, state=state, due=life.limit, limit=None, offered=None)
