"""Working time (工作日): which days offices are open, and when a budget (时限) that starts now runs out.

Pure: no clock is read, every instant may come in any zone and leaves in China's. Public holidays and the
weekends worked to make up for them (调休) are announced year by year (`shared.announced`).
"""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from functools import cache, lru_cache
from types import MappingProxyType

import msgspec

from shared.announced import YEARS, Announcement, announcement_of, lies_in

ZONE = timezone(timedelta(hours=8))
"""China has one time, without summer time: a fixed offset, the same for every county."""

TOLD_IN_HOURS = timedelta(hours=48)
"""Up to this a time by the clock is told in hours; above, whole days are told as days."""

_MICROSECOND = timedelta(microseconds=1)


class Calendar(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The working days of the years whose holidays are announced; in all others, Monday to Friday.

    Days are counted from 1 January of year 1, so that any two dates compare and nothing is out of range.
    `version` says which announcements are in: `holidays-0.109/CN+2027:5f0c1a2b`.
    """

    version: str
    source: str
    """Who gave `base`."""
    base: Mapping[int, Announcement]
    announced: Mapping[int, Announcement]
    """By year, rising: those of `base`, as corrected since, and those after."""
    days: tuple[int, ...]
    """Ordinals of the working days from `first` to `last`, rising."""
    festivals: Mapping[int, tuple[str, str]]
    """Ordinals of weekdays off: what for, in English and Chinese."""
    first: int
    last: int
    before: int
    """Working days before `first`."""

    def with_year(self, announcement: Announcement) -> "Calendar":
        """The calendar with that year announced, or corrected; itself if it knows that already.

        Years may come in any order; one between that nobody announced stays Monday to Friday. Never fails: years
        and days it may not speak of are passed over (`shared.announced.problems_of` names them).
        """
        announcement = _in_order(announcement)
        if announcement.year not in YEARS or self.announced.get(announcement.year) == announcement:
            return self
        announced = {**self.announced, announcement.year: announcement}
        return _calendar(self.source, self.base, dict(sorted(announced.items())))

    def unannounced(self, first_year: int, last_year: int) -> list[int]:
        """The years of these that nobody announced: what is counted through them is provisional."""
        return [year for year in range(first_year, last_year + 1) if year not in self.announced]

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
    """China's calendar as far as the package knows it; `last_year` takes it as it was when no later year was."""
    known: dict[int, Announcement] = {}
    for year in YEARS:
        found = announcement_of(year)
        if found is None:
            break
        known[year] = found
    known = {year: found for year, found in known.items() if last_year is None or year <= last_year}
    days = msgspec.json.encode([(each.year, each.off, each.worked) for each in known.values()])
    # by what it says and not by who says so: the same days of a newer package are the same calendar
    digest = hashlib.blake2b(days, digest_size=4).hexdigest()
    return _calendar(f"CN-{max(known, default=YEARS[0] - 1)}:{digest}", known, known)


def _calendar(
    source: str, base: Mapping[int, Announcement], announced: Mapping[int, Announcement]
) -> Calendar:
    """`announced` rises by year; it may be empty. The December before its first year may have been moved too."""
    changed = [each for year, each in announced.items() if base.get(year) != each]
    start = date(min(announced, default=YEARS[0]) - 1, 12, 1)
    end = date(max(announced, default=YEARS[0] - 1), 12, 31)
    ordinals = range(start.toordinal(), end.toordinal() + 1)
    festivals = {
        off.day.toordinal(): (off.en, off.zh)
        for each in announced.values()
        for off in each.off
        if lies_in(off.day, each.year)
    }
    worked = {
        day.toordinal() for each in announced.values() for day in each.worked if lies_in(day, each.year)
    }
    return Calendar(
        version="".join([source, *(f"+{each.year}:{_digest(each)}" for each in changed)]),
        source=source,
        base=base,
        announced=MappingProxyType(announced),
        days=tuple(
            day for day in ordinals if day in worked or (day % 7 in range(1, 6) and day not in festivals)
        ),
        festivals=MappingProxyType(festivals),
        first=ordinals[0],
        last=ordinals[-1],
        before=_weekdays(ordinals[0] - 1),
    )


def _in_order(announcement: Announcement) -> Announcement:
    """Days listed in another order are the same announcement."""
    off = tuple(sorted(announcement.off, key=lambda each: (each.day, each.en, each.zh)))
    return msgspec.structs.replace(announcement, off=off, worked=tuple(sorted(announcement.worked)))


def _digest(announcement: Announcement) -> str:
    return hashlib.sha256(msgspec.json.encode(announcement)).hexdigest()[:8]


class OfficeHours(msgspec.Struct, frozen=True, cache_hash=True):
    """When offices are open on a working day: a morning and an afternoon, in China's time."""

    opens: time = time(8, 30)
    lunch_from: time = time(12, 0)
    lunch_until: time = time(14, 30)
    closes: time = time(17, 30)

    def __post_init__(self) -> None:
        if not self.opens < self.lunch_from <= self.lunch_until < self.closes:
            raise ValueError(f"office hours must rise from opening over lunch to close, not {self}")

    @property
    def length(self) -> timedelta:
        """How long offices are open on a working day."""
        opens, lunch_from, lunch_until, closes = _marks(self)
        return timedelta(microseconds=lunch_from - opens + closes - lunch_until)


class WorkingDays(msgspec.Struct, frozen=True, cache_hash=True, tag="working_days"):
    """A budget in whole working days."""

    days: int

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"a budget is at least one working day, not {self.days}")


class WorkingHours(msgspec.Struct, frozen=True, cache_hash=True, tag="working_hours"):
    """A budget in time that offices are open."""

    length: timedelta

    def __post_init__(self) -> None:
        _require_positive(self.length)


class WallClock(msgspec.Struct, frozen=True, cache_hash=True, tag="wall_clock"):
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
    return Due(at, rule(budget), calendar.version, bool(calendar.unannounced(local.year, at.year)))


def prolonged(limit: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar) -> Due:
    """The limit of an approved extension: it counts from the old limit, whenever it was approved.

    Working days end at the close of office of the last of them; the first is the one after the limit's day.
    """
    local = _local(limit)
    if isinstance(budget, WorkingDays):
        local = datetime.combine(local, hours.closes, ZONE)
    return due(local, budget, hours, calendar)


def resumed(
    limit: datetime, stopped: datetime, now: datetime, budget: Budget, hours: OfficeHours, calendar: Calendar
) -> Due:
    """The limit of a clock that stood still from `stopped` and runs on at `now`: as much time is left as then.

    For working budgets that is office time, so a pause while offices are closed moves nothing, a limit outside
    office hours included. A limit that was missed before the pause is as late afterwards. Provisional if what
    was left, or the pause, lies in years not announced.
    """
    old, since, until = _local(limit), _local(stopped), _local(now)
    if isinstance(budget, WallClock):
        return Due(old + max(until - since, timedelta(0)), rule(budget), calendar.version, False)
    stood = _elapsed(until, hours, calendar) - _elapsed(since, hours, calendar)
    at = old if stood <= 0 else _instant(_elapsed(old, hours, calendar) + stood, hours, calendar)
    years = min(old, since).year, max(at, until).year
    return Due(at, rule(budget), calendar.version, bool(calendar.unannounced(*years)))


def along(
    start: datetime,
    end: datetime,
    share: Fraction | float,
    budget: Budget,
    hours: OfficeHours,
    calendar: Calendar,
) -> datetime:
    """The instant by which a share (between 0 and 1) of the time from start to end has gone by.

    For working budgets that is office time, rounded down to the microsecond. Never before the start, never after
    the end; where offices were closed all the way, and where the end comes first, it is the start.
    """
    first, last = _local(start), _local(end)
    numerator, denominator = share.as_integer_ratio()
    if isinstance(budget, WallClock):
        passed = (last - first) // _MICROSECOND * numerator // denominator
        return max(first, min(last, first + timedelta(microseconds=passed)))
    elapsed = _elapsed(first, hours, calendar)
    passed = (_elapsed(last, hours, calendar) - elapsed) * numerator // denominator
    return max(first, min(last, _instant(elapsed + passed, hours, calendar)))


def working_time_between(start: datetime, end: datetime, hours: OfficeHours, calendar: Calendar) -> timedelta:
    """How long offices were open from one instant to the other; negative if `end` comes first."""
    elapsed = _elapsed(_local(end), hours, calendar) - _elapsed(_local(start), hours, calendar)
    return timedelta(microseconds=elapsed)


@lru_cache(maxsize=1024)
def rule(budget: Budget) -> str:
    """A budget in words: `2 working days`, `1 working hour`, `90 minutes`, `48 hours`, and from `3 days` on in days."""
    match budget:
        case WorkingDays(days):
            return _counted(days, "working day")
        case WorkingHours(length):
            return _in_units(length, "working ")
        case WallClock(length) if length > TOLD_IN_HOURS and not length % timedelta(days=1):
            return _counted(length.days, "day")
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


def _since_midnight(at: time | datetime) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


@lru_cache(maxsize=1 << 12)
def _day(ordinal: int, hours: OfficeHours, calendar: Calendar) -> tuple[int, bool]:
    """Microseconds of office time before a day, and whether it is a working day."""
    opens, lunch_from, lunch_until, closes = _marks(hours)
    number = calendar.count(ordinal)
    is_working = calendar.nth(number) == ordinal
    return (number - is_working) * (lunch_from - opens + closes - lunch_until), is_working


def _elapsed(local: datetime, hours: OfficeHours, calendar: Calendar) -> int:
    """Microseconds of office time since day 1: a clock that stands still while offices are closed."""
    before, is_working = _day(local.toordinal(), hours, calendar)
    if not is_working:
        return before
    opens, lunch_from, lunch_until, closes = _marks(hours)
    now = _since_midnight(local)
    morning = min(max(now, opens), lunch_from) - opens
    afternoon = min(max(now, lunch_until), closes) - lunch_until
    return before + morning + afternoon


def _instant(elapsed: int, hours: OfficeHours, calendar: Calendar) -> datetime:
    """The first instant at which the office clock shows this: an end of office, never the next opening."""
    opens, lunch_from, lunch_until, closes = _marks(hours)
    morning = lunch_from - opens
    number, into = divmod(elapsed - 1, morning + closes - lunch_until)
    into += 1
    since_midnight = opens + into if into <= morning else lunch_until + into - morning
    return _midnight(number + 1, calendar) + timedelta(microseconds=since_midnight)


@lru_cache(maxsize=1 << 12)
def _midnight(number: int, calendar: Calendar) -> datetime:
    """The beginning of the working day of that number."""
    return datetime.combine(date.fromordinal(calendar.nth(number)), time(), ZONE)
