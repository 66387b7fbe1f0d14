"""Scoring joins against the truth, in pairs."""

import pytest

from xiaoshi.simulator.score import Score, score_joins


@pytest.mark.parametrize(
    ("truth", "found", "score"),
    [
        pytest.param({"a": 1, "b": 1}, {"a": "m", "b": "m"}, Score(true=1, found=1, both=1), id="joined"),
        pytest.param({"a": 1, "b": 1}, {"a": "m", "b": "n"}, Score(true=1, found=0, both=0), id="missed"),
        pytest.param(
            {"a": 1, "b": 2}, {"a": "m", "b": "m"}, Score(true=0, found=1, both=0), id="wrongly-joined"
        ),
        pytest.param(
            {"a": 1, "b": 1, "c": 1, "d": 2},
            {"a": "m", "b": "m", "c": "n", "d": "n"},
            Score(true=3, found=2, both=1),
            id="some-of-each",
        ),
        pytest.param({"a": 1, "b": 1}, {"a": "m"}, Score(true=1, found=0, both=0), id="one-never-found"),
        pytest.param({"a": 1}, {"a": "m", "x": "m"}, Score(true=0, found=0, both=0), id="one-not-ours"),
    ],
)
def test_pairs_are_counted(truth: dict[str, int], found: dict[str, str], score: Score) -> None:
    assert score_joins(truth, found) == score


def test_rates_are_of_found_and_of_true_pairs() -> None:
    score = Score(true=4, found=2, both=1)
    assert (score.precision, score.recall) == (0.5, 0.25)


def test_without_pairs_nothing_is_wrong() -> None:
    score = score_joins({}, {})
    assert (score.precision, score.recall) == (1.0, 1.0)
