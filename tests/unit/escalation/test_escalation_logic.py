"""Escalation's fold: the main path, the limit to the instant, one tier at a time, one deadline always."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.handlers import EscalationLogic, Life
from services.routing.handlers import RoutingLogic
from shared import catalogue, topics, wire
from shared.core import Core
from shared.divisions import Tier, rank
from shared.events import (
    ActionRefused,
    Event,
    MatterAccepted,
    MatterClosed,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterReopened,
    MatterResolved,
    NoticeAnnounced,
    ReportMatched,
    SupervisionOrdered,
)
from shared.matter import ActionKind, Deadline, State, Visit, Way
from shared.reasons import Reason
from shared.wire import Out, Record
from tests.builders import (
    COUNTY,
    MONDAY,
    a_received,
    a_record,
    an_action,
    journal_action,
    journal_tick,
    received_record,
)

POLICY = catalogue.load()
HAPPY = Visit(reached=True, resolved=True, satisfied=True)
UNHAPPY = Visit(reached=True, resolved=False, satisfied=False)
INSTANT = timedelta(microseconds=1)


class Desk:
    """A lane of escalation with one matter on it, and the desk that holds it."""

    def __init__(self, **report: Any) -> None:
        routing = RoutingLogic(POLICY, {}, 0, 1)
        (self.opened_out, *_) = Core(routing, routing.state).feed(received_record(a_received(**report))).outs
        opened = wire.decode(self.opened_out.value)
        assert isinstance(opened, MatterOpened)
        self.opened = opened
        self.lane = lane()
        self.log: dict[str, bytes | None] = {}
        self.outs: list[Out] = []
        self.feed(_as_record(self.opened_out))

    @property
    def matter(self) -> Life:
        found = self.lane.state[self.opened.matter_id]
        assert isinstance(found, Life)
        return found

    @property
    def due(self) -> Deadline:
        assert self.matter.position.due is not None
        return self.matter.position.due

    def feed(self, record: Record) -> list[Event]:
        decisions = [self.lane.feed(record)]
        while (due := self.lane.fall_due()) is not None:
            decisions.append(due)
        for decision in decisions:
            self.outs += decision.outs
            self.log |= {k: None if v is None else wire.encode(v) for k, v in decision.puts}
        return [wire.decode(o.value) for d in decisions for o in d.outs if o.topic == topics.EVENTS.name]

    def restart(self) -> None:
        """As after kill -9: all that is left is the changelog."""
        self.lane = lane()
        for key, value in self.log.items():
            self.lane.restore(key, value)

    def tick(self, at: datetime) -> list[Event]:
        return self.feed(journal_tick(at))

    def act(self, kind: ActionKind, number: int = 0, **changes: object) -> list[Event]:
        held = self.matter.position.desk
        facts: dict[str, object] = {
            "kind": kind,
            "action_id": f"{kind}-{number}-{self.matter.number}",
            "matter_id": self.opened.matter_id,
            "desk": f"{held.division}:{held.body}",
            "way": Way.HANDLED if kind is ActionKind.RESOLVE else None,
            "visit": HAPPY if kind is ActionKind.VISIT else None,
        }
        return self.feed(journal_action(an_action(**(facts | changes))))


def lane() -> Core:
    logic = EscalationLogic(POLICY, {}, 0)
    return Core(logic, logic.state)


def _as_record(out: Out) -> Record:
    return Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers)


def _kinds(events: Iterable[Event]) -> list[str]:
    return [wire.kind_of(event) for event in events]


def test_the_main_path_ends_with_the_matter_struck_off_and_no_deadline() -> None:
    desk = Desk()
    events = [event for kind in ActionKind for event in desk.act(kind)]
    assert _kinds(events) == [
        "matter.accepted", "matter.started", "matter.resolved", "matter.visited", "matter.closed",
    ]  # fmt: skip
    assert [event.number for event in events if isinstance(event, MatterEvent)] == [2, 3, 4, 5, 6]
    assert desk.matter.position.due is None


def test_accepting_and_starting_move_no_clock() -> None:
    desk = Desk()
    before = desk.due
    desk.act(ActionKind.ACCEPT)
    desk.act(ActionKind.START)
    assert desk.due == before


def test_resolving_starts_the_time_for_the_return_visit() -> None:
    desk = Desk()
    desk.act(ActionKind.ACCEPT)
    (event,) = desk.act(ActionKind.RESOLVE)
    assert isinstance(event, MatterResolved)
    assert desk.due.what == "visit"


def test_a_microsecond_before_the_limit_nothing_happens_and_the_instant_itself_is_late() -> None:
    desk = Desk()
    due = desk.due
    assert desk.tick(due.at - INSTANT) == []
    ordered, risen = desk.tick(due.at)
    assert isinstance(ordered, SupervisionOrdered)
    assert isinstance(risen, MatterEscalated)
    assert (ordered.number, risen.number) == (2, 3)
    assert (ordered.missed, ordered.order) == (due, 1)
    assert ordered.position.desk == risen.from_desk
    assert ordered.copied_to == risen.position.desk
    assert (risen.from_tier, risen.position.tier) == (Tier.VILLAGE, Tier.TOWN)
    assert risen.reason is Reason.LIMIT_PASSED


def test_a_limit_fires_once_however_often_time_is_told() -> None:
    desk = Desk()
    due = desk.due.at
    assert len(desk.tick(due)) == 2
    assert desk.tick(due + INSTANT) == []


def test_the_new_tier_has_its_whole_budget_even_after_a_week_without_ticks() -> None:
    desk = Desk()
    late = desk.due.at + timedelta(days=7)
    events = desk.tick(late)
    assert _kinds(events) == ["matter.ordered", "matter.escalated"]
    assert desk.due.at > late


def test_at_the_top_a_notice_is_announced_and_repeated() -> None:
    desk = Desk()
    for _ in range(3):
        desk.tick(desk.due.at)
    assert desk.matter.position.tier is Tier.CITY
    for nth in (1, 2):
        (event,) = desk.tick(desk.due.at)
        assert isinstance(event, NoticeAnnounced)
        assert (event.notice, event.position.tier) == (nth, Tier.CITY)


def test_the_city_centre_is_told_when_a_matter_rises_to_it() -> None:
    desk = Desk()
    for _ in range(3):
        desk.tick(desk.due.at)
    last = wire.decode(desk.outs[-1].value)
    assert isinstance(last, MatterEscalated)
    assert last.sheet == desk.opened.sheet
    assert {out.topic for out in desk.outs[-3:]} == {
        topics.EVENTS.name, f"matters.routed.{COUNTY}.v1", "matters.routed.430900.v1",
    }  # fmt: skip


def test_a_dissatisfied_visit_reopens_one_tier_up_once() -> None:
    desk = Desk()
    desk.act(ActionKind.ACCEPT)
    desk.act(ActionKind.RESOLVE)
    (event,) = desk.act(ActionKind.VISIT, visit=UNHAPPY)
    assert isinstance(event, MatterReopened)
    assert (event.position.state, event.position.tier, event.reason) == (
        State.ROUTED, Tier.TOWN, Reason.DISSATISFIED,
    )  # fmt: skip
    desk.act(ActionKind.ACCEPT)
    desk.act(ActionKind.RESOLVE)
    assert _kinds(desk.act(ActionKind.VISIT, visit=UNHAPPY)) == ["matter.visited"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"matter_id": f"{COUNTY}-nobody"}, Reason.MATTER_UNKNOWN, id="unknown matter"),
        pytest.param({"kind": ActionKind.CLOSE}, Reason.STATE_WRONG, id="wrong state"),
        pytest.param({"desk": f"{COUNTY}:county_centre"}, Reason.DESK_WRONG, id="wrong desk"),
        pytest.param({"county": "430903"}, Reason.COUNTY_WRONG, id="another county's matter"),
    ],
)
def test_a_wrong_action_is_answered_and_changes_nothing(changes: dict[str, object], reason: Reason) -> None:
    desk = Desk()
    before = desk.matter
    (event,) = desk.act(**({"kind": ActionKind.ACCEPT} | changes))  # type: ignore[arg-type]
    assert isinstance(event, ActionRefused)
    assert event.reason is reason
    assert desk.matter == before
    assert desk.outs[-1].topic == f"matters.routed.{event.county}.v1"


def test_a_matched_report_joins_and_moves_no_clock() -> None:
    desk = Desk()
    before = desk.due
    matched = ReportMatched(
        report_id="r2",
        matter_id=desk.opened.matter_id,
        county=COUNTY,
        at=MONDAY + timedelta(hours=2),
        score=0.9,
        evidence=(),
        reason=Reason.JOINED_SAME_MATTER,
        title="t",
        text="t",
        source="app",
    )
    (event,) = desk.feed(a_record(topics.EVENTS.name, matched))
    assert isinstance(event, MatterJoined)
    assert (event.number, event.reports) == (2, 2)
    assert desk.due == before


def test_a_closed_matter_is_joined_for_as_long_as_its_window_and_then_forgotten() -> None:
    desk = Desk()
    for kind in ActionKind:
        desk.act(kind)
    closed_at = desk.matter.at
    longest = max(POLICY.windows.values())
    desk.tick(closed_at + longest)
    assert desk.opened.matter_id in desk.lane.state
    desk.tick(closed_at + longest + timedelta(days=30) - INSTANT)
    assert desk.opened.matter_id in desk.lane.state
    desk.tick(closed_at + longest + timedelta(days=30))
    assert desk.opened.matter_id not in desk.lane.state


def test_escalation_passes_over_its_own_events() -> None:
    desk = Desk()
    desk.act(ActionKind.ACCEPT)
    own = next(out for out in desk.outs if isinstance(wire.decode(out.value), MatterAccepted))
    assert desk.lane.feed(_as_record(own)).outcome == "own"


STEPS = st.one_of(
    st.tuples(st.just("act"), st.sampled_from(ActionKind)),
    st.tuples(st.just("sulk"), st.just(ActionKind.VISIT)),
    st.tuples(st.just("wrong"), st.sampled_from(ActionKind)),
    st.tuples(st.just("tick"), st.integers(1, 80)),
    st.tuples(st.just("restart"), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_always_one_tier_one_desk_one_next_deadline_and_never_a_tier_skipped(
    steps: list[tuple[str, object]],
) -> None:
    desk, now, last = Desk(), MONDAY, Desk().opened.position
    number = 1
    for nth, (step, detail) in enumerate(steps):
        match step, detail:
            case "act", ActionKind() as kind:
                events = desk.act(kind, nth)
            case "sulk", ActionKind() as kind:
                events = desk.act(kind, nth, visit=UNHAPPY)
            case "wrong", ActionKind() as kind:
                events = desk.act(kind, nth, desk=f"{COUNTY}:nobody")
            case "tick", int() as hours:
                now += timedelta(hours=hours)
                events = desk.tick(now)
            case _:
                desk.restart()
                events = []
        for event in events:
            if not isinstance(event, MatterEvent):
                continue
            number += 1
            assert event.number == number
            assert (event.position.due is None) is (event.position.state is State.CLOSED)
            climbed = rank(event.position.tier) - rank(last.tier)
            rises = isinstance(event, MatterEscalated | MatterReopened)
            assert climbed == (1 if rises else 0)
            if (
                not isinstance(
                    event, MatterEscalated | MatterReopened | NoticeAnnounced | MatterResolved | MatterClosed
                )
                and wire.kind_of(event) != "matter.visited"
            ):
                assert event.position.due == last.due
            last = event.position
        assert desk.matter.position == last
        if last.due is not None and step == "tick":
            assert last.due.at > now
