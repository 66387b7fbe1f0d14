"""Working time: which days count, and when budgets run out."""

from datetime import date, datetime, time, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    STANDARD_HOURS,
    Budget,
    OfficeHours,
    WallClock,
    WorkingDays,
    WorkingHours,
    china,
    due,
    rule,
    working_time_between,
)
from tests.unit.shared.calendar_cases import CALENDAR, at, budgets, instants, lengths, working


def due_at(start: str, budget: Budget) -> datetime:
    return due(at(start), budget, STANDARD_HOURS, CALENDAR).at


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param("2026-01-01", False, id="new_year"),
        pytest.param("2026-01-02", False, id="friday_swapped"),
        pytest.param("2026-01-04", True, id="sunday_made_up"),
        pytest.param("2026-02-14", True, id="saturday_before_spring_festival"),
        pytest.param("2026-02-15", False, id="first_day_of_the_row"),
        pytest.param("2026-02-16", False, id="eve"),
        pytest.param("2026-02-23", False, id="last_day_of_the_row"),
        pytest.param("2026-02-24", True, id="first_day_after"),
        pytest.param("2026-02-28", True, id="saturday_after_spring_festival"),
        pytest.param("2026-04-06", False, id="monday_for_a_festival_on_sunday"),
        pytest.param("2026-05-09", True, id="saturday_after_labour_day"),
        pytest.param("2026-09-20", True, id="sunday_before_national_day"),
        pytest.param("2026-10-07", False, id="national_day_week_ends"),
        pytest.param("2026-10-10", True, id="saturday_after_national_day"),
        pytest.param("2026-10-11", False, id="an_ordinary_sunday"),
        pytest.param("2026-12-31", True, id="last_day_announced"),
        pytest.param("2027-01-01", True, id="not_announced_so_a_friday"),
        pytest.param("2027-10-02", False, id="not_announced_so_a_saturday"),
        pytest.param("2028-02-29", True, id="leap_day"),
        pytest.param("2000-12-29", True, id="last_friday_before_the_calendar"),
        pytest.param("2000-12-31", False, id="sunday_before_the_calendar"),
        pytest.param("2001-01-01", False, id="first_day_of_the_calendar"),
    ],
)
def test_a_day_works_or_not(day: str, works: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is works


def test_the_calendar_says_where_it_is_from_and_how_far_it_goes() -> None:
    newest = china()
    assert newest.version.startswith(f"CN-{max(newest.announced)}:")
    assert max(newest.announced) >= 2026
    assert max(CALENDAR.announced) == 2026
    assert max(china(2025).announced) == 2025
    assert china(2025).version.startswith("CN-2025:")


@given(st.integers(date(1990, 1, 1).toordinal(), date(2040, 1, 1).toordinal()))
def test_counting_working_days_and_finding_the_nth_undo_each_other(ordinal: int) -> None:
    number = CALENDAR.count(ordinal)
    assert CALENDAR.nth(number) <= ordinal < CALENDAR.nth(number + 1)
    assert CALENDAR.count(CALENDAR.nth(number)) == number


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        pytest.param("2026-04-07T09:10", 2, "2026-04-08T17:30", id="start_day_counts"),
        pytest.param("2026-06-18T09:10", 2, "2026-06-22T17:30", id="holiday_between"),
        pytest.param("2026-04-07T00:00", 1, "2026-04-07T17:30", id="midnight_belongs_to_the_new_day"),
        pytest.param("2026-04-06T23:59:59.999999", 1, "2026-04-07T17:30", id="just_before_midnight"),
        pytest.param("2026-04-07T17:29:59.999999", 1, "2026-04-07T17:30", id="just_before_close"),
        pytest.param("2026-04-07T17:30", 1, "2026-04-08T17:30", id="exactly_at_close"),
        pytest.param("2026-04-10T17:30", 1, "2026-04-13T17:30", id="friday_at_close"),
        pytest.param("2026-04-11T10:00", 1, "2026-04-13T17:30", id="saturday"),
        pytest.param("2026-09-30T09:00", 2, "2026-10-08T17:30", id="over_national_day_week"),
        pytest.param("2026-09-30T17:30", 2, "2026-10-09T17:30", id="over_it_after_close"),
        pytest.param("2026-10-03T12:00", 3, "2026-10-10T17:30", id="from_within_it_to_the_make_up_saturday"),
        pytest.param("2026-09-18T16:00", 2, "2026-09-20T17:30", id="make_up_sunday_counts"),
        pytest.param("2026-02-13T17:30", 1, "2026-02-14T17:30", id="make_up_saturday_is_next"),
        pytest.param("2026-02-14T09:00", 2, "2026-02-24T17:30", id="over_spring_festival"),
        pytest.param("2026-02-14T17:29:59.999999", 1, "2026-02-14T17:30", id="just_before_spring_festival"),
        pytest.param("2026-02-14T17:30", 1, "2026-02-24T17:30", id="at_the_close_before_it"),
        pytest.param("2026-02-24T08:30", 1, "2026-02-24T17:30", id="at_the_opening_after_it"),
        pytest.param("2026-05-08T17:30", 1, "2026-05-09T17:30", id="make_up_saturday_in_may"),
        pytest.param("2025-12-31T09:00", 2, "2026-01-04T17:30", id="over_the_year_end"),
        pytest.param("2026-12-31T09:00", 2, "2027-01-01T17:30", id="into_the_unannounced_year"),
        pytest.param("2028-02-28T18:00", 1, "2028-02-29T17:30", id="leap_day"),
        pytest.param("2026-09-01T09:00", 7, "2026-09-09T17:30", id="one_and_two_and_two_and_two"),
    ],
)
def test_working_days_end_at_the_close_of_the_last(start: str, days: int, expected: str) -> None:
    assert due_at(start, WorkingDays(days)) == at(expected)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        pytest.param("2026-04-07T09:00", 60, "2026-04-07T10:00", id="in_the_morning"),
        pytest.param("2026-04-07T11:00", 60, "2026-04-07T12:00", id="to_the_end_of_the_morning"),
        pytest.param("2026-04-07T11:00", 61, "2026-04-07T14:31", id="over_lunch"),
        pytest.param("2026-04-07T13:00", 60, "2026-04-07T15:30", id="from_lunch"),
        pytest.param("2026-04-07T17:00", 30, "2026-04-07T17:30", id="to_close"),
        pytest.param("2026-04-07T17:00", 31, "2026-04-08T08:31", id="over_night"),
        pytest.param("2026-04-07T17:30", 1, "2026-04-08T08:31", id="from_close"),
        pytest.param("2026-04-07T06:00", 390, "2026-04-07T17:30", id="one_whole_day"),
        pytest.param("2026-09-30T17:00", 240, "2026-10-08T12:00", id="over_national_day_week"),
        pytest.param("2026-10-09T17:00", 60, "2026-10-10T09:00", id="into_a_make_up_saturday"),
        pytest.param("2026-02-14T17:29", 1, "2026-02-14T17:30", id="last_minute_before_spring_festival"),
        pytest.param("2026-02-14T17:29", 2, "2026-02-24T08:31", id="first_minute_after_it"),
        pytest.param("2026-04-07T11:59:59.999999", 1, "2026-04-07T14:30:59.999999", id="just_before_lunch"),
        pytest.param("2026-04-07T12:00", 1, "2026-04-07T14:31", id="exactly_at_lunch"),
        pytest.param("2026-04-07T14:30", 1, "2026-04-07T14:31", id="exactly_after_lunch"),
    ],
)
def test_working_hours_run_only_while_offices_are_open(start: str, minutes: int, expected: str) -> None:
    found = due_at(start, WorkingHours(timedelta(minutes=minutes)))
    assert found == at(expected)


def test_a_wall_clock_runs_through_night_and_holiday_and_is_never_provisional() -> None:
    found = due(at("2029-10-01T23:58"), WallClock(timedelta(minutes=5)), STANDARD_HOURS, CALENDAR)
    assert (found.at, found.provisional) == (at("2029-10-02T00:03"), False)


@pytest.mark.parametrize(
    ("start", "provisional"),
    [
        pytest.param("2026-12-31T17:29:59.999999", False, id="ends_on_the_last_day_announced"),
        pytest.param("2026-12-31T17:30", True, id="ends_on_the_next"),
        pytest.param("2028-02-29T09:00", True, id="leap_day"),
        pytest.param("2000-12-31T09:00", True, id="before_the_calendar"),
        pytest.param("2001-01-01T09:00", False, id="first_day_of_the_calendar"),
    ],
)
def test_a_deadline_is_provisional_outside_the_announced_years(start: str, provisional: bool) -> None:
    assert due(at(start), WorkingDays(1), STANDARD_HOURS, CALENDAR).provisional is provisional


def test_a_deadline_carries_its_rule_and_calendar() -> None:
    found = due(at("2026-04-07T09:00"), WorkingDays(2), STANDARD_HOURS, CALENDAR)
    assert (found.rule, found.calendar) == ("2 working days", CALENDAR.version)


def test_other_zones_mean_the_same_instant() -> None:
    tokyo = timezone(timedelta(hours=9))
    closing = datetime(2026, 4, 7, 18, 29, 59, 999999, tokyo)
    assert due(closing, WorkingDays(1), STANDARD_HOURS, CALENDAR).at == at("2026-04-07T17:30")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due(at("2026-04-07T09:00").replace(tzinfo=None), WorkingDays(1), STANDARD_HOURS, CALENDAR)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        pytest.param(WorkingDays(1), "1 working day", id="one_day"),
        pytest.param(WorkingDays(15), "15 working days", id="days"),
        pytest.param(WorkingHours(timedelta(hours=4)), "4 working hours", id="working_hours"),
        pytest.param(WorkingHours(timedelta(minutes=90)), "90 working minutes", id="working_minutes"),
        pytest.param(WallClock(timedelta(minutes=1)), "1 minute", id="minute"),
        pytest.param(WallClock(timedelta(days=1)), "24 hours", id="day_and_night"),
        pytest.param(WallClock(timedelta(hours=48)), "48 hours", id="two_days_are_told_in_hours"),
        pytest.param(WallClock(timedelta(hours=49)), "49 hours", id="no_whole_days"),
        pytest.param(WallClock(timedelta(hours=72)), "3 days", id="three_days"),
        pytest.param(WallClock(timedelta(days=60)), "60 days", id="sixty_days"),
        pytest.param(WorkingHours(timedelta(hours=72)), "72 working hours", id="no_days_of_offices"),
        pytest.param(WallClock(timedelta(seconds=90)), "90 seconds", id="seconds"),
    ],
)
def test_a_budget_in_words(budget: Budget, words: str) -> None:
    assert rule(budget) == words


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        pytest.param(WorkingDays, 0, id="no_days"),
        pytest.param(WorkingHours, timedelta(0), id="no_hours"),
        pytest.param(WallClock, timedelta(seconds=-1), id="back_in_time"),
    ],
)
def test_a_budget_of_nothing_is_refused(kind: type[Budget], amount: object) -> None:
    with pytest.raises(ValueError, match="a budget is"):
        kind(amount)  # type: ignore[arg-type]


def test_a_budget_is_one_of_three_and_says_which() -> None:
    for budget in (WorkingDays(2), WorkingHours(timedelta(hours=4)), WallClock(timedelta(minutes=5))):
        decoded: Budget = msgspec.json.decode(msgspec.json.encode(budget), type=Budget)
        assert decoded == budget


def test_office_hours_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="office hours must rise"):
        OfficeHours(opens=time(13))


def test_office_hours_may_be_other_ones() -> None:
    through = OfficeHours(time(9), time(12), time(12), time(17))
    start = at("2026-04-07T11:00")
    assert due(start, WorkingDays(1), through, CALENDAR).at == at("2026-04-07T17:00")
    assert due(start, WorkingHours(timedelta(hours=2)), through, CALENDAR).at == at("2026-04-07T13:00")


@given(instants, instants, budgets)
def test_who_starts_later_is_not_due_earlier(one: datetime, other: datetime, budget: Budget) -> None:
    first, second = sorted([one, other])
    found = [due(start, budget, STANDARD_HOURS, CALENDAR).at for start in (first, second)]
    assert found[0] <= found[1]


@given(instants, budgets)
def test_a_deadline_lies_after_the_start(start: datetime, budget: Budget) -> None:
    assert due(start, budget, STANDARD_HOURS, CALENDAR).at > start


@given(instants, working)
def test_a_deadline_in_working_time_lies_in_office_hours(start: datetime, budget: Budget) -> None:
    found = due(start, budget, STANDARD_HOURS, CALENDAR).at
    hours = STANDARD_HOURS
    assert CALENDAR.is_working(found.date())
    assert hours.opens < found.time() <= hours.lunch_from or hours.lunch_until < found.time() <= hours.closes


@given(instants, st.integers(1, 60), st.integers(1, 60))
def test_one_budget_after_another_is_their_sum(start: datetime, days: int, more: int) -> None:
    first = due(start, WorkingDays(days), STANDARD_HOURS, CALENDAR).at
    second = due(first, WorkingDays(more), STANDARD_HOURS, CALENDAR).at
    assert second == due(start, WorkingDays(days + more), STANDARD_HOURS, CALENDAR).at > first


@given(instants, lengths)
def test_working_hours_are_the_working_time_to_the_deadline(start: datetime, length: timedelta) -> None:
    found = due(start, WorkingHours(length), STANDARD_HOURS, CALENDAR).at
    assert working_time_between(start, found, STANDARD_HOURS, CALENDAR) == length


@given(instants, instants, instants)
def test_working_time_adds_up(one: datetime, other: datetime, third: datetime) -> None:
    def between(start: datetime, end: datetime) -> timedelta:
        return working_time_between(start, end, STANDARD_HOURS, CALENDAR)

    assert between(one, other) + between(other, third) == between(one, third)


@pytest.mark.parametrize(
    ("start", "end", "open_for"),
    [
        pytest.param("2026-04-07T08:30", "2026-04-07T17:30", timedelta(hours=6.5), id="one_day"),
        pytest.param("2026-04-07T12:00", "2026-04-07T14:30", timedelta(0), id="lunch"),
        pytest.param("2026-09-30T17:00", "2026-10-08T09:00", timedelta(hours=1), id="national_day_week"),
        pytest.param("2026-10-10T00:00", "2026-10-12T00:00", timedelta(hours=6.5), id="make_up_saturday"),
        pytest.param("2026-04-07T10:00", "2026-04-07T09:00", timedelta(hours=-1), id="backwards"),
    ],
)
def test_working_time_between_two_instants(start: str, end: str, open_for: timedelta) -> None:
    assert working_time_between(at(start), at(end), STANDARD_HOURS, CALENDAR) == open_for
