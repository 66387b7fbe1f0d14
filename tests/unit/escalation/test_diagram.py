"""The diagram and the table in the documents are the rules', and what they say of time is what happens."""

import re
from pathlib import Path

import pytest

from services.escalation.rules.diagram import CHINESE, document, mermaid, passes_to, table
from services.escalation.rules.life import ROWS, Who
from shared.matter import ENDED, ActionKind, State
from tests.unit.escalation.lane import Lane
from tests.unit.escalation.test_side_ways import TO_OPEN

FILE = Path(__file__).parents[3] / "docs" / "life.md"
ARROW = re.compile(r"^    (\w+) --> (\w+): (.+)$", re.MULTILINE)


def arrows() -> set[tuple[str, str, str]]:
    return {
        (before, after, label.split()[0])
        for before, after, labels in ARROW.findall(mermaid())
        for label in labels.split(", ")
    }


def test_the_document_is_made_from_the_rows() -> None:
    assert FILE.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("kind", [ActionKind, State, Who], ids=lambda kind: kind.__name__)
def test_everything_has_a_chinese_name_of_its_own(kind: type[ActionKind | State | Who]) -> None:
    names = [CHINESE[each] for each in kind]
    assert len(set(names)) == len(names)


def test_there_is_one_arrow_between_two_states_with_all_that_leads_along_it() -> None:
    pairs = [(before, after) for before, after, _ in ARROW.findall(mermaid())]
    assert len(set(pairs)) == len(pairs)
    by_rows = {(state, row.to, row.kind) for row in ROWS if row.to is not None for state in row.states}
    assert by_rows <= arrows()
    assert {each for each in arrows() if each[2] == "reopen"} == {("closed", "routed", "reopen")}
    assert ("resolved", "routed", "visit") in arrows()
    assert {before for before, _, _ in arrows()} == set(State) - ENDED | {"closed"}


def test_every_action_is_a_row_of_the_table() -> None:
    rows = [line.split(" | ") for line in table().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"| `{row.kind}`" for row in ROWS]
    assert {len(row) for row in rows} == {7}


@pytest.mark.parametrize("state", TO_OPEN, ids=str)
def test_a_limit_that_passes_leads_where_the_diagram_says(state: State) -> None:
    lane = Lane()
    lane.go(*TO_OPEN[state])
    limit = lane.due.at
    assert lane.position.state is state
    lane.tick(limit)
    assert lane.position.state is passes_to(state)
    passing = "pause" if state in (State.PAUSED, State.IN_COURT) else "limit"
    assert (state, passes_to(state), passing) in arrows()
