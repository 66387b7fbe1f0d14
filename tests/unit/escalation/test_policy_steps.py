"""A policy adopted on the journal: what runs keeps its own, what begins has the new one."""

from datetime import datetime
from typing import Any

import pytest

from services.escalation.handlers import EscalationLogic
from shared import events as e
from shared import topics, wire
from shared.catalogue import Policy
from shared.divisions import Tier
from shared.matter import Ground
from shared.reasons import Reason
from tests.builders import BEIJING, MONDAY, POLICY, a_received, a_record, received_record
from tests.unit.escalation.lane import DAY, HOUR, INSTANT, K, Lane, as_record, one, routing
from tests.unit.escalation.lives import LONGER, TEXT, adopted


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


GENEROUS = changed(
    ("pauses: {waits_for_resident: 10 working days,", "pauses: {waits_for_resident: 1 working day,"),
    ("cohandling: 2 working days, extension: 5 working days}", "cohandling: 9 working days, extension: 1 working day}"),
    ("dispatch_hops: 2", "dispatch_hops: 1"),
    ("reopen: 30 days", "reopen: 2 days"),
    ("steps: {visit: 3 working days,", "steps: {visit: 1 working day,"),
    ("fast_lane: {acknowledge: 1 minute,", "fast_lane: {acknowledge: 2 minutes,"),
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def current(lane: Lane) -> Policy:
    logic = lane.escalation.logic
    assert isinstance(logic, EscalationLogic)
    return logic.rules.current


def running(text: str, **report: Any) -> Lane:
    """At work when the policy is adopted."""
    lane = Lane(**report)
    lane.go(K.ACCEPT)
    lane.say(adopted(text))
    assert current(lane).version == adopted(text).version != lane.matter.policy
    return lane


def test_a_policy_that_is_adopted_moves_no_deadline() -> None:
    lane = Lane()
    before = lane.matter
    assert lane.say(adopted(LONGER)) == []
    assert lane.matter == before
    lane.tick(before.position.due.at - INSTANT)  # type: ignore[union-attr]
    assert lane.position.tier is Tier.VILLAGE


def test_a_running_step_keeps_the_length_of_its_pauses_extensions_and_calls() -> None:
    lane = running(GENEROUS, category="order.theft")
    lane.go(K.WHISTLE)
    assert lane.matter.calls[0].due.span == "2 working days"
    lane.act(K.PAUSE, ground=Ground.WAITS_FOR_RESIDENT)
    assert lane.due.span == "10 working days"
    lane.go(K.RESUME, K.ASK_EXTENSION, K.APPROVE_EXTENSION)
    assert lane.due.span == "5 working days"


def test_the_next_tier_has_the_new_lengths() -> None:
    lane = running(GENEROUS, category="order.theft")
    lane.go(K.ESCALATE, K.ACCEPT, K.WHISTLE)
    assert lane.matter.policy == current(lane).version
    assert lane.matter.calls[0].due.span == "9 working days"
    lane.act(K.PAUSE, ground=Ground.WAITS_FOR_RESIDENT)
    assert lane.due.span == "1 working day"
    lane.go(K.RESUME, K.ASK_EXTENSION, K.APPROVE_EXTENSION)
    assert lane.due.span == "1 working day"


def test_a_running_step_keeps_its_hops_and_the_next_has_the_new_ones() -> None:
    lane = running(GENEROUS)
    lane.go(K.RETURN, K.REDISPATCH, K.RETURN, K.REDISPATCH)
    assert one(lane.act(K.RETURN)).reason is Reason.HOPS_SPENT
    lane.go(K.ESCALATE, K.RETURN, K.REDISPATCH)
    assert one(lane.act(K.RETURN)).reason is Reason.HOPS_SPENT
    assert lane.matter.hops == 1


def test_sent_back_and_forth_within_a_tier_it_keeps_the_policy_it_came_with() -> None:
    lane = running(LONGER)
    limit, version = lane.limit, lane.matter.policy
    lane.go(K.RETURN, K.UPHOLD, K.ACCEPT, K.TRANSFER, K.ACCEPT)
    assert (lane.limit, lane.matter.policy) == (limit, version)


def test_a_limit_that_passes_gives_the_next_tier_the_new_policys_days() -> None:
    lane = running(LONGER)
    lane.tick(lane.due.at)
    assert (lane.due.span, lane.due.at) == ("4 working days", at("2026-03-06T17:30"))


def test_the_return_visit_and_the_window_to_reopen_are_of_the_policy_then() -> None:
    lane = running(GENEROUS)
    lane.go(K.RESOLVE)
    assert lane.due.span == "1 working day"
    lane.go(K.VISIT, K.CLOSE)
    over = lane.matter.at + 2 * DAY
    lane.tick(over - INSTANT)
    lane.go(K.RATE)
    lane.tick(over)
    assert one(lane.act(K.REOPEN)).reason is Reason.WINDOW_OVER


def test_the_fast_lane_is_of_the_policy_when_it_is_raised() -> None:
    lane = running(GENEROUS)
    *_, raised = lane.matched(danger_now=True)
    assert isinstance(raised, e.FastRaised)
    assert raised.dues[0].at == MONDAY + 2 * HOUR / 60


def test_a_version_that_nobody_here_has_seen_is_ruled_by_the_current_policy() -> None:
    lane = Lane()
    (out, *_) = routing(POLICY).feed(received_record(a_received(source_id="9", division="430981006009"))).outs
    opened = wire.decode(out.value)
    assert isinstance(opened, e.MatterOpened)
    lane.say(adopted(GENEROUS))
    unseen = wire.encode(opened).replace(opened.policy.encode(), b"county-of-long-ago")
    lane.feed(as_record(out._replace(value=unseen)))
    lane.matter_id = opened.matter_id
    assert lane.matter.policy == "county-of-long-ago"
    lane.go(K.ACCEPT, K.PAUSE)
    assert lane.due.span == "1 working day"


def test_adopted_again_the_older_one_rules_again_and_so_after_a_restart() -> None:
    lane = Lane()
    for text in (LONGER, TEXT, LONGER, GENEROUS, LONGER):
        lane.say(adopted(text))
        lane.restart()
        assert current(lane).version == adopted(text).version
    lane.go(K.ESCALATE)
    assert lane.due.span == "4 working days"


def test_rolled_back_a_running_step_is_finished_under_what_it_began_with_and_the_next_under_the_older() -> (
    None
):
    lane = running(LONGER)
    lane.go(K.ESCALATE, K.ACCEPT)
    begun = lane.due, lane.matter.policy
    assert lane.due.span == "4 working days"
    lane.say(adopted(TEXT))
    lane.restart()
    assert (lane.due, lane.matter.policy) == begun
    lane.tick(lane.due.at - INSTANT)
    assert lane.position.tier is Tier.TOWN
    lane.tick(lane.due.at)
    assert (lane.position.tier, lane.matter.policy) == (Tier.COUNTY, adopted(TEXT).version)


def test_a_longer_window_keeps_what_is_over_for_as_long() -> None:
    lane = Lane()
    elder = "window: {} days,\n    desks: {{village: volunteers"
    lane.say(adopted(changed((elder.format(7), elder.format(300)))))
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT, K.CLOSE)
    for _ in range(2):
        lane.tick(lane.matter.at + 330 * DAY - INSTANT)
        assert lane.matter_id in lane.escalation.state
        lane.restart()
    lane.tick(lane.matter.at + 330 * DAY)
    assert lane.matter_id not in lane.escalation.state


@pytest.mark.parametrize(
    ("version", "text"),
    [
        pytest.param(None, TEXT.replace("reopen: 30 days", "reopen: soon"), id="a wrong length"),
        pytest.param(
            None, TEXT.replace("oversight: city_oversight", "oversight: nobody"), id="a missing body"
        ),
        pytest.param(None, "[", id="no YAML"),
        pytest.param("county-000000000000", TEXT, id="another version"),
    ],
)
def test_a_policy_with_an_error_never_gets_into_the_journal(version: str | None, text: str) -> None:
    lane = routing()
    rule = e.PolicyAdopted(version=version or adopted(text).version, text=text)
    decision = lane.feed(a_record(topics.RULES.name, rule))
    assert decision.outcome == "buried"
    assert [out.topic for out in decision.outs] == [topics.dead(topics.RULES.name)]
    assert decision.puts == []


def test_a_good_policy_takes_its_place_in_the_journal_and_rules_what_is_placed_then() -> None:
    lane = routing()
    (out,) = lane.feed(a_record(topics.RULES.name, adopted(LONGER))).outs
    assert wire.decode(out.value) == adopted(LONGER)
    (opened, *_) = lane.feed(received_record(a_received())).outs
    event = wire.decode(opened.value)
    assert isinstance(event, e.MatterOpened)
    assert event.policy == adopted(LONGER).version
    assert event.position.due is not None
    assert event.position.due.span == "3 working days"
