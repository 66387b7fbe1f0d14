"""What the lanes of this process answer when they are asked about the past: `/history` and `/days`."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from services.metrics.figures import KEPT_DAYS, first_kept
from services.metrics.handlers import MetricsLogic
from services.metrics.history import (
    LAST,
    History,
    Past,
    is_below,
    observed_over,
    observed_periods,
    over,
    periods_of,
    place_of,
    spared,
)
from services.metrics.indicators import Gauge, Indicator, Observed, Villages, every
from services.metrics.rules.periods import DAY, PeriodKind, day_of
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared.errors import QuestionInvalidError
from shared.matter import Value
from shared.pages import Answer


class DaysKept(Value, frozen=True):
    """The days on which anything was counted."""

    lanes: tuple[int, ...]
    days: tuple[date, ...]


class DayKept(Value, frozen=True):
    """What a day added, by town (or county, where no town is known) and line: a metric and its labels, by bars."""

    lanes: tuple[int, ...]
    places: dict[str, dict[str, int]]


class Answers:
    """Reads what the lanes have committed; may be asked in any thread. `lanes`: by number."""

    def __init__(self, lanes: Mapping[int, MetricsLogic]) -> None:
        self._lanes = lanes

    def by_path(self) -> Mapping[str, Answer]:
        return {"/history": self.history, "/days": self.days}

    def history(self, query: Mapping[str, str]) -> History:
        """`indicator`, `division`; `period` (month), `last` so many (12), `until` a day (that of the last tick).

        Raises a XiaoshiError in words for whoever asked.
        """
        indicator = with_a_past(query.get("indicator"))
        kind, last = _kind(query.get("period", PeriodKind.MONTH)), _last(query.get("last"))
        told = self._told_the_time()
        now = max(told.values())
        since, today = first_kept(now), day_of(now)
        until = _day(query["until"]) if "until" in query else today
        if not since <= until:
            raise QuestionInvalidError(f"until {until}: days are kept since {since}")
        if until > today + DAY:  # a replica whose clock is a tick ahead may name the next day
            raise QuestionInvalidError(f"until {until}: it is {today} here")
        empty = History(
            indicator=indicator.name,
            division=place_of(indicator, query.get("division", "")),
            period=kind,
            until=until,
            known_until=min(told.values()),
            kept_since=since,
            lanes=tuple(sorted(told)),
            periods=(),
        )
        if isinstance(indicator, Observed):
            return self._observed(empty, last)
        return self._counted(empty, indicator, last)

    def _told_the_time(self) -> dict[int, datetime]:
        """The last tick of each lane; one that is still being restored has none."""
        clocks = {number: lane.published_now() for number, lane in self._lanes.items()}
        told = {number: now for number, now in clocks.items() if now != BEFORE_ANY_TICK}
        if not told:
            raise QuestionInvalidError("no lane of this replica has been told the time yet")
        return told

    def _counted(self, asked: History, indicator: Indicator | Villages, last: int) -> History:
        known = [self._lanes[number].published_days() for number in asked.lanes]
        periods = periods_of(asked.period, asked.until, last, asked.kept_since)
        if isinstance(indicator, Villages):
            told = spared(indicator, asked.division, periods, known)
        else:
            told = tuple(over(indicator, asked.division, period, known) for period in periods)
        return msgspec.structs.replace(asked, periods=told)

    def _observed(self, asked: History, last: int) -> History:
        if asked.period is PeriodKind.ROLLING:
            raise QuestionInvalidError("others publish by day, week, month or year")
        periods = observed_periods(asked.period, asked.until, last)
        starts = {period.start for period in periods}
        known = tuple(
            each
            for number in asked.lanes
            for each in self._lanes[number].published_observations(asked.indicator)
            if PeriodKind(each.period) is asked.period
            and each.start in starts
            and is_below(each, asked.division)
        )
        told = observed_over(known, asked.division, periods)
        return msgspec.structs.replace(asked, periods=told, observations=known)

    def days(self, query: Mapping[str, str]) -> DaysKept | DayKept:
        """Which days there are; or, of one `day`, all that it added."""
        known = [lane.published_days() for lane in self._lanes.values()]
        if "day" not in query:
            return DaysKept(
                lanes=self._numbers(), days=tuple(sorted({day for days in known for day in days}))
            )
        wanted = _day(query["day"])
        places: dict[str, Counter[str]] = {}
        for days in known:
            for place, day in days.get(wanted, {}).items():
                places.setdefault(place, Counter()).update(day.added)
        return DayKept(lanes=self._numbers(), places={place: dict(lines) for place, lines in places.items()})

    def _numbers(self) -> tuple[int, ...]:
        return tuple(sorted(self._lanes))


def with_a_past(name: str | None) -> Past:
    """Raises QuestionInvalidError where there is none, or where it says only how things stand now."""
    found = next((each for each in every() if each.name == name), None)
    if found is None:
        raise QuestionInvalidError(f"no indicator {name!r}: `xiaoshi indicators list` has all")
    if isinstance(found, Gauge):
        raise QuestionInvalidError(f"{name} says how many there are now; it has no past")
    return found


def _kind(text: str) -> PeriodKind:
    try:
        return PeriodKind(text)
    except ValueError as error:
        raise QuestionInvalidError(f"period {text!r}: must be one of {', '.join(PeriodKind)}") from error


def _last(text: str | None) -> int:
    if text is None:
        return LAST
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= KEPT_DAYS):
        raise QuestionInvalidError(f"last {text!r}: must be a number from 1 to {KEPT_DAYS}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise QuestionInvalidError(f"{text!r}: must be a day, as in 2026-03-02") from error
