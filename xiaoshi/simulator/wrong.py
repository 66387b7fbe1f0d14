"""Planted wrong actions: each right but for one thing, so that exactly one reason refuses it.

`window_over` needs a month after the closing. A county that is not the matter's is not planted: whose lane would
answer hangs on how many lanes there are.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from shared import events as e
from shared.catalogue import span_of
from shared.divisions import Tier
from shared.matter import ENDED, Action, ActionKind, Ground, Session, SessionKind, State, Visit, Way, key_of
from shared.reasons import Reason
from shared.wire import event_id
from xiaoshi.simulator import habits, offices
from xiaoshi.simulator.scene import Scene

K, R = ActionKind, Reason
_AT_WORK = (State.ACCEPTED, State.IN_PROGRESS)
_FIRST, _DAY = 0.03, timedelta(days=1)
_AFTER_WINDOW = timedelta(days=5)


class Fault(NamedTuple):
    """An action that must be refused for that reason; `by` None: a resident."""

    reason: Reason
    kind: ActionKind
    by: str | None
    facts: dict[str, Any]


def wrong(scene: Scene) -> Iterator[Action]:
    """Now and then somebody does something wrong, before anybody does it right."""
    chance = scene.chance("wrong")
    rare = list(_rare(scene))
    if rare and chance.random() < habits.WRONG_ON_RARE:
        yield _planted(scene, chance.choice(rare))
        return
    usual = _usual(scene) if chance.random() < habits.WRONG else ()
    if kinds := [kind for kind in usual if kind]:
        yield _planted(scene, chance.choice(chance.choice(kinds)))
    if isinstance(scene.event, e.MatterClosed) and scene.known.reports and chance.random() < habits.WRONG:
        report = {"report_id": scene.known.reports[0]}
        after = span_of(scene.policy.file.reopen) + _AFTER_WINDOW
        yield _planted(scene, Fault(R.WINDOW_OVER, K.REOPEN, None, report), after)


def too_late(scene: Scene) -> Iterator[Action]:
    """The desk below wakes up after the matter has risen: it no longer holds it."""
    event = scene.event
    if isinstance(event, e.MatterEscalated) and scene.chance("late").random() < habits.TOO_LATE:
        fault = Fault(R.DESK_WRONG, K.ACCEPT, key_of(event.from_desk), {})
        yield _planted(scene, fault)


def _planted(scene: Scene, fault: Fault, after: timedelta | None = None) -> Action:
    """Soon, unless `after` is given: whatever else is planned comes later."""
    at = scene.event.at + (after or min(scene.room, _DAY) * _FIRST)
    return scene.act(fault.kind, fault.by, at, planted=fault.reason, **fault.facts)


def _usual(scene: Scene) -> tuple[list[Fault], ...]:
    """What can go wrong at this event, in this state, and in any."""
    is_open = scene.position.state not in ENDED
    return [*_of_event(scene)], [*_of_state(scene)], [*_at_any_time(scene)] if is_open else []


def _of_event(scene: Scene) -> Iterator[Fault]:
    event = scene.event
    if isinstance(event, e.MatterRated):
        yield Fault(R.ALREADY_DONE, K.RATE, None, {"report_id": event.report_id, "rating": 1})


def _at_any_time(scene: Scene) -> Iterator[Fault]:
    holder, unknown = scene.holder, event_id(scene.event.matter_id, "unknown")
    session = {"session_id": unknown}
    yield Fault(R.DESK_WRONG, K.COMMENT, _stranger(scene), {"outcome": "情况已了解"})
    yield Fault(R.REPORT_NOT_OF_MATTER, K.WITHDRAW, None, {"report_id": unknown})
    yield Fault(R.MATTER_UNKNOWN, K.ACCEPT, holder, {"matter_id": f"{scene.event.county}-{unknown}"})
    yield Fault(R.RESIDENT_ONLY, K.WITHDRAW, holder, {})
    yield Fault(R.FIELD_MISSING, K.COMMENT, holder, {})
    yield Fault(R.NOT_ASKED, K.HOLD, holder, session)
    yield Fault(R.REPORT_NOT_OF_MATTER, K.SPLIT, holder, {"taken_out": unknown})
    yield Fault(R.TARGET_WRONG, K.BOOK, holder, {"session": _session(scene, "nowhere", 1)})
    yield Fault(R.INSTANT_WRONG, K.BOOK, holder, {"session": _session(scene, "video_link", -1)})


def _of_state(scene: Scene) -> Iterator[Fault]:
    holder, taker, known = scene.holder, scene.taker, scene.known
    match scene.position.state:
        case State.ROUTED:
            yield Fault(R.DESK_WRONG, K.ACCEPT, _stranger(scene), {})
            yield Fault(R.STATE_WRONG, K.CLOSE, holder, {})
            yield Fault(R.GROUND_WRONG, K.RETURN, taker, {"ground": Ground.WAITS_FOR_EXPERT})
            yield Fault(R.FIELD_MISSING, K.TRANSFER, holder, {})
            if scene.position.tier is known.entry:
                yield Fault(R.AT_THE_FLOOR, K.SEND_DOWN, holder, {"ground": Ground.ROSE_BY_MISTAKE})
        case State.ACCEPTED | State.IN_PROGRESS:
            yield Fault(R.STATE_WRONG, K.ACCEPT, holder, {})
            yield Fault(R.WAY_MISSING, K.RESOLVE, holder, {})
            yield Fault(R.GROUND_WRONG, K.PAUSE, holder, {})
            yield Fault(R.TARGET_WRONG, K.WHISTLE, holder, {"to": holder})
            above = offices.above(scene.policy, known, scene.position)
            if above is not None and not known.extension:
                yield Fault(R.NOT_ASKED, K.APPROVE_EXTENSION, key_of(above), {})
        case State.PAUSED | State.IN_COURT:
            yield Fault(R.STATE_WRONG, K.RESOLVE, holder, {"way": Way.HANDLED})
        case State.RETURNED:
            centre = offices.centre(scene.policy, known, scene.position)
            yield Fault(R.FIELD_MISSING, K.REDISPATCH, key_of(centre), {})
        case State.RESOLVED:
            yield Fault(R.VISIT_MISSING, K.VISIT, holder, {})
            yield Fault(R.STATE_WRONG, K.START, holder, {})
        case State.VISITED:
            yield Fault(R.STATE_WRONG, K.RESOLVE, holder, {"way": Way.HANDLED})
            if not known.to_visit:
                yield Fault(R.ALREADY_DONE, K.VISIT, holder, {"visit": Visit(reached=False)})
        case State.CLOSED:
            yield Fault(R.STATE_WRONG, K.COMMENT, holder, {"outcome": "补充说明"})


def _rare(scene: Scene) -> Iterator[Fault]:
    """What can only go wrong where something has happened before."""
    event, known, position, holder = scene.event, scene.known, scene.position, scene.holder
    is_sent_on = isinstance(event, e.MatterRedispatched | e.MatterTransferred)
    if is_sent_on and known.hops >= scene.policy.file.dispatch_hops:
        yield Fault(R.HOPS_SPENT, K.RETURN, scene.taker, {"ground": Ground.NOT_OUR_AREA})
    if isinstance(event, e.MatterResumed) and known.paused:
        yield Fault(R.ALREADY_DONE, K.PAUSE, holder, {"ground": known.paused[0]})
    if isinstance(event, e.ExtensionRefused):
        yield Fault(R.ALREADY_DONE, K.ASK_EXTENSION, holder, {})
    if isinstance(event, e.FastEnded):
        yield Fault(R.NO_FAST_LANE, K.ACKNOWLEDGE, event.by, {})
    is_noticed = isinstance(event, e.NoticeAnnounced) and position.state in _AT_WORK
    if is_noticed and not known.extension:
        yield Fault(R.LIMIT_PASSED, K.ASK_EXTENSION, holder, {})
    has_arrived = isinstance(event, e.MatterEscalated) and position.tier is Tier.CITY
    if has_arrived and position.state is State.ROUTED and known.reports:
        yield Fault(R.AT_THE_TOP, K.ESCALATE, None, {"report_id": known.reports[0]})


def _session(scene: Scene, venue: str, hours: int) -> Session:
    """Days from now, so that no step of the clock makes it past, or past already."""
    return Session(kind=SessionKind.RECEPTION, venue=venue, at=scene.event.at + timedelta(days=30 * hours))


def _stranger(scene: Scene) -> str:
    """A body of another province, which has no say in anything here."""
    return f"99{scene.position.desk.division[2:]}:{scene.position.desk.body}"
