"""What three-none villages and those with none of three are without: by the group of a category, once each."""

import pytest

from services.metrics.figures import Cell
from services.metrics.handlers import MetricsLogic
from services.metrics.history import over, spared
from services.metrics.indicators import Villages, counting, every
from services.metrics.rules.kinds import KIND_OF, Kind, kind_of
from services.metrics.rules.periods import Period, PeriodKind, containing, day_of
from shared import catalogue, divisions, wire
from tests.unit.metrics.journal import COUNTY, START, TOWN, Life, at_place, figures, folded, lane

PETITION, CASE, INCIDENT, LAWSUIT = (kind.value for kind in Kind)
UNCLEAR = catalogue.UNCLEAR

TABLE = [
    pytest.param(Life(category="petition.first"), {PETITION: 1}, id="a petition"),
    pytest.param(Life(category="petition.review"), {PETITION: 1}, id="a review is a petition"),
    pytest.param(
        Life(category="petition.first", repeat_of="430981-z"), {PETITION: 1}, id="a repeat is a petition"
    ),
    pytest.param(Life(category="order.theft"), {CASE: 1}, id="a case"),
    pytest.param(Life(category="order.of_a_county"), {CASE: 1}, id="a case of a county's own category"),
    pytest.param(Life(category="emergency.fire"), {INCIDENT: 1}, id="an incident"),
    pytest.param(Life(category="court.enforcement"), {LAWSUIT: 1}, id="a lawsuit"),
    pytest.param(Life(category="hazard.fire"), {}, id="a hazard is no incident"),
    pytest.param(Life(category="tip.gang", confidential=True), {}, id="a tip is no case"),
    pytest.param(Life(category="dispute.neighbour").to_court(), {}, id="confirmed by a court is no lawsuit"),
    pytest.param(Life(category="orderly.x"), {}, id="another group whose name begins alike"),
    pytest.param(Life(category="order.theft").joined(), {CASE: 1}, id="reported twice, one case"),
    pytest.param(Life(category="order.theft").withdrawn(), {CASE: 1}, id="taken back, it stays counted"),
    pytest.param(Life(category="order.theft").closed().reopened(), {CASE: 1}, id="reopened, one case"),
    pytest.param(Life(category=UNCLEAR).categorised("order.theft"), {CASE: 1}, id="sorted, it is a case"),
    pytest.param(
        Life(category="order.theft").categorised("order.gambling"), {CASE: 1}, id="corrected, one case"
    ),
    pytest.param(
        Life(category="order.brawl_threat").categorised("emergency.crowd"),
        {CASE: 1, INCIDENT: 1},
        id="of another kind",
    ),
    pytest.param(
        Life(category="order.theft").categorised("dispute.neighbour"),
        {CASE: 1},
        id="corrected, it stays counted",
    ),
]


@pytest.mark.parametrize(("life", "expected"), TABLE)
def test_figure(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "three_none_matters") == expected


def test_a_report_taken_out_again_is_a_case_of_its_own() -> None:
    life = Life("a", category="order.theft").joined(report="430981-b")
    life.taken_out("430981-b")
    assert figures(life.events, "three_none_matters") == {CASE: 2}


def test_they_are_counted_at_their_town() -> None:
    logic = folded(Life(category="order.theft").events)
    logic.committed()
    shown = {cell for cell, n in logic.published().items() if n}
    assert at_place(shown, "xiaoshi_three_none_matters_total") == {(COUNTY, TOWN)}


def test_every_group_named_is_one_of_the_shipped_policy_and_every_kind_has_a_category() -> None:
    policy = catalogue.load()
    assert KIND_OF.keys() <= policy.file.groups.keys()
    assert {kind_of(code) for code in policy.file.categories} == {*Kind, None}


HERE, THERE = divisions.children(COUNTY)[:2]
VILLAGE, TWIN = divisions.children(HERE)[:2]
MONTH = containing(PeriodKind.MONTH, day_of(START))


def spared_of(name: str, *lives: Life, place: str = COUNTY, period: Period = MONTH) -> tuple[int, int]:
    """Villages spared, and all."""
    indicator = next(each for each in every() if each.name == name)
    assert isinstance(indicator, Villages)
    logic = folded(event for life in lives for event in life.events)
    logic.committed()
    (found,) = spared(indicator, place, [period], [logic.published_days()])
    return found.numerator or 0, found.denominator or 0


ALL = sum(len(divisions.children(town)) for town in divisions.children(COUNTY))


@pytest.mark.parametrize(
    ("lives", "three_none", "none_of_three"),
    [
        pytest.param([Life(division=VILLAGE)], 0, 0, id="a matter of another kind"),
        pytest.param([Life(division=VILLAGE, category="petition.first")], 1, 1, id="a petition"),
        pytest.param([Life(division=VILLAGE, category="order.theft")], 1, 1, id="a case"),
        pytest.param([Life(division=VILLAGE, category="emergency.fire")], 1, 0, id="an incident"),
        pytest.param([Life(division=VILLAGE, category="court.enforcement")], 0, 1, id="a lawsuit"),
        pytest.param([Life(division=VILLAGE + "007", category="order.theft")], 1, 1, id="in a grid of it"),
        pytest.param([Life(division=HERE, category="order.theft")], 0, 0, id="only the town is known"),
        pytest.param([Life(division=HERE + "000", category="order.theft")], 0, 0, id="a town, padded"),
        pytest.param(
            [Life(division=VILLAGE, category="order.theft", confidential=True)], 0, 0, id="told to nobody"
        ),
        pytest.param(
            [Life(each, division=VILLAGE, category="order.theft") for each in "ab"], 1, 1, id="two in one"
        ),
        pytest.param(
            [
                Life("a", division=VILLAGE, category="order.theft"),
                Life("b", division=TWIN, category="order.theft"),
            ],
            2,
            2,
            id="one in each of two",
        ),
        pytest.param([Life(division=VILLAGE).categorised("order.theft")], 1, 1, id="sorted later"),
    ],
)
def test_villages_without(lives: list[Life], three_none: int, none_of_three: int) -> None:
    assert spared_of("three_none_villages", *lives) == (ALL - three_none, ALL)
    assert spared_of("none_of_three_villages", *lives) == (ALL - none_of_three, ALL)


@pytest.mark.parametrize(
    ("place", "spared_there", "villages"),
    [
        pytest.param(COUNTY, ALL - 1, ALL, id="the county"),
        pytest.param(COUNTY[:4], ALL - 1, ALL, id="of a city, the counties that are known"),
        pytest.param(HERE, len(divisions.children(HERE)) - 1, len(divisions.children(HERE)), id="its town"),
        pytest.param(THERE, len(divisions.children(THERE)), len(divisions.children(THERE)), id="another"),
        pytest.param("430982", 0, 0, id="a county nobody told of"),
    ],
)
def test_villages_of_a_place(place: str, spared_there: int, villages: int) -> None:
    life = Life(division=VILLAGE, category="order.theft")
    assert spared_of("three_none_villages", life, place=place) == (spared_there, villages)


def test_the_next_month_begins_anew() -> None:
    later = containing(PeriodKind.MONTH, MONTH.end)
    life = Life(division=VILLAGE, category="order.theft")
    assert spared_of("three_none_villages", life, period=later) == (ALL, ALL)


def test_a_village_is_in_its_town_once_and_not_scraped() -> None:
    logic = folded(Life(division=VILLAGE, category="order.theft").events)
    logic.committed()
    indicator = next(each for each in counting() if each.name == "three_none_matters")
    for place in (COUNTY, HERE, VILLAGE):
        assert over(indicator, place, MONTH, [logic.published_days()]).count == 1
    assert all(len(cell.town) <= len(TOWN) for cell in logic.published())
    assert logic.published() == {**logic.published(), **cells_again(logic)}


def cells_again(logic: MetricsLogic) -> dict[Cell, int]:
    """What a lane shows that starts from that state."""
    core, anew = lane()
    for key, value in logic.state.items():
        core.restore(key, wire.encode(value))
    anew.committed()
    return dict(anew.published())
