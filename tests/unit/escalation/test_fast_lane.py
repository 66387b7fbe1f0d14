"""The fast lane: one, three and five minutes to the microsecond, beside the normal matter."""

from datetime import datetime
from typing import Any

import pytest

from shared import events as e
from shared.matter import ActionKind, key_of
from shared.reasons import Reason
from tests.builders import COUNTY, MONDAY, SAME_TOWN
from tests.unit.escalation.lane import CITY, DAY, INSTANT, MINUTE, K, Lane, as_record, journal, kinds, one

FORCE = ["430981006:police_post", f"{COUNTY}:emergency_command", f"{CITY}:emergency_command"]
STEPS = [(K.ACKNOWLEDGE, 1), (K.ARRIVE, 3), (K.SUPPORT, 5)]


def in_danger() -> Lane:
    lane = Lane()
    lane.matched(danger_now=True)
    return lane


def test_a_joined_report_of_danger_tells_all_three_levels_at_once_and_moves_no_clock() -> None:
    lane = Lane()
    before = lane.position
    joined, raised = lane.matched(danger_now=True)
    assert isinstance(joined, e.MatterJoined)
    assert isinstance(raised, e.FastRaised)
    assert [key_of(desk) for desk in raised.desks] == FORCE
    assert [due.at for due in raised.dues] == [MONDAY + n * MINUTE for n in (1, 3, 5)]
    assert (raised.reason, lane.position) == (Reason.DANGER_NOW, before)
    assert {out.topic for out in lane.outs[-3:]} == {
        "matters.events.v1", f"matters.routed.{COUNTY}.v1", "matters.routed.430900.v1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        pytest.param({"danger_now": True}, Reason.DANGER_NOW, id="danger"),
        pytest.param({"category": "emergency.fire"}, Reason.EMERGENCY_CATEGORY, id="category"),
    ],
)
def test_an_emergency_opens_with_the_fast_lane_beside_it(report: dict[str, Any], reason: Reason) -> None:
    lane = Lane(**report)
    raised = one(journal(lane.outs))
    assert isinstance(raised, e.FastRaised)
    assert (raised.reason, raised.number) == (reason, 2)


def test_the_fast_lane_is_not_raised_twice_while_it_runs() -> None:
    lane = in_danger()
    assert kinds(lane.matched("r3", danger_now=True)) == ["matter.joined"]
    lane.go(K.STAND_DOWN)
    assert kinds(lane.matched("r4", danger_now=True)) == ["matter.joined", "fast.raised"]


@pytest.mark.parametrize(("kind", "minutes"), STEPS, ids=["acknowledge", "arrive", "support"])
def test_a_step_is_late_at_its_instant_and_not_a_microsecond_before(kind: ActionKind, minutes: int) -> None:
    for before, missed in ((INSTANT, False), (0 * INSTANT, True)):
        lane = in_danger()
        lane.tick(MONDAY + minutes * MINUTE - before)
        (answered,) = lane.act(kind)
        assert (answered.missed, answered.step) == (missed, kind.value)


def test_the_lead_goes_up_level_by_level_and_stays_at_the_top() -> None:
    lane = in_danger()
    lead: list[tuple[int, str]] = []
    for minutes in (1, 3, 5):
        assert lane.tick(MONDAY + minutes * MINUTE - INSTANT) == []
        late = one(lane.tick(MONDAY + minutes * MINUTE))
        assert isinstance(late, e.FastLate)
        lead.append((minutes, key_of(late.command)))
    assert lead == [(1, FORCE[1]), (3, FORCE[2]), (5, FORCE[2])]
    assert lane.tick(MONDAY + 6 * MINUTE) == []


def test_after_a_stop_every_missed_minute_is_told_once_in_order() -> None:
    lane = in_danger()
    events = lane.tick(MONDAY + 7 * MINUTE)
    assert [each.missed.step.value for each in events if isinstance(each, e.FastLate)] == [
        "acknowledge", "arrive", "support",
    ]  # fmt: skip


def test_who_is_on_the_spot_has_acknowledged() -> None:
    lane = in_danger()
    lane.go(K.ARRIVE)
    assert one(lane.act(K.ACKNOWLEDGE)).reason is Reason.ALREADY_DONE
    late = one(lane.tick(MONDAY + 5 * MINUTE))
    assert late.missed.step.value == "support"
    lane.go(K.SUPPORT)
    assert one(lane.act(K.STAND_DOWN)).reason is Reason.NO_FAST_LANE


def test_any_of_the_three_may_answer_and_nobody_else() -> None:
    for desk in FORCE:
        assert isinstance(one(in_danger().act(K.ARRIVE, desk=desk)), e.FastAnswered)
    lane = in_danger()
    assert one(lane.act(K.ARRIVE, desk=key_of(lane.position.desk))).reason is Reason.DESK_WRONG


def test_it_stands_beside_the_normal_matter_whose_clock_runs_on() -> None:
    lane = in_danger()
    due = lane.due
    lane.tick(MONDAY + 6 * MINUTE)
    lane.go(K.STAND_DOWN, K.ACCEPT, K.START)
    assert lane.due == due
    assert kinds(lane.tick(due.at)) == ["matter.ordered", "matter.escalated"]


def closed() -> Lane:
    lane = in_danger()
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT, K.CLOSE)
    return lane


def test_a_matter_that_is_over_has_no_fast_lane_and_none_when_it_is_reopened() -> None:
    lane = closed()
    assert lane.tick(MONDAY + DAY) == []
    lane.go(K.REOPEN)
    lane.tick(MONDAY + DAY + MINUTE)
    assert not [each for each in journal(lane.outs) if isinstance(each, e.FastLate)]


def test_danger_goes_along_when_matters_are_joined() -> None:
    lane = in_danger()
    other = lane.report(source_id="2", division=SAME_TOWN)
    *_, raised = lane.act(K.JOIN, into=other)
    assert isinstance(raised, e.FastRaised)
    assert (raised.matter_id, raised.reason) == (other, Reason.DANGER_NOW)
    lane.restart()
    assert kinds(lane.tick(MONDAY + MINUTE)) == ["fast.late"]


def test_a_confidential_danger_is_told_to_none_below_the_county() -> None:
    lane = Lane(category="tip.gang", danger_now=True)
    raised = one(journal(lane.outs))
    assert [key_of(desk) for desk in raised.desks] == FORCE[1:]


def test_the_minutes_run_from_when_the_report_was_received() -> None:
    lane = Lane()
    now = MONDAY + 30 * MINUTE
    lane.tick(now)
    *_, raised = lane.matched(at=now + MINUTE, danger_now=True)
    assert isinstance(raised, e.FastRaised)
    assert raised.dues[0].at == now + 2 * MINUTE


def test_the_fast_lane_is_the_same_after_a_restart() -> None:
    stopped, steady = in_danger(), in_danger()
    ends: list[datetime] = [MONDAY + n * MINUTE for n in (1, 2, 3, 4, 5)]
    for end in ends:
        stopped.restart()
        assert stopped.tick(end) == steady.tick(end)
    assert [as_record(out) for out in stopped.outs] == [as_record(out) for out in steady.outs]
