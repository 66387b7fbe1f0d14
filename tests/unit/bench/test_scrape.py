"""The bench of scrapes scrapes what it says: everything at every place, and no scrape is like the one before."""

from collections import Counter

from prometheus_client import CollectorRegistry

from bench.scrape import CITY, MOVED, VILLAGES_OF, Country, counties
from services.metrics.collector import FigureCollector
from services.metrics.figures import all_series, scraped, village_metrics, village_series
from shared import divisions
from shared.exposition import page

COUNTY = "231225"


def test_the_city_has_ten_counties_and_no_such_city_more_towns() -> None:
    cities = [city for province in divisions.provinces() for city in divisions.children(province)]
    towns = {
        city: sum(len(divisions.children(county)) for county in divisions.children(city))
        for city in cities
        if len(divisions.children(city)) == 10
    }
    assert len(counties(0)) == 10
    assert (len(towns), max(towns, key=towns.__getitem__)) == (27, CITY)
    assert len(counties(1)) == 2978


def test_its_county_of_most_villages_shows_them_all_with_every_series() -> None:
    counted = {
        county: sum(len(divisions.children(town)) for town in divisions.children(county))
        for county in counties(0)
    }
    assert max(counted, key=counted.__getitem__) == VILLAGES_OF
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: Country([VILLAGES_OF], [VILLAGES_OF]).lanes, "city"))
    shown = [labels for metric, labels in scraped(page(registry)[0].decode()) if metric in village_metrics()]
    assert len(shown) == counted[VILLAGES_OF] * sum(len(series.known) for series in village_series())


def test_the_country_is_of_more_cities_than_a_tenth_of_its_counties() -> None:
    assert [len({county[:4] for county in counties(step)}) for step in (10, 1)] == [255, 342]


def test_every_place_has_every_series_and_some_move_before_each_scrape() -> None:
    country = Country([COUNTY])
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: country.lanes))
    before = scraped(page(registry)[0].decode())
    places = {dict(labels)["town"] for _, labels in before}
    assert places == {COUNTY, *divisions.children(COUNTY)}
    at = Counter(metric for metric, _ in before)
    for series in all_series():
        assert at[series.metric] >= len(places) * len(series.known)
        assert at[series.metric] > 0
    country.move()
    after = scraped(page(registry)[0].decode())
    moved = [series for series, n in after.items() if n != before[series]]
    counted = [series for series, n in before.items() if n == 1]
    assert len(counted) / MOVED * 0.5 < len(moved) < len(counted) / MOVED * 2
