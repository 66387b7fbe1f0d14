"""What is on the dashboard is in the log: the figures folded anew, and those that `/metrics` tells."""

from collections import Counter
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import urlopen

from services.metrics.figures import Figures, Kept, scraped, values
from services.metrics.handlers import MetricsLogic
from shared.core import Core
from shared.errors import MetricsUnavailableError
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.log import Entry
from xiaoshi.verify.patience import once_equal

CHECK = "indicators"
PATIENCE_SECONDS = 10

Scrape = Callable[[], Figures]


class Indicators:
    """`scrape` None: nobody asked for it."""

    def __init__(self, scrape: Scrape | None, patience: float) -> None:
        self._scrape = scrape
        self._patience = patience
        self._figures: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._state: dict[str, Kept] = {}
        self._core: Core

    def begin(self, lane: int) -> None:
        self._state = {}
        self._core = Core(MetricsLogic(self._state), self._state)

    def take(self, entry: Entry) -> None:
        if self._scrape is not None:
            self._core.feed(entry.record)

    def end(self) -> None:
        for series, figure in values(self._state).items():
            self._figures[series] += int(figure)
        self._state = {}

    def findings(self) -> list[Finding]:
        if self._scrape is None:
            return [not_compared(CHECK, "no --metrics")]
        ask = self._scrape
        return [once_equal(lambda: self._compare(ask()), self._patience)]

    def _compare(self, shown: Figures) -> Finding:
        """A series that is not there counts as zero."""
        tally = Tally(CHECK)
        for series in sorted(self._figures.keys() | shown.keys()):
            tally.compared += 1
            folded, figure = self._figures.get(series, 0), shown.get(series, 0)
            if folded != figure:
                tally.differ(f"{_named(series)} shows {figure:g}, the log says {folded}")
        return tally.finding()


def scrape_all(urls: Sequence[str]) -> Figures:
    """Several replicas are added up: each shows its own lanes. Raises MetricsUnavailableError."""
    total: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    for url in urls:
        for series, figure in scraped(_page(url)).items():
            total[series] += figure  # type: ignore[assignment]
    return total


def _page(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise MetricsUnavailableError(f"{url}: must be http://HOST:PORT/metrics")
    whole = parts._replace(path=parts.path if parts.path.strip("/") else "/metrics").geturl()
    try:
        with urlopen(whole, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the scheme is looked at above
            return str(answer.read().decode())
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        raise MetricsUnavailableError(f"{whole}: {error}") from error


def _named(series: tuple[str, tuple[tuple[str, str], ...]]) -> str:
    metric, labels = series
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"
