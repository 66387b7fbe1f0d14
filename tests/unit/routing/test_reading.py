"""What a report's words say beyond its fields; what a source said is never overruled."""

from typing import Any

import pytest

from services.routing.classify.guess import Classifier, Guess
from services.routing.reading import Reader, Reading, Rule
from services.routing.rules.locate import Rule as Found
from shared import catalogue
from shared.matter import Location
from tests.builders import COUNTY, POLICY, VILLAGE, a_report

ENOUGH = POLICY.file.sorting.confidence
TOWN = VILLAGE[:9]
WRITTEN = "韩家汊社区"
TWICE = "先锋村"
"""The name of `VILLAGE`, and one that two villages of the county have."""
DANGER = POLICY.file.danger_words[0]


class Says:
    """A classifier that takes every text for the same."""

    def __init__(self, *guesses: Guess) -> None:
        self._guesses = guesses

    def guess(self, title: str, text: str) -> tuple[Guess, ...]:
        return self._guesses


def read(model: Classifier | None = None, **report: object) -> Reading:
    return Reader(POLICY, model).read(a_report(**report))


def rules(reading: Reading) -> list[str]:
    return [because.rule for because in reading.because]


SURE = Guess("city.greening", 1.0, ("树",))


@pytest.mark.parametrize("category", ["city.street_light", catalogue.UNCLEAR, "made.up"])
def test_a_category_that_was_given_is_never_overruled_nor_guessed_at(category: str) -> None:
    reading = read(Says(SURE), category=category)
    assert (reading.report.category, reading.guesses, reading.because) == (category, (), ())


@pytest.mark.parametrize(
    ("confidence", "category"),
    [
        pytest.param(1.0, "city.greening", id="sure"),
        pytest.param(ENOUGH, "city.greening", id="the figure itself is enough"),
        pytest.param(ENOUGH - 0.0001, None, id="the last of four digits less is not"),
        pytest.param(0.0, None, id="a mere guess"),
    ],
)
def test_a_category_is_guessed_from_the_policys_confidence_on_and_guesses_are_kept_below(
    confidence: float, category: str | None
) -> None:
    guesses = (Guess("city.greening", confidence, ("树",)), Guess("city.road_damage", 0.0))
    reading = read(Says(*guesses), category=None)
    kept = guesses if category is None else guesses[:1]  # who sorts nothing need not know what else it may be
    assert (reading.report.category, reading.guesses) == (category, kept)
    assert rules(reading) == ([] if category is None else [Rule.CATEGORY_GUESSED])


def test_what_was_guessed_says_by_which_words() -> None:
    (because,) = read(Says(SURE), category=None).because
    assert because.fact == "city.greening 1.00: 树"


def test_a_confidence_has_four_digits() -> None:
    (guess,) = read(Says(Guess("city.greening", 1 / 3)), category=None).guesses
    assert guess.confidence == 0.3333


def test_guesses_of_categories_that_the_policy_does_not_have_are_dropped() -> None:
    """A model that was trained under another policy: the next best that there is counts."""
    other = Guess("old.category", 0.99)
    reading = read(Says(other, SURE), category=None)
    assert (reading.guesses, reading.report.category) == ((SURE,), "city.greening")
    nothing = read(Says(other), category=None)
    assert (nothing.guesses, nothing.report.category, nothing.because) == ((), None, ())


@pytest.mark.parametrize(
    ("given", "text", "division"),
    [
        pytest.param(COUNTY, f"{WRITTEN}的路灯坏了", VILLAGE, id="a village of the county"),
        pytest.param(TOWN, f"{WRITTEN}的路灯坏了", VILLAGE, id="a village of the town"),
        pytest.param("430981007", f"{WRITTEN}的路灯坏了", "430981007", id="not of another town"),
        pytest.param("431181", f"{WRITTEN}的路灯坏了", "431181", id="not of another county"),
        pytest.param("430981006002", f"{WRITTEN}的路灯坏了", "430981006002", id="a village is a village"),
        pytest.param(COUNTY, "路灯坏了", COUNTY, id="no name"),
        pytest.param(COUNTY, f"{TWICE}的路灯坏了", COUNTY, id="a name of two"),
        pytest.param("4309", f"{WRITTEN}的路灯坏了", "4309", id="a city is too much to look through"),
    ],
)
def test_a_place_is_found_below_the_given_division_only(given: str, text: str, division: str) -> None:
    reading = read(division=given, text=text)
    assert reading.report.division == division
    assert division == given or rules(reading) == [Found.NAME_WRITTEN]


def test_a_name_of_two_places_gives_both_as_candidates_each_with_a_row() -> None:
    reading = read(division=COUNTY, text=f"{TWICE}的路灯坏了")
    facts = [because.fact for because in reading.because if because.rule == Rule.PLACE_CANDIDATE]
    assert facts == ["430981008224", "430981102205"]
    assert reading.report.division == COUNTY


def test_the_address_of_the_location_is_read_as_well() -> None:
    where = Location(lat=28.84, lon=112.36, address=f"{WRITTEN}3号")
    assert read(division=COUNTY, location=where).report.division == VILLAGE
    nowhere = Location(lat=28.84, lon=112.36)
    assert read(division=COUNTY, location=nowhere).report.division == COUNTY


def test_what_is_written_stays_as_it_was() -> None:
    report = a_report(division=COUNTY, category=None, text=f"{WRITTEN}的路灯坏了")
    reading = Reader(POLICY, Says(SURE)).read(report)
    assert (reading.report.title, reading.report.text) == (report.title, report.text)


@pytest.mark.parametrize("danger_now", [False, True])
@pytest.mark.parametrize("where", ["title", "text"])
def test_words_of_danger_are_asked_about_only_where_nobody_said_that_it_is_now(
    danger_now: bool, where: str
) -> None:
    report: dict[str, Any] = {"danger_now": danger_now, where: f"楼上{DANGER}了"}
    reading = read(**report)
    assert reading.danger == (() if danger_now else (DANGER,))
    assert reading.report.danger_now is danger_now


def test_plain_words_are_no_danger() -> None:
    assert read().danger == ()
