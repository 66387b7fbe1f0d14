"""Many matters of several towns due at one instant: in order, the towns in turn, so many a tick, each once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from services.escalation.rules.life import Who
from services.escalation.rules.matter import Life
from shared import events as e
from shared.catalogue import Policy, compiled
from shared.divisions import Tier, children
from shared.events import Event
from shared.matter import ActionKind
from shared.reasons import Reason
from tests.builders import MONDAY, POLICY, journal_tick
from tests.unit.escalation.lane import DAY, INSTANT, MINUTE, Lane, journal
from tests.unit.escalation.lives import TEXT

TOWNS = ("430981006", "430981008", "430981105")
EACH = 5
DUE = MONDAY + DAY
WEEK = timedelta(weeks=1)


def at_most(number: int) -> Policy:
    """The shipped policy, which acts on so many things that fell due at each tick."""
    return compiled(structs.replace(POLICY.file, limits_per_tick=number), TEXT)


def many(number: int = 2000, apart: timedelta = timedelta()) -> Lane:
    """Five matters in each of three towns, with 24 hours by the wall clock; received so far apart, last town first."""
    places = [village for town in reversed(TOWNS) for village in children(town)[:EACH]]
    first, *rest = places
    lane = Lane(at_most(number), MONDAY, division=first, category="utility.power")
    for nth, village in enumerate(rest, 1):
        lane.report(MONDAY + nth * apart, source_id=f"n{nth}", division=village, category="utility.power")
    return lane


def risen(events: Iterable[Event]) -> list[str]:
    return [each.matter_id for each in events if isinstance(each, e.MatterEscalated)]


def in_turn(lane: Lane) -> list[str]:
    """The order by hand: of each town its earliest in turn, of one instant by id."""
    lives = [each for each in lane.escalation.state.values() if isinstance(each, Life)]
    lines = [sorted((next_at(life), life.matter_id) for life in lives if life.town == town) for town in TOWNS]
    return [matter_id for row in zip(*lines, strict=True) for _, matter_id in row]


def next_at(life: Life) -> datetime:
    assert life.position.due is not None
    return life.position.due.at


def test_of_one_instant_the_towns_come_in_turn_and_each_matter_once() -> None:
    lane = many()
    order = in_turn(lane)
    lane.tick(DUE - INSTANT)
    events = lane.tick(DUE)
    assert risen(events) == order
    assert len(order) == len(TOWNS) * EACH
    assert [type(each) for each in events] == [e.SupervisionOrdered, e.MatterEscalated] * len(order)
    assert lane.tick(DUE + INSTANT) == []


@pytest.mark.parametrize("number", [1, 2, 4, 14, 15, 16])
def test_at_most_so_many_at_each_tick_and_the_rest_at_the_next_in_the_same_order(number: int) -> None:
    lane = many(number)
    order = in_turn(lane)
    got: list[str] = []
    for nth in range(-(-len(order) // number)):
        batch = risen(lane.tick(DUE + nth * MINUTE))
        assert len(batch) == min(number, len(order) - len(got))
        got += batch
    assert got == order
    assert lane.tick(DUE + 30 * MINUTE) == []


def test_a_town_with_many_does_not_keep_another_waiting() -> None:
    lane = many(2)
    for nth, village in enumerate(children(TOWNS[0])[EACH:25]):
        lane.report(MONDAY, source_id=f"m{nth}", division=village, category="utility.power")
    first = risen(lane.tick(DUE)) + risen(lane.tick(DUE + MINUTE))
    assert [lane.life(each).town for each in first] == [*TOWNS, TOWNS[0]]


@pytest.mark.parametrize("stop", [1, 7, 14])
@pytest.mark.parametrize("number", [5, 2000])
def test_a_restart_in_the_middle_of_a_tick_goes_on_where_it_was(number: int, stop: int) -> None:
    steady, stopped = many(number), many(number)
    for nth in range(3):
        steady.tick(DUE + nth * MINUTE)
        record = journal_tick(DUE + nth * MINUTE)
        stopped.keep(stopped.escalation.feed(record))
        for fired in range(100):
            if fired == stop:
                stopped.restart()
            due = stopped.escalation.fall_due()
            if due is None:
                break
            stopped.keep(due)
    assert stopped.outs == steady.outs
    assert stopped.escalation.state == steady.escalation.state


@pytest.mark.parametrize("number", [3, 2000])
def test_after_a_week_without_ticks_all_fire_in_order_and_rise_one_tier_only(number: int) -> None:
    lane = many(number, apart=MINUTE)
    order = in_turn(lane)
    got: list[str] = []
    for nth in range(len(order)):
        got += risen(lane.tick(MONDAY + WEEK + nth * MINUTE))
    assert got == order
    assert {lane.life(each).position.tier for each in order} == {Tier.TOWN}
    late = [each for each in journal(lane.outs) if isinstance(each, e.SupervisionOrdered)]
    assert all(each.missed.at < each.at for each in late)


def test_an_action_on_a_matter_that_waits_for_its_turn_comes_after_what_has_passed() -> None:
    lane = many(1)
    order = in_turn(lane)
    lane.tick(DUE)
    lane.matter_id = order[-1]
    desk = lane.key(Who.DESK)
    *passed, refused = lane.act(ActionKind.ACCEPT, desk=desk)
    assert [type(each) for each in passed] == [e.SupervisionOrdered, e.MatterEscalated]
    assert isinstance(refused, e.ActionRefused)
    assert refused.reason is Reason.DESK_WRONG
    got = [each for nth in range(1, 20) for each in risen(lane.tick(DUE + nth * MINUTE))]
    assert got == order[1:-1]


def test_what_is_late_is_told_by_its_limit_not_by_the_urge_that_was_missed() -> None:
    lane = many()
    lane.tick(DUE + MINUTE)
    assert not [each for each in journal(lane.outs) if isinstance(each, e.MatterUrged)]
