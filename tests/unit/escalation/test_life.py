"""The table of a matter's life against one written by hand: every state, every action, everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.escalation.rules.effects import EFFECTS
from services.escalation.rules.life import ROWS, TABLE, Clock, Row, Who, judge
from services.escalation.rules.who import actor_of
from shared import events as e
from shared.events import ActionRefused, MatterEvent
from shared.matter import ENDED, ActionKind, Deadline, Ground, Position, Session, State
from shared.reasons import Reason
from tests.builders import MONDAY
from tests.unit.escalation.lane import BULB, DAY, FIELDS, INSTANT, UNHAPPY, Lane, history, one

K, R, W, G = ActionKind, Reason, Who, Ground

GRID = """
                  rou acc inp pau ret cou res vis clo wit mer | des off cen abo dep for res
accept             x   .   .   .   .   .   .   .   .   .   .  |  .   x   .   .   .   .   .
start              .   x   .   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
resolve            .   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
visit              .   .   .   .   .   .   x   x   .   .   .  |  x   .   x   x   .   .   .
close              .   .   .   .   .   .   .   x   .   .   .  |  x   .   .   .   .   .   .
return             x   x   x   .   .   .   .   .   .   .   .  |  .   x   .   .   .   .   .
uphold             .   .   .   .   x   .   .   .   .   .   .  |  .   .   x   .   .   .   .
redispatch         .   .   .   .   x   .   .   .   .   .   .  |  .   .   x   .   .   .   .
transfer           x   x   x   .   .   .   .   .   .   .   .  |  x   .   x   x   .   .   .
comment            x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   x   .   x
pause              .   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
resume             .   .   .   x   .   .   .   .   .   .   .  |  x   .   x   x   .   .   x
ask_extension      .   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
approve_extension  .   x   x   .   .   .   .   .   .   .   .  |  .   .   .   x   .   .   .
refuse_extension   .   x   x   .   .   .   .   .   .   .   .  |  .   .   .   x   .   .   .
whistle            .   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
answer_whistle     x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   x   .   .
escalate           x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   .   x
send_down          x   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
rate               .   .   .   .   .   .   .   x   x   .   .  |  .   .   .   .   .   .   x
reopen             .   .   .   .   .   .   .   .   x   .   .  |  .   .   .   x   .   .   x
withdraw           x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   .   x
join               x   x   x   .   .   .   .   .   .   .   .  |  x   .   x   .   .   .   .
split              x   x   x   x   x   x   x   x   .   .   .  |  x   .   x   x   .   .   .
to_court           .   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
court_decision     .   .   .   .   .   x   .   .   .   .   .  |  x   .   .   .   .   .   .
book               x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   .   .   x
hold               x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   .   .   .
miss               x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   .   .   .
grant_wish         x   x   x   .   .   .   .   .   .   .   .  |  x   .   .   .   .   .   .
acknowledge        x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   x   .
arrive             x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   x   .
support            x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   x   .
stand_down         x   x   x   x   x   x   x   x   .   .   .  |  .   .   .   .   .   x   .
alarm              x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   .   .   .
keep_apart         x   x   x   x   x   x   x   x   .   .   .  |  x   x   x   x   .   .   .
categorise         x   x   x   .   .   .   .   .   .   .   .  |  x   .   x   x   .   .   .
"""
COLUMNS = (
    State.ROUTED, State.ACCEPTED, State.IN_PROGRESS, State.PAUSED, State.RETURNED, State.IN_COURT,
    State.RESOLVED, State.VISITED, State.CLOSED, State.WITHDRAWN, State.MERGED,
)  # fmt: skip
PEOPLE = (W.DESK, W.OFFERED, W.CENTRE, W.ABOVE, W.DEPARTMENT, W.FORCE, W.RESIDENT)
LINES = [re.findall(r"[\w]+|\.", line) for line in GRID.strip().splitlines()[1:]]
WHEN = {ActionKind(kind): [mark == "x" for mark in marks[:11]] for kind, *marks in LINES}
BY = {ActionKind(kind): [mark == "x" for mark in marks[11:]] for kind, *marks in LINES}
MAY = [(kind, COLUMNS[nth], yes) for kind, row in WHEN.items() for nth, yes in enumerate(row)]
MAY_WHO = [(kind, PEOPLE[nth], yes) for kind, row in BY.items() for nth, yes in enumerate(row)]

NEEDS = {
    K.RESOLVE: ("way", R.WAY_MISSING),
    K.VISIT: ("visit", R.VISIT_MISSING),
    K.REDISPATCH: ("to", R.FIELD_MISSING),
    K.TRANSFER: ("to", R.FIELD_MISSING),
    K.WHISTLE: ("to", R.FIELD_MISSING),
    K.COMMENT: ("outcome", R.FIELD_MISSING),
    K.RATE: ("rating", R.FIELD_MISSING),
    K.JOIN: ("into", R.FIELD_MISSING),
    K.SPLIT: ("taken_out", R.FIELD_MISSING),
    K.COURT_DECISION: ("confirmed", R.FIELD_MISSING),
    K.BOOK: ("session", R.FIELD_MISSING),
    K.HOLD: ("session_id", R.FIELD_MISSING),
    K.MISS: ("session_id", R.FIELD_MISSING),
    K.GRANT_WISH: ("resource", R.FIELD_MISSING),
    K.CATEGORISE: ("category", R.FIELD_MISSING),
}
GROUNDS = {
    K.RETURN: {G.NOT_OUR_SUBJECT, G.NOT_OUR_AREA, G.NOT_IN_OUR_POWER, G.INCOMPLETE},
    K.PAUSE: {G.WAITS_FOR_RESIDENT, G.WAITS_FOR_EXPERT, G.WAITS_FOR_COURT},
    K.SEND_DOWN: {G.CAN_BE_SETTLED_BELOW, G.ROSE_BY_MISTAKE},
}
EVENT = {
    K.ACCEPT: "matter.accepted", K.START: "matter.started", K.RESOLVE: "matter.resolved",
    K.VISIT: "matter.visited", K.CLOSE: "matter.closed", K.RETURN: "matter.returned",
    K.UPHOLD: "matter.upheld", K.REDISPATCH: "matter.redispatched", K.TRANSFER: "matter.transferred",
    K.COMMENT: "matter.commented", K.PAUSE: "matter.paused", K.RESUME: "matter.resumed",
    K.ASK_EXTENSION: "matter.extension_asked", K.APPROVE_EXTENSION: "matter.extended",
    K.REFUSE_EXTENSION: "matter.extension_refused", K.WHISTLE: "matter.whistled",
    K.ANSWER_WHISTLE: "matter.whistle_answered", K.ESCALATE: "matter.escalated",
    K.SEND_DOWN: "matter.sent_down", K.RATE: "matter.rated", K.REOPEN: "matter.reopened",
    K.WITHDRAW: "matter.withdrawn", K.JOIN: "matter.merged", K.SPLIT: "matter.split",
    K.TO_COURT: "matter.handed_to_court", K.COURT_DECISION: "matter.court_decided",
    K.BOOK: "matter.session_booked", K.HOLD: "matter.session_held", K.MISS: "matter.session_missed",
    K.GRANT_WISH: "matter.wish_matched", K.ACKNOWLEDGE: "fast.answered", K.ARRIVE: "fast.answered",
    K.SUPPORT: "fast.answered", K.STAND_DOWN: "fast.ended", K.ALARM: "fast.raised",
    K.KEEP_APART: "matter.review_answered", K.CATEGORISE: "matter.categorised",
}  # fmt: skip
WAY_TO: dict[State, tuple[ActionKind, ...]] = {
    State.ROUTED: (K.TRANSFER,),
    State.ACCEPTED: (),
    State.IN_PROGRESS: (K.START,),
    State.PAUSED: (K.PAUSE,),
    State.RETURNED: (K.RETURN,),
    State.IN_COURT: (K.TO_COURT,),
    State.RESOLVED: (K.RESOLVE,),
    State.VISITED: (K.RESOLVE, K.VISIT),
    State.CLOSED: (K.RESOLVE, K.VISIT, K.CLOSE),
    State.WITHDRAWN: (K.WITHDRAW,),
    State.MERGED: (K.JOIN,),
}


def brought_to(state: State) -> tuple[Lane, str]:
    """A matter in that state for which everything can be done that the state allows; another to join it to."""
    lane = Lane(**BULB)
    other = lane.asked()
    if state is not State.WITHDRAWN:
        lane.matched(danger_now=True)
    lane.go(K.ESCALATE, K.BOOK, K.ACCEPT, K.WHISTLE, K.ASK_EXTENSION)
    for kind in WAY_TO[state]:
        if kind is K.JOIN:
            lane.act(kind, into=other)
        elif kind is K.PAUSE:
            lane.act(kind, ground=G.WAITS_FOR_EXPERT)
        else:
            lane.act(kind)
    assert lane.position.state is state
    return lane, other


def good_fields(kind: ActionKind) -> dict[str, Any]:
    named: dict[str, Any] = dict.fromkeys(("to",), "4309:gardens")
    return FIELDS.get(kind, {}) | named | {"session_id": "s", "into": "m", "taken_out": "r"}


def ids(row: tuple[object, ...]) -> str:
    return " ".join("-".join(str(each).split()) for each in row[:2])


def test_the_table_by_hand_has_every_action_state_and_person() -> None:
    assert set(WHEN) == set(ActionKind)
    assert set(COLUMNS) == set(State)
    assert set(PEOPLE) == set(Who)
    assert all(len(marks) == 19 for marks in LINES)


def test_every_kind_of_action_has_one_row_and_one_effect() -> None:
    assert [row.kind for row in ROWS] == list(TABLE)
    assert set(TABLE) == set(ActionKind)
    assert set(EFFECTS) | {K.JOIN, K.SPLIT} == set(ActionKind)
    assert not set(EFFECTS) & {K.JOIN, K.SPLIT}


@pytest.mark.parametrize(("kind", "state", "yes"), MAY, ids=map(ids, MAY))
def test_an_action_is_possible_in_just_the_states_of_its_line(
    kind: ActionKind, state: State, yes: bool
) -> None:
    lane, other = brought_to(state)
    changes: dict[str, Any] = {K.JOIN: {"into": other}, K.WHISTLE: {"to": "430981:legal_aid"}}.get(kind, {})
    if kind is K.ASK_EXTENSION and yes:
        lane = Lane(**BULB)
        lane.go(K.ACCEPT, *WAY_TO[state])
    if kind is K.ALARM and yes:
        lane.go(K.STAND_DOWN)
    if kind is K.VISIT and state is State.VISITED:
        lane.matched("r9", voice="one more")
    assert (judge(lane.action(kind, **changes), state, frozenset(Who)) is R.STATE_WRONG) is not yes
    before = lane.matter
    events = lane.act(kind, **changes)
    if not yes:
        assert isinstance(one(events), ActionRefused)
        assert lane.matter == before
        return
    first = events[0]
    assert isinstance(first, MatterEvent), events
    assert first.__struct_config__.tag == EVENT[kind]
    assert type(first) is TABLE[kind].event
    _check_state(TABLE[kind], first, state)
    _check_clock(TABLE[kind], before.position, first.position)


def _check_state(row: Row, event: MatterEvent, before: State) -> None:
    if row.kind is K.WITHDRAW:
        assert event.position.state is before  # somebody else reported it too
    else:
        assert event.position.state is (row.to or before)


def _check_clock(row: Row, before: Position, after: Position) -> None:
    """What a line says of the clock, by hand."""
    limit = before.limit or before.due
    due = after.due
    if row.kind is K.WITHDRAW:
        assert (due, after.limit) == (before.due, before.limit)
        return
    if row.clock is Clock.OVER or before.due is None is due:
        assert due is None
        return
    assert isinstance(due, Deadline)
    match row.clock:
        case Clock.KEPT:
            assert (due, after.limit) == (before.due, before.limit)
        case Clock.ACCEPTED:
            assert (due, after.limit) == (limit, None)
        case Clock.REVIEW | Clock.DISPATCHED:
            assert (after.limit or due) == limit
            assert due == limit or due.what in ("review", "accept")
        case Clock.STOPPED:
            assert (due.what, after.limit) == ("resume", limit)
        case Clock.RUNS_ON:
            assert limit is not None
            assert (due.what, after.limit, due.at) == ("resolve", None, limit.at)  # no time has gone by
        case Clock.LATER:
            assert limit is not None
            assert due.extended
            assert due.at > limit.at
        case Clock.VISIT | Clock.CLOSING:
            assert due.what == {Clock.VISIT: "visit", Clock.CLOSING: "close"}[row.clock]
        case Clock.ANEW:
            assert due.rule.startswith("answer.resolve.")
            assert after.promised == due.at


@pytest.mark.parametrize(("kind", "who", "yes"), MAY_WHO, ids=map(ids, MAY_WHO))
def test_just_those_of_its_line_may_do_it(kind: ActionKind, who: Who, yes: bool) -> None:
    row = TABLE[kind]
    lane = Lane(**BULB)
    action = lane.action(kind, who, **good_fields(kind))
    answers = {judge(action, state, frozenset({who})) for state in row.states}
    if yes:
        assert answers == {row}
    else:
        assert answers == {R.RESIDENT_ONLY if BY[kind] == [False] * 6 + [True] else R.DESK_WRONG}


def test_nobody_may_do_nothing() -> None:
    lane = Lane(**BULB)
    for row in ROWS:
        action = lane.action(row.kind, **good_fields(row.kind))
        assert {judge(action, state, frozenset()) for state in State} <= {R.DESK_WRONG, R.RESIDENT_ONLY}


def test_each_row_asks_for_just_these_fields_and_grounds() -> None:
    assert {row.kind: row.needs for row in ROWS if row.needs} == {
        kind: (name,) for kind, (name, _) in NEEDS.items()
    }
    assert {row.kind: row.grounds for row in ROWS if row.grounds} == GROUNDS


@pytest.mark.parametrize("kind", NEEDS, ids=str)
def test_a_missing_field_is_named(kind: ActionKind) -> None:
    name, reason = NEEDS[kind]
    state = min(TABLE[kind].states)
    lane, _ = brought_to(state)
    before = lane.matter
    event = one(lane.act(kind, **{name: None}))
    assert isinstance(event, ActionRefused)
    assert (event.reason, event.state, lane.matter) == (reason, state, before)


@pytest.mark.parametrize("kind", GROUNDS, ids=str)
@pytest.mark.parametrize("ground", [None, *Ground], ids=str)
def test_only_the_grounds_of_its_line_count(kind: ActionKind, ground: Ground | None) -> None:
    lane, _ = brought_to(State.IN_PROGRESS)
    events = lane.act(kind, ground=ground)
    if ground in GROUNDS[kind]:
        assert isinstance(events[0], TABLE[kind].event)
    else:
        assert one(events).reason is R.GROUND_WRONG


def test_an_actor_is_found_by_the_desk_named_and_a_resident_by_the_report() -> None:
    lane, _ = brought_to(State.IN_PROGRESS)
    lane.go(K.TRANSFER)
    keys = {who: lane.key(who) for who in Who}
    assert len(set(keys.values())) == len(Who)
    for who, key in keys.items():
        action = lane.action(K.COMMENT, desk=key, report_id="r2")
        assert actor_of(action, lane.matter, lane.policy, resident=key is None) == {who}
    assert actor_of(lane.action(K.COMMENT, desk=None), lane.matter, lane.policy, resident=False) == set()
    stranger = lane.action(K.RATE, report_id="nobody's")
    assert actor_of(stranger, lane.matter, lane.policy, resident=True) == set()


def test_a_matter_that_is_over_owes_nothing() -> None:
    for state in ENDED:
        lane, _ = brought_to(state)
        assert (lane.position.due, lane.position.limit, lane.position.offered) == (None, None, None)
        said = len(history(lane.outs, lane.matter_id))
        lane.tick(MONDAY + 365 * DAY)
        assert len(history(lane.outs, lane.matter_id)) == said


# each row's further reasons, and a life in which it is given
def _refused(kind: ActionKind, reason: Reason) -> Lane:
    """A matter for which the action is refused for that reason."""
    match kind, reason:
        case K.RETURN, R.HOPS_SPENT:
            lane = Lane(**BULB)
            lane.go(K.RETURN, K.REDISPATCH, K.RETURN, K.REDISPATCH)
        case K.RETURN, R.TARGET_WRONG:
            lane = Lane(**BULB)
            lane.go(K.RETURN)
            lane.act(K.REDISPATCH, to=lane.key(W.CENTRE))
        case K.TRANSFER, R.HOPS_SPENT:
            lane = Lane(**BULB)
            lane.go(K.TRANSFER, K.TRANSFER)
        case (K.PAUSE, R.ALREADY_DONE):
            lane, _ = brought_to(State.IN_PROGRESS)
            lane.go(K.PAUSE, K.RESUME)
        case (K.TO_COURT, R.ALREADY_DONE):
            lane, _ = brought_to(State.IN_PROGRESS)
            lane.act(K.PAUSE, ground=G.WAITS_FOR_COURT)
            lane.go(K.RESUME)
        case (K.ASK_EXTENSION, R.ALREADY_DONE) | (K.WHISTLE, R.ALREADY_DONE):
            lane, _ = brought_to(State.IN_PROGRESS)
        case (K.APPROVE_EXTENSION | K.REFUSE_EXTENSION, R.NOT_ASKED):
            lane = Lane(**BULB)
            lane.go(K.ACCEPT)
        case (_, R.LIMIT_PASSED):
            lane = Lane(**BULB)
            lane.go(K.ESCALATE, K.ESCALATE, K.ESCALATE, K.ACCEPT)
            if kind is not K.ASK_EXTENSION:
                lane.go(K.ASK_EXTENSION)
            lane.tick(lane.due.at)
        case (K.ESCALATE, R.AT_THE_TOP):
            lane = Lane(**BULB)
            lane.go(K.ESCALATE, K.ESCALATE, K.ESCALATE)
        case (K.REOPEN, R.ALREADY_DONE):
            lane = Lane(**BULB)
            lane.go(K.ACCEPT, K.RESOLVE)
            lane.act(K.VISIT, visit=UNHAPPY)
            lane.go(K.ACCEPT, K.RESOLVE, K.VISIT, K.CLOSE)
        case (_, R.WINDOW_OVER):
            lane, _ = brought_to(State.CLOSED)
            lane.tick(MONDAY + 30 * DAY)
        case (K.RESUME, R.GROUND_WRONG):
            lane = Lane(**BULB)
            lane.go(K.ACCEPT)
            lane.act(K.PAUSE, ground=Ground.WAITS_FOR_EXPERT)
        case (K.HOLD | K.MISS, R.NOT_ASKED):
            lane = Lane(**BULB)
        case (K.RATE, R.ALREADY_DONE):
            lane, _ = brought_to(State.CLOSED)
            lane.go(K.RATE)
        case (K.VISIT | K.CLOSE, _):
            lane = Lane(**BULB)
            lane.matched("r2", voice="another")
            lane.go(K.ACCEPT, K.RESOLVE)
            if reason is not R.FIELD_MISSING:
                lane.act(K.VISIT, report_id="r2")
            if kind is K.CLOSE:
                lane.go(K.VISIT)
                lane.matched("r3", voice="a third")
        case (K.ALARM, _):
            lane = Lane(**BULB)
            lane.go(K.ALARM)
        case (_, R.ALREADY_DONE | R.NO_FAST_LANE):
            lane = Lane(**BULB)
            lane.matched(danger_now=True)
            lane.go(kind if reason is R.ALREADY_DONE else K.STAND_DOWN)
        case _:
            lane = Lane(**BULB)
            if kind is K.WHISTLE:
                lane.go(K.ACCEPT)
            if kind is K.REDISPATCH:
                lane.go(K.RETURN)
            if kind is K.SPLIT and reason is R.TARGET_WRONG:
                lane.matched(danger_now=False)
    return lane


REFUSALS = [(row.kind, reason) for row in ROWS for reason in row.others]
WRONG: dict[tuple[ActionKind, Reason], dict[str, Any]] = {
    (K.REDISPATCH, R.TARGET_WRONG): {"to": "430981:gardens"},
    (K.TRANSFER, R.TARGET_WRONG): {"to": "430981:gardens"},
    (K.WHISTLE, R.TARGET_WRONG): {"to": "430981006001:legal_clinic"},
    (K.GRANT_WISH, R.TARGET_WRONG): {"resource": "nobody"},
    (K.BOOK, R.TARGET_WRONG): {
        "session": {"kind": "mediation", "venue": "moon", "at": MONDAY + timedelta(days=9)}
    },
    (K.BOOK, R.INSTANT_WRONG): {"session": {"kind": "mediation", "venue": "tea_room", "at": MONDAY}},
    (K.SPLIT, R.REPORT_NOT_OF_MATTER): {"taken_out": "nobody's"},
    (K.VISIT, R.FIELD_MISSING): {"report_id": None},
    (K.VISIT, R.ALREADY_DONE): {"report_id": "r2"},
    (K.VISIT, R.REPORT_NOT_OF_MATTER): {"report_id": "nobody's"},
    (K.CATEGORISE, R.TARGET_WRONG): {"category": "no.such"},
}


@pytest.mark.parametrize(("kind", "reason"), REFUSALS, ids=map(ids, REFUSALS))
def test_each_further_reason_of_a_row_is_one_that_is_given(kind: ActionKind, reason: Reason) -> None:
    lane = _refused(kind, reason)
    changes = dict(WRONG.get((kind, reason), {}))
    if isinstance(session := changes.get("session"), dict):
        changes["session"] = Session(**session)
    if (kind, reason) == (K.SPLIT, R.TARGET_WRONG):
        changes["taken_out"] = lane.matter.parts[0].report_id
    before = lane.matter
    who = W.RESIDENT if (kind, reason) == (K.RESUME, R.GROUND_WRONG) else None
    event = one(lane.act(kind, who, **changes))
    assert isinstance(event, ActionRefused)
    assert (event.reason, lane.matter) == (reason, before)


def test_the_boundary_of_booking_is_now() -> None:
    lane = Lane(**BULB)
    session = FIELDS[K.BOOK]["session"]
    assert isinstance(session, Session)
    soon = Session(kind=session.kind, venue=session.venue, at=lane.matter.at + INSTANT)
    assert isinstance(one(lane.act(K.BOOK, session=soon)), e.SessionBooked)
