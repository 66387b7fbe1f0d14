"""To whom an action of the past belongs when matters are held by other desks."""

import enum
from typing import Any

from msgspec.structs import replace

from services.escalation.rules.life import ROWS
from shared.matter import Action, ActionKind, Position, State, key_of
from shared.wire import event_id

# What is done by the desk in charge, and so by whoever is in charge under another policy.
READDRESSED = frozenset(ActionKind)
# What is done to a matter that was accepted, and refused for one that has just risen.
AFTER_ACCEPTING = frozenset(
    row.kind for row in ROWS if State.ACCEPTED in row.states and State.ROUTED not in row.states
)


class Then(enum.IntFlag):
    """How an action's own matter stood when it was done."""

    IN_CHARGE = 1
    """Whoever acted held it, or it was offered to them."""
    ACCEPTED = 2
    """It was not waiting to be accepted."""


# by their values: making a flag, or two into one, costs more than anything else that is done with it
THENS = tuple(map(Then, range(4)))


def then_of(action: Action, position: Position | None) -> Then:
    """`position`: where the action's matter was; nothing for a matter that is not known."""
    if position is None:
        return THENS[0]
    in_charge = action.kind in READDRESSED and action.desk in holders_of(position)
    return THENS[2 * (position.state is not State.ROUTED) + in_charge]


def holders_of(position: Position) -> tuple[str, str]:
    """Whoever answers for the matter, and whoever may accept it."""
    return key_of(position.desk), key_of(position.offered or position.desk)


def readdressed(action: Action, matter_id: str, then: Then, now: Position | None) -> Action:
    """The action in a run where its report is part of `matter_id`, which is at `now`.

    Only what the desk in charge did changes hands: a desk that did not hold the matter, and an action without a
    desk, stay as they are.
    """
    changes: dict[str, Any] = {}
    if matter_id != action.matter_id:
        changes["matter_id"] = matter_id
    if Then.IN_CHARGE in then and now is not None and action.desk not in holders_of(now):
        changes["desk"] = key_of(now.offered or now.desk)
    return replace(action, **changes) if changes else action


def accepted_first(action: Action, done: Action, then: Then, now: Position | None) -> Action | None:
    """The accepting that must come before `done`, which is `action` readdressed.

    Nobody accepted the matter at the desk that holds it now, for in the past it had not come there yet. Work on
    it that the past tells of would be refused, and the matter would lie there and rise for want of a word.
    """
    if action.kind not in AFTER_ACCEPTING or then is not THENS[3]:
        return None
    if now is None or now.state is not State.ROUTED:
        return None
    return Action(
        action_id=event_id(action.action_id, ActionKind.ACCEPT),
        matter_id=done.matter_id,
        county=done.county,
        kind=ActionKind.ACCEPT,
        desk=done.desk,
        at=done.at,
    )
