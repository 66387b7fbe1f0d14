"""The due queue against a dictionary that is sorted anew for every question; what it costs, and what it keeps."""

import gc
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.due_queue import DueQueue
from tests.builders import BEIJING

SHARP = datetime(2026, 3, 2, 17, 30, tzinfo=BEIJING)
INSTANT = timedelta(microseconds=1)
A, B, C = "430981006", "430981008", "430981102"
Contents = dict[str, tuple[str, datetime]]


def a_queue(contents: Contents) -> DueQueue:
    queue = DueQueue()
    for key, (town, at) in contents.items():
        queue.set(key, town, at)
    return queue


def answer(contents: Contents, now: datetime, after: str) -> tuple[str, str] | None:
    """What the queue must say, the long way round."""
    due = sorted((town <= after, town, at, key) for key, (town, at) in contents.items() if at <= now)
    return (due[0][1], due[0][3]) if due else None


def fired(queue: DueQueue, now: datetime, after: str = "") -> Iterator[tuple[str, str]]:
    """Everything due, each taken out as it is fired."""
    while (found := queue.next(now, after)) is not None:
        yield found
        after, key = found
        queue.set(key, after, None)


def test_a_microsecond_before_its_instant_nothing_is_due_and_the_instant_itself_is_late() -> None:
    queue = a_queue({"m1": (A, SHARP)})
    assert queue.next(SHARP - INSTANT, "") is None
    assert queue.next(SHARP, "") == (A, "m1")


def test_an_alarm_stays_until_it_is_set_anew() -> None:
    queue = a_queue({"m1": (A, SHARP)})
    assert [queue.next(SHARP, "") for _ in range(3)] == [(A, "m1")] * 3
    queue.set("m1", A, SHARP + INSTANT)
    assert queue.next(SHARP, "") is None
    assert queue.next(SHARP + INSTANT, "") == (A, "m1")


@pytest.mark.parametrize(
    ("after", "town"),
    [
        pytest.param("", A, id="the first before any had its turn"),
        pytest.param(A, B, id="the one after"),
        pytest.param(B, C, id="and the one after that"),
        pytest.param(C, A, id="the first after the last"),
        pytest.param("430981007", B, id="after a town nobody knows"),
        pytest.param("9", A, id="after a code behind all others"),
    ],
)
def test_towns_take_turns_in_rising_order_of_their_codes(after: str, town: str) -> None:
    contents = {"m1": (C, SHARP), "m2": (B, SHARP), "m3": (A, SHARP)}
    found = a_queue(contents).next(SHARP, after)
    assert found is not None
    assert found[0] == town


def test_a_town_alone_has_every_turn() -> None:
    queue = a_queue({"m1": (B, SHARP), "m2": (C, SHARP + INSTANT)})
    assert queue.next(SHARP, B) == (B, "m1")


def test_a_small_town_does_not_wait_for_a_large_one_that_is_due_longer() -> None:
    large = {f"l{nth:03}": (A, SHARP - timedelta(days=7, seconds=-nth)) for nth in range(100)}
    small = {"s1": (B, SHARP), "s2": (B, SHARP)}
    order = list(fired(a_queue(large | small), SHARP))
    assert order[:4] == [(A, "l000"), (B, "s1"), (A, "l001"), (B, "s2")]
    assert len(order) == 102


def test_in_a_town_the_earliest_is_first_and_of_one_instant_the_lesser_key() -> None:
    contents = {"m3": (A, SHARP), "m1": (A, SHARP), "m2": (A, SHARP - INSTANT)}
    assert [key for _, key in fired(a_queue(contents), SHARP)] == ["m2", "m1", "m3"]


def test_when_time_goes_back_towns_that_are_no_longer_due_do_not_answer() -> None:
    queue = a_queue({"m1": (A, SHARP), "m2": (B, SHARP - INSTANT)})
    assert queue.next(SHARP, "") == (A, "m1")
    assert queue.next(SHARP - INSTANT, "") == (B, "m2")
    assert queue.next(SHARP - 2 * INSTANT, "") is None
    assert queue.next(SHARP, "") == (A, "m1")


def test_an_alarm_may_move_to_another_town_and_is_taken_out_whatever_town_is_named() -> None:
    queue = a_queue({"m1": (A, SHARP)})
    queue.set("m1", B, SHARP)
    assert list(queue.next(SHARP, "") or ()) == [B, "m1"]
    queue.set("m1", C, None)
    assert (queue.next(SHARP, ""), len(queue)) == (None, 0)


def test_taking_out_what_is_not_there_changes_nothing() -> None:
    queue = a_queue({"m1": (A, SHARP)})
    queue.set("m2", B, None)
    assert (len(queue), queue.next(SHARP, "")) == (1, (A, "m1"))


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), id="the first of all"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), id="just before 1970"),
        pytest.param(SHARP + 7 * INSTANT, id="to the microsecond"),
        pytest.param(datetime.max.replace(tzinfo=UTC), id="the last of all"),
    ],
)
def test_the_earliest_is_exact(at: datetime) -> None:
    queue = a_queue({"m1": (B, at)})
    assert queue.earliest() == at
    assert queue.next(at, "") == (B, "m1")


def test_an_empty_queue_has_no_earliest_and_nothing_due() -> None:
    queue = DueQueue()
    assert (len(queue), queue.earliest(), queue.next(SHARP, "")) == (0, None, None)
    queue.set("m1", A, SHARP)
    queue.set("m1", A, None)
    assert (len(queue), queue.earliest(), queue.next(SHARP, "")) == (0, None, None)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="offset-naive"):
        DueQueue().set("m1", A, SHARP.replace(tzinfo=None))


KEYS = st.sampled_from([f"m{nth}" for nth in range(9)])
TOWNS = st.sampled_from([A, B, C, "430903001", "4309", ""])
ZONES = st.sampled_from([UTC, BEIJING])
TIMES = st.builds(lambda step, zone: (SHARP + step * INSTANT).astimezone(zone), st.integers(-4, 4), ZONES)
CONTENTS = st.dictionaries(KEYS, st.tuples(TOWNS, TIMES))
STEPS = st.one_of(
    st.tuples(st.just("set"), KEYS, TOWNS, TIMES),
    st.tuples(st.just("set"), KEYS, TOWNS, st.none()),
    st.tuples(st.just("fire"), TIMES, TOWNS, TIMES | st.none()),
    st.tuples(st.just("restart"), st.randoms(use_true_random=False)),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(STEPS, TIMES, TOWNS), max_size=40))
def test_every_answer_follows_from_the_contents_alone(steps: list[tuple[Any, datetime, str]]) -> None:
    queue, contents = DueQueue(), Contents()
    for step, now, after in steps:
        match step:
            case "set", key, town, at:
                queue.set(key, town, at)
                contents = changed(contents, key, town, at)
            case "fire", now, after, at:
                if (found := queue.next(now, after)) is not None:
                    queue.set(found[1], found[0], at)
                    contents = changed(contents, found[1], found[0], at)
            case _, shuffled:
                queue = a_queue(in_other_order(contents, shuffled))
        assert queue.next(now, after) == answer(contents, now, after)
        assert queue.earliest() == min((at for _, at in contents.values()), default=None)
        assert len(queue) == len(contents)


@settings(max_examples=200, deadline=None)
@given(CONTENTS, st.lists(st.tuples(KEYS, TOWNS, TIMES | st.none())), TIMES, TOWNS, st.integers(0, 9))
def test_a_queue_restored_at_any_point_fires_on_in_the_order_of_one_that_never_stopped(
    contents: Contents, past: list[tuple[str, str, datetime | None]], now: datetime, after: str, stop: int
) -> None:
    never_stopped = DueQueue()
    for key, town, at in [*past, *((key, "", None) for key in {each[0] for each in past})]:
        never_stopped.set(key, town, at)
    for key, (town, at) in contents.items():
        never_stopped.set(key, town, at)
    whole = list(fired(never_stopped, now, after))
    before = whole[:stop]
    left = {key: where for key, where in contents.items() if key not in {key for _, key in before}}
    last = before[-1][0] if before else after
    assert before + list(fired(a_queue(in_other_order(left, random.Random(stop))), now, last)) == whole
    assert sorted(key for _, key in whole) == sorted(key for key, (_, at) in contents.items() if at <= now)


@pytest.mark.parametrize("count", [1, 2, 5, 300], ids=lambda count: f"{count} towns")
def test_hundreds_of_alarms_that_are_often_replaced_are_answered_as_few_are(count: int) -> None:
    chance = random.Random(count)
    towns = [f"{code:09}" for code in chance.sample(range(10**9), count)]
    queue, contents, now, after = DueQueue(), Contents(), SHARP, ""
    for _ in range(200):
        for key in chance.choices([f"m{nth:03}" for nth in range(400)], k=chance.choice((1, 100))):
            town = chance.choice(towns)
            at = chance.choice((None, *(SHARP + chance.randint(-500, 500) * INSTANT for _ in range(3))))
            queue.set(key, town, at)
            contents = changed(contents, key, town, at)
        found = queue.next(now, after)
        assert found == answer(contents, now, after)
        after = found[0] if found else after
        now += chance.randint(-100, 100) * INSTANT


def test_replacing_an_alarm_again_and_again_takes_no_more_memory() -> None:
    queue = a_queue({f"m{nth}": (A, SHARP + nth * INSTANT) for nth in range(100)})
    later = [("m50", A, SHARP + timedelta(days=nth)) for nth in range(1, 5000)]
    wandering = [("m51", (A, B, C)[nth % 3], SHARP + timedelta(days=nth)) for nth in range(1, 5000)]
    coming_and_going = [("m52", B, at) for nth in range(2500) for at in (SHARP + timedelta(days=nth), None)]
    for steps in (later, wandering, coming_and_going):
        assert grown(partial(set_all, queue, steps)) < 64 * 1024  # a stale alarm each would be 500 kB
    assert len(queue) == 99


def test_a_town_is_kept_once_however_often_it_is_cut_out_of_a_code() -> None:
    villages = [f"{A}{nth:03}" for nth in range(1000)]
    cut, given = DueQueue(), DueQueue()
    grown_by_cut = grown(lambda: set_all(cut, ((village, village[:9], SHARP) for village in villages)))
    grown_by_given = grown(lambda: set_all(given, ((village, A, SHARP) for village in villages)))
    assert grown_by_cut - grown_by_given < 20_000  # a string each would be 58 kB


def test_while_nothing_is_due_asking_costs_the_same_with_ten_alarms_and_ten_thousand() -> None:
    few, many = (
        a_queue({f"m{nth}": (f"{430981000 + nth % 500}", SHARP + nth * INSTANT) for nth in range(count)})
        for count in (10, 10_000)
    )
    assert lines_run(lambda: many.next(SHARP - INSTANT, A)) == lines_run(lambda: few.next(SHARP - INSTANT, A))


def changed(contents: Contents, key: str, town: str, at: datetime | None) -> Contents:
    rest = {each: where for each, where in contents.items() if each != key}
    return rest if at is None else rest | {key: (town, at)}


def in_other_order(contents: Contents, chance: random.Random) -> Contents:
    return dict(chance.sample(list(contents.items()), len(contents)))


def set_all(queue: DueQueue, alarms: Iterable[tuple[str, str, datetime | None]]) -> None:
    for key, town, at in alarms:
        queue.set(key, town, at)


def grown(work: Callable[[], object]) -> int:
    """Bytes that are there after the work and were not before."""
    gc.collect()  # what lies ready to be used again is not counted
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python it takes; the first question, which plants the towns, is not counted."""
    work()
    ran, tracing = 0, sys.gettrace()

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return count

    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(tracing)
    return ran
