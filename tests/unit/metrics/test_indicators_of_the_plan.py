"""The six indicators of the plan that come from events: events in, numbers out."""

import pytest

from services.metrics.indicators import Indicator, every, observed
from shared.divisions import Tier
from shared.matter import Value, Way
from shared.reasons import Reason
from tests.unit.metrics.journal import Life, figures

BOTH = {"numerator": 1, "denominator": 1}
LATE = {"denominator": 1}


def petition(**changes: object) -> Life:
    return Life(**({"category": "petition.first", "source": "app", "tier": Tier.TOWN} | changes))  # type: ignore[arg-type]


FIRST_IN_TIME = [
    pytest.param(petition().closed(), BOTH, id="closed in time"),
    pytest.param(petition().resolved().visited(), {}, id="open and in time does not count yet"),
    pytest.param(petition().withdrawn(), {}, id="withdrawn in time does not count"),
    pytest.param(petition().ordered().withdrawn(), LATE, id="late, then withdrawn"),
    pytest.param(petition().escalated(Reason.BY_RESIDENT).closed(), BOTH, id="risen as the resident asked"),
    pytest.param(petition().called().call_late().closed(), BOTH, id="only a department was late"),
    pytest.param(petition().ordered(), LATE, id="late counts while it is still open"),
    pytest.param(petition().ordered().escalated().closed(), LATE, id="late, then closed: once, not in time"),
    pytest.param(petition().ordered().escalated().ordered().closed(), LATE, id="late at two tiers: once"),
    pytest.param(
        petition(tier=Tier.CITY).noticed().noticed().closed(), LATE, id="late at the top tier is late"
    ),
    pytest.param(
        petition().resolved().reopened().resolved().visited().closed(), BOTH, id="reopened, closed: once"
    ),
    pytest.param(petition().closed().reopened().closed(), BOTH, id="closed twice: once"),
    pytest.param(petition().closed().reopened().ordered().closed(), BOTH, id="late only after its close"),
    pytest.param(petition(category="petition.letter").closed(), BOTH, id="a kind of petition added later"),
    pytest.param(petition(category="petition.review").closed(), {}, id="a review is no first petition"),
    pytest.param(petition(repeat_of="430981-z").closed(), {}, id="a repeat is no first petition"),
    pytest.param(petition(category="dispute.neighbour").closed(), {}, id="a dispute is no petition"),
]
REPEATS = [
    pytest.param(petition(), {"denominator": 1}, id="a first petition"),
    pytest.param(petition(repeat_of="430981-z"), {"numerator": 1}, id="a repeat"),
    pytest.param(petition().joined("app"), {"denominator": 1}, id="a joined report is no repeat"),
    pytest.param(petition(category="petition.review", repeat_of="430981-z"), {}, id="a review is no repeat"),
    pytest.param(
        petition(category="repair.road", repeat_of="430981-z"), {}, id="a repeat that is no petition"
    ),
    pytest.param(petition().closed().reopened().closed(), {"denominator": 1}, id="a reopening is no repeat"),
]
RATINGS = [
    pytest.param(petition().resolved().visited(), BOTH, id="satisfied"),
    pytest.param(petition().resolved().visited(satisfied=False), LATE, id="not satisfied"),
    pytest.param(petition().resolved().visited(satisfied=None), {}, id="did not say"),
    pytest.param(
        petition().resolved().visited(reached=False), {}, id="not reached, whatever else was entered"
    ),
    pytest.param(
        petition().resolved().reopened().resolved().visited(),
        {"numerator": 1, "denominator": 2},
        id="not satisfied, reopened, then satisfied",
    ),
    pytest.param(
        petition().resolved().visited().closed().reopened(reason=Reason.BY_RESIDENT),
        BOTH,
        id="reopened after the closing without a visit",
    ),
    pytest.param(petition(source="hotline").resolved().visited(), {}, id="not handled online"),
    pytest.param(petition(source="hotline").joined("app").resolved().visited(), {}, id="only joined online"),
    pytest.param(
        petition(category="petition.review").resolved().visited(), BOTH, id="a review is a petition"
    ),
    pytest.param(petition(category="repair.road").resolved().visited(), {}, id="no petition"),
]
MEDIATION = [
    *(
        pytest.param(Life().resolved(way).visited(), BOTH, id=way)
        for way in Way
        if way not in (Way.HANDLED, Way.COUNSELLING)
    ),
    pytest.param(Life().resolved(Way.HANDLED).visited(), {}, id="handled is no mediation"),
    pytest.param(Life().resolved(Way.COUNSELLING).visited(), {}, id="counselling is no mediation"),
    pytest.param(Life().resolved(Way.ONLINE_MEDIATION), {}, id="not visited yet"),
    pytest.param(
        Life().accepted().to_court().court_decided(confirmed=True).visited(),
        BOTH,
        id="confirmed by the court is a mediation, and counts once",
    ),
    pytest.param(
        Life().accepted().to_court().court_decided(confirmed=False).resolved().visited(),
        {},
        id="not confirmed by the court, then handled",
    ),
    pytest.param(
        Life().resolved(Way.ONLINE_MEDIATION).visited().closed().reopened(reason=Reason.BY_RESIDENT),
        BOTH,
        id="reopened after the closing without a visit",
    ),
    pytest.param(Life().resolved(Way.ONLINE_MEDIATION).closed(), {}, id="closed without a visit"),
    pytest.param(Life().resolved(Way.ONLINE_MEDIATION).visited(reached=False), {}, id="not reached"),
    pytest.param(Life().resolved(Way.ONLINE_MEDIATION).visited(resolved=False), LATE, id="failed"),
    pytest.param(
        Life().resolved(Way.ONLINE_MEDIATION).visited(resolved=None), LATE, id="no answer: no success"
    ),
    pytest.param(
        Life().resolved(Way.ONLINE_MEDIATION).visited(satisfied=False), BOTH, id="resolved and not satisfied"
    ),
    pytest.param(
        Life().resolved(Way.PEOPLES_MEDIATION).reopened().resolved(Way.HANDLED).visited(),
        LATE,
        id="failed mediation, then handled: the second visit is none of it",
    ),
]
COLLECTED = [
    pytest.param(Life(source="grid"), {"": 1}, id="opened by a grid worker"),
    pytest.param(Life(source="grid").joined("grid").joined("app"), {"": 2}, id="joined by another"),
    pytest.param(Life(source="app").joined("grid"), {"": 1}, id="joined a matter of the app"),
    pytest.param(Life(source="hotline").joined("app"), {}, id="no grid worker in it"),
    pytest.param(Life(source="app").closed().joined("grid"), {"": 1}, id="joined a closed matter"),
]
COMPLETED = [
    pytest.param(Life(source="grid"), {"denominator": 1}, id="open"),
    pytest.param(Life(source="grid").closed(), BOTH, id="closed"),
    pytest.param(
        Life(source="grid").joined().closed(),
        {"numerator": 2, "denominator": 2},
        id="two reports of one matter",
    ),
    pytest.param(Life(source="app").joined("grid").closed(), BOTH, id="joined a matter of the app"),
    pytest.param(Life(source="app").closed().joined("grid"), BOTH, id="joined a closed matter: at once"),
    pytest.param(
        Life(source="grid").closed().reopened().closed(), BOTH, id="closed, reopened and closed: counts once"
    ),
    pytest.param(
        Life(source="grid").closed().reopened().joined(),
        {"numerator": 1, "denominator": 2},
        id="joined after a reopening: waits for the next close",
    ),
    pytest.param(
        Life(source="grid").closed().reopened().joined().closed(),
        {"numerator": 2, "denominator": 2},
        id="joined after a reopening and closed",
    ),
    pytest.param(
        Life(source="app").closed().joined("grid").reopened().closed(),
        BOTH,
        id="joined a closed matter that was reopened and closed: counts once",
    ),
    pytest.param(Life(source="app").joined("hotline").closed(), {}, id="no grid worker in it"),
    pytest.param(Life(source="grid").withdrawn(), LATE, id="withdrawn is not completed"),
    pytest.param(
        Life(source="grid").joined("grid").withdrawn(remaining=1).closed(),
        {"numerator": 1, "denominator": 2},
        id="one of two taken back, the other completed",
    ),
    pytest.param(
        Life(source="app").withdrawn().joined("grid"), LATE, id="joined a withdrawn matter: not completed"
    ),
]


def check(name: str, life: Life, expected: dict[str, int]) -> None:
    events: list[Value] = life.events
    assert figures(events, name) == expected


@pytest.mark.parametrize(("life", "expected"), FIRST_IN_TIME)
def test_first_petitions_completed_in_time(life: Life, expected: dict[str, int]) -> None:
    check("first_petitions_in_time", life, expected)


@pytest.mark.parametrize(("life", "expected"), REPEATS)
def test_new_repeats_of_first_petitions(life: Life, expected: dict[str, int]) -> None:
    check("repeat_petitions", life, expected)


@pytest.mark.parametrize(("life", "expected"), RATINGS)
def test_good_ratings_of_petitions_handled_online(life: Life, expected: dict[str, int]) -> None:
    check("online_petition_ratings", life, expected)


@pytest.mark.parametrize(("life", "expected"), MEDIATION)
def test_mediation_success(life: Life, expected: dict[str, int]) -> None:
    check("mediation_success", life, expected)


@pytest.mark.parametrize(("life", "expected"), COLLECTED)
def test_events_collected_by_the_grid_platform(life: Life, expected: dict[str, int]) -> None:
    check("grid_events_collected", life, expected)


@pytest.mark.parametrize(("life", "expected"), COMPLETED)
def test_completion_of_grid_platform_events(life: Life, expected: dict[str, int]) -> None:
    check("grid_events_completed", life, expected)


def test_the_six_of_the_plan_are_found_by_their_files() -> None:
    plan = {each.plan: each.name for each in every() if isinstance(each, Indicator) and each.plan}
    assert plan == {
        7: "first_petitions_in_time",
        8: "repeat_petitions",
        9: "online_petition_ratings",
        10: "mediation_success",
        14: "grid_events_collected",
        15: "grid_events_completed",
    }


def test_the_others_of_the_plan_are_observed() -> None:
    assert {each.plan for each in observed()} == {1, 2, 3, 4, 5, 6, 11, 12, 13, 16, 17}
