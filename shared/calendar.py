"""Working time (工作日): which days offices are open, and when a budget (时限) that starts now runs out.

Pure: no clock is read, every instant may come in any zone and leaves in China's. Public holidays and the
weekends worked to make up for them (调休) are the `holidays` package's, taken once by `china`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from itertools import groupby
from types import MappingProxyType

import msgspec
from holidays import HolidayBase, country_holidays
from holidays.version import __version__ as holidays_version

ZONE = timezone(timedelta(hours=8))
"""China has one time, without summer time: a fixed offset, the same for every county."""

_FIRST_CHECKED_YEAR = 2001  # the package compares with the State Council's notices from here on
_LABEL = re.compile(r"(?:休息日|Day off).*|（[补推].*）| \((?:observed|estimated).*\)")
"""What is not the name of a festival: 休息日（由 2026-10-10 调休） has none, 春节（补假） is 春节."""
_MICROSECOND = timedelta(microseconds=1)


class Calendar(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The working days of the years whose holidays are announced; in all others, Monday to Friday.

    Days are counted from 1 January of year 1, so that any two dates compare and nothing is out of range.
    """

    version: str
    announced_from: date
    announced_until: date
    days: tuple[int, ...]
    """Ordinals of the working days from `announced_from` to `announced_until`, rising."""
    festivals: Mapping[int, tuple[str, str]]
    """Ordinals of weekdays off: what for, in English and Chinese."""
    first: int
    last: int
    before: int
    """Working days before `announced_from`."""

    def count(self, ordinal: int) -> int:
        """How many working days there are up to and with this day."""
        if ordinal < self.first:
            return _weekdays(ordinal)
        if ordinal <= self.last:
            return self.before + bisect_right(self.days, ordinal)
        return self.before + len(self.days) + _weekdays(ordinal) - _weekdays(self.last)

    def nth(self, number: int) -> int:
        """The day with which `count` reaches a number: its inverse."""
        index = number - self.before
        if index <= 0:
            return _nth_weekday(number)
        if index <= len(self.days):
            return self.days[index - 1]
        return _nth_weekday(index - len(self.days) + _weekdays(self.last))

    def is_working(self, day: date) -> bool:
        ordinal = day.toordinal()
        return self.nth(self.count(ordinal)) == ordinal


def _weekdays(ordinal: int) -> int:
    """Mondays to Fridays up to and with a day; day 1 was a Monday."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)


def _nth_weekday(number: int) -> int:
    weeks, rest = divmod(number - 1, 5)
    return weeks * 7 + rest + 1


@cache
def china(last_year: int | None = None) -> Calendar:
    """China's calendar as far as announced; `last_year` takes it as it was when no later year was.

    A year is announced in the November before it, always with make-up days: a year without them is still a
    guess of the package, and left out. A notice may still move the last days of December before its year.
    """
    version = f"holidays-{holidays_version}/CN"
    years = range(_FIRST_CHECKED_YEAR, _last_announced_year() + 1)
    if last_year is not None and last_year < years[-1]:
        years, version = range(years[0], max(last_year, years[0]) + 1), f"{version}/{last_year}"
    chinese, english = (
        country_holidays("CN", years=years, language=language) for language in ("zh_CN", "en_US")
    )
    start, end = date(years[0], 1, 1), date(years[-1], 12, 31)
    ordinals = range(start.toordinal(), end.toordinal() + 1)
    days = tuple(each for each in ordinals if chinese.is_working_day(date.fromordinal(each)))
    return Calendar(
        version=version,
        announced_from=start,
        announced_until=end,
        days=days,
        festivals=MappingProxyType(_festivals(ordinals, set(days), english, chinese)),
        first=ordinals[0],
        last=ordinals[-1],
        before=_weekdays(ordinals[0] - 1),
    )


def _last_announced_year() -> int:
    year = _FIRST_CHECKED_YEAR
    while any(day.year == year + 1 for day in country_holidays("CN", years=year + 1).weekend_workdays):
        year += 1
    return year


def _festivals(
    ordinals: Iterable[int], working: set[int], english: HolidayBase, chinese: HolidayBase
) -> dict[int, tuple[str, str]]:
    """A weekday off belongs to the festivals of the unbroken row of free days that it lies in."""
    named: dict[int, tuple[str, str]] = {}
    for works, each in groupby(ordinals, key=working.__contains__):
        if works:
            continue
        row = [date.fromordinal(ordinal) for ordinal in each]
        names = (_names(row, english, ", "), _names(row, chinese, "、"))
        named |= {day.toordinal(): names for day in row if day.weekday() < 5}
    return named


def _names(row: list[date], source: HolidayBase, separator: str) -> str:
    names = (_LABEL.sub("", name) for day in row for name in source.get_list(day))
    return separator.join(dict.fromkeys(filter(None, names)))


class OfficeHours(msgspec.Struct, frozen=True):
    """When offices are open on a working day: a morning and an afternoon, in China's time."""

    opens: time = time(8, 30)
    lunch_from: time = time(12, 0)
    lunch_until: time = time(14, 30)
    closes: time = time(17, 30)

    def __post_init__(self) -> None:
        if not self.opens < self.lunch_from <= self.lunch_until < self.closes:
            raise ValueError(f"office hours must rise from opening over lunch to close, not {self}")


class WorkingDays(msgspec.Struct, frozen=True, tag="working_days"):
    """A budget in whole working days."""

    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"a budget is at least one working day, not {self.days}")


class WorkingHours(msgspec.Struct, frozen=True, tag="working_hours"):
    """A budget in time that offices are open."""

    length: timedelta

    def __post_init__(self) -> None:
        _require_positive(self.length)


class WallClock(msgspec.Struct, frozen=True, tag="wall_clock"):
    """A budget that runs day and night: for what is urgent."""

    length: timedelta

    def __post_init__(self) -> None:
        _require_positive(self.length)


Budget = WorkingDays | WorkingHours | WallClock


def _require_positive(length: timedelta) -> None:
    if length <= timedelta(0):
        raise ValueError(f"a budget is longer than nothing, not {length}")


class Due(msgspec.Struct, frozen=True):
    """When a budget runs out, and by what rule. The instant itself counts as late."""

    at: datetime
    rule: str
    calendar: str
    provisional: bool


STANDARD_HOURS = OfficeHours()


def due(start: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar) -> Due:
    """When a budget that starts at `start` runs out. Provisional if it counted days not announced yet.

    Working days end at the close of office of the last of them. The day of the start is the first one if it
    is a working day and its office has not closed (the instant of closing has); otherwise the next working
    day is. Two days from Tuesday 09:10, with Wednesday off, are due on Thursday at 17:30.
    """
    local = _local(start)
    match budget:
        case WorkingDays(days):
            last = date.fromordinal(calendar.nth(_first_day(local, hours, calendar) + days - 1))
            at = datetime.combine(last, hours.closes, ZONE)
        case WorkingHours(length):
            at = _instant(_elapsed(local, hours, calendar) + length // _MICROSECOND, hours, calendar)
        case WallClock(length):
            return Due(local + length, rule(budget), calendar.version, False)
    provisional = at.toordinal() > calendar.last or local.toordinal() < calendar.first
    return Due(at, rule(budget), calendar.version, provisional)


def working_time_between(start: datetime, end: datetime, hours: OfficeHours, calendar: Calendar) -> timedelta:
    """How long offices were open from one instant to the other; negative if `end` comes first."""
    elapsed = _elapsed(_local(end), hours, calendar) - _elapsed(_local(start), hours, calendar)
    return timedelta(microseconds=elapsed)


@lru_cache(maxsize=1024)
def rule(budget: Budget) -> str:
    """A budget in words: `2 working days`, `1 working hour`, `90 minutes`."""
    match budget:
        case WorkingDays(days):
            return _counted(days, "working day")
        case WorkingHours(length):
            return _in_units(length, "working ")
        case WallClock(length):
            return _in_units(length, "")


def _in_units(length: timedelta, kind: str) -> str:
    for unit, name in ((timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if not length % unit:
            return _counted(length // unit, kind + name)
    return f"{length.total_seconds():g} {kind}seconds"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(ZONE)


def _first_day(local: datetime, hours: OfficeHours, calendar: Calendar) -> int:
    """The number of the working day that counts as the first."""
    ordinal = local.toordinal()
    number = calendar.count(ordinal)
    is_open = calendar.nth(number) == ordinal and local.time() < hours.closes
    return number if is_open else number + 1


@lru_cache(maxsize=64)
def _marks(hours: OfficeHours) -> tuple[int, int, int, int]:
    """Office hours in microseconds since midnight."""
    edges = (hours.opens, hours.lunch_from, hours.lunch_until, hours.closes)
    opens, lunch_from, lunch_until, closes = (_since_midnight(edge) for edge in edges)
    return opens, lunch_from, lunch_until, closes


def _since_midnight(at: time) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def _elapsed(local: datetime, hours: OfficeHours, calendar: Calendar) -> int:
    """Microseconds of office time since day 1: a clock that stands still while offices are closed."""
    opens, lunch_from, lunch_until, closes = _marks(hours)
    ordinal = local.toordinal()
    number = calendar.count(ordinal)
    whole = lunch_from - opens + closes - lunch_until
    if calendar.nth(number) != ordinal:
        return number * whole
    now = _since_midnight(local.time())
    morning = min(max(now, opens), lunch_from) - opens
    afternoon = min(max(now, lunch_until), closes) - lunch_until
    return (number - 1) * whole + morning + afternoon


def _instant(elapsed: int, hours: OfficeHours, calendar: Calendar) -> datetime:
    """The first instant at which the office clock shows this: an end of office, never the next opening."""
    opens, lunch_from, lunch_until, closes = _marks(hours)
    morning = lunch_from - opens
    number, into = divmod(elapsed - 1, morning + closes - lunch_until)
    into += 1
    since_midnight = opens + into if into <= morning else lunch_until + into - morning
    midnight = datetime.combine(date.fromordinal(calendar.nth(number + 1)), time(), ZONE)
    return midnight + timedelta(microseconds=since_midnight)
