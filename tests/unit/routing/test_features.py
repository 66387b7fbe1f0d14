"""What is drawn from a report's words."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.rules.features import (
    CHARACTERS,
    READ,
    SLOTS,
    TITLE,
    Features,
    codes_of,
    features_of,
    pairs_in,
    pairs_of,
    sorted_once,
    word_of,
    words_of,
)
from services.routing.rules.troubles import TROUBLES, WORDS, names_of
from tests.builders import MONDAY, VILLAGE, a_report


def drawn(title: str, text: str = "。") -> Features:
    return features_of(a_report(title=title, text=text), "city.street_light", MONDAY)


@pytest.mark.parametrize(
    ("title", "named"),
    [
        pytest.param("金桂新城附近太吵", ("金桂/新城",), id="an estate"),
        pytest.param("反映金桂小区停水", ("反映金桂/小区",), id="four characters before the ending, no more"),
        pytest.param("请问在金桂小区", ("金桂/小区",), id="what cannot be in a name ends it"),
        pytest.param("我们小区停水", (), id="our estate is no name"),
        pytest.param("小区停水", (), id="an ending alone is no name"),
        pytest.param("桂小区停水", (), id="one character is no name"),
        pytest.param("明德小学旁的长乐路", ("明德/小学", "长乐/路"), id="a school and a road"),
        pytest.param("宏远机械厂欠薪", ("宏远机械/厂",), id="a firm"),
        pytest.param("石桥村和龙潭村", ("石桥/村", "龙潭/村"), id="two villages"),
    ],
)
def test_places_are_named_by_their_endings(title: str, named: tuple[str, ...]) -> None:
    assert drawn(title).named == named


def test_what_only_the_text_names_is_mentioned() -> None:
    features = drawn("金桂小区停水", "在金桂小区，靠近长乐路。")
    assert (features.named, features.mentioned) == (("金桂/小区",), ("长乐/路",))


def test_a_name_across_the_end_of_the_title_is_none() -> None:
    assert drawn("停水在金桂", "小区没水").named == ()


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        pytest.param("3号线出口", ("3号线",), id="digits"),
        pytest.param("二期漏水", ("二期",), id="in Chinese"),
        pytest.param("A10至A14栋", ("14栋",), id="the counted one alone"),
        pytest.param("停水3天", (), id="days count nothing that has a place"),
    ],
)
def test_numbers_of_the_title_are_kept(title: str, numbers: tuple[str, ...]) -> None:
    assert drawn(title).numbers == numbers


def test_troubles_are_those_of_the_title_and_else_of_the_text() -> None:
    both = drawn("油烟太大", "还停水")
    assert (names_of(both.troubles), names_of(both.touched)) == (["fumes"], ["fumes", "water"])
    assert names_of(drawn("请处理", "停水三天").troubles) == ["water"]
    assert drawn("请处理", "谢谢").troubles == 0


def test_every_word_of_a_trouble_is_found_and_has_two_characters() -> None:
    for name, words in TROUBLES.items():
        for word in words.split():
            assert len(word) == 2
            assert name in names_of(WORDS[word])
            assert name in names_of(drawn(f"。{word}。").troubles)


def test_words_are_pairs_sorted_and_each_once() -> None:
    words = words_of(sorted_once(pairs_of("停水停水，停水")))
    assert list(words) == sorted({word_of("停", "水"), word_of("水", "停")})


@given(st.text(max_size=40))
def test_a_title_is_read_as_a_text_is(title: str) -> None:
    assert pairs_in(title) == words_of(pairs_of(title))


def test_every_slot_is_a_character_of_its_own() -> None:
    words = words_of(np.arange(SLOTS, dtype=np.uint16))
    assert len(set(words)) == len(words) == SLOTS
    assert list(words) == sorted(words)
    assert codes_of(words).max() == CHARACTERS - 1


@pytest.mark.parametrize(
    "text", ["。", "，。", "a", "\U0001f600", ""], ids=["a stop", "stops", "a letter", "a picture", "none"]
)
def test_what_has_no_pair_of_letters_has_no_words(text: str) -> None:
    assert len(sorted_once(pairs_of(text))) == 0


def test_no_more_is_read_than_the_limits_say() -> None:
    long = drawn("停" * (TITLE + 1), "水" * READ)
    assert long.title == "停" * TITLE
    assert drawn("停水", "好" * (READ - 3) + "电压") == drawn("停水", "好" * (READ - 3) + "电杆")
    assert drawn("停水", "好" * (READ - 5) + "电压") != drawn("停水", "好" * (READ - 5) + "电杆")


def test_features_survive_the_state() -> None:
    features = drawn("金桂小区3栋停水", "在金桂小区，靠近长乐路。")
    assert msgspec.json.decode(msgspec.json.encode(features), type=Features) == features
    assert (features.county, features.division) == (VILLAGE[:6], VILLAGE)
