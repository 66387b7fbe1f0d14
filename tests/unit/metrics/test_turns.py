"""Colour and overdue as time passes: exact at the instant and a microsecond before, and moved by what turns alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.metrics.figures import Figures, named, values
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.turns import BEFORE_ANY_TICK, turn_at, turns_of
from shared import standing, wire
from shared.divisions import Tier
from shared.matter import Awaits, Desk, Position, State, Value
from shared.standing import Colour
from tests.builders import a_deadline
from tests.unit.metrics.journal import START, VILLAGE, Life, figures, folded, lane, records, tick

MOMENT = timedelta(microseconds=1)
YELLOW, RED, LIMIT, LATER = (START + timedelta(days=day) for day in (10, 20, 30, 40))
DUE = a_deadline(LIMIT, yellow=YELLOW, red=RED)
PLAIN = a_deadline(LIMIT)
EXTENDED = replace(a_deadline(LATER, yellow=YELLOW, red=RED), extended=True)
WAITS = a_deadline(LATER, what="resume", awaits=Awaits.RESIDENT)
DESK = Desk(division=VILLAGE, body="committee", role="head")


def with_due(due: Any, limit: Any = None, promised: datetime | None = LIMIT) -> Life:
    return Life().standing(due, limit, promised).accepted()


TURNS = [
    pytest.param("matters_by_colour", with_due(DUE), YELLOW, "blue", "yellow", id="yellow"),
    pytest.param("matters_by_colour", with_due(DUE), RED, "yellow", "red", id="red"),
    pytest.param(
        "matters_by_colour", with_due(PLAIN), LIMIT, "blue", "red", id="red at the limit, never urged"
    ),
    pytest.param("matters_past_promise", with_due(DUE), LIMIT, None, "desk", id="the desk's"),
    pytest.param(
        "matters_past_promise", with_due(WAITS, DUE), LIMIT, None, "resident", id="waiting for the resident"
    ),
    pytest.param("matters_past_promise", with_due(EXTENDED), LIMIT, None, "extension", id="extended"),
    pytest.param(
        "matters_past_promise", with_due(EXTENDED), LATER, "extension", "desk", id="past the extension too"
    ),
]


@pytest.mark.parametrize(("name", "life", "at", "before", "then"), TURNS)
def test_a_matter_turns_at_the_instant(
    name: str, life: Life, at: datetime, before: str | None, then: str
) -> None:
    assert figures([*life.events, tick(at - MOMENT)], name) == ({before: 1} if before else {})
    assert figures([*life.events, tick(at)], name) == {then: 1}
    assert figures([*life.events, tick(START), tick(at - MOMENT), tick(at)], name) == {then: 1}
    assert figures([tick(at), *life.events], name) == {then: 1}


@pytest.mark.parametrize("end", ["closed", "withdrawn"])
def test_what_is_over_has_no_colour_and_owes_nothing(end: str) -> None:
    life = getattr(with_due(DUE), end)()
    for name in ("matters_by_colour", "matters_past_promise"):
        assert figures([*life.events, tick(LATER)], name) == {}


def test_before_any_tick_all_is_blue() -> None:
    assert figures(with_due(DUE).events, "matters_by_colour") == {"blue": 1}


def test_a_stopped_clock_is_blue_again() -> None:
    life = with_due(DUE)
    journal = [*life.events, tick(RED), life.standing(WAITS, DUE, LIMIT).paused().events[-1]]
    assert figures(journal, "matters_by_colour") == {"blue": 1}


def test_a_matter_that_comes_back_has_the_colour_of_its_old_deadline() -> None:
    first = with_due(DUE)
    second = Life("b", beside=first)
    first.merged_into(second)
    assert figures([*first.events, tick(RED)], "matters_by_colour") == {"blue": 1}
    first.back_from(second)
    assert figures([*first.events, tick(RED)], "matters_by_colour") == {"blue": 1, "red": 1}


def test_a_tick_looks_only_at_what_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    core, logic = lane()
    for n in range(50):
        due = replace(DUE, yellow=YELLOW + timedelta(hours=n))
        for record in records(Life(str(n)).standing(due).accepted().events):
            core.feed(record)
    moved = Life("moved").standing(DUE).accepted().standing(a_deadline(LATER)).accepted()
    for record in records(moved.events):
        core.feed(record)
    real = logic._stand

    def stand(facts: Any, n: int) -> None:
        looked.append(n)
        real(facts, n)

    monkeypatch.setattr(logic, "_stand", stand)
    for at in (YELLOW - MOMENT, YELLOW, YELLOW + timedelta(minutes=59), YELLOW + timedelta(hours=2)):
        core.feed(records([tick(at)])[0])
    assert looked == [-1, 1, -1, -1, 1, 1]


offsets = st.none() | st.integers(0, 60)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    """Deadlines in any order, also such as rules would not make."""

    def at() -> datetime | None:
        hours = draw(offsets)
        return None if hours is None else START + timedelta(hours=hours)

    def deadline() -> Any:
        due = at()
        if due is None:
            return None
        extended, awaits = draw(st.booleans()), draw(st.sampled_from(tuple(Awaits)))
        return a_deadline(due, yellow=at(), red=at(), extended=extended, awaits=awaits)

    return Position(
        state=State.ACCEPTED,
        tier=Tier.VILLAGE,
        desk=DESK,
        due=deadline(),
        limit=deadline(),
        promised=at(),
    )


@given(positions(), st.integers(-1, 61), st.sampled_from((-MOMENT, timedelta(0), MOMENT)))
def test_turns_say_what_the_vocabulary_says_at_every_instant(
    position: Position, hours: int, off: timedelta
) -> None:
    now = START + timedelta(hours=hours) + off
    turn = turn_at(turns_of(position), now)
    colour = Colour.BLUE if position.due is None else standing.colour(position.due, now)
    assert (turn.colour, turn.overdue) == (colour, standing.overdue(position, now))


def test_before_any_tick_is_before_any_turn() -> None:
    assert turn_at(turns_of(with_due(DUE).position), BEFORE_ANY_TICK).colour is Colour.BLUE


@st.composite
def journals(draw: st.DrawFn) -> list[Value]:
    """Matters whose deadlines move, and ticks between their events."""
    journal: list[Value] = []
    lives = [Life(str(n)) for n in range(draw(st.integers(1, 3)))]
    at = START
    for _ in range(draw(st.integers(0, 12))):
        life = draw(st.sampled_from(lives))
        position = draw(positions())
        life.standing(position.due, position.limit, position.promised)
        journal.append(getattr(life, draw(st.sampled_from(("accepted", "resolved", "closed"))))().events[-1])
        at += timedelta(hours=draw(st.integers(0, 12)))
        journal.append(tick(at))
    return [*(life.events[0] for life in lives), *journal]


def shown(logic: MetricsLogic) -> Figures:
    logic.committed()
    return named(logic.published())


@settings(max_examples=60, deadline=None)
@given(journals(), st.data())
def test_restored_at_any_place_in_any_order_it_goes_on_as_if_nothing_had_been(
    journal: list[Value], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(journal)))
    core, logic = lane()
    feed = records(journal)
    for record in feed[:cut]:
        core.feed(record)
    again, restored = lane()
    for key in data.draw(st.permutations(sorted(logic.state))):
        again.restore(key, wire.encode(logic.state[key]))
    for record in feed[cut:]:
        again.feed(record)
    once = folded(journal)
    assert restored.state == once.state
    assert shown(restored) == shown(once) == values(once.state)


@settings(max_examples=60, deadline=None)
@given(journals())
def test_the_colours_of_open_matters_add_up_to_all(journal: list[Value]) -> None:
    open_now = sum(figures(journal, "matters_open").values())
    assert sum(figures(journal, "matters_by_colour").values()) == open_now
    assert sum(figures(journal, "matters_past_promise").values()) <= open_now
