"""Why a deadline is when it is, in one sentence of each language for a person. Pure.

Every deadline that is given gets its sentence, so what days have in common is put in words once and kept.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

import msgspec

from shared.calendar import (
    TOLD_IN_HOURS,
    ZONE,
    Budget,
    Calendar,
    Due,
    OfficeHours,
    WallClock,
    WorkingDays,
    WorkingHours,
    due,
    prolonged,
    resumed,
    rule,
    working_time_between,
)

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_ZH = "一二三四五六日"
_UNITS_ZH = {"day": "日", "hour": "小时", "minute": "分钟", "second": "秒"}
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Explanation(msgspec.Struct, frozen=True):
    """One deadline in a sentence of each language."""

    english: str
    chinese: str


class _Both(msgspec.Struct, frozen=True):
    """A piece of a sentence in English and Chinese; an added one begins with its comma."""

    en: str
    zh: str


_NOTHING = _Both("", "")


def explain(
    start: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar, found: Due | None = None
) -> Explanation:
    """The deadline that `due` gives, with what made it later or earlier than the days of the week would.

    "due Thursday 2026-01-08 17:30: two working days from ..."; names the holidays and make-up weekends on the
    way, the first day if it is not the day of the start, and whether the calendar is provisional. `found` is what
    `due` gave, if it was asked before.
    """
    found = found or due(start, budget, hours, calendar)
    local = start.astimezone(ZONE)
    words, since = _words(budget), _moment(local)
    why = _Both(f"{words.en} from {since.en}", f"自{since.zh}起{words.zh}")
    if isinstance(budget, WallClock):
        return _sentence(found, why)
    day = local.date()
    return _sentence(
        found,
        why,
        _counted_from(day, local.time() >= hours.closes, calendar),
        _on_the_way(day, found.at.date(), calendar),
        _provisional(found, local, found.at, calendar),
    )


def explain_prolonged(
    limit: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar, found: Due | None = None
) -> Explanation:
    """The deadline that `prolonged` gives: by how much, and from which old limit on."""
    found = found or prolonged(limit, budget, hours, calendar)
    old = limit.astimezone(ZONE)
    words, since = _words(budget), _moment(old)
    why = _Both(
        f"prolonged by {words.en} from the old limit {since.en}", f"自原期限{since.zh}起延长{words.zh}"
    )
    if isinstance(budget, WallClock):
        return _sentence(found, why)
    first = old.date() + _DAY if isinstance(budget, WorkingDays) else old.date()
    way = _on_the_way(first, found.at.date(), calendar)
    return _sentence(found, why, way, _provisional(found, old, found.at, calendar))


def explain_resumed(
    limit: datetime,
    stopped: datetime,
    now: datetime,
    budget: Budget,
    hours: OfficeHours,
    calendar: Calendar,
    found: Due | None = None,
) -> Explanation:
    """The deadline that `resumed` gives: when the clock stopped, what was left then, and when it ran on.

    What was left is told in whole minutes; working days are as long as the office hours make them.
    """
    found = found or resumed(limit, stopped, now, budget, hours, calendar)
    old, since, until = limit.astimezone(ZONE), stopped.astimezone(ZONE), now.astimezone(ZONE)
    is_wall = isinstance(budget, WallClock)
    time_left = old - since if is_wall else working_time_between(since, old, hours, calendar)
    left, paused, on = _left(time_left, budget, hours), _moment(since), _moment(until)
    why = _Both(
        f"paused {paused.en} with {left.en} left, ran on from {on.en}",
        f"{paused.zh}暂停，{left.zh}，自{on.zh}起继续计时",
    )
    provisional = _provisional(found, min(old, since), max(found.at, until), calendar)
    if is_wall or time_left <= timedelta(0):
        return _sentence(found, why, provisional)
    return _sentence(
        found,
        why,
        _counted_from(until.date(), until.time() >= hours.closes, calendar),
        _on_the_way(until.date(), found.at.date(), calendar),
        provisional,
    )


def set_right(said: Explanation, on: datetime, old: datetime, year: int) -> Explanation:
    """The sentence of a provisional deadline that moved when the holidays of a year were announced."""
    when, before = _moment(on.astimezone(ZONE)), _moment(old.astimezone(ZONE))
    return Explanation(
        f"{said.english}, set right on {when.en} from {before.en}: the holidays of {year} were announced",
        f"{said.chinese}，{year}年放假安排公布后，于{when.zh}由{before.zh}更正",
    )


def _sentence(found: Due, why: _Both, *added: _Both) -> Explanation:
    at = _moment(found.at)
    return Explanation(
        "".join([f"due {at.en}: {why.en}", *(each.en for each in added)]),
        "".join([f"{at.zh}到期：{why.zh}", *(each.zh for each in added)]),
    )


@lru_cache(maxsize=4096)
def _counted_from(day: date, is_closed: bool, calendar: Calendar) -> _Both:
    """The first day that counts, if it is not this one; `is_closed`: for the rest of this day."""
    if calendar.is_working(day) and not is_closed:
        return _NOTHING
    first = _day(date.fromordinal(calendar.nth(calendar.count(day.toordinal()) + 1)))
    return _Both(f", counted from {first.en}", f"，从{first.zh}起算")


@lru_cache(maxsize=4096)
def _on_the_way(first: date, last: date, calendar: Calendar) -> _Both:
    """Holidays and make-up weekends from one day to another."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    made_up = (
        _Both(f", {day.en} was a working day to make up for a holiday", f"，{day.zh}调休上班")
        for day in (_day(day) for day in days if day.weekday() >= 5 and calendar.is_working(day))
    )
    clauses = [*_holidays(days, calendar), *made_up]
    return _Both("".join(each.en for each in clauses), "".join(each.zh for each in clauses))


def _holidays(days: list[date], calendar: Calendar) -> Iterator[_Both]:
    for working, row in groupby(days, key=calendar.is_working):
        off = [day for day in row if day.weekday() < 5]
        if not off or working:
            continue
        names = [calendar.festivals[day.toordinal()] for day in off]
        en = ", ".join(dict.fromkeys(english for english, _ in names))
        zh = "、".join(dict.fromkeys(chinese for _, chinese in names))
        first, last = _day(off[0]), _day(off[-1])
        if off[0] == off[-1]:
            yield _Both(f", {first.en} was a holiday ({en})", f"，{first.zh}放假（{zh}）")
        else:
            yield _Both(
                f", {first.en} to {last.en} were holidays ({en})", f"，{first.zh}至{last.zh}放假（{zh}）"
            )


def _provisional(found: Due, first: datetime, last: datetime, calendar: Calendar) -> _Both:
    """Which years are the reason, if it is provisional: of those it was counted through."""
    return _not_announced(first.year, last.year, calendar) if found.provisional else _NOTHING


@lru_cache(maxsize=1024)
def _not_announced(first_year: int, last_year: int, calendar: Calendar) -> _Both:
    missing = calendar.unannounced(first_year, last_year)
    if not missing:  # found by an earlier calendar
        return _Both(", provisional", "，暂定")
    en, zh = ", ".join(map(str, missing)), "、".join(map(str, missing))
    return _Both(
        f", provisional, as the holidays of {en} are not announced", f"，暂定，{zh}年的放假安排尚未公布"
    )


@lru_cache(maxsize=1024)
def _words(budget: Budget) -> _Both:
    number, unit = rule(budget).split(" ", 1)
    small = number.isdecimal() and int(number) < len(_NUMBERS)
    english = f"{_NUMBERS[int(number)] if small else number} {unit}"
    if isinstance(budget, WorkingDays):
        return _Both(english, f"{number}个工作日")
    kind = "工作时间" if isinstance(budget, WorkingHours) else ""
    return _Both(english, f"{number}{_UNITS_ZH[unit.removeprefix('working ').removesuffix('s')]}{kind}")


def _left(left: timedelta, budget: Budget, hours: OfficeHours) -> _Both:
    """How much of a budget was left when it was paused."""
    if left <= timedelta(0):
        return _Both("no time", "已无剩余时间")
    if isinstance(budget, WorkingDays) and left >= hours.length:
        days, rest = divmod(left, hours.length)
        whole, parts = _words(WorkingDays(days)), _parts(rest)
        return _Both(" and ".join(filter(None, (whole.en, parts.en))), f"尚余{whole.zh}{parts.zh}")
    is_wall = isinstance(budget, WallClock)
    parts = _parts(left, in_days=is_wall) if left >= _MINUTE else _Both("less than a minute", "不到1分钟")
    return _Both(
        parts.en if is_wall else f"{parts.en} of office time",
        f"尚余{parts.zh}" if is_wall else f"尚余{parts.zh}工作时间",
    )


def _parts(length: timedelta, *, in_days: bool = False) -> _Both:
    """`3 hours 20 minutes`: whole minutes; nothing of less."""
    days, rest = divmod(length, _DAY) if in_days and length > TOLD_IN_HOURS else (0, length)
    hours, rest = divmod(rest, _HOUR)
    counts = ((days, "day"), (hours, "hour"), (rest // _MINUTE, "minute"))
    parts = [(number, unit) for number, unit in counts if number]
    return _Both(
        " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts),
        "".join(f"{number}{_UNITS_ZH[unit]}" for number, unit in parts),
    )


@lru_cache(maxsize=4096)
def _day(day: date) -> _Both:
    return _Both(
        f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}",
        f"{day.year}年{day.month}月{day.day}日（星期{_WEEKDAYS_ZH[day.weekday()]}）",
    )


def _moment(at: datetime) -> _Both:
    day = _day(at.date())
    clock = f"{at.hour:02}:{at.minute:02}"
    if at.second:
        clock = f"{clock}:{at.second:02}"
    return _Both(f"{day.en} {clock}", f"{day.zh}{clock}")
