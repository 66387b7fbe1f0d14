"""The figures of a state: what Prometheus is told, and the same to compute and compare by.

A cell is one series. What a day added to the cells of a place is one value of the state, `d|<day>|<place>`; what
older days had added to a cell is one more, `c|<metric>|<county>|<town>` and its own labels. A counter is the sum of
both. What all days added at a village is one value, `v|<village>`. What gauges show follows from the facts of the
matters and the last tick, or from what others observed, `o|<indicator>|<division>|<period>|<start>|<publisher>`.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    village_metric,
)
from services.metrics.indicators import standing as gauges
from services.metrics.rules.facts import Facts, is_told_in_confidence, village_of
from services.metrics.rules.observed import Said, Share, own, resolved, said_of, standing, subject_of
from services.metrics.rules.periods import day_of
from services.metrics.rules.rises import Rises
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared import divisions
from shared.matter import Value
from shared.observed_events import IndicatorObserved

PLACE = ("county", "town")
COUNTER, DAY, VILLAGE, FACTS, OBSERVED, CLOCK = "c|", "d|", "v|", "m|", "o|", "clock"
TOWN_WIDTH = 9
"""Digits of a town's code; a place with more is a village, whose days are kept and not scraped."""
KEPT_DAYS = (
    800  # the last day among them; so the year to date and the same of the year before can be had on any day
)

Level = Literal["city", "county", "town"]
"""What has series of its own in the exposition; a city stands there as a county, 430900."""
Labels = tuple[tuple[str, str], ...]
Figures = Mapping[tuple[str, Labels], float]


class Count(Value, frozen=True, tag="count"):
    """What a counter had when the days that are kept began."""

    n: int


class Day(Value, frozen=True, tag="day"):
    """What one day added at one place, by line (`line_of`)."""

    added: dict[str, int]


class VillageSum(Value, frozen=True, tag="village"):
    """What all days added at one village, by line: kept for ever, so that its counters never go back."""

    added: dict[str, int]


class Clock(Value, frozen=True, tag="clock"):
    """The last tick of a lane."""

    at: datetime


Days = Mapping[date, Mapping[str, Day]]
"""What each day that is kept added at each place."""
Kept = Count | Day | VillageSum | Facts | Clock | IndicatorObserved | Rises
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


Where = tuple[str, ...]
"""A county and a town, or the two and a village."""
Group = tuple[str, str]
"""An indicator that others observe, and the county (or the city, as a county) it is about."""


def county_at(county: str, level: Level) -> str:
    """Where the figures of a county stand."""
    return f"{county[:4]}00" if level == "city" else county


def at_level(cell: Cell, level: Level) -> Cell:
    """The cell of the level that this one is part of; one of a village is beside them at each."""
    if level == "town" or cell.metric in village_metrics():
        return cell
    whole = county_at(cell.county, level)
    return cell._replace(county=whole, town=whole)


def group_of(event: IndicatorObserved) -> Group:
    return event.indicator, divisions.county_of(event.division)


def observed_key(event: IndicatorObserved) -> str:
    subject = subject_of(event)
    told = (subject.indicator, subject.division, subject.kind, str(subject.start), event.publisher)
    return OBSERVED + "|".join(told)


def observed_cells(
    group: Group, events: Iterable[IndicatorObserved], *, by_town: bool = True
) -> dict[Cell, int]:
    """What gauges show of the last period anybody has told of: the county's own figure, else a row for each town.

    So the rows of a county add up to it, and nothing is in two of them. A figure contradicted is in none. Not
    `by_town`: one row, of the county, or of the city with the events of all its counties.
    """
    indicator, county = group
    found = standing(events)
    contradicted = sum(None in own(each) for each in found.values())
    cells = {Cell(CONTRADICTED.metric, county, county, (indicator,)): contradicted}
    periods = {subject.period for subject in found}
    for period in sorted(periods, key=lambda each: (each.end, each.start), reverse=True):
        said = said_of(found, period.kind, period.start)
        rows = _rows(said, county, by_town)
        for place, share in rows.items():
            cells[Cell(observed_metric(indicator, NUMERATOR), county, place)] = share.numerator
            cells[Cell(observed_metric(indicator, DENOMINATOR), county, place)] = share.denominator
        if rows:
            break
    return cells


def _rows(said: Said, county: str, by_town: bool) -> dict[str, Share]:
    whole = divisions.normalise(county)
    if whole in said or not by_town:
        places = {county: resolved(said, whole)}
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


@lru_cache(maxsize=1 << 16)
def village_cell(village: str, line: str) -> Cell:
    """The cell of a line at a village."""
    metric, *labels = line.split("|")
    return Cell(village_metric(metric), village[:6], village[:TOWN_WIDTH], (village, *labels))


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


@cache
def village_series() -> tuple[Series, ...]:
    """The same by village, for the counties whose villages are shown: what has a closed set of labels."""
    at_counties = {each.metric(side) for each in counting() if each.county_only for side in each.sides}
    return tuple(
        replace(each, metric=village_metric(each.metric), doc=f"{each.doc} By village.", labels=labels)
        for each in all_series()
        if each.known and each.metric not in at_counties
        for labels in [(*PLACE, "village", *each.labels[len(PLACE) :])]
    )


@cache
def village_metrics() -> frozenset[str]:
    return frozenset(each.metric for each in village_series())


def cells_of(facts: Facts, now: datetime, villages_of: Collection[str] = ()) -> Iterator[Cell]:
    """Where a matter stands in the gauges at the last tick; at its village as well, if it is of these counties."""
    for gauge in gauges():
        labels = gauge.stands(facts, now)
        if labels is not None:
            yield Cell(gauge.metric, facts.county, facts.town, labels)
            if facts.village is not None and facts.county in villages_of:
                yield village_cell(facts.village, "|".join((gauge.metric, *labels)))


class Added(NamedTuple):
    """What an event adds to the counters, by line: on its day, by place, and for ever at the matter's village."""

    places: dict[str, Counter[str]]
    village: Counter[str]


def increments(event: Countable, facts: Facts) -> Added:
    """Over all indicators."""
    added = Added({}, Counter())
    village_known = facts.village is not None and not is_told_in_confidence(event)
    for indicator in counting():
        for part in indicator.fold(event, facts):
            place = facts.county if indicator.county_only else facts.town
            line = line_of(indicator.name, part.side, part.labels)
            added.places.setdefault(place, Counter())[line] += part.n
            if indicator.by_village and (village := village_of(event)) is not None:
                added.places.setdefault(village, Counter())[line] += part.n
            if village_known and village_metric(indicator.metric(part.side)) in village_metrics():
                added.village[line] += part.n
    return added


def cells_on(place: str, day: Day) -> Iterator[tuple[Cell, int]]:
    """What a day adds to what is scraped: a village's is in its town's already."""
    if len(place) <= TOWN_WIDTH:
        for line, n in day.added.items():
            yield cell_at(place, line), n


def village_cells(
    key: str, lines: Mapping[str, int], villages_of: Collection[str]
) -> Iterator[tuple[Cell, int]]:
    """What is scraped of a village: nothing, unless it is of these counties."""
    village = key.removeprefix(VILLAGE)
    if village[:6] in villages_of:
        for line, n in lines.items():
            yield village_cell(village, line), n


def complete(cells: Mapping[Cell, int]) -> dict[Cell, int]:
    """The cells and, at every place among them, all others that can be, at zero."""
    blanks = {blank: 0 for where in sorted(set(map(where_of, cells))) for blank in cells_at(where)}
    return blanks | dict(cells)


def where_of(cell: Cell) -> Where:
    village = cell.labels[:1] if cell.metric in village_metrics() else ()
    return (cell.county, cell.town, *village)


def cells_at(where: Where) -> Iterator[Cell]:
    """All that can be there."""
    county, town, *village = where
    for series in village_series() if village else all_series():
        for known in series.known:
            yield Cell(series.metric, county, town, (*village, *known))


def values(*states: Mapping[str, Kept], villages_of: Collection[str] = (), level: Level = "town") -> Figures:
    """All figures of a lane's state (or of several lanes' together), by metric and labels, zeros included."""
    cells = Counter[Cell]()
    for state in states:
        cells.update(counted(state, villages_of))
    told = (each for state in states for each in state.values() if isinstance(each, IndicatorObserved))
    return figures_at(level, cells, told)


def counted(state: Mapping[str, Kept], villages_of: Collection[str]) -> Counter[Cell]:
    """The cells of a state, without what others observed."""
    cells: Counter[Cell] = Counter()
    clock = state.get(CLOCK)
    now = clock.at if isinstance(clock, Clock) else BEFORE_ANY_TICK
    for key, value in state.items():
        if isinstance(value, Count):
            cells[cell_of(key)] += value.n
        elif isinstance(value, Day):
            cells.update(dict(cells_on(day_and_place(key)[1], value)))
        elif isinstance(value, VillageSum):
            cells.update(dict(village_cells(key, value.added, villages_of)))
        elif isinstance(value, Facts):
            cells.update(cells_of(value, now, villages_of))
    return cells


def figures_at(level: Level, cells: Mapping[Cell, int], told: Iterable[IndicatorObserved]) -> Figures:
    """What is shown at a level of these cells and of all that others observed."""
    sums: Counter[Cell] = Counter()
    for cell, n in cells.items():
        sums[at_level(cell, level)] += n
    groups: dict[Group, list[IndicatorObserved]] = {}
    for event in told:
        indicator, county = group_of(event)
        groups.setdefault((indicator, county_at(county, level)), []).append(event)
    for group, events in groups.items():
        sums.update(observed_cells(group, events, by_town=level == "town"))
    return named(sums)


def named(cells: Mapping[Cell, int]) -> Figures:
    """The cells by metric and labels, zeros included."""
    names = {series.metric: series.labels for series in (*all_series(), *village_series())}
    return {
        (cell.metric, tuple(sorted(zip(names[cell.metric], (*cell[1:3], *cell.labels), strict=True)))): n
        for cell, n in complete(cells).items()
    }


def scraped(text: str) -> Figures:
    """The same figures out of the text of `/metrics`; what else is in it is left out."""
    ours = {series.metric for series in all_series()} | village_metrics()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in ours
    }


def _sides(each: Indicator | Gauge | Observed) -> Iterator[tuple[str, Literal["counter", "gauge"], str]]:
    if isinstance(each, Gauge):
        yield each.metric, "gauge", f"{each.zh}. {each.definition}"
        return
    for side in each.sides:
        share = "" if side is COUNT else f", {side}"
        kind: Literal["counter", "gauge"] = "gauge" if isinstance(each, Observed) else "counter"
        yield each.metric(side), kind, f"{each.zh}{share}. {each.definition}"
