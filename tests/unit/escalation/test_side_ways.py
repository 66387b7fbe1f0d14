"""The side ways of a matter: disputes about the dispatch, up and down, departments called in, one matter or two."""

from typing import Any

import pytest

from services.escalation.rules.matter import Life
from shared import events as e
from shared.divisions import Tier
from shared.matter import ActionKind, Position, State, Way, key_of
from shared.reasons import Reason
from tests.builders import COUNTY, MONDAY, SAME_TOWN, VILLAGE
from tests.unit.escalation.lane import (
    BULB,
    CITY,
    DAY,
    HOUR,
    INSTANT,
    UNHAPPY,
    K,
    Lane,
    S,
    W,
    history,
    journal,
    kinds,
    one,
)

TO_OPEN: dict[State, tuple[ActionKind, ...]] = {
    S.ROUTED: (),
    S.ACCEPTED: (K.ACCEPT,),
    S.IN_PROGRESS: (K.ACCEPT, K.START),
    S.PAUSED: (K.ACCEPT, K.PAUSE),
    S.RETURNED: (K.RETURN,),
    S.IN_COURT: (K.ACCEPT, K.TO_COURT),
    S.RESOLVED: (K.ACCEPT, K.RESOLVE),
    S.VISITED: (K.ACCEPT, K.RESOLVE, K.VISIT),
}


def lived(*steps: ActionKind, **report: Any) -> Lane:
    lane = Lane(**report)
    lane.go(*steps)
    return lane


def test_a_return_is_for_the_centre_to_answer_and_the_limit_stays() -> None:
    lane = lived(category="order.theft")  # fifteen working days at the town
    limit, desk = lane.due, lane.position.desk
    returned = one(lane.act(K.RETURN))
    assert (returned.position.limit, returned.position.desk) == (limit, desk)
    review = lane.due
    assert (review.what, review.span, review.awaits) == ("review", "1 working day", "centre")
    lane.tick(review.at - INSTANT)
    assert lane.position.tier is Tier.TOWN
    ordered, risen = lane.tick(review.at)
    assert (key_of(ordered.to), ordered.missed) == ("430981006:town_centre", review)
    assert risen.position.tier is Tier.COUNTY


def test_until_another_desk_accepts_the_first_one_answers_and_gets_the_order() -> None:
    lane = lived(K.RETURN)
    first, limit = lane.position.desk, lane.limit
    lane.go(K.REDISPATCH)
    second = lane.position.offered
    assert second not in (None, first)
    assert (lane.position.desk, lane.limit) == (first, limit)
    ordered, risen = (each for each in lane.tick(limit.at) if not isinstance(each, e.MatterUrged))
    assert isinstance(ordered, e.SupervisionOrdered)
    assert isinstance(risen, e.MatterEscalated)
    assert (ordered.to, risen.from_desk, risen.position.offered) == (first, first, None)


def test_when_the_other_desk_has_accepted_the_first_one_is_rid_of_it() -> None:
    lane = lived(K.RETURN, K.REDISPATCH)
    first, second, limit = lane.position.desk, lane.position.offered, lane.limit
    assert one(lane.act(K.ACCEPT, desk=key_of(first))).reason is Reason.DESK_WRONG
    lane.go(K.ACCEPT)
    assert (lane.position.desk, lane.position.offered, lane.due) == (second, None, limit)
    assert one(lane.act(K.START, desk=key_of(first))).reason is Reason.DESK_WRONG
    lane.go(K.START)


def test_a_wish_that_is_granted_is_offered_to_nobody_else_any_more() -> None:
    lane = lived(K.TRANSFER, **BULB)
    desk = lane.position.desk
    lane.go(K.GRANT_WISH)
    assert (lane.position.state, lane.position.desk, lane.position.offered) == (S.IN_PROGRESS, desk, None)


def test_after_so_many_new_dispatches_the_centres_word_is_the_last() -> None:
    lane = lived(*(K.RETURN, K.REDISPATCH) * 2)
    assert one(lane.act(K.RETURN)).reason is Reason.HOPS_SPENT
    lane.go(K.ESCALATE, K.RETURN)


def test_an_upheld_dispatch_stays_with_the_desk_and_its_limit() -> None:
    lane = lived()
    limit, desk = lane.due, lane.position.desk
    lane.go(K.RETURN, K.UPHOLD)
    assert (lane.position.state, lane.position.desk, lane.limit) == (S.ROUTED, desk, limit)


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(f"{COUNTY}:gardens", id="another tier"),
        pytest.param("430981006002:no_such_body", id="no body"),
        pytest.param("430981999999:village_centre", id="no division"),
        pytest.param("430902001001:village_centre", id="another county"),
        pytest.param(f"{VILLAGE}:village_committee", id="the desk itself"),
    ],
)
def test_a_matter_is_not_handed_where_it_cannot_go(to: str) -> None:
    lane = lived()
    assert one(lane.act(K.TRANSFER, to=to)).reason is Reason.TARGET_WRONG


def test_sent_down_it_keeps_its_limit_and_never_goes_below_its_entry() -> None:
    lane = lived(K.ACCEPT)
    assert one(lane.act(K.SEND_DOWN)).reason is Reason.AT_THE_FLOOR
    lane.go(K.ESCALATE)
    limit, promised = lane.limit, lane.position.promised
    lane.go(K.SEND_DOWN)
    assert (lane.position.tier, lane.limit, lane.position.promised) == (Tier.VILLAGE, limit, promised)
    assert one(lane.act(K.SEND_DOWN)).reason is Reason.AT_THE_FLOOR
    assert one(lived(category="order.theft").act(K.SEND_DOWN)).reason is Reason.AT_THE_FLOOR


@pytest.mark.parametrize("state", TO_OPEN, ids=str)
def test_a_resident_may_ask_for_the_next_tier_from_every_open_state(state: State) -> None:
    lane = lived(*TO_OPEN[state])
    assert lane.position.state is state
    risen = one(lane.act(K.ESCALATE))
    assert isinstance(risen, e.MatterEscalated)
    assert (risen.position.state, risen.position.tier, risen.reason, risen.by) == (
        S.ROUTED, Tier.TOWN, Reason.BY_RESIDENT, "resident",
    )  # fmt: skip
    lane.go(K.ESCALATE, K.ESCALATE)
    assert lane.position.tier is Tier.CITY
    assert one(lane.act(K.ESCALATE)).reason is Reason.AT_THE_TOP


def test_a_department_called_in_has_a_deadline_of_its_own_and_is_late_once() -> None:
    lane = lived(K.ACCEPT, category="order.theft")
    before = lane.position
    lane.go(K.WHISTLE)
    (call,) = lane.matter.calls
    assert (call.due.what, call.due.span, key_of(call.department)) == (
        "cohandling", "2 working days", f"{COUNTY}:health_bureau",
    )  # fmt: skip
    assert lane.tick(call.due.at - INSTANT) == []
    late = one(lane.tick(call.due.at))
    assert isinstance(late, e.CohandlingLate)
    assert (late.order, late.department, late.missed) == (1, call.department, call.due)
    assert lane.tick(call.due.at + DAY) == []
    assert lane.position == before
    events = lane.tick(lane.due.at)
    assert [each.order for each in events if isinstance(each, e.SupervisionOrdered)] == [2]
    assert len(history(lane.outs, lane.matter_id)) == lane.matter.number - 1


def test_a_department_that_has_answered_in_time_is_not_late() -> None:
    lane = lived(K.ACCEPT, K.WHISTLE, category="order.theft")
    (call,) = lane.matter.calls
    lane.tick(call.due.at - INSTANT)
    assert one(lane.act(K.ANSWER_WHISTLE, desk=lane.key(W.DESK))).reason is Reason.DESK_WRONG
    lane.go(K.ANSWER_WHISTLE)
    assert lane.tick(call.due.at) == []


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        pytest.param("430981006:judicial_office", Reason.TARGET_WRONG, id="its own tier"),
        pytest.param("430902:health_bureau", Reason.TARGET_WRONG, id="another county's"),
        pytest.param(f"{COUNTY}:health_bureau", Reason.ALREADY_DONE, id="called already"),
        pytest.param(f"{CITY}:health_bureau", None, id="the city's"),
    ],
)
def test_departments_over_the_place_are_called_in_each_once(to: str, reason: Reason | None) -> None:
    lane = lived(K.ACCEPT, K.WHISTLE, category="order.theft")
    event = one(lane.act(K.WHISTLE, to=to))
    assert isinstance(event, e.CohandlingCalled) if reason is None else event.reason is reason


def test_a_confirmed_agreement_resolves_and_one_that_is_not_goes_on() -> None:
    lane = lived(K.ACCEPT, K.TO_COURT, category="order.theft")
    limit = lane.limit
    assert (lane.due.span, lane.due.awaits) == ("90 days", "court")
    decided, resolved = lane.act(K.COURT_DECISION)
    assert isinstance(decided, e.CourtDecided)
    assert isinstance(resolved, e.MatterResolved)
    assert (resolved.way, lane.position.state) == (Way.COURT_CONFIRMATION, S.RESOLVED)
    other = lived(K.ACCEPT, K.TO_COURT, category="order.theft")
    assert kinds(other.act(K.COURT_DECISION, confirmed=False)) == ["matter.court_decided"]
    assert (other.position.state, other.due.at) == (S.IN_PROGRESS, limit.at)


def test_meetings_are_held_or_missed_once_and_move_nothing() -> None:
    lane = lived(K.ACCEPT)
    before = lane.position
    lane.go(K.BOOK, K.BOOK, K.HOLD, K.MISS)
    assert one(lane.act(K.HOLD)).reason is Reason.NOT_ASKED
    assert lane.position == before


def test_a_matter_ends_with_the_last_of_those_who_reported_it() -> None:
    lane = lived(K.ACCEPT)
    lane.matched("r2")
    before = lane.position
    own = lane.matter.parts[0].report_id
    first = one(lane.act(K.WITHDRAW))
    assert (first.remaining, lane.position) == (1, before)
    assert one(lane.act(K.WITHDRAW, report_id=own)).reason is Reason.REPORT_NOT_OF_MATTER
    assert one(lane.act(K.COMMENT, W.RESIDENT, report_id=own)).reason is Reason.REPORT_NOT_OF_MATTER
    last = one(lane.act(K.WITHDRAW, report_id="r2"))
    assert (last.remaining, lane.position.state, lane.position.due) == (0, S.WITHDRAWN, None)
    assert lane.tick(MONDAY + 99 * DAY) == []


def test_at_the_top_a_limit_that_passed_with_the_acceptance_is_announced_with_it() -> None:
    lane = lived(K.ESCALATE, K.ESCALATE, category="petition.first")
    limit = lane.limit
    notice = one(lane.tick(limit.at))
    assert isinstance(notice, e.NoticeAnnounced)
    assert (notice.missed.what, lane.due.what, lane.position.limit) == ("accept", "notice", None)


def test_a_report_like_one_taken_back_is_a_matter_of_its_own_and_takes_the_next_one_in() -> None:
    lane = lived(K.WITHDRAW)
    first, again = lane.matter_id, lane.report(MONDAY + HOUR, source_id="2")
    assert again == first  # as routing sees it
    (own,) = (each for each in lane.escalation.state if each.startswith(COUNTY) and each != first)
    assert (lane.position.state, lane.life(own).position.state) == (S.WITHDRAWN, S.ROUTED)
    lane.restart()
    lane.report(MONDAY + 2 * HOUR, source_id="3")
    assert [len(lane.life(each).parts) for each in (first, own)] == [1, 2]


def two(**report: Any) -> tuple[Lane, str, Life, Life]:
    lane = Lane(**report)
    other = lane.report(source_id="2", division=SAME_TOWN, **report)
    return lane, other, lane.matter, lane.life(other)


def positions(lane: Lane, *ids: str) -> list[Position]:
    return [lane.life(each).position for each in ids]


def test_joined_matters_that_are_split_again_stand_as_if_they_had_never_been_joined() -> None:
    lane, other, *before = two(category="order.theft")
    merged, *joined = lane.act(K.JOIN, into=other)
    assert isinstance(merged, e.MatterMerged)
    assert [each.merged_from for each in joined] == [lane.matter_id]
    assert (lane.position.state, lane.position.due, lane.life(other).position) == (
        S.MERGED, None, before[1].position,
    )  # fmt: skip
    lane.tick(MONDAY + 3 * HOUR)
    first = lane.matter_id
    report = before[0].parts[0].report_id
    lane.matter_id = other
    lane.act(K.SPLIT, taken_out=report)
    assert positions(lane, first, other) == [each.position for each in before]
    assert [lane.life(each).parts for each in (first, other)] == [each.parts for each in before]


def test_a_limit_that_passed_while_it_was_joined_passes_when_it_is_taken_out() -> None:
    lane, other, *before = two(category="order.theft")
    lane.act(K.JOIN, into=other)
    first, lane.matter_id = lane.matter_id, other
    lane.act(K.ESCALATE, report_id=lane.matter.parts[0].report_id)
    assert before[0].position.due is not None
    lane.tick(before[0].position.due.at)
    events = lane.act(K.SPLIT, taken_out=before[0].parts[0].report_id)
    assert kinds(events) == ["matter.split", "matter.split", "matter.ordered", "matter.escalated"]
    assert lane.life(first).position.tier is Tier.COUNTY


def test_a_report_that_routing_matched_is_taken_out_as_what_it_would_have_been() -> None:
    lane = Lane(category="order.theft")
    alone = Lane(category="order.theft", source_id="2")
    before = lane.position
    lane.report(source_id="2", category="order.theft")
    report = lane.matter.parts[1].report_id
    lane.tick(MONDAY + HOUR)
    split, opened = lane.act(K.SPLIT, taken_out=report)
    assert isinstance(split, e.MatterSplit)
    assert isinstance(opened, e.MatterOpened)
    assert (lane.position, len(lane.matter.parts)) == (before, 1)
    assert lane.life(split.other).position == alone.position
    assert one(lane.act(K.SPLIT, taken_out=report)).reason is Reason.REPORT_NOT_OF_MATTER


def test_a_report_taken_back_while_joined_stays_so_when_it_is_split() -> None:
    lane, other, *before = two(category="order.theft")
    lane.matched("r2")
    lane.act(K.JOIN, into=other)
    first, lane.matter_id = lane.matter_id, other
    own = before[1].parts[0].report_id
    lane.act(K.WITHDRAW, report_id="r2")
    lane.act(K.WITHDRAW, report_id=own)
    lane.act(K.SPLIT, taken_out=before[0].parts[0].report_id)
    assert [part.gone for part in lane.life(first).parts] == [False, True]
    assert (lane.position.state, lane.position.due) == (S.WITHDRAWN, None)


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        pytest.param({"about_body": f"{VILLAGE}:village_committee"}, {}, id="a complaint with none"),
        pytest.param({"category": "tip.gang"}, {"category": "order.fraud_telecom"}, id="confidential"),
    ],
)
def test_matters_that_not_the_same_people_may_read_are_not_joined(
    own: dict[str, Any], theirs: dict[str, Any]
) -> None:
    lane = Lane(**own)
    other = lane.report(source_id="2", division=SAME_TOWN, **theirs)
    assert one(lane.act(K.JOIN, into=other)).reason is Reason.TARGET_WRONG


def test_a_matter_is_not_joined_to_itself_nor_to_one_that_is_over() -> None:
    lane, other, *_ = two()
    assert one(lane.act(K.JOIN, into=lane.matter_id)).reason is Reason.TARGET_WRONG
    lane.act(K.JOIN, into=other)
    third = lane.report(source_id="3", division="430981006003")
    first, lane.matter_id = lane.matter_id, third
    assert one(lane.act(K.JOIN, into=first)).reason is Reason.TARGET_WRONG


def test_what_is_matched_to_a_joined_matter_goes_where_its_reports_went() -> None:
    lane, other, *_ = two()
    lane.act(K.JOIN, into=other)
    joined = one(lane.matched("r9"))
    assert (joined.matter_id, lane.life(other).parts[-1].report_id) == (other, "r9")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"matter_id": f"{COUNTY}-nobody"}, Reason.MATTER_UNKNOWN, id="unknown matter"),
        pytest.param({"desk": f"{COUNTY}:county_centre"}, Reason.DESK_WRONG, id="wrong desk"),
        pytest.param({"county": "430903"}, Reason.COUNTY_WRONG, id="another county's matter"),
    ],
)
def test_a_wrong_action_is_answered_and_changes_nothing(changes: dict[str, Any], reason: Reason) -> None:
    lane = lived()
    before = lane.matter
    event = one(lane.act(K.ACCEPT, **changes))
    assert (event.reason, lane.matter) == (reason, before)
    assert lane.outs[-1].topic == f"matters.routed.{event.county}.v1"


def test_the_main_path_ends_with_the_matter_struck_off_and_no_deadline() -> None:
    lane = lived(K.ACCEPT, K.START, K.RESOLVE, K.VISIT, K.CLOSE)
    assert kinds(journal(lane.outs)) == [
        "matter.accepted", "matter.started", "matter.resolved", "matter.visited", "matter.closed",
    ]  # fmt: skip
    assert lane.position.due is None
    before = lane.matter
    assert one(lane.act(K.VISIT, visit=UNHAPPY)).reason is Reason.STATE_WRONG
    assert lane.matter == before


@pytest.mark.parametrize("danger", [pytest.param(False, id="as it was"), pytest.param(True, id="danger now")])
def test_a_report_that_resembles_a_withdrawn_matter_is_one_of_its_own(danger: bool) -> None:
    lane = lived(K.WITHDRAW)
    first = lane.matched("r2", danger_now=danger)
    assert kinds(first) == ["matter.opened"] + ["fast.raised"] * danger
    assert first[0].matter_id == f"{COUNTY}-r2"
    (joined,) = lane.matched("r3")
    assert (joined.matter_id, joined.reports) == (f"{COUNTY}-r2", 2)


def test_only_danger_makes_a_matter_of_what_resembles_a_closed_one() -> None:
    lane = lived(*TO_OPEN[S.VISITED], K.CLOSE)
    assert kinds(lane.matched("r2")) == ["matter.joined"]
    assert kinds(lane.matched("r3", danger_now=True)) == ["matter.opened", "fast.raised"]
