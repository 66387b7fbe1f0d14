"""What happens beside the main way, each with its figure: events in, numbers out."""

import pytest

from services.metrics.indicators import TIERS
from shared import events as e
from shared.divisions import Tier
from shared.events import FastStep
from shared.matter import Ground, SessionKind, State
from shared.reasons import Reason
from tests.builders import a_deadline
from tests.unit.metrics.journal import START, TOWN, Life, figures, folded

IN_TIME = {"numerator": 1, "denominator": 1}
NOT = {"denominator": 1}
EARLY, LATER = a_deadline(START, what="accept"), a_deadline(START)
VISIT = a_deadline(START, what="visit")


def urged(state: State = State.ROUTED, what: str = "resolve") -> Life:
    """Urged of a deadline in a state."""
    life = Life().standing(a_deadline(START, what=what))
    return life.acted(e.MatterCommented, state=state, text="t").urged()


URGES = [
    pytest.param(urged(), {}, id="urged only"),
    pytest.param(urged(State.ACCEPTED).standing(VISIT).resolved(), IN_TIME, id="resolved in time"),
    pytest.param(urged(what="accept").standing(LATER).accepted(), IN_TIME, id="accepted in time"),
    pytest.param(urged(what="accept").standing(LATER).granted(), IN_TIME, id="a wish granted is accepted"),
    pytest.param(urged().accepted(), {}, id="accepted, but urged to resolve: nothing is known yet"),
    pytest.param(urged().accepted().standing(VISIT).resolved(), IN_TIME, id="accepted and resolved"),
    pytest.param(urged(State.RESOLVED, "visit").visited(), IN_TIME, id="visited in time"),
    pytest.param(urged(State.RESOLVED, "visit").reopened(), IN_TIME, id="visited in time, not satisfied"),
    pytest.param(urged(State.VISITED, "close").closed(), IN_TIME, id="closed in time"),
    pytest.param(urged(State.RETURNED, "review").upheld(), IN_TIME, id="the centre upheld in time"),
    pytest.param(urged(State.RETURNED, "review").redispatched(), IN_TIME, id="the centre sent it on in time"),
    pytest.param(urged().ordered().escalated(), NOT, id="missed"),
    pytest.param(urged().noticed(), NOT, id="missed at the top"),
    pytest.param(urged().ordered().escalated().resolved(), NOT, id="missed, then resolved: once, not heeded"),
    pytest.param(urged().called().call_late(), {}, id="a department's deadline is another"),
    pytest.param(urged().standing(EARLY).paused().standing(LATER), {}, id="stopped before it was known"),
    pytest.param(urged().withdrawn(), {}, id="withdrawn before it was known"),
    pytest.param(
        urged(State.ACCEPTED).standing(a_deadline(START, what="visit")).resolved().ordered(),
        IN_TIME,
        id="resolved in time, the visit due at the same instant is missed",
    ),
    pytest.param(
        urged(what="accept").standing(LATER).accepted().urged().standing(VISIT).resolved(),
        {"numerator": 2, "denominator": 2},
        id="urged twice and heeded twice",
    ),
]
MISDISPATCHES = [
    pytest.param(Life(), NOT, id="dispatched"),
    pytest.param(Life().returned().upheld(), NOT, id="returned and upheld"),
    pytest.param(Life().returned().redispatched(), IN_TIME, id="returned and sent on"),
    pytest.param(
        Life().returned().redispatched().returned().redispatched(hops=2),
        IN_TIME,
        id="sent on twice: once wrong",
    ),
    pytest.param(
        Life().returned().redispatched().escalated(),
        {"numerator": 1, "denominator": 2},
        id="risen is dispatched again",
    ),
    pytest.param(
        Life().returned().redispatched().escalated().returned().redispatched(),
        {"numerator": 2, "denominator": 2},
        id="wrong at both tiers",
    ),
    pytest.param(
        Life(tier=Tier.TOWN).returned().redispatched().sent_down(),
        {"numerator": 1, "denominator": 2},
        id="sent down is dispatched again",
    ),
    pytest.param(Life().resolved().reopened(), {"denominator": 2}, id="reopened is dispatched again"),
    pytest.param(
        Life().resolved().escalated(state=State.RESOLVED),
        NOT,
        id="risen when resolved: nobody has to accept it",
    ),
    pytest.param(Life().transferred(), NOT, id="transferred by a decision"),
]
COHANDLING = [
    pytest.param(Life().called(), {}, id="called"),
    pytest.param(Life().called().answered(), IN_TIME, id="answered in time"),
    pytest.param(Life().called().call_late(), NOT, id="late"),
    pytest.param(Life().called().call_late().answered(), NOT, id="answered late"),
    pytest.param(
        Life().called("k").called("l").call_late("k").answered("l").answered("k"),
        {"numerator": 1, "denominator": 2},
        id="two departments, one late",
    ),
    pytest.param(
        Life().called("k").call_late("k").answered("k").called("k").answered("k"),
        {"numerator": 1, "denominator": 2},
        id="late, then called again and in time",
    ),
    pytest.param(Life().called().closed(), {}, id="over before it was known"),
]
A, R, S = FastStep
FAST = [
    pytest.param(Life().raised(), {}, id="raised"),
    pytest.param(
        Life().raised().did(A).did(R).did(S),
        {f"{side} {step}": 1 for side in IN_TIME for step in (A, R, S)},
        id="all in time",
    ),
    pytest.param(
        Life().raised().did(R),
        {f"{side} {step}": 1 for side in IN_TIME for step in (A, R)},
        id="whoever has arrived has acknowledged",
    ),
    pytest.param(
        Life().raised().fast_late(A).did(R),
        {"denominator acknowledge": 1, "numerator arrive": 1, "denominator arrive": 1},
        id="acknowledged late, arrived in time",
    ),
    pytest.param(
        Life().raised().fast_late(A).did(A, missed=True), {"denominator acknowledge": 1}, id="done late"
    ),
    pytest.param(
        Life().raised().did(A).stood_down().did(R),
        {"numerator acknowledge": 1, "denominator acknowledge": 1},
        id="no danger any more: the rest counts neither way",
    ),
    pytest.param(
        Life().raised().stood_down().raised().fast_late(A), {"denominator acknowledge": 1}, id="raised again"
    ),
]
COUNTS = [
    pytest.param(
        "matters_urged", urged().ordered().escalated().urged(), {"village": 1, "town": 1}, id="urged"
    ),
    *(
        pytest.param(
            "dispatches_returned", Life().returned(ground), {ground.value: 1}, id=f"returned: {ground}"
        )
        for ground in (
            Ground.NOT_OUR_SUBJECT,
            Ground.NOT_OUR_AREA,
            Ground.NOT_IN_OUR_POWER,
            Ground.INCOMPLETE,
        )
    ),
    pytest.param(
        "returns_answered",
        Life().returned().upheld().returned().redispatched().returned(),
        {"upheld": 1, "redispatched": 1},
        id="answers to returns",
    ),
    pytest.param(
        "misdispatched_rows",
        Life(category="repair.road").returned().redispatched().returned().redispatched(hops=2),
        {"repair.road village": 1},
        id="the row that was wrong",
    ),
    pytest.param("matters_transferred", Life().transferred().transferred(), {"": 2}, id="transferred"),
    *(
        pytest.param(
            "matters_paused", Life().accepted().paused(ground), {ground.value: 1}, id=f"paused: {ground}"
        )
        for ground in (Ground.WAITS_FOR_RESIDENT, Ground.WAITS_FOR_EXPERT, Ground.WAITS_FOR_COURT)
    ),
    pytest.param("matters_paused", Life().accepted().to_court(), {}, id="handing to court is no pause"),
    *(
        pytest.param(
            "pauses_ended", Life().accepted().paused().resumed(reason), {reason: 1}, id=f"ran on: {reason}"
        )
        for reason in (Reason.BY_ACTION, Reason.BY_RESIDENT, Reason.LIMIT_PASSED)
    ),
    pytest.param(
        "extensions",
        Life()
        .acted(e.ExtensionAsked)
        .acted(e.ExtensionApproved)
        .acted(e.ExtensionAsked)
        .acted(e.ExtensionRefused),
        {"asked": 2, "approved": 1, "refused": 1},
        id="extensions",
    ),
    pytest.param("cohandling_called", Life().called("k").called("l"), {"village": 2}, id="called in"),
    *(
        pytest.param(
            "matters_sent_down", Life(tier=Tier.TOWN).sent_down(ground), {ground.value: 1}, id=ground
        )
        for ground in (Ground.CAN_BE_SETTLED_BELOW, Ground.ROSE_BY_MISTAKE)
    ),
    pytest.param(
        "matters_withdrawn", Life().joined().withdrawn(remaining=1), {}, id="one report of two is taken back"
    ),
    pytest.param("matters_withdrawn", Life().withdrawn(), {"": 1}, id="withdrawn"),
    pytest.param("matters_to_court", Life().to_court(), {"": 1}, id="to court"),
    pytest.param("court_confirmations", Life().to_court(), {}, id="the court has not decided"),
    pytest.param(
        "court_confirmations", Life().to_court().court_decided(confirmed=True), IN_TIME, id="confirmed"
    ),
    pytest.param(
        "court_confirmations", Life().to_court().court_decided(confirmed=False), NOT, id="not confirmed"
    ),
    *(
        pytest.param(
            "sessions",
            Life().met(e.SessionBooked, kind).met(e.SessionHeld, kind).met(e.SessionMissed, kind),
            {f"{kind} booked": 1, f"{kind} held": 1, f"{kind} missed": 1},
            id=f"sessions: {kind}",
        )
        for kind in SessionKind
    ),
    pytest.param("wishes_granted", Life(category="wish.small").granted(), {"": 1}, id="a small wish"),
    pytest.param("ratings", Life().visited().rated(5).rated(2), {"": 2}, id="ratings"),
    pytest.param("rating_stars", Life().visited().rated(5).rated(2), {"": 7}, id="stars"),
    *(
        pytest.param("fast_raised", Life().raised(reason), {reason: 1}, id=f"fast lane: {reason}")
        for reason in (Reason.DANGER_NOW, Reason.EMERGENCY_CATEGORY)
    ),
    pytest.param("deadlines_corrected", Life().corrected(), {"": 1}, id="corrected"),
]


@pytest.mark.parametrize(("name", "life", "expected"), COUNTS)
def test_figure(name: str, life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, name) == expected


@pytest.mark.parametrize(("life", "expected"), URGES)
def test_urges_that_were_worth_it(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "urges_heeded") == expected


@pytest.mark.parametrize(("life", "expected"), MISDISPATCHES)
def test_dispatches_that_were_wrong(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "misdispatches") == expected


@pytest.mark.parametrize(("life", "expected"), COHANDLING)
def test_departments_that_answered_in_time(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "cohandling_in_time") == expected


@pytest.mark.parametrize(("life", "expected"), FAST)
def test_minutes_of_the_fast_lane(life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, "fast_in_time") == expected


def test_a_row_of_the_policy_counts_at_the_county_alone() -> None:
    logic = folded(Life().returned().redispatched().events)
    logic.committed()
    found = {(cell.town, cell.labels) for cell in logic.published() if "misdispatched_rows" in cell.metric}
    assert found == {(TOWN[:6], ("dispute.neighbour", TIERS[0]))}
