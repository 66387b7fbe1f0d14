"""The step whose turn it is: what moves a matter on, to another desk, into a pause, to the court, or down again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from shared.catalogue import is_wish, resources_for
from shared.matter import Action, ActionKind, Awaits, Desk, Ground, key_of
from xiaoshi.simulator import habits, offices
from xiaoshi.simulator.scene import Scene

_RETURNS = (Ground.NOT_OUR_SUBJECT, Ground.NOT_OUR_AREA, Ground.NOT_IN_OUR_POWER, Ground.INCOMPLETE)
_DOWN = (Ground.ROSE_BY_MISTAKE, Ground.CAN_BE_SETTLED_BELOW)
_PAUSES = (Ground.WAITS_FOR_RESIDENT, Ground.WAITS_FOR_EXPERT, Ground.WAITS_FOR_COURT)
_COURT = ("dispute.", "labour.", "medical.", "village.")
# Whatever time a pause or a long budget gives: who answers at all does not wait longer.
_LONGEST = timedelta(days=3)


class Deed(NamedTuple):
    """Who does it (None: the resident), and what else it says."""

    by: Desk | str | None
    facts: dict[str, Any]


def turn(scene: Scene, *, after: datetime | None = None) -> Action | None:
    """The one action that moves the matter on from here; None: nobody does anything. `after`: not before then."""
    due = habits.TURNS.get(scene.position.state)
    if due is None:
        return None
    chance = scene.chance("turn")
    open_to = tuple((kind, share) for kind, share in due.instead if _may(kind, scene))
    kind = habits.pick(open_to, chance) or due.usual
    if kind is ActionKind.CLOSE and scene.known.to_visit:
        kind = ActionKind.VISIT  # somebody reported it after the others had been asked
    deed = None if kind is None else _DEEDS[kind](scene, chance)
    if kind is None or deed is None:
        return None
    if due.usual is None:
        at = scene.soon(_LONGEST, chance)
    else:
        at = habits.moment(scene.event.at, scene.position.due, chance)
    return scene.act(kind, deed.by, max(at, after or at), **deed.facts)


def _may(kind: ActionKind, scene: Scene) -> bool:
    """Whether the matter allows it; what everybody may do at any time is not asked."""
    known, position, policy = scene.known, scene.position, scene.policy
    match kind:
        case ActionKind.GRANT_WISH:
            return is_wish(known.sheet.category) and position.offered is None
        case ActionKind.SEND_DOWN:
            return offices.has_below(known, position)
        case ActionKind.RETURN:
            has_hops = known.hops < policy.file.dispatch_hops
            return has_hops and scene.taker != key_of(offices.centre(policy, known, position))
        case ActionKind.TRANSFER | ActionKind.REDISPATCH:
            is_there = offices.another(policy, known, position, scene.chance("may")) is not None
            return is_there and (kind is ActionKind.REDISPATCH or known.hops < policy.file.dispatch_hops)
        case ActionKind.JOIN:
            return scene.like is not None
        case ActionKind.PAUSE:
            return bool(_pauses_left(scene))
        case ActionKind.TO_COURT:
            is_for_court = known.sheet.category.startswith(_COURT)
            return is_for_court and Ground.WAITS_FOR_COURT not in known.paused
        case _:
            return True


def _pauses_left(scene: Scene) -> list[Ground]:
    return [ground for ground in _PAUSES if ground not in scene.known.paused]


def _holder(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.holder, {})


def _accept(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.taker, {})


def _resolve(scene: Scene, chance: Random) -> Deed:
    way = habits.way(scene.known.sheet.category, scene.position.desk.body, chance)
    return Deed(scene.holder, {"way": way, "outcome": habits.outcome(way, chance)})


def _visit(scene: Scene, chance: Random) -> Deed:
    whom = {"report_id": scene.known.to_visit[0]} if scene.known.to_visit else {}
    return Deed(_mostly_holder(scene, chance), {"visit": habits.visit(chance), **whom})


def _return(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.taker, {"ground": chance.choice(_RETURNS), "outcome": "不属本单位职责范围"})


def _uphold(scene: Scene, chance: Random) -> Deed:
    return Deed(_centre(scene), {"outcome": "维持原派单"})


def _redispatch(scene: Scene, chance: Random) -> Deed | None:
    to = offices.another(scene.policy, scene.known, scene.position, chance)
    return None if to is None else Deed(_centre(scene), {"to": key_of(to)})


def _transfer(scene: Scene, chance: Random) -> Deed | None:
    to = offices.another(scene.policy, scene.known, scene.position, chance)
    return None if to is None else Deed(_mostly_holder(scene, chance), {"to": key_of(to)})


def _pause(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.holder, {"ground": chance.choice(_pauses_left(scene))})


def _resume(scene: Scene, chance: Random) -> Deed:
    due = scene.position.due
    waits_for_them = due is not None and due.awaits is Awaits.RESIDENT
    if waits_for_them and scene.known.reports and chance.random() < habits.RESUMED_BY_RESIDENT:
        return Deed(None, {"report_id": chance.choice(scene.known.reports)})
    return Deed(_mostly_holder(scene, chance), {})


def _decide(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.holder, {"confirmed": chance.random() < habits.CONFIRMED})


def _send_down(scene: Scene, chance: Random) -> Deed:
    return Deed(scene.holder, {"ground": chance.choice(_DOWN)})


def _join(scene: Scene, chance: Random) -> Deed:
    return Deed(_mostly_holder(scene, chance), {"into": scene.like})


def _grant(scene: Scene, chance: Random) -> Deed:
    """A resource whose words the wish speaks, or any."""
    sheet = scene.known.sheet
    fitting = resources_for(scene.policy, sheet.title, sheet.text)
    return Deed(scene.holder, {"resource": chance.choice(fitting or list(scene.policy.file.resources))})


def _mostly_holder(scene: Scene, chance: Random) -> str:
    """The desk in charge; now and then the centre does it for them."""
    return scene.holder if chance.random() < 0.85 else _centre(scene)


def _centre(scene: Scene) -> str:
    return key_of(offices.centre(scene.policy, scene.known, scene.position))


_DEEDS: dict[ActionKind, Callable[[Scene, Random], Deed | None]] = {
    ActionKind.ACCEPT: _accept,
    ActionKind.START: _holder,
    ActionKind.RESOLVE: _resolve,
    ActionKind.VISIT: _visit,
    ActionKind.CLOSE: _holder,
    ActionKind.RETURN: _return,
    ActionKind.UPHOLD: _uphold,
    ActionKind.REDISPATCH: _redispatch,
    ActionKind.TRANSFER: _transfer,
    ActionKind.PAUSE: _pause,
    ActionKind.RESUME: _resume,
    ActionKind.SEND_DOWN: _send_down,
    ActionKind.JOIN: _join,
    ActionKind.TO_COURT: _holder,
    ActionKind.COURT_DECISION: _decide,
    ActionKind.GRANT_WISH: _grant,
}
