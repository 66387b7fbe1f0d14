"""What /metrics has a series of: cities, counties or towns, added up exactly; villages beside them, where asked."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.metrics.collector import FigureCollector
from services.metrics.config import load
from services.metrics.figures import Figures, Labels, Level, scraped, values, village_metrics
from services.metrics.handlers import MetricsLogic
from shared import wire
from shared.core import Core
from shared.errors import SettingsInvalidError
from shared.exposition import page
from shared.matter import Value
from tests.component.metrics.conftest import Promtool
from tests.component.metrics.test_exposition import BUSY, ELSEWHERE, committed
from tests.unit.metrics.journal import COUNTY, START, Life, records, refused, tick
from tests.unit.metrics.observations import (
    CITY,
    NEIGHBOUR,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    an_observation,
    told,
)

LANES = (
    committed(BUSY),
    committed(ELSEWHERE),
    committed([refused(county="999999")]),
    committed([refused(county="888888")]),
    told(an_observation(3, 4, division=TOWN), an_observation(1, 7, division=OTHER_TOWN)),
)


def shown(level: Level, *lanes: MetricsLogic) -> str:
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: lanes, level))
    return page(registry)[0].decode()


def in_counties(figures: Figures) -> Figures:
    """Each figure at its county, those of one series added up."""
    sums: Counter[tuple[str, Labels]] = Counter()
    for (metric, labels), n in figures.items():
        told_of = dict(labels)
        sums[metric, tuple(sorted((told_of | {"town": told_of["county"]}).items()))] += int(n)
    return sums


def test_a_county_shows_the_sum_of_its_towns() -> None:
    by_town = values(*(lane.state for lane in LANES))
    by_county = scraped(shown("county", *LANES))
    assert scraped(shown("town", *LANES)) == by_town
    assert by_county == in_counties(by_town)
    assert len(by_county) < len(by_town)
    assert sum(by_county.values()) == sum(by_town.values()) > 0


def test_a_county_of_towns_observed_shows_their_sum() -> None:
    place = (("county", "430981"), ("town", "430981"))
    by_county = scraped(shown("county", LANES[-1]))
    assert by_county["xiaoshi_judgments_accepted_numerator", place] == 3 + 1
    assert by_county["xiaoshi_judgments_accepted_denominator", place] == 4 + 7


LEVELS: tuple[Level, ...] = ("town", "county", "city")
IN_VILLAGES: list[Value] = [
    *Life("a", division=VILLAGE).joined().resolved().visited().closed().events,
    *Life("b", division=VILLAGE).events,
    *Life("c", division=OTHER_VILLAGE).ordered().escalated().events,
    *Life("d", division=TOWN).events,
    *Life("e", county=NEIGHBOUR, division="430921102003").events,
]
OPENED_THERE = "xiaoshi_matters_opened_by_village_total"
OPEN_THERE = "xiaoshi_matters_open_by_village"


def test_a_city_shows_the_sum_of_its_counties_in_the_form_of_one() -> None:
    by_city = scraped(shown("city", *LANES))
    assert by_city == values(*(lane.state for lane in LANES), level="city")
    assert {dict(labels)["county"] for _, labels in by_city} == {"430900", "000000"}
    assert sum(by_city.values()) == sum(values(*(lane.state for lane in LANES)).values())


@pytest.mark.parametrize(
    ("own", "figure"),
    [
        pytest.param([], (3 + 8, 4 + 10), id="the sum of its counties"),
        pytest.param([an_observation(9, division=CITY)], (9, 10), id="its own, and not both"),
        pytest.param(
            [an_observation(n, division=CITY, publisher=str(n)) for n in (7, 9)],
            None,
            id="contradicted: none",
        ),
    ],
)
def test_a_city_shows_its_own_figure_or_the_sum_of_its_counties(
    own: list[Value], figure: tuple[int, int] | None
) -> None:
    lanes = [
        told(*each)
        for each in (
            [an_observation(3, 4)],
            [an_observation(8, division=NEIGHBOUR)],
            own,
        )
    ]
    found = scraped(shown("city", *lanes))
    place = (("county", "430900"), ("town", "430900"))
    sides = [("xiaoshi_judgments_accepted_" + side, place) for side in ("numerator", "denominator")]
    assert tuple(found[side] for side in sides if side in found) == (figure or ())
    assert found[
        "xiaoshi_observations_contradicted", (*place[:1], ("indicator", "judgments_accepted"), *place[1:])
    ] == (figure is None)


def village_lane(journal: Iterable[Value], *counties: str) -> tuple[Core, MetricsLogic]:
    logic = MetricsLogic({}, counties)
    core = Core(logic, logic.state)
    for record in records(journal):
        assert core.feed(record).outcome == "handled"
    logic.committed()
    return core, logic


def of_villages(figures: Figures) -> dict[str, dict[str, float]]:
    """By metric and village, zeros left out."""
    found: dict[str, dict[str, float]] = {}
    for (metric, labels), n in figures.items():
        if n and metric in village_metrics():
            by_village = found.setdefault(metric, {})
            village = dict(labels)["village"]
            by_village[village] = by_village.get(village, 0) + n
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_villages_of_a_county_that_is_named_stand_beside_the_level(level: Level) -> None:
    _, logic = village_lane(IN_VILLAGES, COUNTY)
    text = shown(level, logic)
    found = of_villages(scraped(text))
    assert found[OPENED_THERE] == {VILLAGE: 2, OTHER_VILLAGE: 1}
    assert found[OPEN_THERE] == {VILLAGE: 1, OTHER_VILLAGE: 1}
    assert scraped(text) == values(logic.state, villages_of=[COUNTY], level=level)
    without = {series: n for series, n in scraped(text).items() if series[0] not in village_metrics()}
    assert without == scraped(shown(level, committed(IN_VILLAGES)))


def test_a_village_has_every_series_from_its_first_event() -> None:
    _, logic = village_lane(Life(division=VILLAGE).events, COUNTY)
    found = {labels for metric, labels in scraped(shown("town", logic)) if metric == OPEN_THERE}
    assert len(found) > 1
    assert {(dict(labels)["town"], dict(labels)["village"]) for labels in found} == {(VILLAGE[:9], VILLAGE)}


def test_villages_of_other_counties_are_kept_and_not_shown() -> None:
    _, logic = village_lane(IN_VILLAGES, NEIGHBOUR)
    assert of_villages(scraped(shown("town", logic)))[OPENED_THERE] == {"430921102003": 1}


@pytest.mark.parametrize(
    ("life", "counted", "standing"),
    [
        pytest.param(Life(division=TOWN), {}, {}, id="only the town is known"),
        pytest.param(Life(division=VILLAGE + "007"), {VILLAGE: 1}, {VILLAGE: 1}, id="in a grid of it"),
        pytest.param(Life(division=VILLAGE, confidential=True), {}, {}, id="told in confidence"),
        pytest.param(
            Life(division=VILLAGE).categorised("tip.gang", confidential=True),
            {VILLAGE: 1},
            {},
            id="told in confidence later",
        ),
        pytest.param(Life(division=VILLAGE).closed(), {VILLAGE: 1}, {}, id="closed"),
    ],
)
def test_what_a_village_shows(life: Life, counted: dict[str, int], standing: dict[str, int]) -> None:
    _, logic = village_lane(life.events, COUNTY)
    found = of_villages(scraped(shown("town", logic)))
    assert (found.get(OPENED_THERE, {}), found.get(OPEN_THERE, {})) == (counted, standing)
    assert found.get("xiaoshi_categories_corrected_by_village_total", {}) == {}


def test_villages_are_exact_after_a_restart_and_when_their_county_is_named_later() -> None:
    """Also when the days that counted them are no longer kept."""
    core, before = village_lane([*IN_VILLAGES, tick(START + timedelta(days=900))], COUNTY)
    after = MetricsLogic({}, [COUNTY])
    restored = Core(after, after.state)
    for key, value in core.state.items():
        restored.restore(key, wire.encode(value))
    after.committed()
    assert not before.published_days()
    assert scraped(shown("town", after)) == scraped(shown("town", before))
    _, unnamed = village_lane([*IN_VILLAGES, tick(START + timedelta(days=900))])
    assert unnamed.state == before.state


@pytest.mark.parametrize("level", LEVELS)
def test_promtool_has_nothing_to_say_about_any_level(promtool: Promtool, level: Level) -> None:
    _, villages = village_lane(IN_VILLAGES, COUNTY)
    assert promtool("check", "metrics", text=shown(level, villages, *LANES[1:])) == ""


@pytest.mark.parametrize("level", LEVELS)
def test_one_series_says_how_many_there_are(level: Level) -> None:
    text = shown(level, *LANES)
    assert f"\nxiaoshi_metrics_series {float(len(scraped(text)))}\n" in text
    assert "\nxiaoshi_metrics_series 0.0\n" in shown(level)


GIVEN = {"XIAOSHI_KAFKA": "localhost:9092"}


def test_towns_are_shown_unless_told_otherwise() -> None:
    assert (load(GIVEN).level, load(GIVEN).villages_of) == ("town", ())
    assert load(GIVEN | {"METRICS_LEVEL": "city"}).level == "city"
    assert load(GIVEN | {"METRICS_VILLAGES_OF": "430981, 430903"}).villages_of == ("430981", "430903")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"METRICS_LEVEL": "village"}, "LEVEL must be city, county or town", id="no level"),
        pytest.param(
            {"METRICS_LEVEL": "city", "METRICS_REPLICAS": "2"},
            "needs METRICS_REPLICAS 1",
            id="a city in parts",
        ),
        pytest.param(
            {"METRICS_VILLAGES_OF": "430981001"}, "VILLAGES_OF must be codes of counties", id="a town"
        ),
        pytest.param({"METRICS_VILLAGES_OF": "4309"}, "VILLAGES_OF must be codes of counties", id="a city"),
        pytest.param(
            {"METRICS_VILLAGES_OF": "430999"}, "VILLAGES_OF must be codes of counties", id="nothing"
        ),
    ],
)
def test_levels_that_cannot_be_are_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsInvalidError, match=says):
        load(GIVEN | changes)
