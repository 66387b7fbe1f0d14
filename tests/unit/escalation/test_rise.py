"""Exactly one tier up, with that tier's desk and budget."""

from datetime import timedelta

import pytest

from services.escalation.rules import rise
from services.escalation.rules.rise import Standing
from shared import catalogue
from shared.divisions import Tier
from shared.matter import Deadline, Desk, Grade, Position, State
from tests.builders import MONDAY, VILLAGE

POLICY = catalogue.load()
STANDING = Standing("dispute.neighbour", Grade.SMALL, VILLAGE)
MISSED = Deadline(at=MONDAY, what="resolve", rule="r", calendar="c")


def position(state: State, tier: Tier) -> Position:
    return Position(state=state, tier=tier, desk=Desk(division=VILLAGE, body="b", role="r"), due=MISSED)


@pytest.mark.parametrize(
    ("tier", "higher", "division"),
    [
        pytest.param(Tier.VILLAGE, Tier.TOWN, "430981006", id="village to town"),
        pytest.param(Tier.TOWN, Tier.COUNTY, "430981", id="town to county"),
        pytest.param(Tier.COUNTY, Tier.CITY, "4309", id="county to city"),
    ],
)
def test_a_late_matter_rises_to_the_next_tier_of_its_own_place(
    tier: Tier, higher: Tier, division: str
) -> None:
    after = rise.risen(position(State.ACCEPTED, tier), STANDING, MONDAY, POLICY)
    assert after is not None
    assert (after.tier, after.desk.division, after.state) == (higher, division, State.ROUTED)
    assert after.due is not None
    assert after.due.at > MONDAY


def test_nobody_is_above_the_city() -> None:
    assert rise.risen(position(State.ROUTED, Tier.CITY), STANDING, MONDAY, POLICY) is None


@pytest.mark.parametrize(
    ("state", "what"),
    [
        pytest.param(State.RESOLVED, "visit", id="the tier above owes the visit"),
        pytest.param(State.VISITED, "close", id="the tier above strikes it off"),
    ],
)
def test_what_is_resolved_stays_resolved_when_it_rises(state: State, what: str) -> None:
    after = rise.risen(position(state, Tier.VILLAGE), STANDING, MONDAY, POLICY)
    assert after is not None
    assert after.due is not None
    assert (after.state, after.due.what) == (state, what)


def test_an_announcement_keeps_tier_desk_and_state_and_sets_the_next() -> None:
    before = position(State.ROUTED, Tier.CITY)
    after = rise.announced(before, STANDING, MONDAY + timedelta(hours=1), POLICY)
    assert (after.tier, after.desk, after.state) == (before.tier, before.desk, before.state)
    assert after.due is not None
    assert after.due.what == "notice"
