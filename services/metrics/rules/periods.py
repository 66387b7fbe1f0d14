"""Periods (统计周期) of a figure, and which one a day is in: pure. A day is one in China."""

import enum
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from shared.calendar import ZONE

DAY = timedelta(days=1)
ROLLING = 30


class PeriodKind(enum.StrEnum):
    """`week`: of ISO 8601, from Monday. `year`: to date, so from 1 January to a day. `30days`: ending with a day."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ROLLING = "30days"


class Period(NamedTuple):
    """The days from `start` up to `end`, which is the first that is no longer in it."""

    kind: PeriodKind
    start: date
    end: date

    def days(self) -> Iterator[date]:
        return (self.start + nth * DAY for nth in range((self.end - self.start).days))


def day_of(at: datetime) -> date:
    """The day on which it happened; midnight in China begins the next."""
    return at.astimezone(ZONE).date()


def containing(kind: PeriodKind, day: date) -> Period:
    """The period a day is in. A year to date and 30 days end with that day, the others are whole."""
    match kind:
        case PeriodKind.DAY:
            return Period(kind, day, day + DAY)
        case PeriodKind.WEEK:
            monday = day - day.weekday() * DAY
            return Period(kind, monday, monday + 7 * DAY)
        case PeriodKind.MONTH:
            first = day.replace(day=1)
            return Period(kind, first, (first + 31 * DAY).replace(day=1))
        case PeriodKind.YEAR:
            return Period(kind, day.replace(month=1, day=1), day + DAY)
        case PeriodKind.ROLLING:
            return Period(kind, day - (ROLLING - 1) * DAY, day + DAY)


def whole(kind: PeriodKind, day: date) -> Period:
    """The same for what others publish: a year is all of it."""
    if kind is PeriodKind.YEAR:
        return Period(kind, day.replace(month=1, day=1), day.replace(year=day.year + 1, month=1, day=1))
    return containing(kind, day)


def wholes_back_from(kind: PeriodKind, day: date) -> Iterator[Period]:
    """What others publish, from the one a day is in back, without an end."""
    period = whole(kind, day)
    while True:
        yield period
        period = whole(kind, period.start - DAY)


def before(period: Period) -> Period:
    """The one to compare it with: right before it; for a year to date, up to the same day of the year before.

    The year before 29 February ends with the 28th.
    """
    if period.kind is not PeriodKind.YEAR:
        return containing(period.kind, period.start - DAY)
    last = period.end - DAY
    leap_day = (last.month, last.day) == (2, 29)
    return containing(period.kind, last.replace(year=last.year - 1, day=28 if leap_day else last.day))


def back_from(kind: PeriodKind, day: date) -> Iterator[Period]:
    """The period a day is in, the one before it, and so on, without an end."""
    period = containing(kind, day)
    while True:
        yield period
        period = before(period)
