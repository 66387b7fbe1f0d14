"""Which period a day is in, where it begins and ends, and which one comes before."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.rules.periods import DAY, Period, PeriodKind, back_from, before, containing, day_of
from shared.calendar import ZONE

D, W, M, Y, R = PeriodKind


def a_day(text: str) -> date:
    return date.fromisoformat(text)


BOUNDS = [
    pytest.param(D, "2026-03-02", "2026-03-02", "2026-03-03", id="a day"),
    pytest.param(D, "2024-02-29", "2024-02-29", "2024-03-01", id="the leap day"),
    pytest.param(D, "2025-12-31", "2025-12-31", "2026-01-01", id="the last day of a year"),
    pytest.param(W, "2026-03-02", "2026-03-02", "2026-03-09", id="a Monday begins its week"),
    pytest.param(W, "2026-03-08", "2026-03-02", "2026-03-09", id="a Sunday ends it"),
    pytest.param(W, "2026-12-31", "2026-12-28", "2027-01-04", id="week 53 of 2026, in the old year"),
    pytest.param(W, "2027-01-03", "2026-12-28", "2027-01-04", id="week 53 of 2026, in the new year"),
    pytest.param(W, "2027-01-04", "2027-01-04", "2027-01-11", id="week 1 of 2027"),
    pytest.param(W, "2024-12-30", "2024-12-30", "2025-01-06", id="week 1 of 2025 begins in the old year"),
    pytest.param(M, "2026-03-01", "2026-03-01", "2026-04-01", id="the first of a month"),
    pytest.param(M, "2026-03-31", "2026-03-01", "2026-04-01", id="its last"),
    pytest.param(M, "2024-02-29", "2024-02-01", "2024-03-01", id="a February of 29 days"),
    pytest.param(M, "2023-02-28", "2023-02-01", "2023-03-01", id="a February of 28 days"),
    pytest.param(M, "2025-12-31", "2025-12-01", "2026-01-01", id="a December"),
    pytest.param(Y, "2026-01-01", "2026-01-01", "2026-01-02", id="the year to date on New Year's day"),
    pytest.param(Y, "2025-12-31", "2025-01-01", "2026-01-01", id="the year to date on its last day"),
    pytest.param(Y, "2024-02-29", "2024-01-01", "2024-03-01", id="the year to date on the leap day"),
    pytest.param(R, "2026-03-30", "2026-03-01", "2026-03-31", id="30 days, the last among them"),
    pytest.param(R, "2024-03-01", "2024-02-01", "2024-03-02", id="30 days over a leap day"),
    pytest.param(R, "2026-01-29", "2025-12-31", "2026-01-30", id="30 days over New Year"),
]
BEFORE = [
    pytest.param(D, "2026-01-01", "2025-12-31", "2026-01-01", id="the day before New Year's"),
    pytest.param(D, "2024-03-01", "2024-02-29", "2024-03-01", id="the day before 1 March of a leap year"),
    pytest.param(W, "2027-01-04", "2026-12-28", "2027-01-04", id="the week before week 1 is week 53"),
    pytest.param(M, "2026-01-31", "2025-12-01", "2026-01-01", id="the month before a January"),
    pytest.param(M, "2024-03-31", "2024-02-01", "2024-03-01", id="the month before a March of a leap year"),
    pytest.param(Y, "2026-03-02", "2025-01-01", "2025-03-03", id="to the same day of the year before"),
    pytest.param(Y, "2024-02-29", "2023-01-01", "2023-03-01", id="the leap day has the 28th before it"),
    pytest.param(Y, "2025-02-28", "2024-01-01", "2024-02-29", id="and the 28th the 28th"),
    pytest.param(R, "2026-03-30", "2026-01-30", "2026-03-01", id="the 30 days before"),
]
MIDNIGHTS = [
    pytest.param(
        datetime(2026, 3, 2, 15, 59, 59, 999999, UTC), "2026-03-02", id="a microsecond before midnight"
    ),
    pytest.param(datetime(2026, 3, 2, 16, tzinfo=UTC), "2026-03-03", id="midnight"),
    pytest.param(
        datetime(2025, 12, 31, 16, tzinfo=UTC), "2026-01-01", id="New Year in China, not yet in UTC"
    ),
    pytest.param(datetime(2026, 3, 3, tzinfo=ZONE), "2026-03-03", id="midnight, as written in China"),
]


@pytest.mark.parametrize(("kind", "day", "start", "end"), BOUNDS)
def test_a_day_is_in_its_period(kind: PeriodKind, day: str, start: str, end: str) -> None:
    assert containing(kind, a_day(day)) == Period(kind, a_day(start), a_day(end))


@pytest.mark.parametrize(("kind", "day", "start", "end"), BEFORE)
def test_a_period_has_one_before_it(kind: PeriodKind, day: str, start: str, end: str) -> None:
    assert before(containing(kind, a_day(day))) == Period(kind, a_day(start), a_day(end))


@pytest.mark.parametrize(("at", "day"), MIDNIGHTS)
def test_the_day_of_an_instant_is_the_one_in_china(at: datetime, day: str) -> None:
    assert day_of(at) == a_day(day)


@given(st.sampled_from(PeriodKind), st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_period_holds_its_day_and_touches_the_one_before(kind: PeriodKind, day: date) -> None:
    period, earlier = islice(back_from(kind, day), 2)
    assert period.start <= day < period.end
    assert earlier.start < earlier.end <= period.start
    assert kind is PeriodKind.YEAR or earlier.end == period.start
    assert containing(kind, period.end - DAY) == period
    assert period.end - period.start <= timedelta(days=366)
