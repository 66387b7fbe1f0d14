"""What a scrape of metrics costs: series, memory and seconds, from a city up to the country.

Every place has every series that an event or an observation can give it. Each size is measured in a process of its
own: `python -m bench.scrape 10 town` says it of every tenth county of the country, with 0 of those of the city; with a
county as a third word its villages are shown as well.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import cast

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from rich.console import Console
from rich.table import Table

from bench.divisions import resident
from bench.figures import Bar
from services.metrics.collector import FigureCollector
from services.metrics.figures import (
    COUNTER,
    VILLAGE,
    Count,
    Level,
    VillageSum,
    observed_key,
    village_metrics,
)
from services.metrics.handlers import MetricsLogic
from services.metrics.indicators import Indicator, counting, observed, village_metric
from shared import catalogue, divisions
from shared.exposition import Families, page
from shared.observed_events import IndicatorObserved
from shared.wire import partition_of

CITY = "2312"  # of the 27 cities of ten counties the one with the most towns
LANES = 8
SCRAPES = 5
MOVED = 100
GOAL = 0.1
VILLAGES_OF = "231283"  # of its ten counties the one with the most villages
SIZES: tuple[tuple[str, int, Level, str], ...] = (
    ("ten counties of a city", 0, "town", ""),
    ("ten counties of a city, by county", 0, "county", ""),
    ("ten counties of a city, by city", 0, "city", ""),
    ("the city, and the villages of one county", 0, "town", VILLAGES_OF),
    ("every 30th county of the country", 30, "town", ""),
    ("every tenth county", 10, "town", ""),
    ("every tenth county, by county", 10, "county", ""),
    ("every tenth county, by city", 10, "city", ""),
)
COUNTRY = 3  # the last of them
COLUMNS = (
    ("counties", "{:,.0f}"),
    ("towns", "{:,.0f}"),
    ("series", "{:,.0f}"),
    ("text MB", "{:,.1f}"),
    ("gzip MB", "{:,.2f}"),
    ("lanes MB", "{:,.0f}"),
    ("lines MB", "{:,.0f}"),
    ("first s", "{:,.2f}"),
    ("scrape s", "{:,.3f}"),
    ("gzip s", "{:,.3f}"),
)
Measured = dict[str, float]
Lines = list[tuple[str, str]]
"""Metrics, each with the values of its own labels."""


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    found = [(name, _apart(step, level, villages)) for name, step, level, villages in SIZES]
    table = Table(title=f"Median of {SCRAPES} scrapes; before each, one counter in {MOVED} moves")
    table.add_column("")
    for heading, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for name, figures in found:
        table.add_row(name, *_row(figures, 1))
    for name, figures in found[-COUNTRY:]:
        table.add_row(f"[italic]{name}: times 10", *_row(figures, 10))
    console.print(table)
    console.print(
        "  times 10: not measured, but the row above for the whole country of 2,978 counties; over several replicas\n"
        "  by city times 10 is too much, for the tenth is of 255 cities and the country has 342\n"
        "  lanes: the figures as the lanes hold them; lines: what the exposition keeps beside; first: the first scrape"
        f"\n  the city as prometheus_client alone writes it: {found[0][1]['library s']:.2f} s a scrape"
    )
    slower = max(found[0][1]["scrape s"], found[0][1]["gzip s"])
    return [Bar("100 ms over a scrape of ten counties of a city, with gzip or without", GOAL / slower, 1.0)]


def _apart(step: int, level: Level, villages: str) -> Measured:
    asked = [sys.executable, "-m", "bench.scrape", str(step), level, *filter(None, (villages,))]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    return cast(Measured, json.loads(done.stdout))


def _row(figures: Measured, times: int) -> Iterator[str]:
    return (form.format(figures[heading] * times) for heading, form in COLUMNS)


def counties(step: int) -> list[str]:
    """Every so many of the country; 0: those of the city."""
    if step == 0:
        return list(divisions.children(CITY))
    cities = (city for province in divisions.provinces() for city in divisions.children(province))
    return [county for city in cities for county in divisions.children(city)][::step]


class Country:
    """The lanes of these counties, every counter at 1 and every observed figure told, at every place.

    So of the villages of the counties `villages_of`, every counter that there is by village.
    """

    def __init__(self, codes: Sequence[str], villages_of: Sequence[str] = ()) -> None:
        self.lanes = [MetricsLogic({}, villages_of) for _ in range(LANES)]
        self.towns = 0
        self._moving: list[tuple[MetricsLogic, str]] = []
        self._n = 1
        rows = tuple(catalogue.load().file.categories)
        lines = [(each, _lines(each, rows)) for each in counting()]
        for county in codes:
            lane = self.lanes[partition_of(county.encode(), LANES)]
            towns = divisions.children(county)
            self.towns += len(towns)
            self._count(lane, county, [line for each, own in lines if each.county_only for line in own])
            for town in towns:
                self._count(lane, town, [line for each, own in lines if not each.county_only for line in own])
                _observe(lane, town)
                for village in divisions.children(town) if county in villages_of else ():
                    added = {f"{metric}{labels}": 1 for metric, labels in self._by_village(lines)}
                    lane.index(f"{VILLAGE}{village}", None, VillageSum(added=added))
        self._commit()

    def move(self) -> None:
        """Some counters, all over the counties, have one more."""
        for lane, key in self._moving:
            lane.index(key, Count(n=self._n), Count(n=self._n + 1))
        self._n += 1
        self._commit()

    def _count(self, lane: MetricsLogic, place: str, lines: Sequence[tuple[str, str]]) -> None:
        for nth, (metric, labels) in enumerate(lines):
            key = f"{COUNTER}{metric}|{place[:6]}|{place}{labels}"
            lane.index(key, None, Count(n=1))
            if (nth + self.towns) % MOVED == 0:
                self._moving.append((lane, key))

    def _by_village(self, lines: Sequence[tuple[Indicator, Lines]]) -> Iterator[tuple[str, str]]:
        return (line for _, own in lines for line in own if village_metric(line[0]) in village_metrics())

    def _commit(self) -> None:
        for lane in self.lanes:
            lane.committed()


def _lines(indicator: Indicator, categories: Sequence[str]) -> Lines:
    """Its metrics, each with all its labels can be; a category is one of the policy's."""
    known = product(*(values or categories for values in indicator.labels.values()))
    labels = ["".join(f"|{value}" for value in values) for values in known]
    return [(indicator.metric(side), each) for side in indicator.sides for each in labels]


def _observe(lane: MetricsLogic, town: str) -> None:
    for each in observed():
        event = IndicatorObserved(
            indicator=each.name,
            division=town,
            period="year",
            start=date(2025, 1, 1),
            numerator=1_000,
            denominator=10_000,
            publisher="bench",
            at=datetime(2026, 1, 5, tzinfo=UTC),
        )
        lane.index(observed_key(event), None, event)


def measure(step: int, level: Level, villages_of: Sequence[str] = ()) -> Measured:
    codes = counties(step)
    empty = _settled()
    country = Country(codes, villages_of)
    filled = _settled()
    registry = CollectorRegistry()
    registry.register(FigureCollector(lambda: country.lanes, level))
    first = _seconds(lambda: page(registry))
    kept = _settled()
    return {
        "counties": len(codes),
        "towns": country.towns,
        "series": page(registry)[0].count(b"\nxiaoshi_"),
        "text MB": len(page(registry)[0]) / 1e6,
        "gzip MB": len(page(registry, "", "gzip")[0]) / 1e6,
        "lanes MB": filled - empty,
        "lines MB": kept - filled,
        "first s": first,
        "scrape s": _scrapes(country, lambda: page(registry)),
        "gzip s": _scrapes(country, lambda: page(registry, "", "gzip")),
        "library s": _of_the_library(registry) if step == 0 else 0,
    }


def _of_the_library(registry: CollectorRegistry) -> float:
    """From samples that are ready."""
    families = list(registry.collect())
    for each in families:
        assert each.samples
    return _seconds(lambda: generate_latest(Families(families)))


def _scrapes(country: Country, scrape: Callable[[], object]) -> float:
    took = []
    for _ in range(SCRAPES):
        country.move()
        took.append(_seconds(scrape))
    return median(took)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _settled() -> float:
    gc.collect()
    return resident()


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), cast(Level, sys.argv[2]), sys.argv[3:])))
