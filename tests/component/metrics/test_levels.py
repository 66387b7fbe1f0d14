"""At the level of counties, /metrics adds up towns into theirs, exactly; and how many series it has is one of them."""

from collections import Counter

import pytest
from prometheus_client import CollectorRegistry

from services.metrics.collector import FigureCollector
from services.metrics.config import MetricsSettings
from services.metrics.figures import Figures, Labels, Level, scraped, values
from services.metrics.handlers import MetricsLogic
from shared import settings
from shared.errors import SettingsInvalidError
from shared.exposition import page
from tests.component.metrics.conftest import Promtool
from tests.component.metrics.test_exposition import BUSY, ELSEWHERE, committed
from tests.unit.metrics.journal import refused
from tests.unit.metrics.observations import OTHER_TOWN, TOWN, an_observation, told

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


@pytest.mark.parametrize("level", ["town", "county"])
def test_promtool_has_nothing_to_say_about_either_level(promtool: Promtool, level: Level) -> None:
    assert promtool("check", "metrics", text=shown(level, *LANES)) == ""


@pytest.mark.parametrize("level", ["town", "county"])
def test_one_series_says_how_many_there_are(level: Level) -> None:
    text = shown(level, *LANES)
    assert f"\nxiaoshi_metrics_series {float(len(scraped(text)))}\n" in text
    assert "\nxiaoshi_metrics_series 0.0\n" in shown(level)


def test_towns_are_shown_unless_told_otherwise() -> None:
    given = {"XIAOSHI_KAFKA": "localhost:9092"}
    assert settings.read(MetricsSettings, "METRICS_", given).level == "town"
    assert settings.read(MetricsSettings, "METRICS_", given | {"METRICS_LEVEL": "county"}).level == "county"
    with pytest.raises(SettingsInvalidError, match="METRICS_LEVEL must be county or town"):
        settings.read(MetricsSettings, "METRICS_", given | {"METRICS_LEVEL": "village"})
