"""Whatever is done, by whomever, whenever: one tier, one desk, one deadline, a history without gaps, one outcome."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.escalation.handlers import EscalationLogic
from services.escalation.rules.matter import Life, voices_of
from services.escalation.rules.passing import next_alarm
from shared import events as e
from shared import topics, wire
from shared.chain import digest_of
from shared.divisions import Tier, rank
from shared.events import MatterEvent
from shared.matter import ENDED, Grade, Position
from tests.builders import POLICY
from tests.unit.escalation.lane import Lane, compacted, escalation, restored
from tests.unit.escalation.lives import REPORTS, STARTS, Player, Step, lives

MOVES = {
    "matter.opened", "matter.accepted", "matter.resolved", "matter.visited", "matter.reopened", "matter.closed",
    "matter.returned", "matter.upheld", "matter.redispatched", "matter.transferred", "matter.paused",
    "matter.resumed", "matter.extended", "matter.sent_down", "matter.withdrawn", "matter.merged", "matter.split",
    "matter.handed_to_court", "matter.court_decided", "matter.wish_matched", "matter.deadline_corrected",
    "matter.escalated", "matter.noticed", "matter.categorised",
}  # fmt: skip
"""The named changes: nothing else moves a clock."""
KEEPS_THE_LIMIT = {
    "matter.accepted", "matter.returned", "matter.upheld", "matter.redispatched", "matter.transferred",
    "matter.sent_down", "matter.paused", "matter.handed_to_court", "matter.wish_matched", "matter.categorised",
}  # fmt: skip
"""Of those, what moves only what comes before the tier's limit, or stops it."""
RISES = "matter.categorised, and may not stay so low"
ANEW = {"matter.resolved", "matter.visited", "matter.reopened", "matter.escalated", RISES}
"""What begins a step with a time of its own."""
PROMISES = ANEW | {"matter.deadline_corrected", "matter.closed"}
CLIMBS = {"matter.escalated": {1}, "matter.reopened": {0, 1}, "matter.sent_down": {-1}, RISES: {1, 2, 3}}
HANDS_OVER = {*CLIMBS, "matter.accepted"}

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
reports = st.sampled_from(REPORTS)
starts = st.sampled_from(STARTS)


def played(start: datetime, report: dict[str, Any], doings: list[Step]) -> Player:
    player = Player(start, **report)
    player.play(*doings)
    return player


@slow
@given(starts, reports, lives)
def test_a_history_has_no_gaps_skips_no_tier_and_nothing_is_fired_twice(
    start: datetime, report: dict[str, Any], doings: list[Step]
) -> None:
    player = played(start, report, doings)
    for history in player.histories().values():
        _check_history(history)
        _check_fired(history)
    ids = [wire.header(out.headers, "ce_id") for out in player.lane.outs if out.topic == topics.EVENTS.name]
    assert len(set(ids)) == len(ids)
    _check_replay(player.lane)


def _check_history(history: list[MatterEvent]) -> None:
    assert [event.number for event in history] == list(range(1, len(history) + 1))
    assert history[0].previous == ""
    for before, after in pairwise(history):
        kind = wire.kind_of(after)
        assert after.previous == digest_of(wire.encode(before))
        assert after.at >= before.at
        climbed = rank(after.position.tier) - rank(before.position.tier)
        if kind == "matter.categorised" and climbed:
            kind = RISES
        assert climbed in CLIMBS.get(kind, {0})
        if kind == "matter.reopened" and climbed == 0:
            assert before.position.tier is Tier.CITY
        _check_clock(kind, before.position, after.position)
        if kind in ("matter.noticed", "matter.escalated", "matter.resumed"):
            assert after.position.due is not None
            assert after.position.due.at > after.at


def _check_clock(kind: str, before: Position, after: Position) -> None:
    assert (after.due is None) is (after.state in ENDED)
    if kind not in {*MOVES, RISES}:
        assert (after.due, after.limit, after.tier) == (before.due, before.limit, before.tier)
    if kind not in HANDS_OVER:
        assert after.desk == before.desk
    if kind in KEEPS_THE_LIMIT:
        assert (after.limit or after.due) == (before.limit or before.due)
    if kind not in PROMISES:
        assert after.promised == before.promised
    if after.limit is not None and after.due is not None and after.due.what not in ("resume", "review"):
        assert after.due.at < after.limit.at


def _check_fired(history: list[MatterEvent]) -> None:
    urged: set[datetime] = set()
    missed, orders = set(), []
    for before, event in pairwise(history):
        if wire.kind_of(event) in ANEW:
            urged = set()
        match event:
            case e.MatterUrged(due=due):
                assert due == before.position.due
                assert due.red is not None
                assert due.red <= event.at < due.at
                assert due.at not in urged
                urged.add(due.at)
            case e.SupervisionOrdered(missed=due) | e.NoticeAnnounced(missed=due):
                assert due == before.position.due
                assert due.at <= event.at
                assert (due.at, due.since) not in missed
                missed.add((due.at, due.since))
            case e.FastLate(missed=step):
                assert step.at <= event.at
        if isinstance(event, e.SupervisionOrdered | e.CohandlingLate):
            orders.append(event.order)
    assert orders == list(range(1, len(orders) + 1))


def _check_replay(lane: Lane) -> None:
    """The journal in one go gives the same bytes as the life, which had restarts."""
    again, outs = escalation(), []
    for record in lane.records:
        outs += again.feed(record).outs
        while (due := again.fall_due()) is not None:
            outs += due.outs
    assert outs == lane.outs
    assert again.state == lane.escalation.state


@slow
@given(starts, reports, lives)
def test_what_is_open_has_its_next_alarm_in_the_future_and_any_prefix_of_the_log_is_the_state_of_then(
    start: datetime, report: dict[str, Any], doings: list[Step]
) -> None:
    player = Player(start, **report)
    for nth, step in enumerate(doings):
        player.play(step)
        logic, log = player.lane.escalation.logic, player.lane.log
        assert isinstance(logic, EscalationLogic)
        for life in player.matters():
            _check_alarm(life, logic.now)
            _check_people(life)
        kept = compacted(log) if nth % 2 else log
        assert restored(player.lane.policy, kept).state == player.lane.escalation.state


def _check_alarm(life: Life, now: datetime | None) -> None:
    alarm, is_over = next_alarm(life), life.position.state in ENDED
    assert (alarm is None) is is_over
    assert (life.ended is not None) is is_over
    assert alarm is None or now is None or alarm.at > now
    assert life.position.offered is None or life.position.state in ("routed", "returned")


def _check_people(life: Life) -> None:
    """The grade is what the number of different people gives it, at least its own; no report is there twice."""
    reached = grade_of(voices_of(life.parts))
    assert life.alone is not None
    assert life.grade is max(life.alone, reached, key=tuple(Grade).index)
    assert len({part.report_id for part in life.parts}) == len(life.parts)


def grade_of(voices: int) -> Grade:
    """By the figures of the policy, by hand."""
    limits = POLICY.file.grading.voices
    assert limits is not None
    return Grade.HARD if voices >= limits.hard else Grade.BIG if voices >= limits.big else Grade.SMALL
