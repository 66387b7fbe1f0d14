"""The clock of a matter, to the microsecond: limits, urging, colours, pauses, extensions, sorts of overdue, notices."""

from datetime import datetime
from typing import Any

import pytest

from services.escalation.rules.life import Who
from shared import events as e
from shared import topics, wire
from shared.divisions import Tier
from shared.matter import ActionKind, Awaits, Ground, State
from shared.reasons import Reason
from shared.standing import Colour, Overdue, colour, overdue
from tests.builders import BEIJING, COUNTY, MONDAY
from tests.unit.escalation.lane import DAY, HOUR, INSTANT, MINUTE, UNHAPPY, K, Lane, W, history, kinds, one

PETITION: dict[str, Any] = {
    "category": "petition.first",
    "title": "补偿未到位",
    "text": "补偿款一直没有发，请答复。",
}
GROUNDS = {
    Ground.WAITS_FOR_RESIDENT: (Awaits.RESIDENT, "10 working days"),
    Ground.WAITS_FOR_EXPERT: (Awaits.EXPERT, "20 working days"),
    Ground.WAITS_FOR_COURT: (Awaits.COURT, "90 days"),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def a_light(**report: Any) -> Lane:
    """Received on a Monday at 09:10, one working day at the village: 350 minutes of office time till 17:30."""
    return Lane(**report)


def works_on(**report: Any) -> Lane:
    lane = Lane(**report)
    lane.go(K.ACCEPT, K.START)
    return lane


def test_a_microsecond_before_the_limit_nothing_is_late_and_the_instant_itself_is() -> None:
    lane = a_light()
    limit = lane.due
    assert limit.at == at("2026-03-02T17:30")
    assert kinds(lane.tick(limit.at - INSTANT)) == ["matter.urged"]
    ordered, risen = lane.tick(limit.at)
    assert isinstance(ordered, e.SupervisionOrdered)
    assert isinstance(risen, e.MatterEscalated)
    assert (ordered.number, ordered.order, ordered.missed, risen.number) == (3, 1, limit, 4)
    assert (ordered.to, ordered.copied_to) == (risen.from_desk, risen.position.desk)
    assert (risen.from_tier, risen.position.tier, risen.reason) == (
        Tier.VILLAGE, Tier.TOWN, Reason.LIMIT_PASSED,
    )  # fmt: skip
    assert lane.tick(limit.at + INSTANT) == []


def test_the_new_tier_has_its_whole_budget_from_when_it_is_told() -> None:
    lane = a_light()
    told = at("2026-03-09T10:00")
    lane.tick(told)
    assert (lane.due.since, lane.due.at) == (told, at("2026-03-10T17:30"))


def test_accepting_has_its_own_deadline_before_the_limit_and_moves_neither() -> None:
    lane = Lane(**PETITION)
    accept, limit = lane.due, lane.limit
    assert (accept.what, accept.at, limit.at) == ("accept", MONDAY + 15 * DAY, MONDAY + 60 * DAY)
    lane.tick(accept.at - INSTANT)
    lane.go(K.ACCEPT)
    assert (lane.due, lane.position.limit) == (limit, None)


def test_a_petition_nobody_accepts_rises_at_the_instant_of_the_fifteenth_day() -> None:
    lane = Lane(**PETITION)
    accept = lane.due
    assert kinds(lane.tick(accept.at - INSTANT)) == ["matter.urged"]
    ordered, risen = lane.tick(accept.at)
    assert isinstance(ordered, e.SupervisionOrdered)
    assert ordered.missed == accept
    assert risen.position.tier is Tier.COUNTY


def test_what_the_desk_does_at_work_moves_no_clock() -> None:
    lane = a_light()
    before = lane.due
    lane.go(K.ACCEPT, K.START, K.COMMENT, K.BOOK, K.HOLD, K.WHISTLE, K.ANSWER_WHISTLE)
    lane.matched("r2")
    assert lane.due == before


def test_an_urge_comes_at_red_once_and_never_after_the_limit() -> None:
    lane = a_light()
    red = at("2026-03-02T16:20")  # 280 of 350 minutes
    assert lane.due.red == red
    assert lane.tick(red - INSTANT) == []
    urged = one(lane.tick(red))
    assert (urged.to, urged.due) == (lane.position.desk, lane.due)
    assert lane.tick(lane.due.at - INSTANT) == []
    late = a_light()
    assert kinds(late.tick(late.due.at)) == ["matter.ordered", "matter.escalated"]


def test_a_deadline_that_comes_back_after_a_dispute_is_not_urged_again() -> None:
    lane = works_on()
    assert kinds(lane.tick(at("2026-03-02T16:30"))) == ["matter.urged"]
    lane.go(K.RETURN, K.UPHOLD, K.ACCEPT)
    assert lane.tick(at("2026-03-02T17:00")) == []
    petition = Lane(at=MONDAY, **PETITION)
    petition.go(K.ACCEPT)
    assert kinds(petition.tick(petition.due.at - 3 * DAY)) == ["matter.urged"]
    petition.go(K.RETURN)
    assert petition.due.what == "review"
    assert kinds(petition.tick(petition.due.at - INSTANT)) == ["matter.urged"]
    petition.go(K.UPHOLD, K.ACCEPT)
    petition.tick(petition.due.at - INSTANT)
    urged = [
        each.due.what
        for each in history(petition.outs, petition.matter_id)
        if isinstance(each, e.MatterUrged)
    ]
    assert urged == ["resolve", "review"]


def test_three_colours_change_at_their_instants() -> None:
    due = a_light().due
    yellow, red = at("2026-03-02T14:35"), at("2026-03-02T16:20")  # 175 and 280 of 350 minutes
    assert (due.yellow, due.red) == (yellow, red)
    seen = [colour(due, when) for when in (MONDAY, yellow - INSTANT, yellow, red - INSTANT, red, due.at)]
    assert seen == [Colour.BLUE, Colour.BLUE, Colour.YELLOW, Colour.YELLOW, Colour.RED, Colour.RED]


def test_what_is_not_urged_is_blue_to_the_end() -> None:
    lane = works_on()
    lane.go(K.PAUSE)
    assert (lane.due.yellow, lane.due.red) == (None, None)
    assert [colour(lane.due, lane.due.at - INSTANT), colour(lane.due, lane.due.at)] == [
        Colour.BLUE, Colour.RED,
    ]  # fmt: skip


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
def test_a_pause_says_whom_it_waits_for_and_ends_by_itself(ground: Ground) -> None:
    lane = works_on()
    lane.tick(at("2026-03-02T10:00"))
    limit, (awaits, span) = lane.due, GROUNDS[ground]
    paused = one(lane.act(K.PAUSE, ground=ground))
    assert (paused.ground, paused.position.limit) == (ground, limit)
    end = lane.due
    assert (end.what, end.awaits, end.span) == ("resume", awaits, span)
    assert lane.tick(end.at - INSTANT) == []
    resumed = one(lane.tick(end.at))
    assert isinstance(resumed, e.MatterResumed)
    assert (resumed.reason, resumed.position.state) == (Reason.LIMIT_PASSED, State.IN_PROGRESS)
    assert lane.due.at > end.at


def test_a_limit_runs_on_with_just_the_office_time_that_was_left() -> None:
    lane = works_on()
    lane.tick(at("2026-03-02T15:00"))  # 150 minutes are left
    lane.go(K.PAUSE)
    lane.tick(at("2026-03-04T09:00"))
    lane.act(K.RESUME, W.RESIDENT)
    assert lane.due.at == at("2026-03-04T11:30")
    assert lane.due.left == 150 * 60 * 1_000_000
    assert lane.position.promised == at("2026-03-02T17:30")
    lane.tick(lane.due.at - INSTANT)
    assert lane.matter.position.tier is Tier.VILLAGE
    lane.tick(lane.due.at)
    assert lane.position.tier is Tier.TOWN


def test_a_pause_by_the_wall_clock_moves_a_limit_by_its_own_length() -> None:
    lane = works_on(**PETITION)
    limit = lane.due.at
    lane.tick(MONDAY + DAY)
    lane.go(K.PAUSE)
    lane.tick(MONDAY + 3 * DAY + 7 * MINUTE)
    lane.go(K.RESUME)
    assert lane.due.at == limit + 2 * DAY + 7 * MINUTE


def test_each_ground_stops_the_clock_once_at_a_tier_and_once_more_at_the_next() -> None:
    lane = works_on()
    for ground in GROUNDS:
        lane.act(K.PAUSE, ground=ground)
        lane.go(K.RESUME)
    for ground in GROUNDS:
        assert one(lane.act(K.PAUSE, ground=ground)).reason is Reason.ALREADY_DONE
    assert one(lane.act(K.TO_COURT)).reason is Reason.ALREADY_DONE
    lane.go(K.ESCALATE, K.ACCEPT, K.PAUSE)
    assert lane.position.state is State.PAUSED


def test_an_extension_moves_the_limit_from_where_it_was_and_not_the_promise() -> None:
    lane = works_on()
    limit = lane.due
    lane.tick(limit.at - INSTANT)
    lane.go(K.ASK_EXTENSION)
    assert lane.due == limit
    lane.go(K.APPROVE_EXTENSION)
    assert (lane.due.at, lane.due.extended) == (at("2026-03-09T17:30"), True)  # five working days on
    assert lane.position.promised == limit.at
    assert lane.tick(limit.at) == []
    assert lane.position.tier is Tier.VILLAGE


def test_a_limit_that_has_passed_cannot_be_extended() -> None:
    lane = works_on()
    lane.go(K.ASK_EXTENSION)
    lane.tick(lane.due.at)
    assert lane.position.tier is Tier.TOWN
    asked = lane.act(K.APPROVE_EXTENSION)
    assert one(asked).reason is Reason.STATE_WRONG
    lane.go(K.ACCEPT)
    assert one(lane.act(K.APPROVE_EXTENSION)).reason is Reason.NOT_ASKED


@pytest.mark.parametrize("who", [W.DESK, W.RESIDENT], ids=str)
def test_only_the_tier_above_grants_an_extension(who: Who) -> None:
    lane = works_on()
    lane.go(K.ASK_EXTENSION)
    limit = lane.due
    assert one(lane.act(K.APPROVE_EXTENSION, who)).reason is Reason.DESK_WRONG
    assert one(lane.act(K.APPROVE_EXTENSION, desk=f"{COUNTY}:county_centre")).reason is Reason.DESK_WRONG
    assert lane.due == limit


@pytest.mark.parametrize("answer", [K.APPROVE_EXTENSION, K.REFUSE_EXTENSION], ids=str)
def test_an_extension_is_answered_once_and_asked_once_a_tier(answer: ActionKind) -> None:
    lane = works_on()
    before = lane.due
    lane.go(K.ASK_EXTENSION, answer)
    assert (lane.due == before) is (answer is K.REFUSE_EXTENSION)
    after = lane.due
    assert one(lane.act(K.APPROVE_EXTENSION)).reason is Reason.NOT_ASKED
    assert one(lane.act(K.ASK_EXTENSION)).reason is Reason.ALREADY_DONE
    assert lane.due == after


def test_past_the_promise_it_is_on_the_account_of_desk_resident_or_extension() -> None:
    lane = works_on()
    promised = lane.due.at
    assert overdue(lane.position, promised - INSTANT) is None
    assert overdue(lane.position, promised) is Overdue.DESK
    extended = works_on()
    extended.go(K.ASK_EXTENSION, K.APPROVE_EXTENSION)
    moved = extended.due.at
    assert overdue(extended.position, promised - INSTANT) is None
    assert overdue(extended.position, promised) is Overdue.EXTENSION
    assert overdue(extended.position, moved - INSTANT) is Overdue.EXTENSION
    assert overdue(extended.position, moved) is Overdue.DESK


def test_time_that_a_stopped_clock_took_is_not_on_the_desks_account_when_it_runs_on() -> None:
    lane = works_on()
    promised = lane.due.at
    lane.go(K.PAUSE)
    assert overdue(lane.position, promised - INSTANT) is None
    assert overdue(lane.position, promised) is Overdue.RESIDENT
    lane.tick(at("2026-03-04T09:00"))
    lane.go(K.RESUME)
    moved = lane.due.at
    assert overdue(lane.position, moved - INSTANT) is Overdue.RESIDENT
    assert overdue(lane.position, moved) is Overdue.DESK


def test_at_the_top_a_notice_is_announced_and_repeated() -> None:
    lane = works_on()
    lane.go(K.ESCALATE, K.ESCALATE, K.ESCALATE, K.ACCEPT)
    limit = lane.due
    lane.tick(limit.at - INSTANT)
    for nth in (1, 2, 3):
        due = lane.due
        assert kinds(lane.tick(due.at - INSTANT)) == []
        notice = one(lane.tick(due.at))
        assert isinstance(notice, e.NoticeAnnounced)
        assert (notice.notice, notice.missed) == (nth, due)
        assert (lane.due.what, lane.due.span, lane.position.tier) == ("notice", "5 working days", Tier.CITY)
        assert overdue(lane.position, lane.due.at - INSTANT) is Overdue.DESK


def test_a_missed_acceptance_at_the_top_is_announced_and_leaves_the_limit_as_it_was() -> None:
    lane = Lane(**PETITION)
    lane.go(K.ESCALATE, K.ESCALATE)
    limit = lane.limit
    notice = one([each for each in lane.tick(lane.due.at) if not isinstance(each, e.MatterUrged)])
    assert isinstance(notice, e.NoticeAnnounced)
    assert (lane.due.what, lane.position.limit) == ("notice", limit)
    lane.go(K.ACCEPT)
    assert (lane.due, lane.position.limit) == (limit, None)


def test_the_city_centre_is_told_when_a_matter_rises_to_it() -> None:
    lane = a_light()
    for _ in range(3):
        lane.tick(lane.due.at)
    last = wire.decode(lane.outs[-1].value)
    assert isinstance(last, e.MatterEscalated)
    assert last.sheet == lane.matter.sheet
    assert {out.topic for out in lane.outs[-3:]} == {
        topics.EVENTS.name, f"matters.routed.{COUNTY}.v1", "matters.routed.430900.v1",
    }  # fmt: skip


@pytest.mark.parametrize("steps", [(), (K.VISIT,)], ids=["resolved", "visited"])
def test_a_settled_matter_that_is_forgotten_rises_as_it_is(steps: tuple[ActionKind, ...]) -> None:
    lane = works_on()
    lane.go(K.RESOLVE, *steps)
    state, what = lane.position.state, lane.due.what
    assert what == ("close" if steps else "visit")
    lane.tick(lane.due.at)
    assert (lane.position.state, lane.position.tier, lane.due.what) == (state, Tier.TOWN, what)


def test_an_action_after_the_tick_that_made_it_late_is_not_in_time() -> None:
    lane = works_on()
    desk = lane.key(W.DESK)
    lane.tick(lane.due.at)
    assert one(lane.act(K.RESOLVE, desk=desk)).reason is Reason.DESK_WRONG


def test_a_dissatisfied_visit_reopens_one_tier_up_once() -> None:
    lane = works_on()
    lane.go(K.RESOLVE)
    reopened = one(lane.act(K.VISIT, visit=UNHAPPY))
    assert isinstance(reopened, e.MatterReopened)
    assert (reopened.position.state, reopened.position.tier, reopened.reason) == (
        State.ROUTED, Tier.TOWN, Reason.DISSATISFIED,
    )  # fmt: skip
    lane.go(K.ACCEPT, K.RESOLVE)
    assert kinds(lane.act(K.VISIT, visit=UNHAPPY)) == ["matter.visited"]
    lane.go(K.CLOSE)
    assert one(lane.act(K.REOPEN)).reason is Reason.ALREADY_DONE


def closed() -> tuple[Lane, datetime]:
    lane = works_on()
    lane.matched("r2")
    lane.go(K.RESOLVE, K.VISIT, K.CLOSE)
    return lane, lane.matter.at + 30 * DAY


def test_a_closed_matter_is_reopened_to_the_last_microsecond_of_its_window() -> None:
    for instant, kind in ((INSTANT, "matter.reopened"), (0 * INSTANT, "action.refused")):
        lane, over = closed()
        lane.tick(over - instant)
        assert kinds(lane.act(K.REOPEN)) == [kind]


def test_a_rating_or_one_more_report_gives_no_more_time_to_reopen() -> None:
    lane, over = closed()
    lane.tick(over - HOUR)
    lane.go(K.RATE)
    lane.matched("r3", over - HOUR)
    lane.tick(over)
    assert one(lane.act(K.REOPEN)).reason is Reason.WINDOW_OVER
    assert one(lane.act(K.RATE, report_id="r2")).reason is Reason.WINDOW_OVER


def test_a_rating_counts_once_for_each_who_reported_and_moves_nothing() -> None:
    lane, _ = closed()
    before = lane.position
    own = lane.matter.parts[0].report_id
    assert [one(lane.act(K.RATE, report_id=r, rating=n)).rating for r, n in (("r2", 5), (own, 1))] == [5, 1]
    assert one(lane.act(K.RATE, report_id="r2")).reason is Reason.ALREADY_DONE
    assert lane.position == before


def test_a_reopened_matter_is_remembered_for_as_long_as_it_is_open() -> None:
    lane, over = closed()
    lane.tick(over - DAY)
    lane.go(K.REOPEN, K.ACCEPT)
    lane.act(K.PAUSE, ground=Ground.WAITS_FOR_COURT)
    assert lane.matter.ended is None
    end = lane.due.at
    lane.tick(end)
    assert lane.tick(lane.due.at) != []


def test_a_closed_matter_is_joined_for_as_long_as_its_window_and_then_forgotten() -> None:
    lane = works_on()
    lane.go(K.RESOLVE, K.VISIT, K.CLOSE)
    ends = lane.matter.at + max(lane.policy.windows.values()) + 30 * DAY
    lane.tick(ends - INSTANT)
    assert lane.matter_id in lane.escalation.state
    lane.tick(ends)
    assert lane.matter_id not in lane.escalation.state


def test_escalation_passes_over_its_own_events() -> None:
    lane = works_on()
    own = next(out for out in lane.outs if isinstance(wire.decode(out.value), e.MatterAccepted))
    record = wire.Record(own.topic, 0, 0, own.timestamp, own.key, own.value, own.headers)
    assert lane.escalation.feed(record).outcome == "own"
    assert [each.number for each in history(lane.outs, lane.matter_id)] == [2, 3]
