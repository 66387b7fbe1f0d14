"""The figures of all lanes of this process as Prometheus metrics."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from services.metrics.figures import Cell, Series, all_series, complete
from services.metrics.handlers import MetricsLogic


class FigureCollector(Collector):
    """Reads what the lanes have committed; `lanes` is asked at every scrape, for lanes come and go."""

    def __init__(self, lanes: Callable[[], Iterable[MetricsLogic]]) -> None:
        self._lanes = lanes

    def describe(self) -> Iterator[Metric]:
        return (_family(series) for series in all_series())

    def collect(self) -> Iterator[Metric]:
        cells: Counter[Cell] = Counter()
        for lane in self._lanes():
            cells.update(lane.published())  # adds: only county 000000 is ever in two lanes
        families = {series.metric: _family(series) for series in all_series()}
        for cell, n in complete(cells).items():
            families[cell.metric].add_metric((cell.county, cell.town, *cell.labels), n)
        yield from families.values()


def _family(series: Series) -> CounterMetricFamily | GaugeMetricFamily:
    family = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    return family(series.metric, series.doc, labels=series.labels)
