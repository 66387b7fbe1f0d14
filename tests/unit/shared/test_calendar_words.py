"""The sentence of a deadline: as given, and set right."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given

from shared.announced import Announcement, DayOff
from shared.calendar import (
    STANDARD_HOURS,
    Budget,
    WallClock,
    WorkingDays,
    WorkingHours,
    due,
    rule,
)
from shared.calendar_words import explain, set_right
from tests.unit.shared.calendar_cases import CALENDAR, at, budgets, instants

NEW_YEAR = Announcement(
    year=2027,
    off=(DayOff(day=date(2027, 1, 1), en="New Year's Day", zh="元旦"),),
    worked=(date(2027, 1, 3),),
    version="notice",
)


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
            "provisional, as the holidays of 2028 are not announced",
            "2028年2月29日（星期二）17:30到期：自2028年2月29日（星期二）09:00起1个工作日，"
            "暂定，2028年的放假安排尚未公布",
            id="provisional",
        ),
        pytest.param(
            "2026-12-31T18:00",
            WorkingDays(300),
            "due Thursday 2028-02-24 17:30: 300 working days from Thursday 2026-12-31 18:00, "
            "counted from Friday 2027-01-01, provisional, as the holidays of 2027, 2028 are not announced",
            "2028年2月24日（星期四）17:30到期：自2026年12月31日（星期四）18:00起300个工作日，"
            "从2027年1月1日（星期五）起算，暂定，2027、2028年的放假安排尚未公布",
            id="provisional_over_two_years",
        ),
        pytest.param(
            "2026-04-07T10:00",
            WallClock(timedelta(days=60)),
            "due Saturday 2026-06-06 10:00: 60 days from Tuesday 2026-04-07 10:00",
            "2026年6月6日（星期六）10:00到期：自2026年4月7日（星期二）10:00起60日",
            id="days_by_the_clock",
        ),
        pytest.param(
            "2026-04-07T10:00",
            WorkingHours(timedelta(minutes=90)),
            "due Tuesday 2026-04-07 11:30: 90 working minutes from Tuesday 2026-04-07 10:00",
            "2026年4月7日（星期二）11:30到期：自2026年4月7日（星期二）10:00起90分钟工作时间",
            id="working_minutes",
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


@given(instants, budgets)
def test_what_was_found_before_need_not_be_found_again(start: datetime, budget: Budget) -> None:
    found = due(start, budget, STANDARD_HOURS, CALENDAR)
    assert explain(start, budget, STANDARD_HOURS, CALENDAR, found) == explain(
        start, budget, STANDARD_HOURS, CALENDAR
    )


def test_what_an_earlier_calendar_found_is_told_as_found() -> None:
    start, days, newer = at("2027-01-04T09:00"), WorkingDays(1), CALENDAR.with_year(NEW_YEAR)
    said = explain(start, days, STANDARD_HOURS, newer, due(start, days, STANDARD_HOURS, CALENDAR))
    assert said.english.endswith("2027-01-04 09:00, provisional")
    assert said.chinese.endswith("1个工作日，暂定")


def test_days_off_in_a_row_are_told_with_all_their_names() -> None:
    two = Announcement(
        year=2027,
        off=(
            DayOff(day=date(2027, 9, 30), en="Mid-Autumn Festival", zh="中秋节"),
            DayOff(day=date(2027, 10, 1), en="National Day", zh="国庆节"),
        ),
        worked=(),
        version="notice",
    )
    said = explain(at("2027-09-29T09:00"), WorkingDays(2), STANDARD_HOURS, CALENDAR.with_year(two))
    assert said.english.endswith(
        "Thursday 2027-09-30 to Friday 2027-10-01 were holidays (Mid-Autumn Festival, National Day)"
    )
    assert said.chinese.endswith("2027年9月30日（星期四）至2027年10月1日（星期五）放假（中秋节、国庆节）")


def test_the_same_day_is_told_by_the_calendar_asked() -> None:
    start, days = at("2026-12-31T09:00"), WorkingDays(2)
    before = explain(start, days, STANDARD_HOURS, CALENDAR)
    after = explain(start, days, STANDARD_HOURS, CALENDAR.with_year(NEW_YEAR))
    assert before.english.startswith("due Friday 2027-01-01 17:30")
    assert before.english.endswith("provisional, as the holidays of 2027 are not announced")
    assert after.english == (
        "due Sunday 2027-01-03 17:30: two working days from Thursday 2026-12-31 09:00, "
        "Friday 2027-01-01 was a holiday (New Year's Day), "
        "Sunday 2027-01-03 was a working day to make up for a holiday"
    )


def test_a_provisional_deadline_set_right_says_when_and_why() -> None:
    start, days = at("2026-12-31T09:00"), WorkingDays(2)
    old = due(start, days, STANDARD_HOURS, CALENDAR).at
    right = explain(start, days, STANDARD_HOURS, CALENDAR.with_year(NEW_YEAR))
    said = set_right(right, at("2026-11-23T09:00"), old, 2027)
    assert said.english == (
        f"{right.english}, set right on Monday 2026-11-23 09:00 from Friday 2027-01-01 17:30: "
        "the holidays of 2027 were announced"
    )
    assert said.chinese == (
        f"{right.chinese}，2027年放假安排公布后，于2026年11月23日（星期一）09:00"
        "由2027年1月1日（星期五）17:30更正"
    )
