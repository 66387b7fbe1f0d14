"""What happens beside the work: words, sessions, departments called in, more time asked for, and the fast lane."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared import events as e
from shared.catalogue import UNCLEAR
from shared.matter import ENDED, Action, ActionKind, Session, SessionKind, key_of
from xiaoshi.simulator import habits, offices
from xiaoshi.simulator.scene import Scene

# Where only hours are left, nobody meets or asks for more time; an answer comes within a day.
_ENOUGH = timedelta(hours=8)
_LONGEST = timedelta(days=1)
_NOTES = ("已电话联系反映人，约定上门时间", "已到现场查看并拍照留存", "双方情绪平稳，继续沟通")
_IN_TIME = (timedelta(seconds=25), timedelta(seconds=110), timedelta(seconds=240))
_TOO_LATE = (timedelta(minutes=25), timedelta(minutes=45), timedelta(minutes=70))
_ALARM = timedelta(minutes=1)
_FALSE_ALARM = timedelta(minutes=15)
_FAST = (ActionKind.ACKNOWLEDGE, ActionKind.ARRIVE, ActionKind.SUPPORT)


def at_work(scene: Scene) -> Iterator[Action]:
    """What the desk does while it works on it, one thing at most; the work itself waits for that."""
    chance = scene.chance("beside")
    kind = habits.pick(habits.BESIDE, chance)
    known, position, policy = scene.known, scene.position, scene.policy
    has_time = scene.room > _ENOUGH
    at = scene.event.at + min(scene.room, _LONGEST) * chance.uniform(0.05, 0.15)
    if kind is ActionKind.COMMENT:
        yield scene.act(kind, scene.holder, at, outcome=chance.choice(_NOTES))
    if kind is ActionKind.BOOK and has_time:
        yield booking(scene, scene.holder, at)
    if kind is ActionKind.WHISTLE and (to := offices.department(policy, known, position)) is not None:
        yield scene.act(kind, scene.holder, at, to=key_of(to))
    is_noticed = position.due is not None and position.due.what == "notice"
    may_ask = has_time and not known.extension and not is_noticed
    if kind is ActionKind.ASK_EXTENSION and may_ask:
        yield scene.act(kind, scene.holder, at, outcome="需进一步核查")


def booking(scene: Scene, by: str | None, at: datetime, report_id: str | None = None) -> Action:
    """At a venue of the policy's, some hours later."""
    chance = scene.chance("session")
    session = Session(
        kind=chance.choice(tuple(SessionKind)),
        venue=chance.choice(tuple(scene.policy.file.venues)),
        at=at + timedelta(hours=chance.randint(5, 9)),
    )
    return scene.act(ActionKind.BOOK, by, at, session=session, report_id=report_id)


def answers(scene: Scene) -> Iterator[Action]:
    """What an event asks of others than the desk: the department, the tier above, whoever is at the session."""
    match scene.event:
        case e.CohandlingCalled():
            yield from _department(scene, scene.event)
        case e.ExtensionAsked():
            yield from _extension(scene)
        case e.SessionBooked():
            yield from _session(scene, scene.event)
        case e.FastRaised():
            yield from _fast(scene, scene.event)
        case e.MatterJoined():
            yield from _taken_out(scene, scene.event)
        case e.MatterAlike():
            yield from _looked_at(scene, scene.event)
        case e.DangerAsked():
            yield from _alarmed(scene)
        case e.MatterOpened(guesses=(guess, *_)) if scene.known.sheet.category == UNCLEAR:
            yield from _sorted(scene, guess)
        case e.MatterClosed() if not scene.known.reopened:
            yield from _reopened(scene)


def _department(scene: Scene, event: e.CohandlingCalled) -> Iterator[Action]:
    chance = scene.chance("department")
    fate, span = chance.random(), event.call_due.at - event.at
    if fate < habits.ANSWERED:
        at = habits.soon(event.at, min(span, _LONGEST), chance)
    elif fate < habits.ANSWERED + habits.ANSWERED_LATE:
        at = event.call_due.at + timedelta(hours=chance.randint(1, 6))
    else:
        return
    yield scene.act(ActionKind.ANSWER_WHISTLE, event.department, at, outcome="已到场处置")


def _extension(scene: Scene) -> Iterator[Action]:
    chance = scene.chance("extension")
    above = offices.above(scene.policy, scene.known, scene.position)
    fate = chance.random()
    if above is None or fate >= habits.APPROVED + habits.DENIED:
        return
    is_approved = fate < habits.APPROVED
    kind = ActionKind.APPROVE_EXTENSION if is_approved else ActionKind.REFUSE_EXTENSION
    yield scene.act(kind, above, habits.soon(scene.event.at, min(scene.room / 4, _LONGEST), chance))


def _session(scene: Scene, event: e.SessionBooked) -> Iterator[Action]:
    chance = scene.chance("held")
    at, fate = event.session.at + timedelta(minutes=30), chance.random()
    if fate < habits.HELD:
        outcome = "当面沟通，形成会议记录"
        yield scene.act(ActionKind.HOLD, scene.holder, at, session_id=event.session_id, outcome=outcome)
    elif fate < habits.HELD + habits.MISSED:
        yield scene.act(ActionKind.MISS, scene.holder, at, session_id=event.session_id)


def _fast(scene: Scene, event: e.FastRaised) -> Iterator[Action]:
    """The nearest force, then support of the next command level."""
    fate = scene.chance("fast").random()
    near, support = event.desks[0], event.desks[min(1, len(event.desks) - 1)]
    desks = (near, near, support)
    if fate < habits.FAST_IN_TIME:
        spans = _IN_TIME
    elif fate < habits.FAST_IN_TIME + habits.FAST_LATE:
        spans = _TOO_LATE
    elif fate < habits.FAST_IN_TIME + habits.FAST_LATE + habits.FALSE_ALARM:
        yield scene.act(_FAST[0], near, event.at + _IN_TIME[0])
        yield scene.act(ActionKind.STAND_DOWN, near, event.at + _FALSE_ALARM, outcome="现场核实，无险情")
        return
    else:
        return
    for kind, desk, span in zip(_FAST, desks, spans, strict=True):
        yield scene.act(kind, desk, event.at + span)


def _taken_out(scene: Scene, event: e.MatterJoined) -> Iterator[Action]:
    """A report that routing joined becomes a matter of its own; a matter that a person joined is one again.

    With the report that had opened it: the others of that matter follow.
    """
    chance = scene.chance("split")
    if event.merged_from is None:
        is_due = chance.random() < habits.TAKEN_OUT
    else:
        opened_it = event.merged_from == f"{event.county}-{event.report_id}"
        is_due = opened_it and chance.random() < habits.PARTED
    if is_due and event.position.state not in ENDED:
        centre = offices.centre(scene.policy, scene.known, scene.position)
        yield scene.act(ActionKind.SPLIT, centre, scene.soon(_LONGEST / 4, chance), taken_out=event.report_id)


def _looked_at(scene: Scene, event: e.MatterAlike) -> Iterator[Action]:
    """The centre is asked whether two matters are the same; sometimes nobody answers."""
    chance = scene.chance("alike")
    centre, at = offices.centre(scene.policy, scene.known, scene.position), scene.soon(_LONGEST / 8, chance)
    fate = chance.random()
    if fate < habits.FOUND_APART:
        yield scene.act(ActionKind.KEEP_APART, centre, at, outcome="现场核实，不是同一件事")
    elif fate < habits.FOUND_APART + habits.FOUND_SAME and scene.known.about_body is None:
        yield scene.act(ActionKind.JOIN, centre, at, into=event.other)


def _alarmed(scene: Scene) -> Iterator[Action]:
    chance = scene.chance("alarm")
    if chance.random() < habits.ALARMED:
        yield scene.act(ActionKind.ALARM, scene.holder, scene.event.at + _ALARM)


def _sorted(scene: Scene, guess: e.Guess) -> Iterator[Action]:
    """Triage says what it is about: mostly what its words had been taken for."""
    chance = scene.chance("sorted")
    if chance.random() < habits.SORTED:
        at = scene.soon(_LONGEST / 8, chance)
        yield scene.act(ActionKind.CATEGORISE, scene.holder, at, category=guess.category)


def _reopened(scene: Scene) -> Iterator[Action]:
    chance = scene.chance("above")
    above = offices.above(scene.policy, scene.known, scene.position)
    if above is not None and chance.random() < habits.REOPENED_FROM_ABOVE:
        yield scene.act(ActionKind.REOPEN, above, habits.soon(scene.event.at, _LONGEST, chance))
