"""Why a deadline is when it is, in one sentence for a person: on demand, beside the hot path. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

import msgspec

from shared.calendar import (
    ZONE,
    Budget,
    Calendar,
    Due,
    OfficeHours,
    WallClock,
    WorkingDays,
    WorkingHours,
    due,
    rule,
)

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_ZH = "一二三四五六日"


class Explanation(msgspec.Struct, frozen=True):
    """One deadline in a sentence of each language."""

    english: str
    chinese: str


class _Holiday(msgspec.Struct, frozen=True):
    """Weekdays off in a row, as far as they lie on the way."""

    first: date
    last: date
    english: str
    chinese: str


def explain(start: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar) -> Explanation:
    """The deadline that `due` gives, with what made it later or earlier than the days of the week would.

    "due Thursday 2026-01-08 17:30: two working days from ..."; names the holidays and make-up weekends on the
    way, the first day if it is not the day of the start, and whether the calendar is provisional.
    """
    found = due(start, budget, hours, calendar)
    local = start.astimezone(ZONE)
    english = [f"due {_moment(found.at)}: {_words(budget)} from {_moment(local)}"]
    chinese = [f"{_moment_zh(found.at)}到期：自{_moment_zh(local)}起{_words_zh(budget)}"]
    if not isinstance(budget, WallClock):
        first = due(start, WorkingDays(1), hours, calendar).at.date()
        if first != local.date():
            english.append(f"counted from {_day(first)}")
            chinese.append(f"从{_day_zh(first)}起算")
        _add_days(english, chinese, local, found, calendar)
    if found.provisional:
        until = calendar.announced_until
        english.append(f"provisional, as no holidays are announced for after {until}")
        chinese.append(f"暂定，{until.year}年以后的放假安排尚未公布")
    return Explanation(", ".join(english), "，".join(chinese))


def _add_days(
    english: list[str], chinese: list[str], local: datetime, found: Due, calendar: Calendar
) -> None:
    for off in _holidays(local.date(), found.at.date(), calendar):
        for_en, for_zh = (f" ({off.english})", f"（{off.chinese}）") if off.english else ("", "")
        if off.first == off.last:
            english.append(f"{_day(off.first)} was a holiday{for_en}")
            chinese.append(f"{_day_zh(off.first)}放假{for_zh}")
        else:
            english.append(f"{_day(off.first)} to {_day(off.last)} were holidays{for_en}")
            chinese.append(f"{_day_zh(off.first)}至{_day_zh(off.last)}放假{for_zh}")
    for day in _between(local.date(), found.at.date()):
        if day.weekday() >= 5 and calendar.is_working(day):
            english.append(f"{_day(day)} was a working day to make up for a holiday")
            chinese.append(f"{_day_zh(day)}调休上班")


def _between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=days) for days in range((last - first).days + 1))


def _holidays(first: date, last: date, calendar: Calendar) -> Iterator[_Holiday]:
    for working, row in groupby(_between(first, last), key=calendar.is_working):
        off = [day for day in row if day.weekday() < 5]
        if off and not working:
            names = calendar.festivals.get(off[0].toordinal(), ("", ""))
            yield _Holiday(off[0], off[-1], *names)


def _words(budget: Budget) -> str:
    number, unit = rule(budget).split(" ", 1)
    small = number.isdecimal() and int(number) < len(_NUMBERS)
    return f"{_NUMBERS[int(number)] if small else number} {unit}"


def _words_zh(budget: Budget) -> str:
    number = rule(budget).split(" ", 1)[0]
    match budget:
        case WorkingDays():
            return f"{number}个工作日"
        case WorkingHours(length):
            return f"{number}{_unit_zh(length)}工作时间"
        case WallClock(length):
            return f"{number}{_unit_zh(length)}"


def _unit_zh(length: timedelta) -> str:
    if not length % timedelta(hours=1):
        return "小时"
    return "秒" if length % timedelta(minutes=1) else "分钟"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}" if not at.second else f"{at:%H:%M:%S}"


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（星期{_WEEKDAYS_ZH[day.weekday()]}）"


def _moment(at: datetime) -> str:
    return f"{_day(at.date())} {_clock(at)}"


def _moment_zh(at: datetime) -> str:
    return f"{_day_zh(at.date())}{_clock(at)}"
