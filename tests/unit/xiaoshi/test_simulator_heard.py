"""What the simulated desks remember of a matter, event by event."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.routing.rules.place import place
from shared import events as e
from shared.divisions import Tier
from shared.matter import Desk, Ground, Position, State, Visit, Way
from shared.reasons import Reason
from tests.builders import MONDAY, POLICY, a_deadline, a_report, an_apart
from xiaoshi.simulator.heard import Heard, after

PLACED = place(a_report(), MONDAY, POLICY)
OPENED = e.MatterOpened(
    matter_id="430981-r1",
    county="430981",
    number=1,
    at=MONDAY,
    position=PLACED.position,
    report_id="r1",
    grade=PLACED.grade,
    sheet=an_apart().sheet,
    because=(),
    reason=Reason.OPENED_NEW,
    policy=POLICY.version,
)
TOWN = Desk(division="430981006", body="town_government", role="r")
DUE = a_deadline(MONDAY)
USED: dict[str, Any] = {"hops": 2, "paused": (Ground.WAITS_FOR_EXPERT,), "extension": True}


def said(kind: type[e.MatterEvent], state: State = State.IN_PROGRESS, **facts: Any) -> e.MatterEvent:
    position: Position = replace(PLACED.position, state=state)
    acted: dict[str, Any] = {"action_id": "a", "by": "d"} if issubclass(kind, e.MatterActed) else {}
    return kind(
        matter_id="430981-r1", county="430981", number=2, at=MONDAY, position=position, **acted, **facts
    )


def joined(report_id: str, merged_from: str | None = None, voices: int = 1) -> e.MatterEvent:
    facts: dict[str, Any] = {
        "reports": 2,
        "score": 1.0,
        "title": "t",
        "text": "t",
        "source": "app",
        "merged_from": merged_from,
        "voices": voices,
    }
    return said(e.MatterJoined, report_id=report_id, **facts)


def split(report_id: str, other: str) -> e.MatterEvent:
    return said(e.MatterSplit, report_id=report_id, reports=1, other=other)


def heard(*events: e.MatterEvent, **changes: Any) -> Heard:
    known = after(None, OPENED)
    assert known is not None
    known = replace(known, **changes)
    for event in events:
        known = after(known, event)
        assert known is not None
    return known


def test_nothing_is_known_of_a_matter_whose_opening_was_not_heard() -> None:
    assert after(None, said(e.MatterStarted)) is None


@pytest.mark.parametrize(
    ("events", "reports"),
    [
        pytest.param([joined("r2")], ("r1", "r2"), id="joined"),
        pytest.param(
            [joined("r2"), said(e.MatterWithdrawn, report_id="r1", remaining=1)], ("r2",), id="withdrawn"
        ),
        pytest.param([joined("r2"), split("r2", "430981-r2")], ("r1",), id="taken-out"),
        pytest.param([joined("r2", "430981-r2")], ("r1",), id="what-came-with-a-matter-has-its-own-voice"),
        pytest.param(
            [
                joined("r2"),
                said(e.MatterMerged, State.MERGED, into="m", reports=("r1", "r2")),
                split("r1", "m"),
            ],
            ("r1", "r2"),
            id="a-matter-that-is-back-has-its-own",
        ),
    ],
)
def test_who_may_speak_for_it(events: list[e.MatterEvent], reports: tuple[str, ...]) -> None:
    assert heard(*events).reports == reports


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        pytest.param(
            said(e.MatterTransferred, from_desk=TOWN), {"hops": 3}, id="a-transfer-is-one-more-dispatch"
        ),
        pytest.param(
            said(e.MatterRedispatched, from_desk=TOWN, row="", hops=3), {"hops": 3}, id="and-a-redispatch"
        ),
        pytest.param(
            said(e.MatterSentDown, from_tier=Tier.TOWN, from_desk=TOWN, ground=Ground.ROSE_BY_MISTAKE),
            {"hops": 0},
            id="sent-down-dispatches-begin-anew",
        ),
        pytest.param(
            said(e.HandedToCourt, State.IN_COURT),
            {"paused": (Ground.WAITS_FOR_EXPERT, Ground.WAITS_FOR_COURT)},
            id="the-court-is-a-pause",
        ),
        pytest.param(
            said(
                e.MatterEscalated,
                from_tier=Tier.VILLAGE,
                from_desk=TOWN,
                reason=Reason.LIMIT_PASSED,
                sheet=OPENED.sheet,
            ),
            {"hops": 0, "paused": (), "extension": False},
            id="a-new-tier-begins-anew",
        ),
        pytest.param(
            said(e.MatterResolved, State.RESOLVED, way=Way.HANDLED),
            {"hops": 0, "paused": (), "extension": False},
            id="and-so-does-a-resolution",
        ),
        pytest.param(
            said(e.MatterVisited, State.VISITED, visit=Visit(reached=False)),
            {"hops": 0, "paused": (), "extension": False},
            id="and-a-visit",
        ),
        pytest.param(
            said(e.CohandlingCalled, call="c", department=TOWN, call_due=DUE),
            {"calls": ("430981006",)},
            id="a-department-is-called-in",
        ),
        pytest.param(said(e.MatterUrged, to=TOWN, due=DUE), {}, id="an-urge-changes-nothing"),
    ],
)
def test_what_was_used_up_at_the_tier(event: e.MatterEvent, changes: dict[str, Any]) -> None:
    assert heard(event, **USED) == replace(heard(**USED), state=event.position.state, **changes)


def test_a_matter_that_is_over_waits_for_no_department() -> None:
    called = said(e.CohandlingCalled, call="c", department=TOWN, call_due=DUE)
    over = heard(called, said(e.MatterClosed, State.CLOSED))
    assert (over.calls, over.ended) == ((), True)


RESOLVED = said(e.MatterResolved, State.RESOLVED, way=Way.HANDLED, to_visit=("r1", "r2"))
VISITED = said(e.MatterVisited, visit=Visit(reached=True), report_id="r1", to_visit=("r2",))


@pytest.mark.parametrize(
    ("events", "to_visit"),
    [
        pytest.param([RESOLVED], ("r1", "r2"), id="resolved"),
        pytest.param([RESOLVED, VISITED], ("r2",), id="one-was-asked"),
        pytest.param([RESOLVED, joined("r3", voices=2)], ("r1", "r2", "r3"), id="one-more-person"),
        pytest.param([RESOLVED, joined("r3", voices=1)], ("r1", "r2"), id="the-same-person-again"),
        pytest.param(
            [RESOLVED, said(e.MatterWithdrawn, report_id="r2", remaining=1)], ("r1",), id="taken-back"
        ),
        pytest.param([RESOLVED, split("r2", "430981-r2")], ("r1",), id="taken-out"),
    ],
)
def test_who_is_still_to_be_asked(events: list[e.MatterEvent], to_visit: tuple[str, ...]) -> None:
    assert heard(*events).to_visit == to_visit


@pytest.mark.parametrize("confidential", [False, True])
def test_what_it_is_about_and_who_may_read_it_is_as_a_person_said(confidential: bool) -> None:
    sheet = replace(OPENED.sheet, category="tip.gang")
    event = said(
        e.MatterCategorised, State.ROUTED, from_category="x.y", sheet=sheet, confidential=confidential
    )
    assert heard(event).sheet.category == "tip.gang"
    assert heard(event).confidential is confidential
