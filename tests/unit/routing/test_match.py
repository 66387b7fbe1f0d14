"""Which matter a report belongs to: same village, same category, in time, in like words."""

from datetime import timedelta

import pytest

from services.routing.rules.match import Features, match, words_of
from shared.reasons import Reason
from tests.builders import MONDAY, SAME_TOWN, VILLAGE

WINDOW = timedelta(days=7)
LAMP = words_of("路灯不亮", "村口第三盏路灯坏了三天，晚上走路看不清")
LAMP_AGAIN = words_of("村口路灯坏了", "村口第三盏路灯坏了好几天，晚上看不清路")
WELL = words_of("井盖丢失", "小学门口的窨井盖不见了，孩子上学危险")


def features(**changes: object) -> Features:
    facts = {"village": VILLAGE, "category": "city.street_light", "words": LAMP, "at": MONDAY}
    return Features(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("earlier", "joins"),
    [
        pytest.param(features(words=LAMP_AGAIN), True, id="same place, kind and words"),
        pytest.param(features(village=SAME_TOWN), False, id="the same words in another village"),
        pytest.param(features(category="city.road_damage"), False, id="another category"),
        pytest.param(features(words=WELL), False, id="other words"),
        pytest.param(
            features(at=MONDAY - WINDOW + timedelta(microseconds=1)), True, id="just inside the window"
        ),
        pytest.param(features(at=MONDAY - WINDOW), False, id="the window's end is outside"),
        pytest.param(features(at=MONDAY + timedelta(minutes=1)), True, id="received later, read earlier"),
        pytest.param(features(at=MONDAY + WINDOW), False, id="the window's other end is outside too"),
    ],
)
def test_a_report_joins_only_what_is_alike_in_all_ways(earlier: Features, joins: bool) -> None:
    found = match(features(), [("m1", earlier)], WINDOW, 0.6)
    assert (found.matter_id == "m1") is joins
    assert (found.reason is Reason.JOINED_SAME_MATTER) is joins
    assert bool(found.evidence) is joins


def test_the_most_similar_candidate_wins() -> None:
    found = match(features(), [("m1", features(words=LAMP_AGAIN)), ("m2", features())], WINDOW, 0.5)
    assert (found.matter_id, found.score) == ("m2", 1.0)


@pytest.mark.parametrize(
    ("threshold", "joins"), [(1.0, True), (1.0 + 1e-9, False)], ids=["reached", "just missed"]
)
def test_the_threshold_itself_joins(threshold: float, joins: bool) -> None:
    assert (match(features(), [("m1", features())], WINDOW, threshold).matter_id == "m1") is joins


def test_without_a_village_nothing_joins() -> None:
    found = match(features(village=""), [("m1", features(village=""))], WINDOW, 0.1)
    assert (found.matter_id, found.reason) == (None, Reason.OPENED_NO_VILLAGE)


def test_a_category_without_window_never_joins() -> None:
    assert match(features(), [("m1", features())], None, 0.1).matter_id is None
