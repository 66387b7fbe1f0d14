"""Response, resolution and satisfaction, with and without those nobody reached: events in, numbers out."""

import pytest

from services.metrics.rules.reached import reached_after
from shared.divisions import Tier
from shared.matter import State
from shared.reasons import Reason
from tests.unit.metrics.journal import Life, figures

YES = {"numerator": 1, "denominator": 1}
NO = {"denominator": 1}

RESPONSE = [
    pytest.param(Life(), {}, id="opened: nothing is known yet"),
    pytest.param(Life().accepted(), YES, id="accepted in time"),
    pytest.param(Life(category="wish.small").granted(), YES, id="a wish granted is accepted"),
    pytest.param(Life().ordered().escalated(), NO, id="missed"),
    pytest.param(Life(tier=Tier.CITY).noticed(), NO, id="missed at the top"),
    pytest.param(Life(tier=Tier.CITY).noticed().noticed().accepted(), NO, id="missed twice, accepted: once"),
    pytest.param(Life().ordered().escalated().accepted(), NO, id="accepted only by the next tier"),
    pytest.param(Life().accepted().ordered().escalated(), YES, id="accepted in time, late afterwards"),
    pytest.param(
        Life().accepted().transferred().accepted(), YES, id="transferred and accepted again counts once"
    ),
    pytest.param(
        Life().accepted().resolved().visited().closed().reopened(reason=Reason.BY_RESIDENT).accepted(),
        YES,
        id="reopened and accepted again counts once",
    ),
    pytest.param(Life().returned().redispatched().accepted(), YES, id="returned, sent on, accepted in time"),
    pytest.param(Life().returned(), {}, id="a return is no answer to the resident"),
    pytest.param(Life().returned().ordered().escalated(), NO, id="the centre left a return lying"),
    pytest.param(Life().escalated(Reason.BY_RESIDENT).accepted(), YES, id="risen as the resident asked"),
    pytest.param(Life().called().call_late().accepted(), YES, id="only a department was late"),
    pytest.param(Life().withdrawn(), {}, id="withdrawn before anybody accepted"),
    pytest.param(Life().joined().accepted(), YES, id="a report that joined is no matter of its own"),
]
RATES = ("resolution", "satisfaction", "resolution_all", "satisfaction_all", "visits_unreached")
VISITS = [
    pytest.param(Life().resolved().visited(), (YES, YES, YES, YES, NO), id="reached, resolved, satisfied"),
    pytest.param(
        Life().resolved().visited(satisfied=False), (YES, NO, YES, NO, NO), id="resolved, not satisfied"
    ),
    pytest.param(
        Life().resolved().visited(resolved=False), (NO, YES, NO, YES, NO), id="satisfied, not resolved"
    ),
    pytest.param(
        Life().resolved().visited(resolved=None, satisfied=None), (NO, NO, NO, NO, NO), id="did not say"
    ),
    pytest.param(
        Life().resolved().unreached(), ({}, {}, NO, NO, YES), id="not reached: out of the one, in the other"
    ),
    pytest.param(
        Life().resolved().visited(reached=False),
        ({}, {}, NO, NO, YES),
        id="not reached, whatever was entered",
    ),
    pytest.param(Life().resolved().reopened(), (NO, NO, NO, NO, NO), id="a visit that reopens is a visit"),
    pytest.param(
        Life().closed().reopened(reason=Reason.BY_RESIDENT),
        ({}, {}, {}, {}, {}),
        id="reopened without a visit",
    ),
    pytest.param(
        Life().joined().resolved().unreached().visited(),
        (YES, YES, *({"numerator": 1, "denominator": 2},) * 3),
        id="two people, one reached",
    ),
    pytest.param(Life().resolved(), ({}, {}, {}, {}, {}), id="no visit yet"),
]


@pytest.mark.parametrize(("life", "expected"), RESPONSE)
def test_matters_a_desk_took_on_in_time(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "response") == expected


@pytest.mark.parametrize(("life", "expected"), VISITS)
def test_what_visited_residents_said(life: Life, expected: tuple[dict[str, int], ...]) -> None:
    assert tuple(figures(life.events, name) for name in RATES) == expected


@pytest.mark.parametrize("name", RATES)
def test_visits_are_counted_whatever_became_of_the_matter(name: str) -> None:
    """A figure of visits must not get better by what is done to the matter afterwards."""
    life = Life().resolved().visited(satisfied=False)
    before = figures(life.events, name)
    assert figures(life.escalated(state=State.VISITED).closed().events, name) == before


def test_a_matter_older_than_the_figure_is_not_said_to_have_reached_nobody() -> None:
    older = Life().resolved().unreached().events[-1]
    assert reached_after(None, older, ()) is None  # type: ignore[arg-type]
