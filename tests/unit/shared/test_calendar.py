"""Working time: which days count, when budgets run out, and what the sentence says."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    STANDARD_HOURS,
    ZONE,
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
from shared.calendar_words import explain

CALENDAR = china(2026)
"""As known in 2026: a newer `holidays` must not move what these tests say of 2027 and 2028."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due_at(start: str, budget: Budget) -> datetime:
    return due(at(start), budget, STANDARD_HOURS, CALENDAR).at


instants = st.builds(
    lambda start, length, zone: (start + length).astimezone(zone),
    st.sampled_from(
        [at("1999-12-31T00:00"), at("2026-01-01T00:00"), at("2026-12-01T00:00"), at("2028-02-28T00:00")]
    ),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.sampled_from([ZONE, UTC]),
)
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=40))
working = st.builds(WorkingDays, st.integers(1, 300)) | st.builds(WorkingHours, lengths)
budgets = working | st.builds(WallClock, lengths)


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
    assert newest.version.startswith("holidays-")
    assert newest.version.endswith("/CN")
    assert newest.announced_until >= date(2026, 12, 31)
    assert CALENDAR.announced_until == date(2026, 12, 31)
    assert china(2025).announced_until == date(2025, 12, 31)
    assert china(2025).version == f"{newest.version}/2025"


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


@pytest.mark.parametrize(
    ("start", "budget", "english", "chinese"),
    [
        pytest.param(
            "2026-06-18T09:10",
            WorkingDays(2),
            "due Monday 2026-06-22 17:30: two working days from Thursday 2026-06-18 09:10, "
            "Friday 2026-06-19 was a holiday (Dragon Boat Festival)",
            "2026年6月22日（星期一）17:30到期：自2026年6月18日（星期四）09:10起2个工作日，"
            "2026年6月19日（星期五）放假（端午节）",
            id="one_holiday",
        ),
        pytest.param(
            "2026-02-14T09:00",
            WorkingDays(1),
            "due Saturday 2026-02-14 17:30: one working day from Saturday 2026-02-14 09:00, "
            "Saturday 2026-02-14 was a working day to make up for a holiday",
            "2026年2月14日（星期六）17:30到期：自2026年2月14日（星期六）09:00起1个工作日，"
            "2026年2月14日（星期六）调休上班",
            id="only_a_make_up_saturday",
        ),
        pytest.param(
            "2020-01-23T18:00",
            WorkingDays(1),
            "due Monday 2020-02-03 17:30: one working day from Thursday 2020-01-23 18:00, "
            "counted from Monday 2020-02-03, Friday 2020-01-24 to Friday 2020-01-31 were holidays "
            "(Chinese New Year (Spring Festival), Chinese New Year Extended Holiday)",
            "2020年2月3日（星期一）17:30到期：自2020年1月23日（星期四）18:00起1个工作日，"
            "从2020年2月3日（星期一）起算，"
            "2020年1月24日（星期五）至2020年1月31日（星期五）放假（春节、春节延长假期）",
            id="observed_and_swapped_days_take_the_festival_of_their_row",
        ),
        pytest.param(
            "2026-09-30T17:30",
            WorkingDays(3),
            "due Saturday 2026-10-10 17:30: three working days from Wednesday 2026-09-30 17:30, "
            "counted from Thursday 2026-10-08, "
            "Thursday 2026-10-01 to Wednesday 2026-10-07 were holidays (National Day), "
            "Saturday 2026-10-10 was a working day to make up for a holiday",
            "2026年10月10日（星期六）17:30到期：自2026年9月30日（星期三）17:30起3个工作日，"
            "从2026年10月8日（星期四）起算，2026年10月1日（星期四）至2026年10月7日（星期三）放假（国庆节），"
            "2026年10月10日（星期六）调休上班",
            id="a_week_and_its_make_up_saturday",
        ),
        pytest.param(
            "2028-02-29T09:00",
            WorkingDays(1),
            "due Tuesday 2028-02-29 17:30: one working day from Tuesday 2028-02-29 09:00, "
            "provisional, as no holidays are announced for after 2026-12-31",
            "2028年2月29日（星期二）17:30到期：自2028年2月29日（星期二）09:00起1个工作日，"
            "暂定，2026年以后的放假安排尚未公布",
            id="provisional",
        ),
        pytest.param(
            "2026-10-01T03:00:30",
            WallClock(timedelta(minutes=5)),
            "due Thursday 2026-10-01 03:05:30: five minutes from Thursday 2026-10-01 03:00:30",
            "2026年10月1日（星期四）03:05:30到期：自2026年10月1日（星期四）03:00:30起5分钟",
            id="wall_clock_names_no_holiday",
        ),
        pytest.param(
            "2026-04-07T17:00",
            WorkingHours(timedelta(hours=4)),
            "due Wednesday 2026-04-08 12:00: four working hours from Tuesday 2026-04-07 17:00",
            "2026年4月8日（星期三）12:00到期：自2026年4月7日（星期二）17:00起4小时工作时间",
            id="working_hours",
        ),
    ],
)
def test_a_deadline_explains_itself(start: str, budget: Budget, english: str, chinese: str) -> None:
    said = explain(at(start), budget, STANDARD_HOURS, CALENDAR)
    assert (said.english, said.chinese) == (english, chinese)


@given(instants, budgets)
def test_any_deadline_can_be_explained(start: datetime, budget: Budget) -> None:
    assert rule(budget).split(" ", 1)[1] in explain(start, budget, STANDARD_HOURS, CALENDAR).english
