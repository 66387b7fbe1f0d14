"""The board as the lanes have it now: made when it is asked for, and kept until something else was committed."""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path

import msgspec

from services.metrics.board.content import (
    GAUGES,
    LEVELS,
    Known,
    Lines,
    board_of,
    metrics_read,
    months_until,
)
from services.metrics.figures import TOWN_WIDTH, Day, Days
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.facts import NO_COUNTY
from services.metrics.rules.periods import ROLLING, day_of
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared import divisions
from shared.errors import QuestionInvalidError
from shared.pages import Answer

SITE = Path(__file__).with_name("site")
PAGE, DATA, EVENTS = "/board", "/board/data", "/board/events"

Mark = tuple[Hashable, ...]


class Sums:
    """What days add up to, by period and place; looked at again, only days that are others since are added anew."""

    def __init__(self, period_of: Callable[[date], date]) -> None:
        self._period_of = period_of
        self._read = metrics_read()
        self._days: Days = {}
        self._sums: dict[date, dict[str, Counter[str]]] = {}

    def look(self, days: Days, since: date) -> None:
        found = {day: places for day, places in days.items() if day >= since}
        for day in self._days.keys() | found.keys():
            before, now = self._days.get(day, {}), found.get(day, {})
            if before != now:
                self._add(day, {place: each for place, each in before.items() if now.get(place) != each}, -1)
                self._add(day, {place: each for place, each in now.items() if before.get(place) != each}, 1)
        self._days = found

    def of(self, period: date) -> Mapping[str, Lines]:
        return self._sums.get(period, {})

    def _add(self, day: date, places: Mapping[str, Day], sign: int) -> None:
        period = self._sums.setdefault(self._period_of(day), {})
        for place, value in places.items():
            if len(place) > TOWN_WIDTH:  # what is kept by village is in its town's already
                continue
            sums = period.setdefault(place, Counter())
            for line, n in value.added.items():
                if line.partition("|")[0] in self._read:
                    sums[line] += sign * n


class _Lane:
    """What is remembered of a lane between two looks."""

    def __init__(self, logic: MetricsLogic) -> None:
        self.logic = logic
        self.months = Sums(lambda day: day.replace(day=1))
        self.recent = Sums(lambda _: date.min)
        self.today: Mapping[str, Lines] = {}
        self.villages: Mapping[str, Lines] = {}

    def look(self, today: date) -> None:
        days = self.logic.published_days()
        self.months.look(days, months_until(today)[0])
        self.recent.look(days, today - timedelta(days=ROLLING - 1))
        self.villages = _by_village(places for day, places in days.items() if day >= today.replace(day=1))
        here = days.get(today, {}).items()
        self.today = {place: day.added for place, day in here if len(place) <= TOWN_WIDTH}


class Boards:
    """Answers for the page, at most one at a time is made. `lanes`: by number, may be asked in any thread."""

    def __init__(self, lanes: Mapping[int, MetricsLogic]) -> None:
        self._lanes = lanes
        self._looked: dict[int, _Lane] = {}
        self._mark: Mark = ()
        self._known: Known | None = None
        self._made: dict[str | None, msgspec.Raw] = {}
        self._lock = threading.Lock()

    def board(self, query: Mapping[str, str]) -> msgspec.Raw:
        """`division`: a city, a county (the first, if none is asked for) or a town.

        Raises a XiaoshiError in words for whoever asked.
        """
        division = query.get("division")
        with self._lock:
            known = self._look()
            if division not in self._made:
                board = board_of(place_asked(division, known), known)
                self._made[division] = msgspec.Raw(msgspec.json.encode(board))
            return self._made[division]

    def answers(self) -> Mapping[str, Answer]:
        return {DATA: self.board}

    def live(self) -> Mapping[str, Answer]:
        return {EVENTS: self.board}

    def _look(self) -> Known:
        """What the lanes have committed; the same as the last time if nothing was."""
        logics = {number: logic for number, logic in list(self._lanes.items()) if _was_told_the_time(logic)}
        if not logics:
            raise QuestionInvalidError("no lane of this replica has been told the time yet")
        now = max(logic.published_now() for logic in logics.values())
        mark = (
            now.replace(second=0, microsecond=0),
            *((id(each), each.published_version()) for each in logics.values()),
        )
        if self._known is None or mark != self._mark:
            self._mark, self._known = mark, self._read(logics, now)
            self._made.clear()
        return self._known

    def _read(self, logics: Mapping[int, MetricsLogic], now: datetime) -> Known:
        today = day_of(now)
        for number, logic in logics.items():
            if number not in self._looked or self._looked[number].logic is not logic:
                self._looked[number] = _Lane(logic)
            self._looked[number].look(today)
        lanes = [self._looked[number] for number in logics]
        cells = {cell: n for lane in lanes for cell, n in lane.logic.published().items()}
        return Known(
            now=now,
            counties=sorted({cell.county for cell in cells if cell.county != NO_COUNTY}),
            cells={cell: n for cell, n in cells.items() if cell.metric in GAUGES},
            today=_together(lane.today for lane in lanes),
            recent=_together(lane.recent.of(date.min) for lane in lanes),
            months={
                month: _together(lane.months.of(month) for lane in lanes) for month in months_until(today)
            },
            villages=_together(lane.villages for lane in lanes),
            observations=lambda name: chain.from_iterable(
                lane.logic.published_observations(name) for lane in lanes
            ),
            rises=sorted(
                chain.from_iterable(lane.logic.published_rises() for lane in lanes), key=lambda rise: rise.at
            ),
        )


def _by_village(days: Iterable[Mapping[str, Day]]) -> Mapping[str, Lines]:
    sums: dict[str, Counter[str]] = {}
    for places in days:
        for place, day in places.items():
            if len(place) > TOWN_WIDTH:
                sums.setdefault(place, Counter()).update(day.added)
    return sums


def place_asked(division: str | None, known: Known) -> str:
    """Whose board is asked for: without a division the first county's. Raises a XiaoshiError for whoever asked."""
    counties = known.counties
    if not counties:
        raise QuestionInvalidError("nothing was counted here yet")
    code = divisions.normalise(division or counties[0])
    if divisions.find(code).level not in LEVELS:
        raise QuestionInvalidError(f"{code}: there is a board for a city, a county or a town")
    if not any(county.startswith(code) or code.startswith(county) for county in counties):
        raise QuestionInvalidError(
            f"{code}: this replica has no figures of it, only of {', '.join(counties)}"
        )
    return code


def _was_told_the_time(logic: MetricsLogic) -> bool:
    return logic.published_now() != BEFORE_ANY_TICK


def _together(lanes: Iterable[Mapping[str, Lines]]) -> Mapping[str, Lines]:
    """By place. A county is in one lane; only what is of no county is in several, and is on no board."""
    return {place: lines for lane in lanes for place, lines in lane.items()}


def files() -> Mapping[str, Path]:
    """The page and what it needs, by path."""
    needed = {f"{PAGE}/{path.name}": path for path in sorted(SITE.iterdir()) if path.suffix != ".html"}
    return {PAGE: SITE / "board.html"} | needed
