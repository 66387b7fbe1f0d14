"""What each day added: by the event's own time, in any order, and together what the counters have."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.metrics.figures import (
    FACTS,
    KEPT_DAYS,
    Cell,
    Count,
    Days,
    all_series,
    cell_at,
    day_and_place,
    day_key,
    values,
)
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.periods import day_of
from shared.matter import Value
from tests.unit.metrics.journal import COUNTY, START, TOWN, Life, folded, lane, records, refused, tick
from tests.unit.metrics.test_logic import lives

OPENED = "xiaoshi_matters_opened_total"
MIDNIGHT = datetime(2024, 3, 4, 16, tzinfo=UTC)
COUNTERS = {series.metric for series in all_series() if series.kind == "counter"}


def days(journal: list[Value]) -> Days:
    return committed(journal).published_days()


def committed(journal: list[Value]) -> MetricsLogic:
    logic = folded(journal)
    logic.committed()
    return logic


def cells_of_days(found: Days) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    for places in found.values():
        for place, day in places.items():
            cells.update({cell_at(place, line): n for line, n in day.added.items()})
    return cells


def counters(logic: MetricsLogic) -> Counter[Cell]:
    return Counter({cell: n for cell, n in logic.published().items() if cell.metric in COUNTERS and n})


def opened_at(at: datetime) -> list[Value]:
    [event] = Life().events
    return [replace(event, at=at)]


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Value], list[Value]]:
    """The same events twice, each time with every matter's own order and some delivered again later."""
    told = [
        life.events for life in draw(st.lists(lives(), max_size=4, unique_by=lambda each: each.matter_id))
    ]

    def one() -> list[Value]:
        queues, journal = [events.copy() for events in told], []
        while queues:
            journal.append(draw(st.sampled_from(queues)).pop(0))
            queues = [each for each in queues if each]
            if draw(st.booleans()):
                journal.append(draw(st.sampled_from(journal)))
        return journal

    return one(), one()


@settings(max_examples=60, deadline=None)
@given(two_orders())
def test_any_order_with_anything_delivered_twice_gives_the_same_days(
    orders: tuple[list[Value], list[Value]],
) -> None:
    one, other = (days(journal) for journal in orders)
    assert one == other


@settings(max_examples=60, deadline=None)
@given(two_orders(), st.integers(0, KEPT_DAYS + 3))
def test_all_days_together_are_the_counters(orders: tuple[list[Value], list[Value]], after: int) -> None:
    """Also when the last tick lets go of some of them: what they added is kept beside."""
    journal, _ = orders
    whole, late = committed(journal), committed([*journal, tick(START + timedelta(days=after))])
    assert cells_of_days(whole.published_days()) == counters(whole) == counters(late)
    before = Counter({key: n.n for key, n in late.state.items() if isinstance(n, Count)})
    assert sum(before.values()) == counters(whole).total() - cells_of_days(late.published_days()).total()


@settings(max_examples=60, deadline=None)
@given(two_orders())
def test_what_comes_after_its_day_was_let_go_still_counts(
    orders: tuple[list[Value], list[Value]],
) -> None:
    journal, _ = orders
    late = committed([tick(START + timedelta(days=KEPT_DAYS + 30)), *journal])
    assert late.published_days() == {}
    assert counters(late) == counters(committed(journal))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(MIDNIGHT - timedelta(microseconds=1), "2024-03-04", id="a microsecond before midnight"),
        pytest.param(MIDNIGHT, "2024-03-05", id="midnight in China"),
    ],
)
def test_an_event_counts_on_its_own_day(at: datetime, day: str) -> None:
    found = days(opened_at(at))
    assert [(str(each), set(places)) for each, places in found.items()] == [(day, {TOWN})]


def test_a_late_event_counts_on_its_own_day() -> None:
    late = [tick(MIDNIGHT + timedelta(days=90)), *opened_at(MIDNIGHT)]
    assert days(late) == days(opened_at(MIDNIGHT))


def test_what_counts_at_the_county_is_kept_there() -> None:
    found = days([refused(matter="430981-z")])
    assert [set(places) for places in found.values()] == [{COUNTY}]


@pytest.mark.parametrize(
    ("passed", "kept"),
    [
        pytest.param(timedelta(days=KEPT_DAYS) - timedelta(microseconds=1), True, id="the last instant"),
        pytest.param(timedelta(days=KEPT_DAYS), False, id="the instant it is let go"),
    ],
)
def test_a_day_is_kept_so_long(passed: timedelta, kept: bool) -> None:
    events = opened_at(MIDNIGHT)
    logic = committed([*events, tick(MIDNIGHT + passed)])
    assert bool(logic.published_days()) is kept
    assert logic.published()[Cell(OPENED, COUNTY, TOWN)] == 1
    assert values(logic.state)[OPENED, (("county", COUNTY), ("town", TOWN))] == 1


def test_days_are_not_shown_before_they_are_committed() -> None:
    logic = folded(Life().events)
    assert logic.published_days() == {}


def test_an_event_is_at_most_one_put_beside_the_matter() -> None:
    core, _ = lane()
    for record in records(Life().joined().resolved().visited().closed().events):
        puts = [key for key, _ in core.feed(record).puts if not key.startswith(FACTS)]
        assert len(puts) <= 1


def test_a_day_comes_back_from_its_key() -> None:
    day = day_of(MIDNIGHT)
    assert day_and_place(day_key(day, TOWN)) == (day, TOWN)
