"""How desks act on what their county's topic tells them: a pure answer to each event, and what it must lead to.

Every step follows from the event's own position: the next action of its state, by its desk, mostly before its
due. At some tiers a desk stays idle, so that the limit passes and the matter rises.
"""

from datetime import datetime, timedelta
from random import Random

from shared import events as e
from shared.divisions import Tier
from shared.matter import Action, ActionKind, Position, State
from shared.reasons import Reason
from shared.wire import event_id
from xiaoshi.simulator import habits
from xiaoshi.simulator.dice import dice

_NEXT = {
    State.ROUTED: ActionKind.ACCEPT,
    State.ACCEPTED: ActionKind.START,
    State.IN_PROGRESS: ActionKind.RESOLVE,
    State.RESOLVED: ActionKind.VISIT,
    State.VISITED: ActionKind.CLOSE,
}
# A join or an order moves no work forward: whoever acts has already been told.
_MOVING = (
    e.MatterOpened,
    e.MatterAccepted,
    e.MatterStarted,
    e.MatterResolved,
    e.MatterVisited,
    e.MatterReopened,
    e.MatterEscalated,
    e.NoticeAnnounced,
)
_PLANTED = "planted-"
# Of all events that offer the occasion, the share at which a wrong action is planted.
_WRONG_SHARE = 0.02


class Desks:
    """All desks of a county as one follower of its routed topic; remembers only what each open matter is about."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._categories: dict[str, str] = {}

    def hear(self, event: e.Event) -> tuple[Action, ...]:
        """What the desks do because of this event, in the order of time."""
        if isinstance(event, e.MatterOpened | e.MatterEscalated | e.MatterReopened):
            self._categories[event.matter_id] = event.sheet.category
        if isinstance(event, e.MatterClosed):
            self._categories.pop(event.matter_id, None)
        if not isinstance(event, e.MatterEvent):
            return ()
        return plan(event, self._seed, self._categories.get(event.matter_id))


def plan(event: e.Event, seed: int, category: str | None = None) -> tuple[Action, ...]:
    """What the desks do because of this event, in the order of time; nothing for events that ask for nothing.

    `category` lets a resolution choose its way by the subject; without it the desk's body decides.
    """
    if not isinstance(event, _MOVING):
        return ()
    chance = dice("desks", seed, event.matter_id, event.position.tier, event.number)
    step = _NEXT.get(event.position.state)
    if step is None or _idles(event, seed, step):
        return _late(event, chance)
    at = habits.moment(event.at, event.position.due, chance)
    right = _right(event, step, at, category, chance)
    wrong = _wrong(event, right, chance)
    again = _again(right, chance)
    return tuple(sorted((*_late(event, chance), *wrong, right, *again), key=lambda action: action.at))


def expected_answer(action: Action) -> Reason:
    """What a planned action must lead to, if it is in time: `by_action`, or the reason of its refusal.

    The same action id sent again must lead to nothing at all.
    """
    if not action.action_id.startswith(_PLANTED):
        return Reason.BY_ACTION
    return Reason(action.action_id.removeprefix(_PLANTED).split("-", 1)[0])


def _idles(event: e.MatterEvent, seed: int, step: ActionKind) -> bool:
    """Whether the desk lets the limit pass: decided once a tier, before accepting or while the work is due."""
    if isinstance(event, e.NoticeAnnounced):
        return False
    tier = event.position.tier
    chance = dice("idle", seed, event.matter_id, tier)
    settles = chance.random() < habits.SETTLED[tier]
    return not settles and step is chance.choice(habits.STALLS)


def _right(
    event: e.MatterEvent, step: ActionKind, at: datetime, category: str | None, chance: Random
) -> Action:
    desk = event.position.desk
    way = habits.way(category, desk.body, chance) if step is ActionKind.RESOLVE else None
    return Action(
        action_id=_id(event, step),
        matter_id=event.matter_id,
        county=event.county,
        kind=step,
        desk=f"{desk.division}:{desk.body}",
        at=at,
        way=way,
        outcome=None if way is None else habits.outcome(way, chance),
        visit=habits.visit(chance) if step is ActionKind.VISIT else None,
    )


def _wrong(event: e.MatterEvent, right: Action, chance: Random) -> tuple[Action, ...]:
    """Now and then the desk first does something wrong, well before it does it right."""
    if chance.random() >= _WRONG_SHARE:
        return ()
    at = event.at + (right.at - event.at) * 0.3
    match right.kind:
        case ActionKind.ACCEPT:
            kinds = (Reason.MATTER_UNKNOWN, Reason.STATE_WRONG, Reason.DESK_WRONG)
            reason = chance.choice(kinds)
        case ActionKind.RESOLVE:
            reason = Reason.WAY_MISSING
        case ActionKind.VISIT:
            reason = Reason.VISIT_MISSING
        case _:
            reason = Reason.STATE_WRONG
    return (_planted(event, right, reason, at),)


def _planted(event: e.MatterEvent, right: Action, reason: Reason, at: datetime) -> Action:
    """The right action with exactly one thing wrong."""
    unknown = reason is Reason.MATTER_UNKNOWN
    early = reason is Reason.STATE_WRONG
    elsewhere = f"{_other_division(event.position)}:{event.position.desk.body}"
    return Action(
        action_id=f"{_PLANTED}{reason}-{_id(event, right.kind)}",
        matter_id=f"{event.county}-{event_id(event.matter_id, 'unknown')}" if unknown else event.matter_id,
        county=event.county,
        kind=_FAR_OFF[right.kind] if early else right.kind,
        desk=elsewhere if reason is Reason.DESK_WRONG else right.desk,
        at=at,
        way=None if reason is Reason.WAY_MISSING else right.way,
        visit=None if reason is Reason.VISIT_MISSING else right.visit,
    )


# What cannot be done in the state that asks for the key, and needs neither way nor visit.
_FAR_OFF = {
    ActionKind.ACCEPT: ActionKind.CLOSE,
    ActionKind.START: ActionKind.CLOSE,
    ActionKind.CLOSE: ActionKind.ACCEPT,
}


def _late(event: e.MatterEvent, chance: Random) -> tuple[Action, ...]:
    """The desk below wakes up after the matter has risen: it no longer holds it."""
    if not isinstance(event, e.MatterEscalated) or chance.random() >= habits.TOO_LATE:
        return ()
    desk = f"{event.from_desk.division}:{event.from_desk.body}"
    due = event.position.due
    span = timedelta(minutes=10) if due is None else min(timedelta(minutes=10), (due.at - event.at) / 10)
    return (
        Action(
            action_id=f"{_PLANTED}{Reason.DESK_WRONG}-{_id(event, ActionKind.ACCEPT)}",
            matter_id=event.matter_id,
            county=event.county,
            kind=ActionKind.ACCEPT,
            desk=desk,
            at=event.at + span * 0.2,
        ),
    )


def _again(right: Action, chance: Random) -> tuple[Action, ...]:
    """The centre's client sends the same action twice; the second must be answered by nothing."""
    return (right,) if chance.random() < habits.SENT_TWICE else ()


def _other_division(position: Position) -> str:
    """A division at another tier, which can hold no matter of this one's."""
    code = position.desk.division
    return code[:4] if position.tier is not Tier.CITY else code[:4] + "81"


def _id(event: e.MatterEvent, kind: ActionKind) -> str:
    return event_id(f"{event.matter_id}/{event.number}", f"{kind}/{event.position.tier}")
