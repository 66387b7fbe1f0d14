"""Every pair of state and action, and who may: the main path and nothing beside it."""

import pytest

from services.escalation.rules import life
from shared.matter import ActionKind, Desk, State, Visit, Way
from shared.reasons import Reason
from tests.builders import VILLAGE, an_action

HOLDER = Desk(division=VILLAGE, body="village_committee", role="chair")
ALLOWED = {
    (State.ROUTED, ActionKind.ACCEPT): State.ACCEPTED,
    (State.ACCEPTED, ActionKind.START): State.IN_PROGRESS,
    (State.ACCEPTED, ActionKind.RESOLVE): State.RESOLVED,
    (State.IN_PROGRESS, ActionKind.RESOLVE): State.RESOLVED,
    (State.RESOLVED, ActionKind.VISIT): State.VISITED,
    (State.VISITED, ActionKind.CLOSE): State.CLOSED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", ActionKind)
def test_an_action_is_possible_exactly_where_the_life_of_a_matter_says(
    state: State, kind: ActionKind
) -> None:
    action = an_action(kind=kind, way=Way.HANDLED, visit=Visit(reached=True, resolved=True, satisfied=True))
    row = life.judge(action, state, HOLDER)
    expected = ALLOWED.get((state, kind))
    assert (row.to if isinstance(row, life.Row) else row) == (expected or Reason.STATE_WRONG)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"desk": "430981006002:village_committee"}, Reason.DESK_WRONG, id="the same body elsewhere"
        ),
        pytest.param(
            {"desk": f"{VILLAGE}:police_assistant"}, Reason.DESK_WRONG, id="another body of the village"
        ),
        pytest.param({"kind": ActionKind.CLOSE}, Reason.STATE_WRONG, id="closing what was not visited"),
        pytest.param({"kind": ActionKind.RESOLVE}, Reason.WAY_MISSING, id="settled, but how?"),
    ],
)
def test_a_wrong_action_is_refused_for_the_first_thing_wrong(
    changes: dict[str, object], reason: Reason
) -> None:
    assert life.judge(an_action(**changes), State.ACCEPTED, HOLDER) is reason


def test_a_visit_without_answers_is_refused() -> None:
    assert life.judge(an_action(kind=ActionKind.VISIT), State.RESOLVED, HOLDER) is Reason.VISIT_MISSING


@pytest.mark.parametrize(
    ("visit", "dissatisfied"),
    [
        pytest.param(Visit(reached=True, resolved=True, satisfied=True), False, id="all well"),
        pytest.param(Visit(reached=True, resolved=False, satisfied=True), True, id="not resolved"),
        pytest.param(Visit(reached=True, resolved=True, satisfied=False), True, id="not satisfied"),
        pytest.param(Visit(reached=True), False, id="reached, said nothing"),
        pytest.param(Visit(reached=False, satisfied=False), False, id="nobody reached is no answer"),
    ],
)
def test_only_who_was_reached_can_be_dissatisfied(visit: Visit, dissatisfied: bool) -> None:
    assert life.is_dissatisfied(visit) is dissatisfied
