"""How near two reports are by place and time: exact ends of the bands, and what may never happen."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.rules.nearness import (
    REACH,
    WITHIN,
    Point,
    cell_of,
    cells_around,
    metres_between,
    nearness,
    point_of,
)
from shared.matter import Location

JOIN, ASK = 0.62, 0.45
MICRO = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)

METRES = st.floats(0, 3000)
APART = st.timedeltas(timedelta(days=-3), timedelta(days=3))
POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def band(metres: float, apart: timedelta, same_kind: bool = True) -> str:
    score = nearness(metres, apart, JOIN, ASK, same_kind)
    return "join" if score >= JOIN else "ask" if score >= ASK else "apart"


def more(metres: float) -> float:
    return metres + 1e-9


@pytest.mark.parametrize(
    ("metres", "apart", "expected"),
    [
        pytest.param(0, 105 * MINUTE, "join", id="one place: an hour and three quarters joins"),
        pytest.param(0, 105 * MINUTE + MICRO, "ask", id="one place: a microsecond more is asked"),
        pytest.param(40, 57 * MINUTE, "join", id="an hour less what tells nothing: 40 m join"),
        pytest.param(more(40), 57 * MINUTE, "ask", id="a nanometre more than 40 m is asked"),
        pytest.param(310, 57 * MINUTE, "ask", id="310 m are asked"),
        pytest.param(more(310), 57 * MINUTE, "apart", id="a nanometre more than 310 m stays apart"),
        pytest.param(0, WITHIN, "ask", id="one place: the longest that is asked"),
        pytest.param(0, WITHIN + MICRO, "apart", id="one place: a microsecond longer stays apart"),
        pytest.param(REACH, timedelta(0), "join", id="one instant: as far as it reaches"),
        pytest.param(more(REACH), timedelta(0), "apart", id="one instant: a nanometre beyond"),
        pytest.param(0, -105 * MINUTE, "join", id="received later, read earlier"),
        pytest.param(0, -105 * MINUTE - MICRO, "ask", id="the same end the other way"),
    ],
)
def test_metres_and_time_are_weighed_together(metres: float, apart: timedelta, expected: str) -> None:
    assert band(metres, apart) == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(timedelta(seconds=144), "join"), (timedelta(seconds=144) + MICRO, "ask")],
    ids=["within two minutes and 24 seconds", "a microsecond later"],
)
def test_another_kind_must_be_twenty_times_nearer(apart: timedelta, expected: str) -> None:
    assert band(0, apart, same_kind=False) == expected


def test_the_same_place_and_instant_is_certain() -> None:
    assert nearness(0, timedelta(0), JOIN, ASK) == 1


def test_with_one_band_nothing_is_asked() -> None:
    assert nearness(0, 105 * MINUTE, JOIN, JOIN) == JOIN
    assert nearness(0, 105 * MINUTE + MICRO, JOIN, JOIN) < JOIN


@given(METRES, METRES, APART, st.booleans())
def test_it_never_grows_with_metres(a: float, b: float, apart: timedelta, same_kind: bool) -> None:
    near, far = sorted((a, b))
    assert nearness(near, apart, JOIN, ASK, same_kind) >= nearness(far, apart, JOIN, ASK, same_kind)


@given(METRES, APART, APART, st.booleans())
def test_it_never_grows_with_time(metres: float, a: timedelta, b: timedelta, same_kind: bool) -> None:
    soon, late = sorted((a, b), key=abs)
    assert nearness(metres, soon, JOIN, ASK, same_kind) >= nearness(metres, late, JOIN, ASK, same_kind)


@given(METRES, APART, st.floats(0, 1), st.floats(0, 1))
def test_it_is_between_0_and_1_either_way_in_time(
    metres: float, apart: timedelta, a: float, b: float
) -> None:
    ask, join = sorted((a, b))
    score = nearness(metres, apart, join, ask)
    assert 0 <= score <= 1
    assert score == nearness(metres, -apart, join, ask)


@given(METRES, APART)
def test_another_kind_is_never_nearer(metres: float, apart: timedelta) -> None:
    assert nearness(metres, apart, JOIN, ASK, same_kind=False) <= nearness(metres, apart, JOIN, ASK)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        pytest.param((30.0, 112.0), (30.0, 112.0), 0.0, id="one point"),
        pytest.param((30.0, 112.0), (31.0, 112.0), 111_195.08, id="a degree of latitude"),
        pytest.param((60.0, 112.0), (60.0, 112.001), 55.597, id="half as wide at 60 degrees"),
        pytest.param((0.0, 179.9995), (0.0, -179.9995), 111.195, id="over the date line"),
        pytest.param((0.0, 0.0), (0.0, 180.0), 20_015_114.4, id="the other side of the earth"),
    ],
)
def test_metres_are_those_of_the_great_circle(a: Point, b: Point, metres: float) -> None:
    assert metres_between(a, b) == pytest.approx(metres, rel=1e-4, abs=1e-6)


@given(POINTS, POINTS)
def test_metres_are_the_same_both_ways(a: Point, b: Point) -> None:
    assert metres_between(a, b) == metres_between(b, a)


@given(POINTS, st.floats(0, REACH), st.floats(0, 2 * math.pi))
def test_whatever_is_in_reach_lies_in_a_cell_around(point: Point, metres: float, bearing: float) -> None:
    other = moved(point, metres, bearing)
    if metres_between(point, other) <= REACH:
        assert cell_of(other) in set(cells_around(point))


@given(st.tuples(st.floats(-60, 60), st.floats(-180, 180)))
def test_the_cells_around_are_few_and_each_once(point: Point) -> None:
    cells = list(cells_around(point))
    assert len(cells) == len(set(cells)) <= 12
    assert cell_of(point) in cells


@pytest.mark.parametrize(
    ("location", "point"),
    [
        pytest.param(Location(lat=29.5, lon=112.5), (29.5, 112.5), id="both"),
        pytest.param(Location(lat=0.0, lon=0.0), (0.0, 0.0), id="zero is a coordinate"),
        pytest.param(Location(lat=29.5), None, id="no longitude"),
        pytest.param(Location(lon=112.5), None, id="no latitude"),
        pytest.param(Location(address="人民路 1 号"), None, id="an address alone"),
        pytest.param(None, None, id="no location"),
    ],
)
def test_a_point_has_both_coordinates(location: Location | None, point: Point | None) -> None:
    assert point_of(location) == point


def moved(point: Point, metres: float, bearing: float) -> Point:
    """Along the great circle; the longitude stays within 180 degrees either way."""
    angle, lat = metres / 6_371_008.8, math.radians(point[0])
    sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
    far = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * math.sin(far)
    )
    return math.degrees(far), (point[1] + math.degrees(turn) + 180) % 360 - 180
