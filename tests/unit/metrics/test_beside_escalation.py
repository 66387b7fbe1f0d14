"""The figures of matters that escalation itself lets live: what it knows of them is what the gauges say."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.escalation.handlers import EscalationLogic
from services.escalation.rules.matter import Life
from services.metrics.figures import named, values
from services.routing.handlers import RoutingLogic
from shared import catalogue, topics, wire
from shared.core import Core
from shared.events import ActionReceived, ClockTicked, MatterOpened, ReportMatched
from shared.matter import ENDED, ActionKind, Ground, State, Value, Visit, Way, key_of
from shared.reasons import Reason
from shared.standing import Colour, Overdue, colour, overdue
from tests.builders import COUNTY, MONDAY, a_received, a_record, an_action, an_apart, received_record
from tests.unit.metrics.journal import lane, records, shown_of

POLICY = catalogue.load()


class County:
    """One lane of escalation and one of metrics over one journal."""

    def __init__(self) -> None:
        logic = EscalationLogic(POLICY, {}, 0)
        self.lives = Core(logic, logic.state)
        self.core, self.metrics = lane()
        self.journal: list[Value] = []
        self.now = MONDAY

    def feed(self, event: Value) -> None:
        record = a_record(topics.EVENTS.name, event, at=self.now)
        decisions = [self.lives.feed(record)]
        while (due := self.lives.fall_due()) is not None:
            decisions.append(due)
        assert decisions[0].outcome == "handled", wire.decode(decisions[0].outs[-1].value)
        outs = [out for each in decisions for out in each.outs if out.topic == topics.EVENTS.name]
        for each in (event, *(wire.decode(out.value) for out in outs)):
            self.journal.append(each)
            assert self.core.feed(records([each])[0]).outcome == "handled"

    def report(self, source: str, source_id: str, **facts: Any) -> str:
        """A report that opens a matter; returns its id."""
        routing = RoutingLogic(POLICY, {}, 0, 1)
        received = a_received(self.now, source=source, source_id=source_id, **facts)
        (out, *_) = Core(routing, routing.state).feed(received_record(received)).outs
        opened = wire.decode(out.value)
        assert isinstance(opened, MatterOpened)
        self.feed(opened)
        return opened.matter_id

    def joins(self, matter_id: str, report_id: str, source: str, voice: str = "") -> None:
        self.feed(
            ReportMatched(
                report_id=report_id, matter_id=matter_id, county=COUNTY, at=self.now, score=0.9, evidence=(),
                reason=Reason.JOINED_SAME_MATTER, title="t", text="t", source=source, apart=an_apart(source=source),
                voice=voice,
            )
        )  # fmt: skip

    def tick(self, at: datetime) -> None:
        self.now = at
        self.feed(ClockTicked(at=at))

    def act(self, matter_id: str, kind: ActionKind, **facts: Any) -> None:
        base = {"matter_id": matter_id, "kind": kind, "action_id": f"a{len(self.journal)}", "at": self.now}
        desk = None if "report_id" in facts else key_of(self.life(matter_id).position.desk)
        action = an_action(**(base | {"desk": desk} | facts))
        self.feed(ActionReceived(action=action, resident=action.desk is None))

    def life(self, matter_id: str) -> Life:
        found = self.lives.state[matter_id]
        assert isinstance(found, Life)
        return found

    def standing(self) -> dict[str, Counter[str]]:
        """What escalation's own state says at the last tick."""
        found: dict[str, Counter[str]] = {name: Counter() for name in ("by_colour", "past_promise", "open")}
        for life in (each for each in self.lives.state.values() if isinstance(each, Life)):
            position = life.position
            if position.state in ENDED:
                continue
            assert position.due is not None
            found["by_colour"][colour(position.due, self.now)] += 1
            found["open"][f"{position.state} {position.tier}"] += 1
            if (account := overdue(position, self.now)) is not None:
                found["past_promise"][account] += 1
        return found

    def figures(self, name: str) -> dict[str, float]:
        return shown_of(values(self.metrics.state), name)

    def agrees(self) -> set[str]:
        """The gauges say what escalation knows, from the facts and from what was moved alike; returns their labels."""
        standing = self.standing()
        for name, expected in standing.items():
            assert self.figures(f"matters_{name}") == expected, (name, self.now)
        self.metrics.committed()
        assert named(self.metrics.published()) == values(self.metrics.state)
        return {each for counts in standing.values() for each in counts}


def test_colours_and_overdue_are_those_of_the_matters_at_every_tick() -> None:
    county = County()
    first = county.report("grid", "1")
    county.report("app", "2", category="petition.first", title="信访", text="反映征地补偿款至今没有发放")
    county.agrees()
    county.tick(MONDAY + timedelta(minutes=1))
    county.act(first, ActionKind.ACCEPT)
    county.act(first, ActionKind.PAUSE, ground=Ground.WAITS_FOR_RESIDENT)
    seen: set[str] = set()
    for hours in range(1, 24 * 40, 5):
        county.tick(MONDAY + timedelta(hours=hours))
        seen |= county.agrees()
    assert {*Colour, Overdue.DESK, Overdue.RESIDENT} <= seen
    assert county.figures("matters_risen")
    assert county.figures("pauses_ended") == {"limit_passed": 1}


def test_merged_split_and_closed_it_counts_each_report_once() -> None:
    county = County()
    first = county.report("grid", "1")
    second = county.report(
        "app", "2", category="dispute.neighbour", title="纠纷", text="两家为宅基地界线争吵"
    )
    county.joins(second, "r3", "grid")
    county.tick(MONDAY + timedelta(minutes=1))
    own = county.life(first).parts[0].report_id
    county.act(first, ActionKind.JOIN, into=second)
    county.agrees()
    assert county.figures("reports_joined") == {"": 1}
    county.act(second, ActionKind.SPLIT, taken_out=own)
    county.agrees()
    county.act(second, ActionKind.SPLIT, taken_out="r3")
    county.agrees()
    assert county.figures("matters_split") == {"matter": 1, "report": 1}
    assert county.figures("grid_events_collected") == {"": 2}
    for matter_id in (first, f"{COUNTY}-r3"):
        county.act(matter_id, ActionKind.ACCEPT)
        county.act(matter_id, ActionKind.RESOLVE, way=Way.HANDLED)
        county.act(matter_id, ActionKind.VISIT, visit=Visit(reached=True, resolved=True, satisfied=True))
        county.act(matter_id, ActionKind.CLOSE)
    county.agrees()
    assert county.figures("grid_events_completed") == {"numerator": 2, "denominator": 2}
    county.act(second, ActionKind.WITHDRAW, report_id=county.life(second).parts[0].report_id)
    assert county.life(second).position.state is State.WITHDRAWN
    county.agrees()
    assert county.figures("matters_withdrawn") == {"": 1}


def test_a_court_that_confirms_and_a_resident_who_asks_for_the_next_tier() -> None:
    county = County()
    first = county.report("app", "1", category="dispute.neighbour", title="纠纷", text="两家为宅基地界线争吵")
    county.tick(MONDAY + timedelta(minutes=1))
    county.act(first, ActionKind.ESCALATE, report_id=county.life(first).parts[0].report_id)
    county.act(first, ActionKind.ACCEPT)
    county.act(first, ActionKind.TO_COURT)
    county.act(first, ActionKind.COURT_DECISION, confirmed=True)
    county.act(first, ActionKind.VISIT, visit=Visit(reached=True, resolved=True, satisfied=True))
    county.agrees()
    once = {"numerator": 1, "denominator": 1}
    assert county.figures("court_confirmations") == once
    assert county.figures("mediation_success") == once
    assert sum(county.figures("matters_risen").values()) == 1
    assert county.figures("supervision_orders") == {}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(
            timedelta(minutes=1) - timedelta(microseconds=1),
            {"numerator acknowledge": 1, "denominator acknowledge": 1},
            id="in its minute",
        ),
        pytest.param(timedelta(minutes=1), {"denominator acknowledge": 1}, id="the minute is over: late"),
    ],
)
def test_the_first_minute_of_the_fast_lane(after: timedelta, expected: dict[str, int]) -> None:
    county = County()
    county.tick(MONDAY)
    first = county.report("grid", "1", danger_now=True)
    county.tick(MONDAY + after)
    fast = county.life(first).fast
    assert fast is not None
    county.act(first, ActionKind.ACKNOWLEDGE, desk=key_of(fast.desks[0]))
    assert county.figures("fast_in_time") == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(
            timedelta(microseconds=1), {"denominator": 1}, id="a microsecond before its desk is urged"
        ),
        pytest.param(timedelta(0), {"numerator": 1, "denominator": 1}, id="when its desk is urged"),
    ],
)
def test_a_pause_is_near_the_limit_it_stops(before: timedelta, expected: dict[str, int]) -> None:
    county = County()
    county.tick(MONDAY)
    first = county.report("grid", "1")
    county.act(first, ActionKind.ACCEPT)
    due = county.life(first).position.due
    assert due is not None
    assert due.red is not None
    county.tick(due.red - before)
    county.act(first, ActionKind.PAUSE, ground=Ground.WAITS_FOR_EXPERT)
    assert county.figures("pauses_near_limit") == expected


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        pytest.param("own", {"denominator": 1}, id="its own resident was reached"),
        pytest.param(
            "joined", {"numerator": 1, "denominator": 1}, id="only that of a report taken out again"
        ),
    ],
)
def test_a_closing_rests_on_whom_of_those_left_a_visit_reached(
    reached: str, expected: dict[str, int]
) -> None:
    county = County()
    first = county.report("grid", "1")
    county.joins(first, "r2", "app", "somebody else")
    county.tick(MONDAY + timedelta(minutes=1))
    own = county.life(first).parts[0].report_id
    county.act(first, ActionKind.ACCEPT)
    county.act(first, ActionKind.RESOLVE, way=Way.HANDLED)
    for report, whose in ((own, "own"), ("r2", "joined")):
        visit = Visit(reached=reached == whose, resolved=reached == whose, satisfied=None)
        desk = key_of(county.life(first).position.desk)
        county.act(first, ActionKind.VISIT, visit=visit, report_id=report, desk=desk)
    county.act(first, ActionKind.SPLIT, taken_out="r2")
    county.act(first, ActionKind.CLOSE)
    assert county.figures("closings_unreached") == expected
    assert county.figures("response") == {"numerator": 1, "denominator": 1}
    assert county.figures("visits_unreached") == {"numerator": 1, "denominator": 2}
    county.agrees()
