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

from services.metrics.figures import Cell, Group, Level, Series, all_series
from services.metrics.handlers import MetricsLogic
from shared.exposition import Lines, ReadyFamily

SERIES = "xiaoshi_metrics_series"
ABOUT_SERIES = "Series of indicators that this replica shows (指标序列数): what its scrape costs."

Lanes = Callable[[], Iterable[MetricsLogic]]


class FigureCollector(Collector):
    """Reads what the lanes have committed; `lanes` is asked at every scrape, for lanes come and go.

    At the level of counties, towns are added up into theirs. The same lines are kept from scrape to scrape.
    """

    def __init__(self, lanes: Lanes, level: Level = "town", *, exemplars: bool = False) -> None:
        self._lanes = lanes
        self._level = level
        self._exemplars = exemplars
        self._lock = threading.Lock()
        self._shown = _Shown([], level)

    def describe(self) -> Iterator[Metric]:
        yield from (_family(series) for series in all_series())
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
        self._observed: dict[Group, Mapping[Cell, int]] = {}
        self._told: dict[Group, Counter[Cell]] = {}
        self._sums: Counter[Cell] = Counter()
        self._places: set[tuple[str, str]] = set()
        self._lines = {series.metric: Lines(series.metric, series.labels) for series in all_series()}

    def catch_up(self) -> None:
        """Only what moved since the scrape before is looked at one by one."""
        for number, lane in enumerate(self.lanes):
            counted, observed = lane.published_parts()
            self._add(self._counted[number], counted)
            self._counted[number] = counted
            for group, cells in observed.items():
                if self._observed.get(group) is not cells:
                    self._observed[group] = cells
                    self._tell(group, cells)

    def families(self, exemplars: bool) -> list[Metric]:
        traced: defaultdict[str, dict[Hashable, Exemplar]] = defaultdict(dict)
        for lane in self.lanes if exemplars else ():
            for cell, exemplar in lane.published_traces().items():
                traced[cell.metric][self._part_of(cell)] = exemplar
        ready = [
            ReadyFamily(_family(series), self._lines[series.metric], traced[series.metric])
            for series in all_series()
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

    def _tell(self, group: Group, cells: Mapping[Cell, int]) -> None:
        """No other lane tells of the same county, so these cells are the group's alone."""
        told: Counter[Cell] = Counter()
        for cell, n in cells.items():
            told[self._place(cell)] += n
        for cell in self._told.get(group, Counter()).keys() - told.keys():
            self._lines[cell.metric].drop(cell)
        for cell, n in told.items():
            self._put(cell, n)
        self._told[group] = told

    def _place(self, cell: Cell) -> Cell:
        """The cell of the level that this one is part of; every other that can be there begins at zero."""
        at = self._part_of(cell)
        if (at.county, at.town) not in self._places:
            self._places.add((at.county, at.town))
            for series in all_series():
                for known in series.known:
                    self._put(Cell(series.metric, at.county, at.town, known), 0)
        return at

    def _part_of(self, cell: Cell) -> Cell:
        return cell if self._level == "town" else cell._replace(town=cell.county)

    def _put(self, cell: Cell, n: int) -> None:
        self._lines[cell.metric].put(cell, (cell.county, cell.town, *cell.labels), n)


def _family(series: Series) -> CounterMetricFamily | GaugeMetricFamily:
    family = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    return family(series.metric, series.doc, labels=series.labels)
