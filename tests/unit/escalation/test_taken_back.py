"""What is taken back or taken out when help is on its way, people are being asked, or only few may read it."""

from datetime import timedelta
from typing import Any

import pytest

from shared.events import FastEnded, FastRaised, MatterCategorised, MatterSplit, MatterVisited
from shared.matter import ActionKind, State, Visit
from shared.reasons import Reason
from tests.builders import COUNTY, MONDAY
from tests.unit.escalation.lane import BULB, K, Lane, kinds, one

YES = Visit(reached=True, resolved=True, satisfied=True)


def two() -> tuple[Lane, str]:
    """A matter, and another of the same desk."""
    lane = Lane(**BULB)
    other = lane.report(
        source_id="2", **BULB | {"title": "另一件事", "text": "与前一件毫不相干，请另行办理。"}
    )
    assert other != lane.matter_id
    return lane, other


def at(lane: Lane, matter_id: str) -> Lane:
    lane.matter_id = matter_id
    return lane


# -- asked


def resolved() -> Lane:
    """Two people have reported it, of whom the first was asked."""
    lane = Lane(**BULB)
    lane.matched("r2", voice="he")
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT)
    assert lane.position.state is State.RESOLVED
    return lane


@pytest.mark.parametrize("way", [K.WITHDRAW, K.SPLIT], ids=str)
def test_where_whoever_was_left_to_be_asked_is_gone_the_matter_can_still_be_closed(way: ActionKind) -> None:
    lane = resolved()
    changes: dict[str, Any] = {"taken_out": "r2"} if way is K.SPLIT else {"report_id": "r2"}
    lane.act(way, **changes)
    assert lane.position.state is State.RESOLVED
    (visited,) = lane.act(K.VISIT, report_id=None, visit=YES)
    assert isinstance(visited, MatterVisited)
    assert (visited.report_id, visited.to_visit) == (lane.matter.parts[0].report_id, ())
    lane.go(K.CLOSE)


def test_nobody_is_asked_again_while_somebody_is_left() -> None:
    lane = resolved()
    first = lane.matter.parts[0].report_id
    assert one(lane.act(K.VISIT, report_id=first, visit=YES)).reason is Reason.ALREADY_DONE
    lane.act(K.VISIT, report_id="r2", visit=YES)
    assert one(lane.act(K.VISIT, report_id=first, visit=YES)).reason is Reason.ALREADY_DONE


# -- help on its way


def test_an_alarm_by_a_person_goes_on_when_a_report_is_taken_out() -> None:
    lane = Lane(**BULB)
    lane.matched("r2")
    lane.go(K.ALARM)
    assert kinds(lane.act(K.SPLIT, taken_out="r2"))[0] == "matter.split"
    assert lane.matter.fast is not None


def test_an_alarm_that_came_with_another_matter_is_not_ended_by_a_third() -> None:
    lane, other = two()
    lane.matched("r3")
    first = lane.matter_id
    at(lane, other).go(K.ALARM)
    raised = [event for event in lane.act(K.JOIN, into=first) if isinstance(event, FastRaised)]
    assert [event.reason for event in raised] == [Reason.BY_ACTION]
    events = at(lane, first).act(K.SPLIT, taken_out="r3")
    assert not any(isinstance(event, FastEnded) for event in events)
    assert lane.matter.fast is not None


def test_danger_that_was_taken_back_before_both_became_one_is_not_ended_by_a_third() -> None:
    lane, other = two()
    lane.matched("r3")
    first = lane.matter_id
    at(lane, other).matched("r4", danger_now=True)
    lane.act(K.WITHDRAW, report_id="r4")
    lane.act(K.JOIN, into=first)
    at(lane, first).act(K.SPLIT, taken_out="r3")
    assert lane.matter.fast is not None


def test_what_has_been_stood_down_is_not_ended_twice() -> None:
    lane = Lane(**BULB)
    lane.matched("r2", danger_now=True)
    lane.go(K.STAND_DOWN)
    events = lane.act(K.SPLIT, taken_out="r2")
    assert isinstance(events[0], MatterSplit)
    assert not any(isinstance(event, FastEnded) for event in events)
    assert lane.matter.fast is None
    assert "fast.raised" in kinds(lane.matched("r3", danger_now=True))


def test_danger_that_another_report_says_too_goes_on() -> None:
    lane = Lane(**BULB)
    lane.matched("r2", danger_now=True)
    lane.matched("r3", danger_now=True)
    assert "fast.ended" not in kinds(lane.act(K.SPLIT, taken_out="r2"))
    assert "fast.ended" in kinds(lane.act(K.SPLIT, taken_out="r3"))


# -- counted


def test_both_matters_of_a_split_say_how_many_people_each_has() -> None:
    lane, other = two()
    lane.matched("r3", voice="a")
    first = lane.matter_id
    at(lane, other).matched("r4", voice="b")
    lane.matched("r5", voice="c")
    lane.act(K.JOIN, into=first)
    events = at(lane, first).act(K.SPLIT, taken_out="r4")
    told = {event.matter_id: event.voices for event in events if isinstance(event, MatterSplit)}
    assert told == {first: 2, other: 3}


# -- who may read it


def test_what_is_put_under_a_confidential_category_says_so_and_takes_in_nothing_that_others_may_read() -> (
    None
):
    lane = Lane(**BULB)
    (event,) = (
        each for each in lane.act(K.CATEGORISE, category="tip.gang") if isinstance(each, MatterCategorised)
    )
    assert event.confidential
    assert lane.matter.confidential
    assert kinds(lane.matched("r2", **BULB))[0] == "matter.opened"
    assert kinds(lane.matched("r3", category="tip.gang"))[0] == "matter.joined"


def test_what_was_confidential_stays_so_under_any_category() -> None:
    lane = Lane(category="tip.gang")
    events = lane.act(K.CATEGORISE, category="city.greening")
    assert [event.confidential for event in events if isinstance(event, MatterCategorised)] == [True]
    assert lane.matter.confidential


def test_what_is_put_under_its_own_category_or_none_is_refused() -> None:
    lane = Lane(**BULB)
    for category in (BULB["category"], "made.up"):
        assert one(lane.act(K.CATEGORISE, category=category)).reason is Reason.TARGET_WRONG


def test_where_the_same_desk_answers_for_the_other_category_it_goes_on_as_it_was() -> None:
    lane = Lane(category="environment.noise")
    lane.go(K.ACCEPT, K.START)
    before = lane.position
    (event,) = lane.act(K.CATEGORISE, category="city.street_vendor")
    assert event.position == before


def test_an_answer_to_no_question_is_refused_also_when_both_were_joined_and_parted_again() -> None:
    lane = Lane(**BULB)
    other = lane.asked()
    lane.act(K.JOIN, into=other)
    at(lane, other).tick(MONDAY + timedelta(minutes=1))
    lane.act(K.SPLIT, taken_out="r1")
    at(lane, f"{COUNTY}-r1")
    assert lane.position.state is State.ROUTED
    assert one(lane.act(K.KEEP_APART)).reason is Reason.NOT_ASKED
