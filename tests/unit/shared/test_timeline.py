"""Driven time: every item in the step it belongs to, in the order given."""

from datetime import timedelta

import pytest

from shared import timeline
from tests.builders import MONDAY

EVERY = timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)


def _steps(*offsets: timedelta) -> list[list[int]]:
    items = [(MONDAY + offset, nth) for nth, offset in enumerate(offsets)]
    return [step.reports for step in timeline.steps(items, [(MONDAY, -1)], EVERY)]


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        pytest.param((timedelta(0),), [[0]], id="one item, one step"),
        pytest.param((EVERY - INSTANT,), [[0]], id="a microsecond before the tick"),
        pytest.param((EVERY,), [[], [0]], id="the tick's own instant is the next step's"),
        pytest.param((timedelta(0), 3 * EVERY), [[0], [], [], [1]], id="empty steps are steps"),
        pytest.param((EVERY, timedelta(0)), [[], [0, 1]], id="one that comes late keeps its place"),
    ],
)
def test_items_fall_into_steps(offsets: tuple[timedelta, ...], expected: list[list[int]]) -> None:
    assert _steps(*offsets) == expected


def test_steps_end_on_whole_multiples() -> None:
    (step,) = timeline.steps([(MONDAY + timedelta(minutes=3), 1)], [(MONDAY, 2)], EVERY)
    assert step.ends == MONDAY + EVERY
    assert timeline.floor(step.ends, EVERY) == step.ends


def test_time_runs_on_until_told() -> None:
    ends = [s.ends for s in timeline.steps([(MONDAY, 1)], [(MONDAY, 2)], EVERY, MONDAY + 3 * EVERY)]
    assert ends[-1] == MONDAY + 3 * EVERY


def test_without_items_there_are_no_steps() -> None:
    nothing: list[tuple[object, int]] = []
    assert list(timeline.steps(nothing, nothing, EVERY)) == []  # type: ignore[arg-type]
