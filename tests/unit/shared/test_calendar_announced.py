"""Announced years as data: what an announcement may say, and the calendar that has taken it."""

from datetime import date, datetime, timedelta

import msgspec
import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from shared.announced import PACKAGE, YEARS, Announcement, DayOff, announcement_of, problems_of, require_good
from shared.calendar import STANDARD_HOURS, Budget, Calendar, WorkingDays, china, due
from shared.errors import AnnouncementInvalidError
from tests.unit.shared.calendar_cases import CALENDAR, at, budgets, instants

KNOWN = sorted(china().announced)


def known(year: int) -> Announcement:
    found = announcement_of(year)
    assert found is not None
    return found


def off(*days: str) -> tuple[DayOff, ...]:
    return tuple(DayOff(day=date.fromisoformat(day), en="New Year's Day", zh="元旦") for day in days)


def worked(*days: str) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, days))


def an_announcement(**changes: object) -> Announcement:
    """2027 begins with a bridge: the Thursday before is off, the Saturday before that is worked."""
    whole = Announcement(
        year=2027, off=off("2026-12-31", "2027-01-01"), worked=worked("2026-12-26", "2027-01-03"), version="a"
    )
    return msgspec.structs.replace(whole, **changes)


def workings(calendar: Calendar) -> list[bool]:
    return [calendar.is_working(date(2000, 11, 1) + timedelta(days=days)) for days in range(11_000)]


announcements = st.builds(
    lambda year, start, length, makes_up: Announcement(
        year=year,
        off=tuple(
            DayOff(day=day, en="Festival", zh="节")
            for day in (date(year, start, 1) + timedelta(days=each) for each in range(length))
            if day.weekday() < 5
        ),
        worked=tuple(
            day
            for day in (date(year, start, 10) + timedelta(days=each) for each in range(makes_up))
            if day.weekday() >= 5
        ),
        version="notice",
    ),
    st.integers(2024, 2031),
    st.integers(1, 12),
    st.integers(3, 9),
    st.integers(0, 14),
)


def test_the_calendar_is_the_packages_on_every_day_it_announces() -> None:
    package = country_holidays("CN", years=KNOWN)
    first = date(KNOWN[0], 1, 1)
    for days in range((date(KNOWN[-1], 12, 31) - first).days + 1):
        day = first + timedelta(days=days)
        assert china().is_working(day) is package.is_working_day(day), day


@pytest.mark.parametrize("year", KNOWN)
def test_what_the_package_knows_is_a_good_announcement(year: int) -> None:
    assert problems_of(known(year)) == []
    assert (known(year).year, known(year).version) == (year, PACKAGE)


@pytest.mark.parametrize(
    "year",
    [
        pytest.param(KNOWN[-1] + 1, id="a_guess_of_the_package"),
        pytest.param(YEARS[0] - 1, id="before_the_notices"),
        pytest.param(YEARS[-1] + 1, id="too_far"),
        pytest.param(0, id="no_year"),
        pytest.param(10_000, id="no_year_of_ours"),
    ],
)
def test_a_year_not_known_for_sure_is_none(year: int) -> None:
    assert announcement_of(year) is None


def test_a_december_moved_for_new_year_is_in_the_next_years_notice() -> None:
    assert known(2008).off[0].day == date(2007, 12, 31)
    assert known(2008).worked[0] == date(2007, 12, 29)
    assert china(2007).is_working(date(2007, 12, 31))
    assert not china(2008).is_working(date(2007, 12, 31))
    assert china(2008).is_working(date(2007, 12, 29))


@pytest.mark.parametrize("year", KNOWN[1:])
def test_a_year_announced_on_top_makes_the_same_calendar(year: int) -> None:
    assert workings(china(year - 1).with_year(known(year))) == workings(china(year))


@given(instants, budgets)
def test_and_the_same_deadlines(start: datetime, budget: Budget) -> None:
    grown = due(start, budget, STANDARD_HOURS, GROWN)
    whole = due(start, budget, STANDARD_HOURS, CALENDAR)
    assert msgspec.structs.replace(grown, calendar=whole.calendar) == whole


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param("2026-12-26", True, id="saturday_worked_in_the_december_before"),
        pytest.param("2026-12-31", False, id="thursday_off_in_the_december_before"),
        pytest.param("2027-01-01", False, id="new_year"),
        pytest.param("2027-01-02", False, id="saturday"),
        pytest.param("2027-01-03", True, id="sunday_worked"),
        pytest.param("2027-01-04", True, id="monday"),
        pytest.param("2027-10-01", True, id="friday_this_announcement_leaves_alone"),
        pytest.param("2028-02-29", True, id="after_it"),
    ],
)
def test_an_announced_day_works_or_not(day: str, works: bool) -> None:
    assert CALENDAR.with_year(an_announcement()).is_working(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "days", "expected", "provisional"),
    [
        pytest.param("2026-12-31T09:00", 1, "2027-01-03T17:30", False, id="off_by_the_next_years_notice"),
        pytest.param("2026-12-30T17:29:59.999999", 1, "2026-12-30T17:30", False, id="the_day_before"),
        pytest.param("2026-12-30T17:30", 1, "2027-01-03T17:30", False, id="from_its_close"),
        pytest.param("2027-12-31T17:29:59.999999", 1, "2027-12-31T17:30", False, id="last_day_announced"),
        pytest.param("2027-12-31T17:30", 1, "2028-01-03T17:30", True, id="the_next"),
    ],
)
def test_a_deadline_counts_by_what_is_announced(
    start: str, days: int, expected: str, provisional: bool
) -> None:
    found = due(at(start), WorkingDays(days), STANDARD_HOURS, CALENDAR.with_year(an_announcement()))
    assert (found.at, found.provisional) == (at(expected), provisional)


def of_2028() -> Announcement:
    return an_announcement(year=2028, off=off("2028-02-28"), worked=worked("2028-02-26"))


@pytest.mark.parametrize(
    ("start", "expected", "provisional"),
    [
        pytest.param("2027-01-01T09:00", "2027-01-01T17:30", True, id="between: monday to friday"),
        pytest.param("2027-12-31T17:30", "2028-01-03T17:30", True, id="from_between"),
        pytest.param("2028-01-03T09:00", "2028-01-03T17:30", False, id="announced"),
        pytest.param("2028-02-25T17:30", "2028-02-26T17:30", False, id="make_up_saturday"),
        pytest.param("2028-02-26T17:30", "2028-02-29T17:30", False, id="leap_day"),
        pytest.param("2028-02-29T17:29:59.999999", "2028-02-29T17:30", False, id="last_instant_of_it"),
        pytest.param("2028-02-29T17:30", "2028-03-01T17:30", False, id="after_the_leap_day"),
    ],
)
def test_a_year_nobody_announced_between_others_is_provisional(
    start: str, expected: str, provisional: bool
) -> None:
    found = due(at(start), WorkingDays(1), STANDARD_HOURS, CALENDAR.with_year(of_2028()))
    assert (found.at, found.provisional) == (at(expected), provisional)


def test_a_deadline_over_a_gap_is_provisional_though_both_its_ends_are_announced() -> None:
    found = due(at("2026-12-01T09:00"), WorkingDays(300), STANDARD_HOURS, CALENDAR.with_year(of_2028()))
    assert (found.at.year, found.provisional) == (2028, True)
    filled = CALENDAR.with_year(of_2028()).with_year(an_announcement())
    assert not due(at("2026-12-01T09:00"), WorkingDays(300), STANDARD_HOURS, filled).provisional


def test_with_no_year_announced_everything_is_monday_to_friday_and_provisional() -> None:
    nothing = china(2000)
    assert not nothing.announced
    first = date(2000, 11, 1)
    for days in range(2000):
        day = first + timedelta(days=days)
        assert nothing.is_working(day) is (day.weekday() < 5)
    assert due(at("2026-10-01T09:00"), WorkingDays(1), STANDARD_HOURS, nothing).provisional
    assert workings(nothing.with_year(known(2001))) == workings(china(2001))


def test_a_later_announcement_of_a_year_corrects_the_earlier() -> None:
    first = CALENDAR.with_year(an_announcement())
    second = first.with_year(an_announcement(off=off("2027-01-01"), worked=()))
    assert not first.is_working(date(2026, 12, 31))
    assert second.is_working(date(2026, 12, 31))
    assert not second.is_working(date(2026, 12, 26))
    assert first.version != second.version


def test_correcting_a_year_leaves_what_the_next_notice_moved_in_its_december() -> None:
    moved = CALENDAR.with_year(an_announcement())
    corrected = moved.with_year(an_announcement(year=2026, off=off("2026-01-01"), worked=()))
    assert corrected.is_working(date(2026, 10, 1))
    assert not corrected.is_working(date(2026, 12, 31))


def test_the_version_names_what_was_announced_since() -> None:
    newer = CALENDAR.with_year(an_announcement())
    source, _, change = newer.version.partition("+")
    assert source == CALENDAR.version
    year, _, digest = change.partition(":")
    assert year == "2027"
    assert len(digest) == 8
    assert newer.with_year(an_announcement(year=2025)).version.startswith(f"{source}+2025:")


def test_the_same_announcement_again_is_the_same_calendar() -> None:
    newer = CALENDAR.with_year(an_announcement())
    turned = an_announcement(off=an_announcement().off[::-1], worked=an_announcement().worked[::-1])
    assert newer.with_year(an_announcement()) is newer
    assert newer.with_year(turned) is newer
    assert CALENDAR.with_year(known(2026)) is CALENDAR


def test_a_correction_taken_back_is_the_calendar_as_it_was() -> None:
    back = CALENDAR.with_year(an_announcement(year=2026)).with_year(known(2026))
    assert back.version == CALENDAR.version
    assert workings(back) == workings(CALENDAR)


@given(st.permutations([an_announcement(), of_2028(), an_announcement(year=2030, off=(), worked=())]))
def test_announcements_may_come_in_any_order(several: list[Announcement]) -> None:
    calendar = CALENDAR
    for each in several:
        calendar = calendar.with_year(each)
    assert calendar.version == IN_ORDER.version
    assert calendar.days == IN_ORDER.days


@given(st.lists(announcements, max_size=4), st.integers(date(1990, 1, 1).toordinal(), 745_000))
def test_counting_and_finding_undo_each_other_whatever_is_announced(
    several: list[Announcement], ordinal: int
) -> None:
    calendar = CALENDAR
    for each in several:
        calendar = calendar.with_year(each)
    number = calendar.count(ordinal)
    assert calendar.nth(number) <= ordinal < calendar.nth(number + 1)
    assert calendar.count(calendar.nth(number)) == number


@given(announcements)
def test_a_year_changes_no_other_year(announcement: Announcement) -> None:
    calendar = CALENDAR.with_year(announcement)
    for year in (announcement.year - 1, announcement.year + 1):
        for days in range(334):
            day = date(year, 1, 1) + timedelta(days=days)
            assert calendar.is_working(day) is CALENDAR.is_working(day)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(an_announcement(year=1), id="year_1"),
        pytest.param(an_announcement(year=9999), id="year_9999"),
        pytest.param(an_announcement(year=-5), id="before_our_era"),
        pytest.param(an_announcement(off=(), worked=()), id="nothing"),
        pytest.param(an_announcement(off=off("2026-11-30", "2028-01-03", "2027-01-02")), id="wrong_days"),
        pytest.param(an_announcement(worked=worked("2026-11-28", "2028-01-01")), id="wrong_weekends"),
    ],
)
def test_a_wrong_announcement_breaks_nothing(wrong: Announcement) -> None:
    calendar = CALENDAR.with_year(wrong)
    assert calendar.is_working(date(2026, 11, 30))
    assert not calendar.is_working(date(2026, 11, 28))
    assert calendar.is_working(date(2028, 1, 3))
    assert due(at("2026-12-31T09:00"), WorkingDays(300), STANDARD_HOURS, calendar).at > at("2027-12-31T00:00")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"off": off("2027-01-01", "2027-01-02")}, ["2027-01-02 is a Saturday"], id="saturday_off"
        ),
        pytest.param({"worked": worked("2027-01-04")}, ["2027-01-04 is a Monday"], id="monday_worked"),
        pytest.param({"off": off("2026-12-01")}, [], id="first_day_of_the_december_before"),
        pytest.param({"off": off("2026-11-30")}, ["2026-11-30 is neither in 2027"], id="the_day_before_it"),
        pytest.param({"off": off("2027-12-31")}, [], id="last_day"),
        pytest.param({"off": off("2028-01-03")}, ["2028-01-03 is neither in 2027"], id="next_year"),
        pytest.param({"worked": worked("2028-01-01")}, ["2028-01-01 is neither"], id="worked_next_year"),
        pytest.param({"off": off("2027-01-01") * 2}, ["2027-01-01 is there 2 times"], id="off_twice"),
        pytest.param(
            {"worked": worked("2027-01-03") * 3}, ["2027-01-03 is there 3 times"], id="worked_thrice"
        ),
        pytest.param({"worked": ()}, [], id="nothing_worked"),
        pytest.param({"off": ()}, ["no year is without holidays"], id="nothing_off"),
        pytest.param({"version": " "}, ["version: must say who"], id="from_nobody"),
        pytest.param(
            {"off": (DayOff(day=date(2027, 1, 1), en="", zh=" "),)},
            ["2027-01-01 has no English name", "2027-01-01 has no Chinese name"],
            id="no_names",
        ),
        pytest.param(
            {"year": 2207, "off": off("2207-01-01"), "worked": ()},
            ["2207 is not from 2001 to 2099"],
            id="year",
        ),
        pytest.param(
            {"off": off("2028-01-01"), "worked": worked("2027-01-04")},
            ["2028-01-01 is neither", "2028-01-01 is a Saturday", "2027-01-04 is a Monday"],
            id="all_at_once",
        ),
    ],
)
def test_everything_wrong_with_an_announcement_is_said(
    changes: dict[str, object], expected: list[str]
) -> None:
    problems = problems_of(an_announcement(**changes))
    assert len(problems) == len(expected), problems
    assert all(part in problem for part, problem in zip(expected, problems, strict=True))


def test_a_good_announcement_is_taken_and_a_wrong_one_refused_with_every_problem() -> None:
    require_good(an_announcement())
    with pytest.raises(AnnouncementInvalidError, match=r"2027:\nversion: .*\noff: no year"):
        require_good(an_announcement(off=(), version=""))


def test_an_announcement_reads_back_as_written() -> None:
    text = msgspec.json.encode(an_announcement())
    assert msgspec.json.decode(text, type=Announcement) == an_announcement()
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(text.replace(b'"version"', b'"verzion"'), type=Announcement)


GROWN = china(2025).with_year(known(2026))
IN_ORDER = (
    CALENDAR.with_year(an_announcement())
    .with_year(of_2028())
    .with_year(an_announcement(year=2030, off=(), worked=()))
)
