"""To whom an action of the past belongs when matters are held by other desks."""

from typing import Any

from msgspec.structs import replace

from services.escalation.rules.life import ROWS
from shared.matter import Action, ActionKind, Desk, Position, State
from shared.wire import event_id

# What is done by the desk in charge, and so by whoever is in charge under another policy.
READDRESSED = frozenset(ActionKind)
# What is done to a matter that was accepted, and refused for one that has just risen.
AFTER_ACCEPTING = frozenset(
    row.kind for row in ROWS if State.ACCEPTED in row.states and State.ROUTED not in row.states
)


def named(desk: Desk) -> str:
    """A desk as actions name it."""
    return f"{desk.division}:{desk.body}"


def readdressed(action: Action, matter_id: str, then: Position | None, now: Position | None) -> Action:
    """The action in a run where its report is part of `matter_id`, which is at `now`.

    `then`: where the action's own matter was when it was done. Only what the desk in charge did changes hands: a
    desk that did not hold the matter, and an action without a desk, stay as they are.
    """
    changes: dict[str, Any] = {}
    if matter_id != action.matter_id:
        changes["matter_id"] = matter_id
    if _is_in_charge(action, then) and now is not None and action.desk != named(now.offered or now.desk):
        changes["desk"] = named(now.offered or now.desk)
    return replace(action, **changes) if changes else action


def accepted_first(
    action: Action, done: Action, then: Position | None, now: Position | None
) -> Action | None:
    """The accepting that must come before `done`, which is `action` readdressed.

    Nobody accepted the matter at the desk that holds it now, for in the past it had not come there yet. Work on
    it that the past tells of would be refused, and the matter would lie there and rise for want of a word.
    """
    if action.kind not in AFTER_ACCEPTING or not _is_in_charge(action, then):
        return None
    if then is None or now is None or then.state is State.ROUTED or now.state is not State.ROUTED:
        return None
    return Action(
        action_id=event_id(action.action_id, ActionKind.ACCEPT),
        matter_id=done.matter_id,
        county=done.county,
        kind=ActionKind.ACCEPT,
        desk=done.desk,
        at=done.at,
    )


def _is_in_charge(action: Action, then: Position | None) -> bool:
    """An action without a desk is nobody's in charge."""
    if then is None or action.kind not in READDRESSED:
        return False
    return action.desk in (named(then.desk), named(then.offered or then.desk))
