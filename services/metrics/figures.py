"""The figures of a state: what Prometheus is told, and the same to compute and compare by.

A cell is one series. Its place in the state is `c|<metric>|<county>|<town>` and its own labels; what gauges show
is not stored but follows from the facts of the matters and the last tick.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from services.metrics.indicators import COUNT, Countable, Gauge, Indicator, counting, every, standing
from services.metrics.rules.facts import Facts
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared.matter import Value

PLACE = ("county", "town")
COUNTER, FACTS, CLOCK = "c|", "m|", "clock"

Labels = tuple[tuple[str, str], ...]
Figures = Mapping[tuple[str, Labels], float]


class Count(Value, frozen=True, tag="count"):
    """A counter in the state."""

    n: int


class Clock(Value, frozen=True, tag="clock"):
    """The last tick of a lane."""

    at: datetime


Kept = Count | Facts | Clock
"""What the state of a lane holds."""


class Cell(NamedTuple):
    """One series: a metric at a place, with the values of its own labels."""

    metric: str
    county: str
    town: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """A metric as Prometheus is told of it. `name`: of its indicator. `known`: what its own labels can be."""

    metric: str
    name: str
    kind: Literal["counter", "gauge"]
    doc: str
    labels: tuple[str, ...]
    known: tuple[tuple[str, ...], ...]


def key_of(cell: Cell) -> str:
    return COUNTER + "|".join((cell.metric, cell.county, cell.town, *cell.labels))


def cell_of(key: str) -> Cell:
    metric, county, town, *labels = key.removeprefix(COUNTER).split("|")
    return Cell(metric, county, town, tuple(labels))


@cache
def all_series() -> tuple[Series, ...]:
    """Every metric of this service, in the order of the indicators' names."""
    return tuple(
        Series(
            metric,
            each.name,
            kind,
            doc,
            (*PLACE, *each.labels),
            tuple(itertools.product(*each.labels.values())),
        )
        for each in every()
        for metric, kind, doc in _sides(each)
    )


def cells_of(facts: Facts, now: datetime) -> Iterator[Cell]:
    """Where a matter stands in the gauges at the last tick."""
    for gauge in standing():
        labels = gauge.stands(facts, now)
        if labels is not None:
            yield Cell(gauge.metric, facts.county, facts.town, labels)


def increments(event: Countable, facts: Facts) -> Counter[Cell]:
    """What an event adds to the counters, over all indicators."""
    added: Counter[Cell] = Counter()
    for indicator in counting():
        town = facts.county if indicator.county_only else facts.town
        for part in indicator.fold(event, facts):
            added[Cell(indicator.metric(part.side), facts.county, town, part.labels)] += part.n
    return added


def complete(cells: Mapping[Cell, int]) -> dict[Cell, int]:
    """The cells and, at every place among them, all others that can be, at zero."""
    places = sorted({(cell.county, cell.town) for cell in cells})
    blank = {
        Cell(series.metric, county, town, known): 0
        for series in all_series()
        for county, town in places
        for known in series.known
    }
    return blank | dict(cells)


def values(*states: Mapping[str, Kept]) -> Figures:
    """All figures of a lane's state (or of several lanes' together), by metric and labels, zeros included."""
    cells: Counter[Cell] = Counter()
    for state in states:
        clock = state.get(CLOCK)
        now = clock.at if isinstance(clock, Clock) else BEFORE_ANY_TICK
        for key, value in state.items():
            if isinstance(value, Count):
                cells[cell_of(key)] += value.n
            elif isinstance(value, Facts):
                cells.update(cells_of(value, now))
    return named(cells)


def named(cells: Mapping[Cell, int]) -> Figures:
    """The cells by metric and labels, zeros included."""
    names = {series.metric: series.labels for series in all_series()}
    return {
        (cell.metric, _pairs(names[cell.metric], (cell.county, cell.town, *cell.labels))): n
        for cell, n in complete(cells).items()
    }


def scraped(text: str) -> Figures:
    """The same figures out of the text of `/metrics`; what else is in it is left out."""
    ours = {series.metric for series in all_series()}
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in ours
    }


def _pairs(names: Iterable[str], labels: Iterable[str]) -> Labels:
    return tuple(sorted(zip(names, labels, strict=True)))


def _sides(each: Indicator | Gauge) -> Iterator[tuple[str, Literal["counter", "gauge"], str]]:
    if isinstance(each, Gauge):
        yield each.metric, "gauge", f"{each.zh}. {each.definition}"
        return
    for side in each.sides:
        share = "" if side is COUNT else f", {side}"
        yield each.metric(side), "counter", f"{each.zh}{share}. {each.definition}"
