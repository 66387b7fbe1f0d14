"""A grade follows from facts; the figures themselves count."""

from datetime import datetime
from typing import Any

import pytest

from services.routing.rules.grade import grade
from shared import catalogue
from shared.calendar import ZONE
from shared.events import Because
from shared.matter import Grade, Report

POLICY = catalogue.load()


def a_report(**changes: Any) -> Report:
    facts: dict[str, Any] = {
        "source": "grid",
        "source_id": "g-1",
        "reported_at": datetime(2026, 1, 6, 9, 10, tzinfo=ZONE),
        "division": "430981006001",
        "title": "界址不清",
        "text": "两家为地界争吵",
    }
    return Report(**facts | changes)


@pytest.mark.parametrize(
    ("facts", "expected", "because"),
    [
        pytest.param({}, Grade.SMALL, [], id="no fact"),
        pytest.param({"people_involved": 0}, Grade.SMALL, [], id="nobody"),
        pytest.param({"people_involved": 4}, Grade.SMALL, [], id="4 people"),
        pytest.param({"people_involved": 5}, Grade.BIG, ["people_involved 5 >= 5: big"], id="5 people"),
        pytest.param({"people_involved": 29}, Grade.BIG, ["people_involved 29 >= 5: big"], id="29 people"),
        pytest.param({"people_involved": 30}, Grade.HARD, ["people_involved 30 >= 30: hard"], id="30 people"),
        pytest.param({"money_at_stake": 49_999}, Grade.SMALL, [], id="49,999 yuan"),
        pytest.param(
            {"money_at_stake": 50_000}, Grade.BIG, ["money_at_stake 50000 >= 50000: big"], id="50,000 yuan"
        ),
        pytest.param(
            {"money_at_stake": 999_999}, Grade.BIG, ["money_at_stake 999999 >= 50000: big"], id="999,999 yuan"
        ),
        pytest.param(
            {"money_at_stake": 1_000_000},
            Grade.HARD,
            ["money_at_stake 1000000 >= 1000000: hard"],
            id="1,000,000 yuan",
        ),
        pytest.param({"injury": True}, Grade.BIG, ["injury big"], id="an injury"),
        pytest.param({"danger_now": True}, Grade.HARD, ["danger_now hard"], id="danger now"),
        pytest.param(
            {"injury": True, "people_involved": 30},
            Grade.HARD,
            ["people_involved 30 >= 30: hard", "injury big"],
            id="the highest first",
        ),
        pytest.param(
            {"injury": True, "people_involved": 4, "money_at_stake": 49_999},
            Grade.BIG,
            ["injury big"],
            id="only what counts",
        ),
    ],
)
def test_a_grade_is_that_of_its_highest_fact(
    facts: dict[str, Any], expected: Grade, because: list[str]
) -> None:
    found, rows = grade(a_report(**facts), POLICY)
    assert found is expected
    assert [f"{row.rule} {row.fact}" for row in rows] == because
    assert all(isinstance(row, Because) for row in rows)
