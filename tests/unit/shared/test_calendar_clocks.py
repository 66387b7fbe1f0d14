"""Clocks under way: shares of a budget, clocks that stood still, limits that were prolonged."""

from datetime import datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.announced import Announcement
from shared.calendar import (
    STANDARD_HOURS,
    ZONE,
    Budget,
    OfficeHours,
    WallClock,
    WorkingDays,
    WorkingHours,
    along,
    due,
    prolonged,
    resumed,
    working_time_between,
)
from tests.unit.shared.calendar_cases import CALENDAR, at, budgets, instants, lengths, walls, working

DAYS, WALL = WorkingDays(2), WallClock(timedelta(hours=6))
THROUGH = OfficeHours(time(9), time(12), time(12), time(17))
shares = st.fractions(0, 1) | st.floats(0, 1)
WITHOUT_2027 = CALENDAR.with_year(Announcement(year=2028, off=(), worked=(), version="notice"))
pauses = st.timedeltas(timedelta(0), timedelta(days=60))


def resumed_at(limit: datetime, stopped: datetime, now: datetime, budget: Budget) -> datetime:
    return resumed(limit, stopped, now, budget, STANDARD_HOURS, CALENDAR).at


def open_between(start: datetime, end: datetime) -> timedelta:
    return working_time_between(start, end, STANDARD_HOURS, CALENDAR)


@pytest.mark.parametrize(
    ("start", "end", "share", "budget", "expected"),
    [
        pytest.param(
            "2026-04-07T08:30", "2026-04-08T17:30", Fraction(1, 2), DAYS, "2026-04-07T17:30", id="close"
        ),
        pytest.param(
            "2026-04-07T08:30",
            "2026-04-08T17:30",
            Fraction(1, 2) + Fraction(1, 13 * 60),
            DAYS,
            "2026-04-08T08:31",
            id="a_minute_more_is_the_next_day",
        ),
        pytest.param(
            "2026-04-07T08:30",
            "2026-04-07T17:30",
            Fraction(7, 13),
            DAYS,
            "2026-04-07T12:00",
            id="lunch_begins",
        ),
        pytest.param(
            "2026-04-07T08:30",
            "2026-04-07T17:30",
            Fraction(211, 390),
            DAYS,
            "2026-04-07T14:31",
            id="a_minute_after_lunch",
        ),
        pytest.param(
            "2026-02-14T08:30",
            "2026-02-24T17:30",
            Fraction(779, 780),
            DAYS,
            "2026-02-24T17:29",
            id="over_spring_festival",
        ),
        pytest.param("2026-09-30T08:30", "2026-10-08T17:30", 0.5, DAYS, "2026-09-30T17:30", id="as_a_float"),
        pytest.param(
            "2026-10-03T12:00", "2026-10-08T17:30", 0.5, DAYS, "2026-10-08T11:45", id="from_a_holiday"
        ),
        pytest.param("2026-10-03T12:00", "2026-10-03T18:00", 0.5, WALL, "2026-10-03T15:00", id="wall_clock"),
        pytest.param(
            "2026-12-31T23:59:59.999999",
            "2027-01-01T00:00:00.000001",
            0.5,
            WALL,
            "2027-01-01T00:00",
            id="one_microsecond_of_two",
        ),
        pytest.param(
            "2026-12-31T23:59:59.999999",
            "2027-01-01T00:00",
            Fraction(999, 1000),
            WALL,
            "2026-12-31T23:59:59.999999",
            id="no_part_of_one_microsecond",
        ),
        pytest.param(
            "2026-10-03T12:00", "2026-10-05T12:00", 0.9, DAYS, "2026-10-03T12:00", id="closed_all_the_way"
        ),
        pytest.param("2026-04-08T09:00", "2026-04-07T09:00", 0.5, DAYS, "2026-04-08T09:00", id="end_first"),
        pytest.param(
            "2026-04-08T09:00", "2026-04-07T09:00", 0.5, WALL, "2026-04-08T09:00", id="end_first_on_the_wall"
        ),
    ],
)
def test_a_share_of_the_time_has_gone_by(
    start: str, end: str, share: Fraction | float, budget: Budget, expected: str
) -> None:
    assert along(at(start), at(end), share, budget, STANDARD_HOURS, CALENDAR) == at(expected)


def test_a_share_goes_by_the_office_hours_given() -> None:
    found = along(at("2026-04-07T09:00"), at("2026-04-07T17:00"), 0.5, DAYS, THROUGH, CALENDAR)
    assert found == at("2026-04-07T13:00")


@given(instants, budgets, shares)
def test_a_share_lies_between_start_and_end_and_is_exact(
    start: datetime, budget: Budget, share: Fraction | float
) -> None:
    end = due(start, budget, STANDARD_HOURS, CALENDAR).at
    found = along(start, end, share, budget, STANDARD_HOURS, CALENDAR)
    assert start <= found <= end
    assert found.utcoffset() == ZONE.utcoffset(None)
    gone, whole = (
        (found - start, end - start)
        if isinstance(budget, WallClock)
        else (open_between(start, found), open_between(start, end))
    )
    microsecond = timedelta(microseconds=1)
    assert gone // microsecond == int(Fraction(share) * (whole // microsecond))


@given(instants, instants, budgets, shares, shares)
def test_a_larger_share_is_never_earlier(
    start: datetime, end: datetime, budget: Budget, one: float, other: float
) -> None:
    first, second = sorted([one, other])
    found = [along(start, end, share, budget, STANDARD_HOURS, CALENDAR) for share in (first, second)]
    assert start <= found[0] <= found[1] <= max(start, end)


@pytest.mark.parametrize(
    ("limit", "stopped", "now", "expected"),
    [
        pytest.param(
            "2026-04-08T17:30", "2026-04-07T14:40", "2026-04-08T10:00", "2026-04-09T15:20", id="over_night"
        ),
        pytest.param(
            "2026-04-08T17:30", "2026-04-07T08:30", "2026-04-08T08:30", "2026-04-09T17:30", id="a_whole_day"
        ),
        pytest.param(
            "2026-04-13T17:30", "2026-04-10T17:30", "2026-04-13T08:30", "2026-04-13T17:30", id="weekend"
        ),
        pytest.param(
            "2026-04-13T17:30",
            "2026-04-10T17:29:59.999999",
            "2026-04-13T08:30",
            "2026-04-14T08:30:00.000001",
            id="weekend_and_the_last_microsecond_before",
        ),
        pytest.param(
            "2026-04-13T17:30",
            "2026-04-10T17:30",
            "2026-04-13T08:30:00.000001",
            "2026-04-14T08:30:00.000001",
            id="weekend_and_the_first_microsecond_after",
        ),
        pytest.param(
            "2026-02-25T17:30",
            "2026-02-14T17:30",
            "2026-02-24T08:30",
            "2026-02-25T17:30",
            id="spring_festival",
        ),
        pytest.param(
            "2026-02-25T17:30",
            "2026-02-13T17:30",
            "2026-02-14T17:30",
            "2026-02-26T17:30",
            id="a_make_up_saturday_is_a_day",
        ),
        pytest.param(
            "2026-04-08T17:30", "2026-04-07T12:00", "2026-04-07T14:30", "2026-04-08T17:30", id="over_lunch"
        ),
        pytest.param(
            "2026-04-08T20:00",
            "2026-04-07T10:00",
            "2026-04-07T10:00",
            "2026-04-08T20:00",
            id="limit_at_night",
        ),
        pytest.param(
            "2026-04-08T20:00",
            "2026-04-07T10:00",
            "2026-04-07T11:00",
            "2026-04-09T09:30",
            id="limit_at_night_is_as_much_office_time_away",
        ),
        pytest.param(
            "2026-04-07T17:30",
            "2026-04-08T09:30",
            "2026-04-08T11:30",
            "2026-04-08T10:30",
            id="as_late_as_it_was",
        ),
        pytest.param(
            "2026-04-08T17:30", "2026-04-07T11:00", "2026-04-07T10:00", "2026-04-08T17:30", id="back_in_time"
        ),
        pytest.param(
            "2028-02-28T17:30", "2028-02-28T08:30", "2028-02-29T08:30", "2028-02-29T17:30", id="leap_day"
        ),
    ],
)
def test_a_working_clock_that_stood_still_has_as_much_left_as_before(
    limit: str, stopped: str, now: str, expected: str
) -> None:
    assert resumed_at(at(limit), at(stopped), at(now), DAYS) == at(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-10-01T10:00", "2026-10-01T15:00", id="no_time"),
        pytest.param("2026-10-03T10:00:00.000001", "2026-10-03T15:00:00.000001", id="holidays_count"),
        pytest.param("2026-09-30T10:00", "2026-10-01T15:00", id="back_in_time"),
    ],
)
def test_a_wall_clock_that_stood_still_moves_by_all_of_it(now: str, expected: str) -> None:
    assert resumed_at(at("2026-10-01T15:00"), at("2026-10-01T10:00"), at(now), WALL) == at(expected)


@pytest.mark.parametrize(
    ("limit", "stopped", "now", "budget", "provisional"),
    [
        pytest.param(
            "2026-12-31T17:30", "2026-12-30T17:30", "2026-12-31T08:30", DAYS, False, id="within_the_year"
        ),
        pytest.param(
            "2026-12-31T17:30",
            "2026-12-30T17:30",
            "2026-12-31T08:31",
            DAYS,
            True,
            id="a_minute_into_the_next",
        ),
        pytest.param(
            "2026-12-31T17:30", "2026-12-31T09:00", "2027-01-01T00:00", DAYS, True, id="pause_into_it"
        ),
        pytest.param(
            "2027-03-01T17:30", "2026-12-31T09:00", "2026-12-31T09:00", DAYS, True, id="limit_in_it"
        ),
        pytest.param(
            "2026-12-01T17:30", "2026-12-31T09:00", "2027-01-04T00:00", DAYS, True, id="missed_before"
        ),
        pytest.param(
            "2028-01-04T17:30", "2027-12-31T09:00", "2027-12-31T09:00", DAYS, True, id="stopped_in_it"
        ),
        pytest.param(
            "2027-12-31T17:30", "2028-01-03T09:00", "2028-01-04T17:30", DAYS, True, id="missed_in_it"
        ),
        pytest.param("2028-01-05T17:30", "2028-01-03T09:00", "2028-01-04T17:30", DAYS, False, id="after_it"),
        pytest.param(
            "2026-12-31T17:30", "2026-12-31T09:00", "2027-02-01T00:00", WALL, False, id="wall_clock"
        ),
    ],
)
def test_a_resumed_limit_is_provisional_by_the_years_it_was_counted_through(
    limit: str, stopped: str, now: str, budget: Budget, provisional: bool
) -> None:
    found = resumed(at(limit), at(stopped), at(now), budget, STANDARD_HOURS, WITHOUT_2027)
    assert found.provisional is provisional
    assert found.calendar == WITHOUT_2027.version


@given(instants, instants, budgets)
def test_a_clock_that_did_not_stand_keeps_its_limit(
    limit: datetime, stopped: datetime, budget: Budget
) -> None:
    assert resumed_at(limit, stopped, stopped, budget) == limit


@given(instants, instants, pauses, working)
def test_as_much_office_time_is_left_as_when_it_stopped(
    limit: datetime, stopped: datetime, pause: timedelta, budget: Budget
) -> None:
    found = resumed_at(limit, stopped, stopped + pause, budget)
    assert open_between(stopped + pause, found) == open_between(stopped, limit)
    assert found >= limit


@given(instants, instants, pauses, walls)
def test_as_much_time_is_left_as_when_it_stopped(
    limit: datetime, stopped: datetime, pause: timedelta, budget: Budget
) -> None:
    assert resumed_at(limit, stopped, stopped + pause, budget) == limit + pause


@given(instants, instants, pauses, pauses, budgets)
def test_pausing_twice_with_no_time_between_is_pausing_once(
    limit: datetime, stopped: datetime, one: timedelta, other: timedelta, budget: Budget
) -> None:
    between, now = stopped + one, stopped + one + other
    twice = resumed_at(resumed_at(limit, stopped, between, budget), between, now, budget)
    assert twice == resumed_at(limit, stopped, now, budget)


@given(instants, instants, working)
def test_a_pause_while_offices_are_closed_moves_nothing(
    limit: datetime, stopped: datetime, budget: Budget
) -> None:
    day = due(stopped, WorkingDays(1), STANDARD_HOURS, CALENDAR).at
    opens = due(day, WorkingHours(timedelta(microseconds=1)), STANDARD_HOURS, CALENDAR).at
    assert resumed_at(limit, day, opens - timedelta(microseconds=1), budget) == limit


@pytest.mark.parametrize(
    ("limit", "budget", "expected"),
    [
        pytest.param("2026-04-07T17:30", WorkingDays(1), "2026-04-08T17:30", id="from_close"),
        pytest.param("2026-04-07T11:50", WorkingDays(1), "2026-04-08T17:30", id="from_the_middle_of_a_day"),
        pytest.param("2026-04-07T00:00", WorkingDays(1), "2026-04-08T17:30", id="from_midnight"),
        pytest.param("2026-04-06T23:59:59.999999", WorkingDays(1), "2026-04-07T17:30", id="just_before_it"),
        pytest.param("2026-04-11T10:00", WorkingDays(1), "2026-04-13T17:30", id="from_a_saturday"),
        pytest.param("2026-02-13T17:30", WorkingDays(2), "2026-02-24T17:30", id="make_up_day_and_festival"),
        pytest.param("2028-02-28T17:30", WorkingDays(1), "2028-02-29T17:30", id="leap_day"),
        pytest.param(
            "2026-04-07T17:30", WorkingHours(timedelta(hours=2)), "2026-04-08T10:30", id="hours_from_close"
        ),
        pytest.param(
            "2026-04-07T11:00", WorkingHours(timedelta(hours=2)), "2026-04-07T15:30", id="hours_over_lunch"
        ),
        pytest.param(
            "2026-09-30T17:30",
            WallClock(timedelta(days=30)),
            "2026-10-30T17:30",
            id="thirty_days_by_the_clock",
        ),
    ],
)
def test_an_extension_counts_from_the_old_limit(limit: str, budget: Budget, expected: str) -> None:
    assert prolonged(at(limit), budget, STANDARD_HOURS, CALENDAR).at == at(expected)


@pytest.mark.parametrize(
    ("limit", "budget", "provisional"),
    [
        pytest.param("2026-12-30T17:30", WorkingDays(1), False, id="to_the_last_day_announced"),
        pytest.param("2026-12-30T17:30", WorkingDays(2), True, id="to_the_next"),
        pytest.param("2026-12-30T17:30", WallClock(timedelta(days=30)), False, id="wall_clock"),
    ],
)
def test_an_extension_into_a_year_not_announced_is_provisional(
    limit: str, budget: Budget, provisional: bool
) -> None:
    found = prolonged(at(limit), budget, STANDARD_HOURS, CALENDAR)
    assert (found.provisional, found.calendar) == (provisional, CALENDAR.version)


@given(instants, budgets)
def test_an_extension_lies_after_the_old_limit(limit: datetime, budget: Budget) -> None:
    assert prolonged(limit, budget, STANDARD_HOURS, CALENDAR).at > limit


@given(instants, st.integers(1, 60), st.integers(1, 60))
def test_an_extension_of_a_limit_in_days_is_a_budget_of_the_sum(
    start: datetime, days: int, more: int
) -> None:
    limit = due(start, WorkingDays(days), STANDARD_HOURS, CALENDAR).at
    found = prolonged(limit, WorkingDays(more), STANDARD_HOURS, CALENDAR)
    assert found.at == due(start, WorkingDays(days + more), STANDARD_HOURS, CALENDAR).at


@given(instants, lengths)
def test_an_extension_in_hours_is_that_much_office_time(limit: datetime, length: timedelta) -> None:
    found = prolonged(limit, WorkingHours(length), STANDARD_HOURS, CALENDAR).at
    assert open_between(limit, found) == length
