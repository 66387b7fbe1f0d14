"""The bench of scrapes scrapes what it says: everything at every place, and no scrape is like the one before."""

from collections import Counter

from prometheus_client import CollectorRegistry

from bench.scrape import CITY, MOVED, Country, counties
from services.metrics.collector import FigureCollector
from services.metrics.figures import all_series, scraped
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
