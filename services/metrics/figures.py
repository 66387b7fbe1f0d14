"""The figures of a state: what Prometheus is told, and the same to compute and compare by.

A cell is one series. What a day added to the cells of a place is one value of the state, `d|<day>|<place>`; what
older days had added to a cell is one more, `c|<metric>|<county>|<town>` and its own labels. A counter is the sum of
both. What gauges show is not stored but follows from the facts of the matters and the last tick, or from what others
observed, `o|<indicator>|<division>|<period>|<start>|<publisher>`.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from services.metrics.indicators import (
    COUNT,
    DENOMINATOR,
    FROM_EVENTS,
    NUMERATOR,
    Countable,
    Gauge,
    Indicator,
    Observed,
    Side,
    Villages,
    counting,
    every,
    metric_of,
    observed_metric,
)
from services.metrics.indicators import standing as gauges
from services.metrics.rules.facts import Facts, village_of
from services.metrics.rules.observed import Said, Share, own, resolved, said_of, standing, subject_of
from services.metrics.rules.periods import day_of
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared import divisions
from shared.matter import Value
from shared.observed_events import IndicatorObserved

PLACE = ("county", "town")
COUNTER, DAY, FACTS, OBSERVED, CLOCK = "c|", "d|", "m|", "o|", "clock"
TOWN_WIDTH = 9
"""Digits of a town's code; a place with more is a village, whose days are kept and not scraped."""
KEPT_DAYS = (
    800  # the last day among them; so the year to date and the same of the year before can be had on any day
)

Level = Literal["county", "town"]
"""What has series of its own in the exposition."""
Labels = tuple[tuple[str, str], ...]
Figures = Mapping[tuple[str, Labels], float]


class Count(Value, frozen=True, tag="count"):
    """What a counter had when the days that are kept began."""

    n: int


class Day(Value, frozen=True, tag="day"):
    """What one day added at one place, by line (`line_of`)."""

    added: dict[str, int]


class Clock(Value, frozen=True, tag="clock"):
    """The last tick of a lane."""

    at: datetime


Days = Mapping[date, Mapping[str, Day]]
"""What each day that is kept added at each place."""
Kept = Count | Day | Facts | Clock | IndicatorObserved
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


Group = tuple[str, str]
"""An indicator that others observe, and the county (or the city, as a county) it is about."""


def group_of(event: IndicatorObserved) -> Group:
    return event.indicator, divisions.county_of(event.division)


def observed_key(event: IndicatorObserved) -> str:
    subject = subject_of(event)
    told = (subject.indicator, subject.division, subject.kind, str(subject.start), event.publisher)
    return OBSERVED + "|".join(told)


def observed_cells(group: Group, events: Iterable[IndicatorObserved]) -> dict[Cell, int]:
    """What gauges show of the last period anybody has told of: the county's own figure, else a row for each town.

    So the rows of a county add up to it, and nothing is in two of them. A figure contradicted is in none.
    """
    indicator, county = group
    found = standing(events)
    contradicted = sum(None in own(each) for each in found.values())
    cells = {Cell(CONTRADICTED.metric, county, county, (indicator,)): contradicted}
    periods = {subject.period for subject in found}
    for period in sorted(periods, key=lambda each: (each.end, each.start), reverse=True):
        said = said_of(found, period.kind, period.start)
        rows = _rows(said, county)
        for place, share in rows.items():
            cells[Cell(observed_metric(indicator, NUMERATOR), county, place)] = share.numerator
            cells[Cell(observed_metric(indicator, DENOMINATOR), county, place)] = share.denominator
        if rows:
            break
    return cells


def _rows(said: Said, county: str) -> dict[str, Share]:
    whole = divisions.normalise(county)
    if whole in said:
        places = {county: said[whole]}
    else:
        places = {town: resolved(said, town) for town in {division[:9] for division in said}}
    return {place: share for place, share in places.items() if share is not None}


def key_of(cell: Cell) -> str:
    return COUNTER + "|".join((cell.metric, cell.county, cell.town, *cell.labels))


def cell_of(key: str) -> Cell:
    metric, county, town, *labels = key.removeprefix(COUNTER).split("|")
    return Cell(metric, county, town, tuple(labels))


@lru_cache(maxsize=1 << 14)
def line_of(indicator: str, side: Side, labels: tuple[str, ...]) -> str:
    """A cell without its place. The same text for the same line: hundreds of days hold it."""
    return "|".join((metric_of(indicator, side), *labels))


def day_key(day: date, place: str) -> str:
    """`place`: the town, or the county where no town is known; a village for what is kept by village."""
    return f"{DAY}{day}|{place}"


def day_and_place(key: str) -> tuple[date, str]:
    day, _, place = key.removeprefix(DAY).partition("|")
    return date.fromisoformat(day), place


@lru_cache(maxsize=1 << 16)
def cell_at(place: str, line: str) -> Cell:
    """The cell of a line at a place; every code of a town begins with its county's."""
    metric, *labels = line.split("|")
    return Cell(metric, place[:6], place, tuple(labels))


def first_kept(now: datetime) -> date:
    """The first day that is kept by itself at the last tick."""
    return date.min if now == BEFORE_ANY_TICK else day_of(now) - timedelta(days=KEPT_DAYS - 1)


CONTRADICTED = Series(
    "xiaoshi_observations_contradicted",
    "observations_contradicted",
    "gauge",
    "Figures on which publishers disagree (观测数据矛盾), of divisions and periods: none of them is shown.",
    (*PLACE, "indicator"),
    FROM_EVENTS,
)


@cache
def all_series() -> tuple[Series, ...]:
    """Every metric of this service, in the order of the indicators' names, and one about what was observed."""
    found = tuple(
        Series(
            metric,
            each.name,
            kind,
            doc,
            (*PLACE, *each.labels),
            FROM_EVENTS if isinstance(each, Observed) else tuple(itertools.product(*each.labels.values())),
        )
        for each in every()
        if not isinstance(each, Villages)
        for metric, kind, doc in _sides(each)
    )
    return (*found, CONTRADICTED)


def cells_of(facts: Facts, now: datetime) -> Iterator[Cell]:
    """Where a matter stands in the gauges at the last tick."""
    for gauge in gauges():
        labels = gauge.stands(facts, now)
        if labels is not None:
            yield Cell(gauge.metric, facts.county, facts.town, labels)


def increments(event: Countable, facts: Facts) -> dict[str, Counter[str]]:
    """What an event adds to the counters, over all indicators: lines by their place."""
    added: dict[str, Counter[str]] = {}
    for indicator in counting():
        for part in indicator.fold(event, facts):
            place = facts.county if indicator.county_only else facts.town
            line = line_of(indicator.name, part.side, part.labels)
            added.setdefault(place, Counter())[line] += part.n
            if indicator.by_village and (village := village_of(event)) is not None:
                added.setdefault(village, Counter())[line] += part.n
    return added


def cells_on(place: str, day: Day) -> Iterator[tuple[Cell, int]]:
    """What a day adds to what is scraped: a village's is in its town's already."""
    if len(place) <= TOWN_WIDTH:
        for line, n in day.added.items():
            yield cell_at(place, line), n


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
    groups: dict[Group, list[IndicatorObserved]] = {}
    for state in states:
        clock = state.get(CLOCK)
        now = clock.at if isinstance(clock, Clock) else BEFORE_ANY_TICK
        for key, value in state.items():
            if isinstance(value, Count):
                cells[cell_of(key)] += value.n
            elif isinstance(value, Day):
                cells.update(dict(cells_on(day_and_place(key)[1], value)))
            elif isinstance(value, Facts):
                cells.update(cells_of(value, now))
            elif isinstance(value, IndicatorObserved):
                groups.setdefault(group_of(value), []).append(value)
    for group, events in groups.items():
        cells.update(observed_cells(group, events))
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


def _sides(each: Indicator | Gauge | Observed) -> Iterator[tuple[str, Literal["counter", "gauge"], str]]:
    if isinstance(each, Gauge):
        yield each.metric, "gauge", f"{each.zh}. {each.definition}"
        return
    for side in each.sides:
        share = "" if side is COUNT else f", {side}"
        kind: Literal["counter", "gauge"] = "gauge" if isinstance(each, Observed) else "counter"
        yield each.metric(side), kind, f"{each.zh}{share}. {each.definition}"
