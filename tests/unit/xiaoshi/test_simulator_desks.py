"""How simulated desks act on the events of their county."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.divisions import Tier
from shared.matter import Action, ActionKind, Desk, Grade, Position, State, Visit, Way, key_of
from shared.reasons import Reason
from shared.wire import event_id
from tests.builders import POLICY, a_deadline
from xiaoshi.simulator import habits
from xiaoshi.simulator.desks import Desks, expected_answer
from xiaoshi.simulator.desks import plan as plan_scene
from xiaoshi.simulator.heard import after
from xiaoshi.simulator.scene import Scene
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
    due = a_deadline(MONDAY_NINE + span)
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
        by="d",
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


def plan(event: e.MatterEvent, seed: int, category: str = "dispute.neighbour") -> tuple[Action, ...]:
    """What is done because of it where nothing was heard before but the opening."""
    first = after(None, replace(opened(0, category=category), matter_id=event.matter_id))
    known = after(first, event)
    assert known is not None
    return plan_scene(Scene(event, known, POLICY, seed))


def right(actions: tuple[Action, ...]) -> list[Action]:
    return [each for each in actions if expected_answer(each) is Reason.BY_ACTION]


def steps(actions: tuple[Action, ...]) -> list[Action]:
    """What the desks do to move the matter on."""
    kinds = {turn.usual for turn in habits.TURNS.values()} | {
        kind for turn in habits.TURNS.values() for kind, _ in turn.instead
    }
    return [each for each in right(actions) if each.kind in kinds and each.desk is not None]


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
    planned = [a for n in range(MANY) for a in steps(plan(opened(n, within(timedelta(days=2), state)), 1))]
    others = {kind for kind, _ in habits.TURNS[state].instead}
    assert {step} <= {action.kind for action in planned} <= {step, *others}


def test_no_desk_moves_a_closed_matter() -> None:
    closed = Position(state=State.CLOSED, tier=Tier.VILLAGE, desk=HERE, due=None)
    assert [steps(plan(opened(n, closed), 1)) for n in range(MANY)] == [[]] * MANY


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
    planned = [a for n in range(MANY) for a in steps(plan(opened(n, within(timedelta(days=30))), 1))]
    local = [action.at.astimezone(BEIJING) for action in planned]
    assert all(at.weekday() < 5 and 8 <= at.hour < 18 for at in local)


def test_a_due_that_has_passed_is_acted_on_at_once() -> None:
    planned = [a for n in range(MANY) for a in right(plan(opened(n, within(timedelta(0))), 1))]
    assert {action.at for action in planned} == {MONDAY_NINE}


def test_about_as_many_matters_as_assumed_are_left_lying_at_the_village() -> None:
    idle = sum(not steps(plan(opened(n), 1)) or not steps(plan(started(n), 1)) for n in range(2000))
    assert idle / 2000 == pytest.approx(1 - habits.SETTLED[Tier.VILLAGE], abs=0.03)


def test_at_the_top_a_notice_wakes_the_idle_desk() -> None:
    top = within(timedelta(days=2), tier=Tier.CITY, desk=CITY)
    sleepers = [n for n in range(MANY) if not steps(plan(opened(n, top), 1))]
    assert sleepers
    for n in sleepers:
        event = e.NoticeAnnounced(
            matter_id=opened(n).matter_id,
            county="430981",
            number=2,
            at=MONDAY_NINE,
            position=top,
            notice=1,
            missed=a_deadline(MONDAY_NINE),
        )
        assert steps(plan(event, 1))


def test_an_order_asks_for_nothing() -> None:
    order = e.SupervisionOrdered(
        matter_id=opened(1).matter_id,
        county="430981",
        number=2,
        at=MONDAY_NINE,
        position=within(timedelta(days=1)),
        order=1,
        to=HERE,
        missed=a_deadline(MONDAY_NINE),
        copied_to=TOWN,
    )
    assert plan(order, 1) == ()


def test_every_resolution_has_a_way_and_every_visit_an_answer() -> None:
    resolved = within(timedelta(days=2), State.RESOLVED)
    ways = [a.way for n in range(MANY) for a in steps(plan(started(n), 1)) if a.kind is ActionKind.RESOLVE]
    visits = [a.visit for n in range(MANY) for a in steps(plan(opened(n, resolved), 1))]
    assert set(ways) == {Way.PEOPLES_MEDIATION, Way.ONLINE_MEDIATION}
    assert None not in visits


@pytest.mark.parametrize(
    ("category", "ways"),
    [
        pytest.param("city.street_light", {Way.HANDLED}, id="a-repair"),
        pytest.param("care.crisis", {Way.COUNSELLING}, id="counselling"),
        pytest.param("court.enforcement", {Way.JUDICIAL_MEDIATION, Way.COURT_CONFIRMATION}, id="court"),
    ],
)
def test_the_way_fits_the_subject(category: str, ways: set[Way]) -> None:
    planned = [a for n in range(MANY) for a in steps(plan(started(n), 1, category))]
    assert {a.way for a in planned if a.kind is ActionKind.RESOLVE} == ways


def test_a_few_percent_of_visits_find_somebody_dissatisfied() -> None:
    resolved = within(timedelta(days=2), State.RESOLVED)
    visits = [a.visit for n in range(3000) for a in steps(plan(opened(n, resolved), 1))]
    assert 0.02 < sum(visit is not None and visit.satisfied is False for visit in visits) / len(visits) < 0.06


def test_a_wrong_action_comes_before_the_right_one() -> None:
    for n in range(3000):
        actions = [each for each in plan(opened(n), 1) if each.desk is not None]
        if len({each.action_id for each in actions}) == 2:
            first, *others = (expected_answer(each) is Reason.BY_ACTION for each in actions)
            assert (first, set(others)) == (False, {True})


def test_a_desk_that_wakes_up_after_the_matter_has_risen_is_planted() -> None:
    woken = [a for n in range(MANY) for a in plan(escalated(n), 1) if a.desk == key_of(HERE)]
    assert {(a.kind, expected_answer(a)) for a in woken} == {(ActionKind.ACCEPT, Reason.DESK_WRONG)}


def test_now_and_then_the_same_action_is_sent_twice() -> None:
    twice = [plan(opened(n), 1) for n in range(3000)]
    doubled = [a for a in twice if len(a) != len({each.action_id for each in a})]
    assert doubled
    assert all(len(set(map(repr, actions))) < len(actions) for actions in doubled)


def test_ids_of_different_actions_differ() -> None:
    planned = [a for n in range(1000) for event in (opened(n), started(n)) for a in plan(event, 1)]
    by_id = {a.action_id: a for a in planned}
    assert all(by_id[a.action_id] == a for a in planned)


def test_desks_remember_what_a_matter_is_about() -> None:
    desks = Desks(1, POLICY)
    for n in range(MANY):
        desks.hear(opened(n, category="city.street_light"))
        ways = {a.way for a in steps(desks.hear(started(n))) if a.kind is ActionKind.RESOLVE}
        assert ways <= {Way.HANDLED}


def test_of_a_matter_whose_opening_was_not_heard_nobody_knows_what_to_do() -> None:
    assert Desks(1, POLICY).hear(started(1)) == ()


@pytest.mark.parametrize(
    ("other", "joins"),
    [
        pytest.param({}, True, id="same-kind-and-town"),
        pytest.param({"category": "city.street_light"}, False, id="another-category"),
        pytest.param({"about_body": "430981006001"}, False, id="a-complaint"),
    ],
)
def test_a_person_joins_only_what_may_be_the_same(other: dict[str, str], joins: bool) -> None:
    found = set()
    for n in range(MANY):
        desks = Desks(1, POLICY)
        first = opened(n + MANY, category=other.get("category", "dispute.neighbour"))
        desks.hear(replace(first, about_body=other.get("about_body")))
        found |= {a.into == first.matter_id for a in desks.hear(opened(n)) if a.kind is ActionKind.JOIN}
    assert (True in found) is joins


def acting(event: e.MatterEvent, **changes: object) -> list[Action]:
    """Of many matters with such an event: what is done beside the usual turn."""
    beside = {ActionKind.KEEP_APART, ActionKind.JOIN, ActionKind.ALARM, ActionKind.CATEGORISE}
    planned = [
        a for n in range(MANY) for a in plan(replace(event, matter_id=opened(n).matter_id, **changes), 1)
    ]
    return [a for a in planned if a.kind in beside and expected_answer(a) is Reason.BY_ACTION]


OTHER = "430981-other"
ALIKE = e.MatterAlike(
    matter_id="430981-r",
    county="430981",
    number=2,
    at=MONDAY_NINE,
    position=within(timedelta(days=2)),
    other=OTHER,
    score=0.4,
    evidence=(),
    title="t",
    text="t",
    other_title="t",
    other_text="t",
)


def test_asked_whether_two_are_the_same_the_centre_says_yes_or_no_or_nothing() -> None:
    said = acting(ALIKE)
    kept = [a for a in said if a.kind is ActionKind.KEEP_APART]
    same = [a for a in said if a.kind is ActionKind.JOIN]
    assert {len(kept) + len(same), MANY} == {len(said), MANY}
    assert len(kept) / MANY == pytest.approx(habits.FOUND_APART, abs=0.1)
    assert len(same) / MANY == pytest.approx(habits.FOUND_SAME, abs=0.1)
    assert {a.into for a in same} == {OTHER}
    assert {a.desk for a in said} == {"430981006001:village_centre"}
    assert all(MONDAY_NINE < a.at < MONDAY_NINE + timedelta(hours=4) for a in said)


def test_words_of_danger_are_looked_into_at_once_and_are_not_always_danger() -> None:
    asked = e.DangerAsked(
        matter_id="430981-r",
        county="430981",
        number=2,
        at=MONDAY_NINE,
        position=within(timedelta(days=2)),
        report_id="r",
        words=("着火",),
    )
    said = acting(asked)
    assert {(a.kind, a.desk, a.at) for a in said} == {
        (ActionKind.ALARM, key_of(HERE), MONDAY_NINE + timedelta(minutes=1))
    }
    assert len(said) / MANY == pytest.approx(habits.ALARMED, abs=0.1)


@pytest.mark.parametrize(
    ("category", "guesses", "sorts"),
    [
        pytest.param("other.unclear", ("city.greening", "city.road_damage"), True, id="guessed-and-not-sure"),
        pytest.param("other.unclear", (), False, id="nothing-to-go-by"),
        pytest.param("city.street_light", ("city.greening",), False, id="sorted-already"),
    ],
)
def test_triage_sorts_what_its_words_were_taken_for(
    category: str, guesses: tuple[str, ...], *, sorts: bool
) -> None:
    said = [
        a
        for n in range(MANY)
        for a in Desks(1, POLICY).hear(
            replace(opened(n, category=category), guesses=tuple(e.Guess(each, 0.3) for each in guesses))
        )
        if a.kind is ActionKind.CATEGORISE and expected_answer(a) is Reason.BY_ACTION
    ]
    assert {(a.category, a.desk) for a in said} == ({("city.greening", key_of(HERE))} if sorts else set())
    assert not sorts or len(said) / MANY == pytest.approx(habits.SORTED, abs=0.1)


def visits(event: e.MatterEvent, *before: e.MatterEvent) -> set[str | None]:
    """Whose visit the desk makes next."""
    said: set[str | None] = set()
    for n in range(MANY):
        known = after(None, replace(opened(n), matter_id=event.matter_id))
        for each in (*before, event):
            known = after(known, each)
        assert known is not None
        planned = plan_scene(Scene(replace(event, number=n + 2), known, POLICY, 1))
        said |= {a.report_id for a in steps(planned) if a.kind is ActionKind.VISIT}
        assert not known.to_visit or ActionKind.CLOSE not in {a.kind for a in steps(planned)}
    return said


def moved(kind: type[e.MatterEvent], state: State, **facts: Any) -> e.MatterEvent:
    acted: dict[str, Any] = {"action_id": "a", "by": "d"} if issubclass(kind, e.MatterActed) else {}
    base: dict[str, Any] = {"matter_id": "430981-r", "county": "430981", "number": 2, "at": MONDAY_NINE}
    return kind(**base, **acted, position=within(timedelta(days=2), state), **facts)


RESOLVED = moved(e.MatterResolved, State.RESOLVED, way=Way.HANDLED, to_visit=("r1", "r2"))
ASKED = {"visit": Visit(reached=True), "report_id": "r1"}


def one_more(voices: int) -> e.MatterEvent:
    texts = {"title": "t", "text": "t", "source": "app"}
    return moved(e.MatterJoined, State.VISITED, report_id="r3", reports=3, score=1.0, voices=voices, **texts)


def test_everyone_is_asked_one_after_the_other_and_then_it_is_closed() -> None:
    assert visits(RESOLVED) == {"r1"}
    assert visits(moved(e.MatterVisited, State.RESOLVED, **ASKED, to_visit=("r2",)), RESOLVED) == {"r2"}
    assert visits(moved(e.MatterVisited, State.VISITED, **ASKED, to_visit=()), RESOLVED) == set()


def test_who_reports_it_when_the_others_have_been_asked_is_asked_too_unless_asked_before() -> None:
    visited = moved(e.MatterVisited, State.VISITED, **ASKED, to_visit=())
    assert visits(one_more(2), visited) == {"r3"}
    assert visits(one_more(1), visited) == set()
