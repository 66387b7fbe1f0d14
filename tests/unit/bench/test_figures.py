"""What rounds come to."""

import pytest

from bench.figures import Bar, percentile, ratio, spread


@pytest.mark.parametrize(
    ("values", "median"),
    [
        pytest.param([7.0], 7.0, id="one round"),
        pytest.param([9.0, 1.0, 5.0], 5.0, id="the middle one, in whatever order"),
        pytest.param([1.0, 2.0, 4.0, 9.0], 3.0, id="between the middle two"),
    ],
)
def test_the_median_of_the_rounds_stands_between_their_extremes(values: list[float], median: float) -> None:
    found = spread(values)
    assert (found.median, found.low, found.high) == (median, min(values), max(values))


def test_a_spread_shows_median_lowest_and_highest() -> None:
    assert str(spread([1000.4, 2500.0, 900.0])) == "1,000 (900 to 2,500)"


def test_no_round_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no round"):
        spread([])


@pytest.mark.parametrize(
    ("share", "value"),
    [
        pytest.param(0.5, 50.0, id="half"),
        pytest.param(0.99, 99.0, id="99 of 100"),
        pytest.param(0.991, 100.0, id="a little more than 99 of 100"),
        pytest.param(1.0, 100.0, id="all"),
        pytest.param(0.001, 1.0, id="the least"),
    ],
)
def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed(share: float, value: float) -> None:
    assert percentile([float(each) for each in range(100, 0, -1)], share) == value


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.01)], ids=str)
def test_a_percentile_of_nothing_is_an_error(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="values"):
        percentile(values, share)


def test_a_ratio_is_taken_round_by_round() -> None:
    assert ratio([10.0, 2.0, 30.0], [5.0, 1.0, 10.0]) == 2.0


def test_rounds_that_were_not_side_by_side_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        pytest.param(2.0, "kept", id="the bar itself"),
        pytest.param(1.999999, "BROKEN", id="just below"),
        pytest.param(4.2, "kept", id="above"),
    ],
)
def test_a_bar_is_kept_from_its_value_on(measured: float, verdict: str) -> None:
    bar = Bar("ours / theirs", measured, 2.0)
    assert str(bar).endswith(verdict)
    assert bar.is_kept == (verdict == "kept")
