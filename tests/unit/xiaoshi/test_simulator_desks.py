"""How simulated desks act on the events of their county."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from services.escalation.rules.life import judge
from shared import events as e
from shared.divisions import Tier
from shared.matter import Action, ActionKind, Deadline, Desk, Grade, Position, State, Way
from shared.reasons import Reason
from shared.wire import event_id
from xiaoshi.simulator import habits
from xiaoshi.simulator.desks import Desks, expected_answer, plan
from xiaoshi.simulator.sent import BEIJING

MONDAY_NINE = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
HERE = Desk(division="430981006001", body="mediation_committee", role="主任")
TOWN = Desk(division="430981006", body="town_mediation_committee", role="主任")
CITY = Desk(division="4309", body="mediation_centre", role="主任")
SHEET = e.Sheet(
    title="占道",
    text="过道被占",
    division="430981006001",
    reported_at=MONDAY_NINE,
    category="dispute.neighbour",
    source="grid",
)
MANY = 400


def within(
    span: timedelta, state: State = State.ROUTED, tier: Tier = Tier.VILLAGE, desk: Desk = HERE
) -> Position:
    due = Deadline(at=MONDAY_NINE + span, what="resolve", rule="ladder.resolve.village", calendar="")
    return Position(state=state, tier=tier, desk=desk, due=due)


def opened(nth: int, position: Position | None = None, category: str = "dispute.neighbour") -> e.MatterOpened:
    return e.MatterOpened(
        matter_id=f"430981-{event_id(str(nth), 'test')}",
        county="430981",
        number=1,
        at=MONDAY_NINE,
        position=position or within(timedelta(days=2)),
        report_id=event_id(str(nth), "test"),
        grade=Grade.SMALL,
        sheet=replace(SHEET, category=category),
        because=(),
        reason=Reason.OPENED_NEW,
        policy="test",
    )


def started(nth: int, position: Position | None = None) -> e.MatterStarted:
    first = opened(nth)
    return e.MatterStarted(
        matter_id=first.matter_id,
        county="430981",
        number=3,
        at=MONDAY_NINE,
        position=position or within(timedelta(days=2), State.IN_PROGRESS),
        action_id="a",
    )


def escalated(nth: int) -> e.MatterEscalated:
    return e.MatterEscalated(
        matter_id=opened(nth).matter_id,
        county="430981",
        number=3,
        at=MONDAY_NINE,
        position=within(timedelta(days=2), tier=Tier.TOWN, desk=TOWN),
        from_tier=Tier.VILLAGE,
        from_desk=HERE,
        reason=Reason.LIMIT_PASSED,
        sheet=SHEET,
    )


def right(actions: tuple[Action, ...]) -> list[Action]:
    return [each for each in actions if expected_answer(each) is Reason.BY_ACTION]


def test_the_same_event_and_seed_lead_to_the_same_actions() -> None:
    assert [plan(opened(n), 1) for n in range(50)] == [plan(opened(n), 1) for n in range(50)]


def test_another_seed_leads_to_other_actions() -> None:
    assert [plan(opened(n), 1) for n in range(50)] != [plan(opened(n), 2) for n in range(50)]


@pytest.mark.parametrize(
    ("state", "step"),
    [
        pytest.param(State.ROUTED, ActionKind.ACCEPT, id="routed-accept"),
        pytest.param(State.ACCEPTED, ActionKind.START, id="accepted-start"),
        pytest.param(State.IN_PROGRESS, ActionKind.RESOLVE, id="in-progress-resolve"),
        pytest.param(State.RESOLVED, ActionKind.VISIT, id="resolved-visit"),
        pytest.param(State.VISITED, ActionKind.CLOSE, id="visited-close"),
    ],
)
def test_the_next_step_follows_from_the_state(state: State, step: ActionKind) -> None:
    planned = [a for n in range(MANY) for a in right(plan(opened(n, within(timedelta(days=2), state)), 1))]
    assert {action.kind for action in planned} == {step}


def test_nothing_is_done_to_a_closed_matter() -> None:
    closed = Position(state=State.CLOSED, tier=Tier.VILLAGE, desk=HERE, due=None)
    assert [plan(opened(n, closed), 1) for n in range(MANY)] == [()] * MANY


@pytest.mark.parametrize(
    "span",
    [
        pytest.param(timedelta(minutes=5), id="five-minutes"),
        pytest.param(timedelta(hours=2), id="two-hours"),
        pytest.param(timedelta(hours=24), id="a-day"),
        pytest.param(timedelta(days=2), id="two-days"),
        pytest.param(timedelta(days=60), id="sixty-days"),
    ],
)
def test_whoever_acts_acts_after_the_event_and_before_the_due(span: timedelta) -> None:
    for n in range(MANY):
        for action in plan(opened(n, within(span)), 1):
            assert MONDAY_NINE < action.at < MONDAY_NINE + span


def test_with_days_to_go_desks_act_in_office_hours() -> None:
    planned = [a for n in range(MANY) for a in right(plan(opened(n, within(timedelta(days=30))), 1))]
    local = [action.at.astimezone(BEIJING) for action in planned]
    assert all(at.weekday() < 5 and 8 <= at.hour < 18 for at in local)


def test_a_due_that_has_passed_is_acted_on_at_once() -> None:
    planned = [a for n in range(MANY) for a in right(plan(opened(n, within(timedelta(0))), 1))]
    assert {action.at for action in planned} == {MONDAY_NINE}


def test_about_as_many_matters_as_assumed_are_left_lying_at_the_village() -> None:
    idle = sum(not right(plan(opened(n), 1)) or not right(plan(started(n), 1)) for n in range(2000))
    assert idle / 2000 == pytest.approx(1 - habits.SETTLED[Tier.VILLAGE], abs=0.03)


def test_at_the_top_a_notice_wakes_the_idle_desk() -> None:
    top = within(timedelta(days=2), tier=Tier.CITY, desk=CITY)
    sleepers = [n for n in range(MANY) if not right(plan(opened(n, top), 1))]
    assert sleepers
    for n in sleepers:
        event = e.NoticeAnnounced(
            matter_id=opened(n).matter_id,
            county="430981",
            number=2,
            at=MONDAY_NINE,
            position=top,
            notice=1,
            missed=Deadline(at=MONDAY_NINE, what="resolve", rule="", calendar=""),
        )
        assert [action.kind for action in right(plan(event, 1))][:1] == [ActionKind.ACCEPT]


def test_an_order_or_a_join_moves_nothing() -> None:
    order = e.SupervisionOrdered(
        matter_id=opened(1).matter_id,
        county="430981",
        number=2,
        at=MONDAY_NINE,
        position=within(timedelta(days=1)),
        order=1,
        missed=Deadline(at=MONDAY_NINE, what="resolve", rule="", calendar=""),
        copied_to=TOWN,
    )
    joined = e.MatterJoined(
        matter_id=order.matter_id,
        county="430981",
        number=2,
        at=MONDAY_NINE,
        position=order.position,
        report_id="r",
        reports=2,
        score=0.8,
        title="占道",
        text="过道被占",
        source="app",
    )
    assert (plan(order, 1), plan(joined, 1)) == ((), ())


def test_every_resolution_has_a_way_and_every_visit_an_answer() -> None:
    resolved = within(timedelta(days=2), State.RESOLVED)
    ways = [a.way for n in range(MANY) for a in right(plan(started(n), 1, "dispute.neighbour"))]
    visits = [a.visit for n in range(MANY) for a in right(plan(opened(n, resolved), 1))]
    assert set(ways) == {Way.PEOPLES_MEDIATION, Way.ONLINE_MEDIATION}
    assert None not in visits


@pytest.mark.parametrize(
    ("category", "ways"),
    [
        pytest.param("city.street_light", {Way.HANDLED}, id="a-repair"),
        pytest.param("care.crisis", {Way.COUNSELLING}, id="counselling"),
        pytest.param("court.enforcement", {Way.JUDICIAL_MEDIATION, Way.COURT_CONFIRMATION}, id="court"),
        pytest.param(None, {Way.PEOPLES_MEDIATION}, id="by-the-desk"),
    ],
)
def test_the_way_fits_the_subject(category: str | None, ways: set[Way]) -> None:
    assert {a.way for n in range(MANY) for a in right(plan(started(n), 1, category))} == ways


def test_a_few_percent_of_visits_find_somebody_dissatisfied() -> None:
    resolved = within(timedelta(days=2), State.RESOLVED)
    visits = [a.visit for n in range(3000) for a in right(plan(opened(n, resolved), 1))]
    assert 0.02 < sum(visit is not None and visit.satisfied is False for visit in visits) / len(visits) < 0.06


def test_every_wrong_action_has_exactly_its_fault() -> None:
    found: Counter[Reason] = Counter()
    for n in range(3000):
        for event in (
            opened(n),
            started(n),
            opened(n, within(timedelta(days=2), State.RESOLVED)),
            escalated(n),
        ):
            for action in plan(event, 1):
                answer = expected_answer(action)
                found[answer] += 1
                holds = action.desk == f"{event.position.desk.division}:{event.position.desk.body}"
                assert holds is (answer is not Reason.DESK_WRONG)
                assert (action.matter_id == event.matter_id) is (answer is not Reason.MATTER_UNKNOWN)
                if action.kind is ActionKind.RESOLVE:
                    assert (action.way is None) is (answer is Reason.WAY_MISSING)
                if action.kind is ActionKind.VISIT:
                    assert (action.visit is None) is (answer is Reason.VISIT_MISSING)
    planted = {
        Reason.MATTER_UNKNOWN,
        Reason.STATE_WRONG,
        Reason.DESK_WRONG,
        Reason.WAY_MISSING,
        Reason.VISIT_MISSING,
    }
    assert set(found) == planted | {Reason.BY_ACTION}


def test_escalation_judges_every_action_as_expected() -> None:
    for n in range(3000):
        for event in (
            opened(n),
            started(n),
            opened(n, within(timedelta(days=2), State.RESOLVED)),
            escalated(n),
        ):
            for action in plan(event, 1):
                answer = expected_answer(action)
                if answer is not Reason.MATTER_UNKNOWN:
                    judged = judge(action, event.position.state, event.position.desk)
                    assert (judged if isinstance(judged, Reason) else Reason.BY_ACTION) is answer


def test_a_wrong_action_comes_before_the_right_one() -> None:
    for n in range(3000):
        actions = plan(opened(n), 1)
        if len({a.action_id for a in actions}) == 2:
            assert [expected_answer(a) is Reason.BY_ACTION for a in actions] == [False, True]


def test_now_and_then_the_same_action_is_sent_twice() -> None:
    twice = [plan(opened(n), 1) for n in range(3000)]
    doubled = [a for a in twice if len(a) != len({each.action_id for each in a})]
    assert doubled
    assert all(len(set(map(repr, actions))) < len(actions) for actions in doubled)


def test_ids_of_different_actions_differ() -> None:
    planned = [a for n in range(1000) for event in (opened(n), started(n)) for a in plan(event, 1)]
    by_id = {a.action_id: a for a in planned}
    assert all(by_id[a.action_id] == a for a in planned)


def test_desks_remember_what_a_matter_is_about_until_it_is_closed() -> None:
    desks = Desks(1)
    for n in range(MANY):
        desks.hear(opened(n, category="city.street_light"))
        assert {a.way for a in right(desks.hear(started(n)))} <= {Way.HANDLED}
