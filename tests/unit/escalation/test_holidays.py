"""Deadlines over holidays and year's ends through a whole life, and set right by a calendar announced later."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from msgspec import structs

from services.escalation.rules.matter import Life
from shared import events as e
from shared.announced import Announcement, DayOff
from shared.calendar import china
from shared.divisions import Tier
from shared.matter import State
from tests.builders import BEIJING, POLICY
from tests.unit.escalation.lane import DAY, HOUR, INSTANT, K, Lane, history, kinds, one

AS_OF_2026 = replace(POLICY, calendar=china(2026))
"""A newer package of holidays must not move what these tests say of 2027 and 2028."""
NEW_YEAR = Announcement(
    year=2027,
    off=(DayOff(day=date(2027, 1, 1), en="New Year's Day", zh="元旦"),),
    worked=(date(2027, 1, 3),),
    version="made by hand",
)
"""Friday 1 January is off, Sunday the 3rd is worked for it."""
ANNOUNCED = e.CalendarAnnounced(announcement=NEW_YEAR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def received(text: str, **report: Any) -> Lane:
    return Lane(AS_OF_2026, at(text), **report)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2026-02-13T18:00", "2026-02-14T17:30", id="a make-up Saturday is a working day"),
        pytest.param("2026-02-14T17:29", "2026-02-14T17:30", id="a minute before it closes it counts"),
        pytest.param("2026-02-14T17:30", "2026-02-24T17:30", id="Spring Festival 2026 is passed over"),
        pytest.param("2026-02-19T10:00", "2026-02-24T17:30", id="received in the festival"),
        pytest.param("2026-02-27T18:00", "2026-02-28T17:30", id="the Saturday after it"),
        pytest.param("2026-03-02T23:59:59.999999", "2026-03-03T17:30", id="a microsecond before midnight"),
        pytest.param("2026-03-03T00:00", "2026-03-03T17:30", id="midnight"),
        pytest.param("2026-12-30T18:00", "2026-12-31T17:30", id="the last day of the year"),
        pytest.param("2026-12-31T17:30", "2027-01-01T17:30", id="into a year nobody announced"),
        pytest.param("2028-02-28T18:00", "2028-02-29T17:30", id="29 February"),
    ],
)
def test_one_working_day_ends_with_an_office_day_and_rises_at_its_instant(start: str, end: str) -> None:
    lane = received(start)
    assert lane.due.at == at(end)
    assert lane.due.provisional is (end >= "2027")
    lane.tick(lane.due.at - INSTANT)
    assert lane.matter.position.tier is Tier.VILLAGE
    lane.tick(at(end))
    assert lane.position.tier is Tier.TOWN


@pytest.mark.parametrize(
    ("start", "category", "end"),
    [
        pytest.param("2026-03-02T00:00", "utility.power", "2026-03-03T00:00", id="24 hours from midnight"),
        pytest.param("2028-02-14T10:00", "petition.first", "2028-02-29T10:00", id="15 days to 29 February"),
        pytest.param("2026-12-31T23:59", "utility.power", "2027-01-01T23:59", id="through New Year"),
    ],
)
def test_the_wall_clock_knows_no_holidays_and_is_never_provisional(
    start: str, category: str, end: str
) -> None:
    lane = received(start, category=category)
    assert (lane.due.at, lane.due.provisional) == (at(end), False)


def test_a_matter_that_rises_on_the_eve_has_the_next_tiers_days_after_the_festival() -> None:
    lane = received("2026-02-14T10:00")
    lane.tick(lane.due.at)
    assert (lane.position.tier, lane.due.at) == (Tier.TOWN, at("2026-02-25T17:30"))


def test_a_festival_in_a_pause_takes_nothing_from_what_was_left() -> None:
    lane = received("2026-02-14T09:00")
    lane.go(K.ACCEPT)
    lane.tick(at("2026-02-14T10:00"))  # five hours are left
    lane.go(K.PAUSE)
    lane.tick(at("2026-02-22T11:00"))
    lane.go(K.RESUME)
    assert lane.due.at == at("2026-02-24T16:00")


def over_the_year() -> Lane:
    lane = received("2026-12-31T18:00")
    lane.tick(at("2026-12-31T18:01"))
    assert (lane.due.at, lane.due.provisional) == (at("2027-01-01T17:30"), True)
    return lane


def but_for_the_deadline(life: Life) -> Life:
    position = structs.replace(life.position, due=None, limit=None, promised=None)
    return structs.replace(life, position=position, number=0, previous="", at=life.sheet.reported_at)


def test_a_calendar_announced_sets_a_provisional_deadline_right_and_changes_nothing_else() -> None:
    lane = over_the_year()
    before = lane.matter
    corrected = one(lane.say(ANNOUNCED))
    assert isinstance(corrected, e.DeadlineCorrected)
    assert (corrected.year, corrected.before) == (2027, before.position.due)
    assert (lane.due.at, lane.due.provisional) == (at("2027-01-03T17:30"), False)
    assert lane.position.promised == lane.due.at
    assert lane.due.calendar != before.position.due.calendar  # type: ignore[union-attr]
    assert but_for_the_deadline(lane.matter) == but_for_the_deadline(before)
    lane.tick(at("2027-01-03T17:30") - INSTANT)
    assert lane.matter.position.tier is Tier.VILLAGE
    lane.tick(at("2027-01-03T17:30"))
    assert lane.position.tier is Tier.TOWN


def test_a_calendar_announced_twice_changes_nothing() -> None:
    lane = over_the_year()
    lane.say(ANNOUNCED)
    before = lane.matter
    assert lane.say(ANNOUNCED) == []
    lane.restart()
    assert lane.say(ANNOUNCED) == []
    assert lane.matter == before


def test_what_was_not_provisional_is_not_counted_again() -> None:
    lane = received("2026-12-21T10:00")
    lane.tick(at("2026-12-21T10:01"))
    before = lane.matter
    assert lane.say(ANNOUNCED) == []
    assert lane.matter == before


def test_a_matter_of_after_the_announcement_counts_by_it_at_once() -> None:
    lane = over_the_year()
    lane.say(ANNOUNCED)
    lane.tick(at("2027-01-03T17:30"))
    assert lane.due.provisional is False
    assert (lane.position.tier, lane.due.at) == (Tier.TOWN, at("2027-01-05T17:30"))


def test_a_calendar_waits_for_the_first_tick_where_nothing_told_the_time_yet() -> None:
    lane = received("2026-12-31T18:00")
    assert lane.say(ANNOUNCED) == []
    assert kinds(lane.tick(at("2026-12-31T18:01"))) == ["matter.deadline_corrected"]


def test_a_stopped_clock_is_set_right_with_its_limit_and_its_promise() -> None:
    lane = received("2026-12-31T18:00")
    lane.tick(at("2026-12-31T18:01"))
    lane.go(K.ACCEPT, K.PAUSE)
    assert kinds(lane.say(ANNOUNCED)) == ["matter.deadline_corrected"]
    assert lane.position.state is State.PAUSED
    assert (lane.due.what, lane.due.provisional) == ("resume", False)
    assert (lane.limit.at, lane.position.promised) == (at("2027-01-03T17:30"), at("2027-01-03T17:30"))
    lane.tick(at("2027-01-04T08:00"))
    lane.go(K.RESUME)
    assert lane.due.at == at("2027-01-04T17:30")


def test_a_limit_that_was_extended_is_set_right_and_the_promise_stays() -> None:
    lane = received("2026-12-31T10:00")
    lane.go(K.ACCEPT, K.ASK_EXTENSION, K.APPROVE_EXTENSION)
    promised = at("2026-12-31T17:30")
    assert (lane.due.at, lane.due.provisional) == (at("2027-01-07T17:30"), True)
    lane.tick(at("2026-12-31T10:01"))
    assert kinds(lane.say(ANNOUNCED)) == ["matter.deadline_corrected"]
    assert (lane.due.at, lane.due.extended) == (
        at("2027-01-07T17:30"),
        True,
    )  # Sunday for Friday: as many days
    assert lane.position.promised == promised


def test_a_limit_that_ran_on_after_a_pause_is_set_right_with_what_was_left() -> None:
    lane = received("2026-12-31T10:00")
    lane.go(K.ACCEPT)
    lane.tick(at("2026-12-31T16:30"))  # an hour is left
    lane.go(K.PAUSE)
    lane.tick(at("2027-01-01T09:00"))
    lane.go(K.RESUME)
    assert (lane.due.at, lane.due.provisional) == (at("2027-01-01T10:00"), True)
    promised = lane.position.promised
    lane.say(ANNOUNCED)
    assert (lane.due.at, lane.due.provisional) == (at("2027-01-03T09:30"), False)
    assert lane.position.promised == promised


def test_every_provisional_deadline_is_set_right_whatever_was_stopped_in_between() -> None:
    whole, parts = over_the_year(), over_the_year()
    for lane in (whole, parts):
        for nth in range(2, 6):
            lane.report(at("2026-12-31T18:02"), source_id=str(nth), division=f"43098100600{nth}")
    parts.restart()
    assert parts.say(ANNOUNCED) == whole.say(ANNOUNCED)
    parts.restart()
    assert parts.tick(at("2027-01-02T09:00")) == whole.tick(at("2027-01-02T09:00")) == []
    assert len(history(whole.outs, whole.matter_id)) == 1


def test_a_corrected_deadline_that_has_come_nearer_still_passes_at_its_instant() -> None:
    sunday = structs.replace(NEW_YEAR, worked=(date(2027, 1, 2), date(2027, 1, 3)))
    lane = received("2027-01-01T18:00")
    assert lane.due.at == at("2027-01-04T17:30")
    lane.tick(at("2027-01-01T18:01"))
    lane.say(e.CalendarAnnounced(announcement=sunday))
    assert lane.due.at == at("2027-01-02T17:30")
    assert lane.tick(lane.due.at - 10 * HOUR) == []
    assert kinds(lane.tick(lane.due.at + DAY)) == ["matter.ordered", "matter.escalated"]
