"""What is on the dashboard is in the log: the figures folded anew, and those that the metrics service tells.

Every period is a sum of days, so days that are equal make all periods so.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from services.metrics.answers import DayKept, DaysKept
from services.metrics.figures import (
    VILLAGE,
    Cell,
    Day,
    Figures,
    Kept,
    Level,
    counted,
    county_at,
    day_and_place,
    figures_at,
    scraped,
    village_metrics,
)
from services.metrics.handlers import MetricsLogic
from shared import topics
from shared.core import Core
from shared.observed_events import IndicatorObserved
from xiaoshi.replicas import decoded, page
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.letters import Letters
from xiaoshi.verify.log import Entry, Log
from xiaoshi.verify.patience import once_equal

CHECK, BY_DAY = "indicators", "indicators by day"

Added = Mapping[tuple[date, str, str], int]
"""What a day added at a place to a line."""
Scrape = Callable[[], Figures]
AskDays = Callable[[], Added]


class Indicators:
    """`scrape` and `ask_days` None: nobody asked for it."""

    def __init__(
        self, log: Log, letters: Letters, scrape: Scrape | None, ask_days: AskDays | None, patience: float
    ) -> None:
        self._log = log
        self._letters = letters
        self._scrape = scrape
        self._ask_days = ask_days
        self._patience = patience
        self._days: Counter[tuple[date, str, str]] = Counter()
        self._cells: Counter[Cell] = Counter()
        self._observed: list[IndicatorObserved] = []
        self._state: dict[str, Kept] = {}
        self._core: Core

    def begin(self, lane: int) -> None:
        self._state = {}
        self._core = Core(MetricsLogic(self._state), self._state)
        for record in self._log.read(topics.OBSERVED.name, lane):
            self._letters.expect(record, self._core.feed(record))

    def take(self, entry: Entry) -> None:
        if self._scrape is not None or self._ask_days is not None:
            self._core.feed(entry.record)

    def end(self) -> None:
        counties = {key.removeprefix(VILLAGE)[:6] for key in self._state if key.startswith(VILLAGE)}
        self._cells.update(counted(self._state, counties))
        self._observed += [each for each in self._state.values() if isinstance(each, IndicatorObserved)]
        for key, value in self._state.items():
            if isinstance(value, Day):
                self._days.update({(*day_and_place(key), line): n for line, n in value.added.items()})
        self._state = {}

    def findings(self) -> list[Finding]:
        return [self._of_figures(), self._of_days()]

    def _of_figures(self) -> Finding:
        if self._scrape is None:
            return not_compared(CHECK, "no --metrics")
        ask = self._scrape
        return once_equal(lambda: self._compare(ask()), self._patience)

    def _of_days(self) -> Finding:
        if self._ask_days is None:
            return not_compared(BY_DAY, "no --metrics")
        ask = self._ask_days
        return once_equal(lambda: self._compare_days(ask()), self._patience)

    def _compare(self, shown: Figures) -> Finding:
        """A series that is not there counts as zero. The level is that of what is shown, and so are the villages."""
        tally = Tally(CHECK)
        cells = shown_of(self._cells, counties_of_villages(shown))
        by_log = figures_at(level_of(shown), cells, self._observed)
        for series in sorted(by_log.keys() | shown.keys()):
            tally.compared += 1
            folded, figure = by_log.get(series, 0), shown.get(series, 0)
            if folded != figure:
                tally.differ(f"{_named(series)} shows {figure:g}, the log says {folded:g}")
        return tally.finding()

    def _compare_days(self, shown: Added) -> Finding:
        tally = Tally(BY_DAY)
        for each in sorted(self._days.keys() | shown.keys()):
            tally.compared += 1
            folded, figure = self._days.get(each, 0), shown.get(each, 0)
            if folded != figure:
                day, place, line = each
                tally.differ(f"{day} {place} {line} shows {figure}, the log says {folded}")
        return tally.finding()


def level_of(shown: Figures) -> Level:
    """Who shows no town shows counties, and who shows no county shows cities."""
    places = [dict(labels) for metric, labels in shown if metric not in village_metrics()]
    if any(place["town"] != place["county"] for place in places):
        return "town"
    by_city = all(place["county"] == county_at(place["county"], "city") for place in places)
    return "city" if by_city else "county"


def counties_of_villages(shown: Figures) -> set[str]:
    """Those of which any village is shown: then all of theirs must be."""
    return {dict(labels)["county"] for metric, labels in shown if metric in village_metrics()}


def shown_of(cells: Mapping[Cell, int], counties: set[str]) -> dict[Cell, int]:
    """All but the villages of other counties."""
    return {
        cell: n
        for cell, n in cells.items()
        if cell.county in counties or cell.metric not in village_metrics()
    }


def scrape_all(urls: Sequence[str]) -> Figures:
    """Several replicas are added up: each shows its own lanes. Raises MetricsUnavailableError."""
    total: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    for url in urls:
        for series, figure in scraped(page(url).decode()).items():
            total[series] += figure  # type: ignore[assignment]
    return total


def days_of_all(urls: Sequence[str]) -> Added:
    """What each day added, by day, place and line. Raises MetricsUnavailableError."""
    total: Counter[tuple[date, str, str]] = Counter()
    for url in urls:
        for day in decoded(page(url, "days"), DaysKept).days:
            for place, lines in decoded(page(url, "days", {"day": str(day)}), DayKept).places.items():
                total.update({(day, place, line): n for line, n in lines.items()})
    return total


def _named(series: tuple[str, tuple[tuple[str, str], ...]]) -> str:
    metric, labels = series
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"
