"""What people are asked and say of what a matter is; joining what is split again leaves no trace in figures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.rules.life import TABLE
from services.metrics.figures import values
from services.metrics.indicators.fast_raised import REASONS
from shared.catalogue import UNCLEAR
from shared.divisions import Tier
from shared.events import FastRaised, FastStep
from shared.matter import ActionKind, Grade
from shared.reasons import Reason
from tests.builders import a_deadline
from tests.unit.metrics.journal import COUNTY, START, TOWN, Life, at_place, figures, folded


def joined_by_a_person(*, asked: bool) -> Life:
    life = Life("a")
    other = Life("b", beside=life)
    if asked:
        life.alike(other.matter_id)
    return life.merged_into(other)


def asked_again() -> Life:
    """Joined by a person who was asked, parted again, and joined with what nobody had asked about."""
    life = Life("a")
    other = Life("b", beside=life)
    third = Life("c", beside=life)
    return life.alike(other.matter_id).merged_into(other).back_from(other).merged_into(third)


def sorted_petition() -> Life:
    return Life(category="other.unclear", source="app", tier=Tier.TOWN).categorised("petition.first")


def unsorted() -> Life:
    return Life(category=UNCLEAR, tier=Tier.COUNTY)


IN_TIME = {"numerator": 1, "denominator": 1}
TABLE_OF = [
    pytest.param("reviews_asked", Life(), {}, id="not asked"),
    pytest.param("reviews_asked", Life().alike(), {"": 1}, id="asked"),
    pytest.param("reviews_asked", Life().alike().kept_apart(), {"": 1}, id="asked and answered"),
    pytest.param("reviews_asked", Life().alike().closed(), {"": 1}, id="asked, never answered"),
    pytest.param("reviews_answered", Life().alike(), {}, id="no answer yet"),
    pytest.param("reviews_answered", Life().alike().closed(), {}, id="an end is no answer"),
    pytest.param("reviews_answered", Life().alike().kept_apart(), {"apart": 1}, id="kept apart"),
    pytest.param("reviews_answered", joined_by_a_person(asked=True), {"joined": 1}, id="joined"),
    pytest.param("reviews_answered", joined_by_a_person(asked=False), {}, id="joined without a question"),
    pytest.param("reviews_answered", asked_again(), {"joined": 1}, id="a question is answered once"),
    pytest.param("categories_corrected", Life(), {}, id="as it was"),
    pytest.param("categories_corrected", Life().categorised(), {"given": 1}, id="a source gave it"),
    pytest.param(
        "categories_corrected",
        Life().categorised(guesses=("a.b",)),
        {"guessed": 1},
        id="words were taken for it",
    ),
    pytest.param(
        "categories_corrected",
        Life().categorised(guesses=("a.b",)).categorised("repair.lamp"),
        {"guessed": 1, "given": 1},
        id="a person sets it twice: what was guessed counts once",
    ),
    pytest.param(
        "categories_corrected", unsorted().categorised(), {"unsorted": 1}, id="nothing spoke for any category"
    ),
    pytest.param(
        "categories_corrected",
        unsorted().categorised(guesses=("a.b", "a.c")),
        {"unsorted": 1},
        id="what was guessed was too unsure to be taken",
    ),
    pytest.param(
        "categories_corrected",
        unsorted().categorised().categorised("repair.lamp"),
        {"unsorted": 1, "given": 1},
        id="a person sorts it, and another corrects it",
    ),
    pytest.param("danger_questions", Life(), {}, id="no words of danger"),
    pytest.param("danger_questions", Life().danger_asked().danger_asked(), {"": 2}, id="of two reports"),
    pytest.param("danger_questions", Life().raised(), {}, id="danger that was said is no question"),
    pytest.param("fast_raised", Life().raised(Reason.BY_ACTION), {"by_action": 1}, id="by a person"),
    pytest.param(
        "first_petitions_in_time", sorted_petition().closed(), IN_TIME, id="sorted, it is a petition"
    ),
    pytest.param("repeat_petitions", sorted_petition(), {}, id="counted at the opening, when nobody knew"),
    pytest.param("matters_open", Life().alike().danger_asked(), {"routed village": 1}, id="still open"),
    pytest.param("reports_joined", Life().joined().graded(), {"": 1}, id="graded anew, joined once"),
]


@pytest.mark.parametrize(("name", "life", "expected"), TABLE_OF)
def test_figure(name: str, life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, name) == expected


def test_the_fast_lane_is_counted_by_every_reason_for_which_it_is_raised() -> None:
    assert TABLE[ActionKind.ALARM].event is FastRaised
    assert set(REASONS) == {Reason.DANGER_NOW, Reason.EMERGENCY_CATEGORY, Reason.BY_ACTION}


def test_what_only_few_may_read_is_counted_at_its_county_from_then_on() -> None:
    logic = folded(Life().categorised("tip.gang", confidential=True).closed().events)
    logic.committed()
    shown = {cell for cell, n in logic.published().items() if n}
    assert at_place(shown, "xiaoshi_matters_opened_total") == {(COUNTY, TOWN)}
    assert at_place(shown, "xiaoshi_matters_closed_total") == {(COUNTY, COUNTY)}


def test_what_stands_open_moves_to_the_county_as_well() -> None:
    logic = folded(Life().categorised("tip.gang", confidential=True).events)
    logic.committed()
    shown = {cell for cell, n in logic.published().items() if n}
    assert at_place(shown, "xiaoshi_matters_open") == {(COUNTY, COUNTY)}


# -- joined and split again

LATER, FAR = a_deadline(START), a_deadline(START + timedelta(days=300))
WORK: dict[str, Callable[[Life], Any]] = {
    "accepted": Life.accepted,
    "paused": lambda life: life.accepted().standing(LATER, FAR).paused(),
    "paused late": lambda life: life.accepted().standing(LATER, LATER).paused(),
    "resumed": Life.resumed,
    "resolved": Life.resolved,
    "visited": Life.visited,
    "unreached": Life.unreached,
    "dissatisfied": lambda life: life.visited(satisfied=False),
    "granted": Life.granted,
    "urged": lambda life: life.standing(LATER).urged(),
    "ordered": Life.ordered,
    "escalated": Life.escalated,
    "reopened": Life.reopened,
    "called": Life.called,
    "call_late": Life.call_late,
    "returned": Life.returned,
    "redispatched": Life.redispatched,
    "rated": lambda life: life.rated(4),
    "raised": Life.raised,
    "answered": lambda life: life.did(FastStep.ARRIVE),
    "alike": Life.alike,
    "kept_apart": Life.kept_apart,
    "categorised": lambda life: life.categorised(life.sheet.category),
    "a case": lambda life: life.categorised("order.theft"),
    "danger": Life.danger_asked,
    "joined": lambda life: life.joined("app"),
}
ENDS: dict[str, Callable[[Life], Any]] = {
    "": lambda life: life,
    "closed": Life.closed,
    "withdrawn": Life.withdrawn,
}
works = st.lists(st.sampled_from(sorted(WORK)), max_size=6)
OF_THE_JOINING = ("xiaoshi_reports_joined", "xiaoshi_matters_split")
"""That a report joined, and was taken out, is what these two count."""


@settings(max_examples=150, deadline=None)
@given(
    source=st.sampled_from(["grid", "app"]),
    before=works,
    between=works,
    after=works,
    ends=st.tuples(st.sampled_from(sorted(ENDS)), st.sampled_from(sorted(ENDS))),
)
def test_joined_and_taken_out_again_every_other_figure_is_as_if_it_had_never_joined(
    source: str, before: list[str], between: list[str], after: list[str], ends: tuple[str, str]
) -> None:
    """Of what stays open between; also where many reports changed the grade, which counts nothing."""

    def told(*, joins: bool) -> dict[Any, float]:
        life = Life("a")
        for name in before:
            WORK[name](life)
        report = f"{life.matter_id}-x"
        if joins:
            life.joined(source, report).graded()
        for name in between:
            WORK[name](life)
        alone = (
            life.taken_out(report)
            if joins
            else Life(report, source=source, beside=life, category=life.sheet.category)
        )
        if joins:
            life.graded(Grade.SMALL)
        for name in after:
            WORK[name](life)
            WORK[name](alone)
        ENDS[ends[0]](life)
        ENDS[ends[1]](alone)
        found = values(folded(life.events).state)
        return {cell: n for cell, n in found.items() if n and not cell[0].startswith(OF_THE_JOINING)}

    assert told(joins=True) == told(joins=False)
