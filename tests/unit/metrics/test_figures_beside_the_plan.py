"""Flow, tiers, orders, refusals and what is open now: events in, numbers out."""

import pkgutil
import re

import pytest

from services.escalation.rules.life import ROWS
from services.metrics import indicators
from services.metrics.indicators import every
from services.metrics.indicators.actions_refused import REASONS
from shared.divisions import Tier
from shared.matter import State
from shared.reasons import Reason
from tests.unit.metrics.journal import COUNTY, Life, figures, refused

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TABLE = [
    pytest.param("matters_opened", Life(), {"": 1}, id="opened"),
    pytest.param("matters_opened", Life().joined().closed().reopened(), {"": 1}, id="opened once"),
    pytest.param("reports_joined", Life().joined().joined("app"), {"": 2}, id="joined"),
    pytest.param("reports_joined", Life().closed().joined(), {"": 1}, id="joined a closed matter"),
    pytest.param("matters_closed", Life().withdrawn(), {}, id="withdrawn is not closed"),
    pytest.param("matters_closed", Life().closed().reopened().closed(), {"": 1}, id="closed once"),
    pytest.param(
        "matters_settled", Life().resolved().visited().closed(), {"village": 1}, id="in the village"
    ),
    pytest.param(
        "matters_settled",
        Life().resolved().reopened().resolved().visited().closed(),
        {"town": 1},
        id="reopened and settled in the town",
    ),
    pytest.param("matters_settled", Life().resolved().reopened(), {}, id="resolved is not settled"),
    pytest.param("matters_settled", Life().resolved().withdrawn(), {}, id="withdrawn is not settled"),
    pytest.param(
        "matters_settled",
        Life().accepted().to_court().court_decided(confirmed=True).visited().closed(),
        {"village": 1},
        id="settled in the village, by the court's word",
    ),
    pytest.param(
        "matters_settled",
        Life().resolved().escalated(state=State.RESOLVED).visited().closed(),
        {"village": 1},
        id="settled in the village, visited from the town",
    ),
    pytest.param(
        "matters_settled",
        Life().resolved().ordered().escalated().closed(),
        {"village": 1},
        id="settled in the village, risen since",
    ),
    pytest.param(
        "matters_settled", Life().closed().reopened().resolved().closed(), {"village": 1}, id="settled once"
    ),
    pytest.param(
        "matters_risen",
        Life().ordered().escalated().ordered().escalated(),
        {"village limit_passed": 1, "town limit_passed": 1},
        id="rose twice",
    ),
    pytest.param(
        "matters_risen",
        Life().escalated(Reason.BY_RESIDENT).escalated(),
        {"village by_resident": 1, "town limit_passed": 1},
        id="rose as the resident asked, then by itself",
    ),
    pytest.param(
        "matters_risen",
        Life().closed().reopened(reason=Reason.BY_RESIDENT),
        {"village by_resident": 1},
        id="reopened after the closing rises",
    ),
    pytest.param(
        "matters_risen", Life().resolved().reopened(), {"village dissatisfied": 1}, id="reopened rises"
    ),
    pytest.param(
        "matters_risen",
        Life(tier=Tier.CITY).resolved().reopened(),
        {},
        id="reopened at the top does not rise",
    ),
    pytest.param("matters_reopened", Life().resolved().reopened(), {"dissatisfied": 1}, id="reopened"),
    pytest.param(
        "matters_reopened",
        Life().closed().reopened(reason=Reason.BY_RESIDENT),
        {"by_resident": 1},
        id="reopened after the closing",
    ),
    pytest.param(
        "matters_reopened",
        Life(tier=Tier.CITY).closed().reopened(reason=Reason.BY_ACTION),
        {"by_action": 1},
        id="reopened by a desk above, at the top",
    ),
    pytest.param(
        "supervision_orders",
        Life().ordered().escalated().ordered(),
        {"village": 1, "town": 1},
        id="by the late tier",
    ),
    pytest.param(
        "notices_announced", Life(tier=Tier.CITY).noticed().noticed(), {"": 2}, id="announced again"
    ),
    pytest.param("actions_refused", Life().then(refused()), {"desk_wrong": 1}, id="refused"),
    pytest.param("matters_open", Life(), {"routed village": 1}, id="open"),
    pytest.param(
        "matters_open", Life().resolved().reopened(), {"routed town": 1}, id="open again, one tier up"
    ),
    pytest.param("matters_open", Life().closed(), {}, id="closed"),
    pytest.param("matters_open", Life().withdrawn(), {}, id="withdrawn"),
    pytest.param(
        "matters_open",
        Life().joined().withdrawn(remaining=1),
        {"routed village": 1},
        id="one report withdrawn",
    ),
    *(
        pytest.param("matters_open", life, {f"{state} village": 1}, id=f"open and {state}")
        for state, life in (
            ("paused", Life().accepted().paused()),
            ("returned", Life().returned()),
            ("in_court", Life().accepted().to_court()),
        )
    ),
    pytest.param("matters_open", Life().closed().joined(), {}, id="a joined report opens nothing"),
    pytest.param("matters_overdue", Life().resolved().visited(), {}, id="in time"),
    pytest.param(
        "matters_overdue", Life().ordered().escalated(), {"town": 1}, id="late stays late after it rose"
    ),
    pytest.param("matters_overdue", Life().ordered().escalated().closed(), {}, id="late and closed"),
    pytest.param("matters_overdue", Life().ordered().escalated().withdrawn(), {}, id="late and withdrawn"),
    pytest.param(
        "matters_overdue",
        Life().accepted().called().call_late(),
        {},
        id="a department is late, the desk is not",
    ),
    pytest.param(
        "matters_overdue",
        Life().escalated(Reason.BY_RESIDENT),
        {},
        id="risen as the resident asked is not late",
    ),
]


@pytest.mark.parametrize(("name", "life", "expected"), TABLE)
def test_figure(name: str, life: Life, expected: dict[str, int]) -> None:
    assert figures(life.events, name) == expected


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_a_refused_action_has_its_count(reason: Reason) -> None:
    assert figures([refused(county=COUNTY, reason=reason)], "actions_refused") == {reason.value: 1}


def test_every_reason_of_the_table_of_a_life_has_its_count() -> None:
    assert {reason for row in ROWS for reason in row.others} <= set(REASONS)


def test_every_file_is_one_indicator_named_as_the_file() -> None:
    files = sorted(module.name for module in pkgutil.iter_modules(indicators.__path__))
    assert [each.name for each in every()] == files


def test_what_stands_in_one_definition_of_other_indicators_stands_in_the_other() -> None:
    names = {each.name for each in every()}
    for each in every():
        english, chinese = (
            names & set(re.findall(r"[a-z_]+", text)) for text in (each.definition, each.definition_zh)
        )
        assert {name for name in english if "_" in name} == {name for name in chinese if "_" in name}, (
            each.name
        )


def test_a_reference_value_has_its_source_in_both_languages() -> None:
    for each in every():
        if getattr(each, "reference", None) is not None:
            assert isinstance(each, indicators.Indicator | indicators.Observed)
            assert each.reference_note
            assert CHINESE.search(each.reference_note_zh)


@pytest.mark.parametrize("each", every(), ids=lambda each: each.name)
def test_a_definition_is_one_sentence_in_two_languages(
    each: indicators.Indicator | indicators.Gauge | indicators.Observed,
) -> None:
    assert each.definition.endswith(".")
    assert each.definition.count(". ") == 0
    assert each.definition_zh.endswith("。")
    assert each.definition_zh.count("。") == 1
    assert len(CHINESE.findall(each.definition_zh)) > len(each.definition_zh) / 3
    assert CHINESE.search(each.zh)
    assert each.unit
