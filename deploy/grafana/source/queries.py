"""PromQL over the figures, with the labels of each metric asked of the service itself.

The largest of several replicas is the newest, so the max over instances comes first, by all labels of the metric, and
only then the sum.
"""

from services.metrics.figures import PLACE, all_series

LABELS = {series.metric: series.labels for series in all_series()}
COUNTY = 'county=~"$county"'
HERE = 'county=~"$county",town=~"$town"'


def newest(metric: str, where: str = HERE, over: str = "", ago: str = "") -> str:
    """Each series once. `over`: what it grew by in that time; `ago`: as it was then."""
    labels = ", ".join((*PLACE, *(label for label in LABELS[metric] if label not in PLACE)))
    then = f" offset {ago}" if ago else ""
    series = f"{metric}{{{where}}}{then}"
    return f"max by ({labels}) ({f'increase({series}[{over}])' if over else series})"


def total(metric: str, *by: str, where: str = HERE) -> str:
    return f"{_sum(by)}({newest(metric, where)})"


def grown(metric: str, *by: str, where: str = HERE, over: str = "1d") -> str:
    """What came in the time before, a day where nothing else is said."""
    return f"{_sum(by)}({newest(metric, where, over)})"


def share(indicator: str, *by: str, where: str = HERE) -> str:
    """Sum of numerators over sum of denominators, since the log began."""
    above = total(f"xiaoshi_{indicator}_numerator_total", *by, where=where)
    return f"{above} / ({total(f'xiaoshi_{indicator}_denominator_total', *by, where=where)} > 0)"


def share_of_a_day(indicator: str, where: str = HERE) -> str:
    above = grown(f"xiaoshi_{indicator}_numerator_total", where=where)
    return f"{above} / ({grown(f'xiaoshi_{indicator}_denominator_total', where=where)} > 0)"


def since(metric: str, *by: str, ago: str, where: str = HERE) -> str:
    """What came since then, exact, also of a series that begins with its first event and has no zero before it."""
    now = newest(metric, where)
    return f"{_sum(by)}({now} - ({newest(metric, where, ago=ago)} or 0 * {now}))"


def indicators(level: str, where: str, *by: str) -> str:
    """All indicators there are, by the recorded sums of a level; a sum of rates it is not."""
    above = f"{_sum(('indicator', *by))}({level}_indicator:xiaoshi_numerator:sum{{{where}}})"
    return f"{above} / ({_sum(('indicator', *by))}({level}_indicator:xiaoshi_denominator:sum{{{where}}}) > 0)"


def p99(histogram: str, *by: str) -> str:
    """99 of 100 are not above it; nothing where nothing happened."""
    return f"histogram_quantile(0.99, sum by ({', '.join((*by, 'le'))}) (rate({histogram}_bucket[$__rate_interval])))"


def rate(counter: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) (rate({counter}[$__rate_interval]))"


def _sum(by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(by)}) " if by else "sum"
