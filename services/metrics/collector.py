"""The figures of all lanes of this process as Prometheus metrics."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import chain, compress, repeat
from operator import ne

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from services.metrics.figures import (
    Cell,
    Group,
    Level,
    Series,
    Where,
    all_series,
    at_level,
    cells_at,
    county_at,
    observed_cells,
    village_metrics,
    village_series,
    where_of,
)
from services.metrics.handlers import MetricsLogic
from shared.exposition import Lines, ReadyFamily
from shared.observed_events import IndicatorObserved

SERIES = "xiaoshi_metrics_series"
ABOUT_SERIES = "Series of indicators that this replica shows (指标序列数): what its scrape costs."

Lanes = Callable[[], Iterable[MetricsLogic]]
Observations = tuple[IndicatorObserved, ...]


class FigureCollector(Collector):
    """Reads what the lanes have committed; `lanes` is asked at every scrape, for lanes come and go.

    At the level of counties or cities, towns are added up into theirs; villages that the lanes tell of are beside them.
    The same lines are kept from scrape to scrape.
    """

    def __init__(self, lanes: Lanes, level: Level = "town", *, exemplars: bool = False) -> None:
        self._lanes = lanes
        self._level = level
        self._exemplars = exemplars
        self._lock = threading.Lock()
        self._shown = _Shown([], level)

    def describe(self) -> Iterator[Metric]:
        yield from (_family(series) for series in (*all_series(), *village_series()))
        yield GaugeMetricFamily(SERIES, ABOUT_SERIES)

    def collect(self) -> list[Metric]:
        with self._lock:
            lanes = list(self._lanes())
            if lanes != self._shown.lanes:
                self._shown = _Shown(lanes, self._level)
            self._shown.catch_up()
            return self._shown.families(self._exemplars)


class _Shown:
    """What was scraped last of these lanes, and the lines for it."""

    def __init__(self, lanes: list[MetricsLogic], level: Level) -> None:
        self.lanes = lanes
        self._level = level
        self._counted: list[Mapping[Cell, int]] = [{} for _ in lanes]
        self._observed: defaultdict[Group, dict[Group, Observations]] = defaultdict(dict)
        self._told: dict[Group, set[Cell]] = {}
        self._sums: Counter[Cell] = Counter()
        self._places: set[Where] = set()
        self._series = (*all_series(), *village_series())
        self._lines = {series.metric: Lines(series.metric, series.labels) for series in self._series}

    def catch_up(self) -> None:
        """Only what moved since the scrape before is looked at one by one."""
        changed: set[Group] = set()
        for number, lane in enumerate(self.lanes):
            counted, observed = lane.published_parts()
            self._add(self._counted[number], counted)
            self._counted[number] = counted
            for group, told in observed.items():
                indicator, county = group
                whole = indicator, county_at(county, self._level)
                if self._observed[whole].get(group) is not told:
                    self._observed[whole][group] = told
                    changed.add(whole)
        for whole in changed:
            self._tell(whole)

    def families(self, exemplars: bool) -> list[Metric]:
        traced: defaultdict[str, dict[Hashable, Exemplar]] = defaultdict(dict)
        for lane in self.lanes if exemplars else ():
            for cell, exemplar in lane.published_traces().items():
                traced[cell.metric][at_level(cell, self._level)] = exemplar
        ready = [
            ReadyFamily(_family(series), self._lines[series.metric], traced[series.metric])
            for series in self._series
            if self._lines[series.metric] or series.metric not in village_metrics()
        ]
        count = sum(len(lines) for lines in self._lines.values())
        return [*ready, GaugeMetricFamily(SERIES, ABOUT_SERIES, value=count)]

    def _add(self, before: Mapping[Cell, int], now: Mapping[Cell, int]) -> None:
        """Cells keep their order and are never taken away, so both stand side by side: nothing is looked up."""
        olds = chain(before.values(), repeat(None))
        moved = list(compress(now.items(), map(ne, now.values(), olds)))
        for cell, n in moved:
            to = self._place(cell)
            self._sums[to] += n - before.get(cell, 0)
            self._put(to, self._sums[to])

    def _tell(self, whole: Group) -> None:
        """Nothing else tells of an indicator of this county, or city, so these cells are the group's alone."""
        told = chain.from_iterable(self._observed[whole].values())
        cells = observed_cells(whole, told, by_town=self._level == "town")
        for cell in self._told.get(whole, set()) - cells.keys():
            self._lines[cell.metric].drop(cell)
        for cell, n in cells.items():
            self._put(self._place(cell), n)
        self._told[whole] = set(cells)

    def _place(self, cell: Cell) -> Cell:
        """The cell of the level that this one is part of; every other that can be there begins at zero."""
        at = at_level(cell, self._level)
        where = where_of(at)
        if where not in self._places:
            self._places.add(where)
            for blank in cells_at(where):
                self._put(blank, 0)
        return at

    def _put(self, cell: Cell, n: int) -> None:
        self._lines[cell.metric].put(cell, (cell.county, cell.town, *cell.labels), n)


def _family(series: Series) -> CounterMetricFamily | GaugeMetricFamily:
    family = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    return family(series.metric, series.doc, labels=series.labels)
