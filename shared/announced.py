"""The holidays of a year (放假安排) as data: a notice of the State Council, from a package, a file or the bus.

A year is announced in the November before it, always with weekends worked to make up for holidays (调休).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import groupby

from holidays import HolidayBase, country_holidays
from holidays.version import __version__ as holidays_version

from shared.errors import AnnouncementInvalidError
from shared.matter import Value

PACKAGE = f"holidays-{holidays_version}/CN"
YEARS = range(2001, 2100)
"""The package compares with the State Council's notices from 2001 on; the end catches a mistyped year."""

_LABEL = re.compile(r"(?:休息日|Day off).*|（[补推].*）| \((?:observed|estimated).*\)")
"""What is not the name of a festival: 休息日（由 2026-10-10 调休） has none, 春节（补假） is 春节."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayOff(Value, frozen=True):
    """A weekday on which offices are closed, and what for."""

    day: date
    en: str
    zh: str


class Announcement(Value, frozen=True):
    """Weekdays off, and Saturdays and Sundays worked, in a year and in the December before it.

    December has no festival of its own: what moves there makes room for New Year, and is in the next year's
    notice. `version` says who says so: a package, or the number of the notice.
    """

    year: int
    off: tuple[DayOff, ...]
    worked: tuple[date, ...]
    version: str


def problems_of(announcement: Announcement) -> list[str]:
    """Everything that is wrong with an announcement, in words; nothing if it may be taken."""
    return list(_problems(announcement))


def require_good(announcement: Announcement) -> None:
    """Raises AnnouncementInvalidError with every problem."""
    if problems := problems_of(announcement):
        raise AnnouncementInvalidError("\n".join([f"holidays of {announcement.year}:", *problems]))


def _problems(announcement: Announcement) -> Iterator[str]:
    year, off = announcement.year, announcement.off
    if year not in YEARS:
        yield f"year: {year} is not from {YEARS[0]} to {YEARS[-1]}"
    if not announcement.version.strip():
        yield "version: must say who announced this"
    if not off:
        yield "off: no year is without holidays"
    yield from _wrong_days("off", [each.day for each in off], year, weekend=False)
    yield from (
        f"off: {each.day} has no {field} name"
        for each in off
        for field, name in (("English", each.en), ("Chinese", each.zh))
        if not name.strip()
    )
    yield from _wrong_days("worked", announcement.worked, year, weekend=True)


def _wrong_days(field: str, days: Iterable[date], year: int, *, weekend: bool) -> Iterator[str]:
    wanted = "Saturdays and Sundays" if weekend else "Mondays to Fridays"
    for day, times in Counter(days).items():
        if not lies_in(day, year):
            yield f"{field}: {day} is neither in {year} nor in the December before"
        if (day.weekday() >= 5) is not weekend:
            yield f"{field}: {day} is a {_WEEKDAYS[day.weekday()]}, here are {wanted}"
        if times > 1:
            yield f"{field}: {day} is there {times} times"


def lies_in(day: date, year: int) -> bool:
    """Whether a year's notice may speak of a day."""
    return day.year == year or (day.year == year - 1 and day.month == 12)


@cache
def announcement_of(year: int) -> Announcement | None:
    """What the `holidays` package knows of a year; None when it does not know for sure.

    A year without make-up weekends is a guess of the package. It files a December under its own year; here that
    is the next one's.
    """
    if year not in YEARS:
        return None
    chinese, english = (country_holidays("CN", language=language) for language in ("zh_CN", "en_US"))
    days = _days(date(year - 1, 12, 1), date(year, 11, 30))
    works = chinese.is_working_day
    worked = tuple(day for day in days if day.weekday() >= 5 and works(day))
    if not worked:
        return None
    rows = (list(row) for working, row in groupby(days, key=works) if not working)
    off = tuple(day for row in rows for day in _off(row, english, chinese))
    return Announcement(year=year, off=off, worked=worked, version=PACKAGE)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=days) for days in range((last - first).days + 1)]


def _off(row: list[date], english: HolidayBase, chinese: HolidayBase) -> Iterator[DayOff]:
    """A weekday off belongs to the festivals of the unbroken row of free days that it lies in."""
    en, zh = _names(row, english, ", "), _names(row, chinese, "、")
    return (DayOff(day=day, en=en, zh=zh) for day in row if day.weekday() < 5)


def _names(row: list[date], source: HolidayBase, separator: str) -> str:
    names = (_LABEL.sub("", name) for day in row for name in source.get_list(day))
    return separator.join(dict.fromkeys(filter(None, names)))
