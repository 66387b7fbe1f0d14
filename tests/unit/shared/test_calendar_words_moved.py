"""The sentence of a deadline that was resumed or prolonged."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given

from shared.calendar import (
    STANDARD_HOURS,
    Budget,
    OfficeHours,
    WallClock,
    WorkingDays,
    WorkingHours,
    prolonged,
    resumed,
)
from shared.calendar_words import explain_prolonged, explain_resumed
from tests.unit.shared.calendar_cases import CALENDAR, at, budgets, instants


@pytest.mark.parametrize(
    ("limit", "stopped", "now", "budget", "english", "chinese"),
    [
        pytest.param(
            "2026-04-08T17:30",
            "2026-04-07T11:40",
            "2026-04-08T10:00",
            WorkingDays(2),
            "due Thursday 2026-04-09 15:50: "
            "paused Tuesday 2026-04-07 11:40 with one working day and 3 hours 20 minutes left, "
            "ran on from Wednesday 2026-04-08 10:00",
            "2026年4月9日（星期四）15:50到期：2026年4月7日（星期二）11:40暂停，尚余1个工作日3小时20分钟，"
            "自2026年4月8日（星期三）10:00起继续计时",
            id="a_day_and_hours",
        ),
        pytest.param(
            "2026-09-30T17:30",
            "2026-09-28T17:30",
            "2026-09-30T17:30",
            WorkingDays(5),
            "due Friday 2026-10-09 17:30: paused Monday 2026-09-28 17:30 with two working days left, "
            "ran on from Wednesday 2026-09-30 17:30, counted from Thursday 2026-10-08, "
            "Thursday 2026-10-01 to Wednesday 2026-10-07 were holidays (National Day)",
            "2026年10月9日（星期五）17:30到期：2026年9月28日（星期一）17:30暂停，尚余2个工作日，"
            "自2026年9月30日（星期三）17:30起继续计时，从2026年10月8日（星期四）起算，"
            "2026年10月1日（星期四）至2026年10月7日（星期三）放假（国庆节）",
            id="whole_days_over_holidays",
        ),
        pytest.param(
            "2026-04-08T17:30",
            "2026-04-08T17:09:30",
            "2026-04-08T17:30",
            WorkingDays(2),
            "due Thursday 2026-04-09 08:50:30: "
            "paused Wednesday 2026-04-08 17:09:30 with 20 minutes of office time left, "
            "ran on from Wednesday 2026-04-08 17:30, counted from Thursday 2026-04-09",
            "2026年4月9日（星期四）08:50:30到期：2026年4月8日（星期三）17:09:30暂停，尚余20分钟工作时间，"
            "自2026年4月8日（星期三）17:30起继续计时，从2026年4月9日（星期四）起算",
            id="less_than_a_day_in_whole_minutes",
        ),
        pytest.param(
            "2026-04-07T12:00",
            "2026-04-07T10:59",
            "2026-04-07T11:00",
            WorkingHours(timedelta(hours=4)),
            "due Tuesday 2026-04-07 14:31: "
            "paused Tuesday 2026-04-07 10:59 with 1 hour 1 minute of office time left, "
            "ran on from Tuesday 2026-04-07 11:00",
            "2026年4月7日（星期二）14:31到期：2026年4月7日（星期二）10:59暂停，尚余1小时1分钟工作时间，"
            "自2026年4月7日（星期二）11:00起继续计时",
            id="working_hours",
        ),
        pytest.param(
            "2026-10-03T10:00",
            "2026-10-01T10:00",
            "2026-10-02T10:00",
            WallClock(timedelta(days=60)),
            "due Sunday 2026-10-04 10:00: paused Thursday 2026-10-01 10:00 with 48 hours left, "
            "ran on from Friday 2026-10-02 10:00",
            "2026年10月4日（星期日）10:00到期：2026年10月1日（星期四）10:00暂停，尚余48小时，"
            "自2026年10月2日（星期五）10:00起继续计时",
            id="wall_clock_names_no_holiday",
        ),
        pytest.param(
            "2026-10-03T10:01",
            "2026-10-01T10:00",
            "2026-10-02T10:00",
            WallClock(timedelta(days=60)),
            "due Sunday 2026-10-04 10:01: paused Thursday 2026-10-01 10:00 with 2 days 1 minute left, "
            "ran on from Friday 2026-10-02 10:00",
            "2026年10月4日（星期日）10:01到期：2026年10月1日（星期四）10:00暂停，尚余2日1分钟，"
            "自2026年10月2日（星期五）10:00起继续计时",
            id="a_minute_more_is_told_in_days",
        ),
        pytest.param(
            "2026-10-01T10:00",
            "2026-10-01T09:59:00.000001",
            "2026-10-01T10:00:00.000001",
            WallClock(timedelta(minutes=5)),
            "due Thursday 2026-10-01 10:01: "
            "paused Thursday 2026-10-01 09:59 with less than a minute left, "
            "ran on from Thursday 2026-10-01 10:00",
            "2026年10月1日（星期四）10:01到期：2026年10月1日（星期四）09:59暂停，尚余不到1分钟，"
            "自2026年10月1日（星期四）10:00起继续计时",
            id="a_microsecond_less_than_a_minute",
        ),
        pytest.param(
            "2026-10-01T10:00",
            "2026-10-01T09:59",
            "2026-10-01T10:00",
            WallClock(timedelta(minutes=5)),
            "due Thursday 2026-10-01 10:01: paused Thursday 2026-10-01 09:59 with 1 minute left, "
            "ran on from Thursday 2026-10-01 10:00",
            "2026年10月1日（星期四）10:01到期：2026年10月1日（星期四）09:59暂停，尚余1分钟，"
            "自2026年10月1日（星期四）10:00起继续计时",
            id="exactly_a_minute",
        ),
        pytest.param(
            "2026-04-10T17:30",
            "2026-04-10T17:30",
            "2026-04-11T10:00",
            WorkingDays(1),
            "due Friday 2026-04-10 17:30: paused Friday 2026-04-10 17:30 with no time left, "
            "ran on from Saturday 2026-04-11 10:00",
            "2026年4月10日（星期五）17:30到期：2026年4月10日（星期五）17:30暂停，已无剩余时间，"
            "自2026年4月11日（星期六）10:00起继续计时",
            id="nothing_left_at_the_limit_itself",
        ),
        pytest.param(
            "2026-12-30T17:30",
            "2026-12-31T17:30",
            "2027-01-01T17:30",
            WorkingDays(1),
            "due Thursday 2026-12-31 17:30: paused Thursday 2026-12-31 17:30 with no time left, "
            "ran on from Friday 2027-01-01 17:30, provisional, as the holidays of 2027 are not announced",
            "2026年12月31日（星期四）17:30到期：2026年12月31日（星期四）17:30暂停，已无剩余时间，"
            "自2027年1月1日（星期五）17:30起继续计时，暂定，2027年的放假安排尚未公布",
            id="missed_and_provisional_by_the_pause",
        ),
        pytest.param(
            "2026-12-31T17:30",
            "2026-12-31T08:30",
            "2026-12-31T17:30",
            WorkingDays(1),
            "due Friday 2027-01-01 17:30: paused Thursday 2026-12-31 08:30 with one working day left, "
            "ran on from Thursday 2026-12-31 17:30, counted from Friday 2027-01-01, "
            "provisional, as the holidays of 2027 are not announced",
            "2027年1月1日（星期五）17:30到期：2026年12月31日（星期四）08:30暂停，尚余1个工作日，"
            "自2026年12月31日（星期四）17:30起继续计时，从2027年1月1日（星期五）起算，"
            "暂定，2027年的放假安排尚未公布",
            id="provisional",
        ),
    ],
)
def test_a_resumed_deadline_says_what_was_left(
    limit: str, stopped: str, now: str, budget: Budget, english: str, chinese: str
) -> None:
    said = explain_resumed(at(limit), at(stopped), at(now), budget, STANDARD_HOURS, CALENDAR)
    assert (said.english, said.chinese) == (english, chinese)


def test_what_is_left_is_told_in_days_as_long_as_the_offices_are_open() -> None:
    through = OfficeHours(time(9), time(12), time(12), time(17))
    limit, stopped, now = at("2026-04-08T17:00"), at("2026-04-07T09:00"), at("2026-04-07T10:00")
    said = explain_resumed(limit, stopped, now, WorkingDays(2), through, CALENDAR)
    assert "with two working days left" in said.english


@pytest.mark.parametrize(
    ("limit", "budget", "english", "chinese"),
    [
        pytest.param(
            "2026-02-14T17:30",
            WorkingDays(5),
            "due Saturday 2026-02-28 17:30: prolonged by five working days "
            "from the old limit Saturday 2026-02-14 17:30, "
            "Monday 2026-02-16 to Monday 2026-02-23 were holidays "
            "(Chinese New Year's Eve, Chinese New Year (Spring Festival)), "
            "Saturday 2026-02-28 was a working day to make up for a holiday",
            "2026年2月28日（星期六）17:30到期：自原期限2026年2月14日（星期六）17:30起延长5个工作日，"
            "2026年2月16日（星期一）至2026年2月23日（星期一）放假（农历除夕、春节），"
            "2026年2月28日（星期六）调休上班",
            id="working_days_after_the_day_of_the_limit",
        ),
        pytest.param(
            "2026-02-14T11:00",
            WorkingHours(timedelta(hours=2)),
            "due Saturday 2026-02-14 15:30: prolonged by two working hours "
            "from the old limit Saturday 2026-02-14 11:00, "
            "Saturday 2026-02-14 was a working day to make up for a holiday",
            "2026年2月14日（星期六）15:30到期：自原期限2026年2月14日（星期六）11:00起延长2小时工作时间，"
            "2026年2月14日（星期六）调休上班",
            id="working_hours_on_the_day_of_the_limit",
        ),
        pytest.param(
            "2026-09-30T17:30",
            WallClock(timedelta(days=30)),
            "due Friday 2026-10-30 17:30: prolonged by 30 days from the old limit Wednesday 2026-09-30 17:30",
            "2026年10月30日（星期五）17:30到期：自原期限2026年9月30日（星期三）17:30起延长30日",
            id="wall_clock",
        ),
        pytest.param(
            "2026-12-31T17:30",
            WorkingDays(1),
            "due Friday 2027-01-01 17:30: prolonged by one working day "
            "from the old limit Thursday 2026-12-31 17:30, "
            "provisional, as the holidays of 2027 are not announced",
            "2027年1月1日（星期五）17:30到期：自原期限2026年12月31日（星期四）17:30起延长1个工作日，"
            "暂定，2027年的放假安排尚未公布",
            id="provisional",
        ),
    ],
)
def test_a_prolonged_deadline_says_by_how_much(
    limit: str, budget: Budget, english: str, chinese: str
) -> None:
    said = explain_prolonged(at(limit), budget, STANDARD_HOURS, CALENDAR)
    assert (said.english, said.chinese) == (english, chinese)


@given(instants, instants, instants, budgets)
def test_any_resumed_or_prolonged_deadline_can_be_explained(
    limit: datetime, stopped: datetime, now: datetime, budget: Budget
) -> None:
    hours, calendar = STANDARD_HOURS, CALENDAR
    on = resumed(limit, stopped, now, budget, hours, calendar)
    said = explain_resumed(limit, stopped, now, budget, hours, calendar)
    assert on.at.date().isoformat() in said.english
    assert said == explain_resumed(limit, stopped, now, budget, hours, calendar, on)
    longer = prolonged(limit, budget, hours, calendar)
    said = explain_prolonged(limit, budget, hours, calendar)
    assert longer.at.date().isoformat() in said.english
    assert said == explain_prolonged(limit, budget, hours, calendar, longer)
