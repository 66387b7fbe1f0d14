"""The index of open reports: few are compared, nothing stays behind."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.routing import nearby
from services.routing.nearby import LATEST, LOOKED_AT, Nearby
from services.routing.rules.candidate import read
from services.routing.rules.features import Features, features_of
from services.routing.rules.rarity import Rarity
from shared.events import Band
from shared.policy_file import Join
from tests.builders import MONDAY, a_report

RULE = Join(join=0.84, ask=0.6)
ESTATES = ["金桂新城", "翠竹花园", "银杏小区", "长乐家园", "永兴公寓"]
TROUBLES = ["停水三天没人管", "餐馆油烟直排扰民", "电梯困人多次", "房产证五年不办"]


def features(estate: str, trouble: str, **changes: Any) -> Features:
    facts = {"title": f"{estate}{trouble}", "text": f"我住在{estate}，{trouble}，请处理。", "category": None}
    return features_of(a_report(**(facts | changes)), None, MONDAY)


SUBJECTS = [features(estate, trouble) for estate in ESTATES for trouble in TROUBLES]


def found_by(county: Any) -> object:
    return county.titles.at, county.sketches.at, county.places, county.cells


def state_of(index: Nearby) -> object:
    """All that decides, by county."""
    return {
        code: (
            found_by(county),
            {each: list(matter.reports) for each, matter in county.matters.items()},
            county.rarity.whole,
            county.rarity._having.tolist(),
        )
        for code, county in index._counties.items()
    }


def test_the_matter_of_the_same_place_and_trouble_is_found_among_all() -> None:
    index = Nearby()
    for nth, each in enumerate(SUBJECTS):
        index.put(f"r{nth}", f"m{nth}", each)
    for nth, each in enumerate(SUBJECTS):
        found = index.match(each, MONDAY, RULE)
        assert (found.matter_id, found.band) == (f"m{nth}", Band.JOIN)


def test_counties_do_not_meet() -> None:
    index = Nearby()
    index.put("r1", "m1", SUBJECTS[0])
    other = features(ESTATES[0], TROUBLES[0], division="430982001001")
    assert index.match(other, MONDAY, RULE).matter_id is None


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, len(SUBJECTS) - 1)), max_size=12), st.randoms())
def test_what_was_put_and_dropped_leaves_nothing(puts: list[tuple[int, int]], chance: random.Random) -> None:
    index = Nearby()
    for nth, (matter, subject) in enumerate(puts):
        index.put(f"r{nth}", f"m{matter}", SUBJECTS[subject])
    keys = [f"r{nth}" for nth in range(len(puts))]
    chance.shuffle(keys)
    for key in keys:
        index.drop(key)
    assert (index._counties, index._placed) == ({}, {})


def test_dropping_brings_back_what_was_before() -> None:
    index, rest = Nearby(), Nearby()
    for nth, each in enumerate(SUBJECTS[:6]):
        index.put(f"r{nth}", f"m{nth // 2}", each)
        rest.put(f"r{nth}", f"m{nth // 2}", each)
    before = index.match(SUBJECTS[0], MONDAY, RULE)
    index.put("more", "m0", SUBJECTS[9])
    index.put("new", "m9", SUBJECTS[10])
    index.drop("more")
    index.drop("new")
    assert index.match(SUBJECTS[0], MONDAY, RULE) == before
    for mine, theirs in zip(index._counties.values(), rest._counties.values(), strict=True):
        assert found_by(mine) == found_by(theirs)
        assert mine.rarity._having == theirs.rarity._having


def test_a_dropped_report_is_joined_no_more_and_an_unknown_one_is_none() -> None:
    index = Nearby()
    index.put("r1", "m1", SUBJECTS[0])
    index.drop("r1")
    index.drop("r1")
    assert index.match(SUBJECTS[0], MONDAY, RULE).matter_id is None


def test_a_known_key_takes_the_place_of_the_one_before() -> None:
    index = Nearby()
    index.put("r1", "m1", SUBJECTS[0])
    index.put("r1", "m2", SUBJECTS[0])
    assert index.match(SUBJECTS[0], MONDAY, RULE).matter_id == "m2"
    index.drop("r1")
    assert not index._counties


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, len(SUBJECTS) - 1)), max_size=20))
def test_the_same_puts_give_the_same_answers(puts: list[tuple[int, int]]) -> None:
    first, second = Nearby(), Nearby()
    for index in (first, second):
        for nth, (matter, subject) in enumerate(puts):
            index.put(f"r{nth}", f"m{matter}", SUBJECTS[subject])
    assert state_of(first) == state_of(second)
    assert [first.match(each, MONDAY, RULE) for each in SUBJECTS] == [
        second.match(each, MONDAY, RULE) for each in SUBJECTS
    ]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, len(SUBJECTS) - 1), st.booleans()), max_size=60),
    st.data(),
)
def test_an_index_made_anew_of_what_is_left_answers_alike(
    puts: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    """A lane that restarts knows only what its state holds, in the order in which it came."""
    index, order = Nearby(), []
    for nth, (matter, subject, drops) in enumerate(puts):
        index.put(f"r{nth}", f"m{matter}", SUBJECTS[subject])
        order.append((f"r{nth}", f"m{matter}", SUBJECTS[subject]))
        if drops:
            gone = data.draw(st.integers(0, len(order) - 1))
            index.drop(order.pop(gone)[0])
    anew = Nearby()
    for each in order:
        anew.put(*each)
    assert [index.match(each, MONDAY, RULE) for each in SUBJECTS] == [
        anew.match(each, MONDAY, RULE) for each in SUBJECTS
    ]


def test_of_many_about_one_place_and_trouble_the_latest_are_compared() -> None:
    index = Nearby()
    for nth in range(LOOKED_AT):
        later = replace(SUBJECTS[0], at=MONDAY + timedelta(minutes=(nth * 7) % LOOKED_AT))
        index.put(f"r{nth}", f"m{nth}", later)
    (county,) = index._counties.values()
    found = [each.last for each in county.near(read(SUBJECTS[0]), RULE)]
    assert found
    assert min(found) >= MONDAY + timedelta(minutes=LOOKED_AT - nearby.ABOUT)


def test_a_matter_is_compared_by_its_latest_reports_alone() -> None:
    index = Nearby()
    for nth in range(LATEST + 1):
        index.put(f"r{nth}", "m1", SUBJECTS[0 if nth else 1])
    (county,) = index._counties.values()
    candidate = county.matters["m1"].compared()
    assert [each.features for each in candidate.reports] == [SUBJECTS[0]] * LATEST
    assert len(county.matters["m1"].reports) == LATEST + 1


def test_no_more_than_the_bound_is_compared() -> None:
    index = Nearby()
    for nth in range(LOOKED_AT):
        index.put(
            f"r{nth}", f"m{nth}", features(ESTATES[0], TROUBLES[0], text=f"第{nth}户，{TROUBLES[nth % 4]}。")
        )
    (county,) = index._counties.values()
    assert len(county.near(read(SUBJECTS[0]), RULE)) <= nearby.COMPARED


@pytest.mark.parametrize("days", [0, 30, 365])
def test_a_topic_of_a_year_is_not_split(days: int) -> None:
    index = Nearby()
    index.put("r1", "m1", SUBJECTS[0])
    assert index.match(SUBJECTS[0], MONDAY + timedelta(days=days), RULE).band is Band.JOIN


def test_rarity_counts_matters_and_forgets_them() -> None:
    rarity = Rarity()
    words = read(SUBJECTS[0]).words
    word = words[0]
    new, whole = rarity.of(word), rarity.whole
    rarity.add(words)
    assert rarity.of(word) < new
    assert rarity.whole > whole
    rarity.drop(words)
    assert (rarity.of(word), rarity.whole) == (new, whole)
