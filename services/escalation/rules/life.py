"""The life of a matter: which action is possible in which state, and what then is the next deadline for."""

from dataclasses import dataclass
from typing import Literal

from shared.catalogue import What
from shared.matter import Action, ActionKind, Desk, State, Visit
from shared.reasons import Reason


@dataclass(frozen=True, slots=True)
class Row:
    """From one of the states, by one action, to the next state.

    `due`: what the next deadline is for; "kept": accepting and starting move no clock.
    """

    kind: ActionKind
    states: tuple[State, ...]
    to: State
    due: What | Literal["kept"] | None


TABLE: tuple[Row, ...] = (
    Row(ActionKind.ACCEPT, (State.ROUTED,), State.ACCEPTED, "kept"),
    Row(ActionKind.START, (State.ACCEPTED,), State.IN_PROGRESS, "kept"),
    Row(ActionKind.RESOLVE, (State.ACCEPTED, State.IN_PROGRESS), State.RESOLVED, "visit"),
    Row(ActionKind.VISIT, (State.RESOLVED,), State.VISITED, "close"),
    Row(ActionKind.CLOSE, (State.VISITED,), State.CLOSED, None),
)
BY_KIND = {row.kind: row for row in TABLE}


def judge(action: Action, state: State, holder: Desk) -> Row | Reason:
    """The row that applies, or why the action is refused. The first thing wrong is the reason given."""
    row = BY_KIND[action.kind]
    if action.desk != f"{holder.division}:{holder.body}":
        return Reason.DESK_WRONG
    if state not in row.states:
        return Reason.STATE_WRONG
    if action.kind is ActionKind.RESOLVE and action.way is None:
        return Reason.WAY_MISSING
    if action.kind is ActionKind.VISIT and action.visit is None:
        return Reason.VISIT_MISSING
    return row


def is_dissatisfied(visit: Visit) -> bool:
    """Reached, and it is not resolved or not to their satisfaction. Nobody reached is no answer."""
    return visit.reached and (visit.resolved is False or visit.satisfied is False)
