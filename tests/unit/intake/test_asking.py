"""What a resident may ask for, and what goes onto the bus for it."""

from typing import Any

import msgspec
import pytest

from services.intake.rules.asking import NEEDS, Asked, action_of, asked_of, out_of
from services.intake.rules.screen import Refusal
from shared import topics, wire
from shared.matter import Action, ActionKind
from tests.builders import MONDAY, an_action
from tests.unit.intake.samples import COUNTY

MEETING = {"kind": "appointment", "venue": "at_the_door", "at": "2026-03-05T09:00:00+08:00"}
WHOLE = {"action_id": "1", "outcome": "在家", "rating": 5, "session": MEETING}


def asked(**changes: Any) -> Asked | Refusal:
    tree = {"action_id": "1", "kind": "escalate"} | changes
    return asked_of(msgspec.json.encode({name: value for name, value in tree.items() if value is not None}))


def problems(given: Asked | Refusal) -> list[tuple[str, str]]:
    assert isinstance(given, Refusal)
    return [(each.field, each.reason.value) for each in given.problems]


@pytest.mark.parametrize("kind", NEEDS)
def test_every_kind_that_is_a_residents_passes_with_what_it_needs(kind: ActionKind) -> None:
    needed = {name: value for name, value in WHOLE.items() if name in NEEDS[kind]}
    assert isinstance(asked(kind=kind, **needed), Asked)


@pytest.mark.parametrize(
    ("kind", "needs"), [pytest.param(k, n, id=k) for k, needs in NEEDS.items() for n in needs]
)
def test_what_a_kind_needs_is_named(kind: ActionKind, needs: str) -> None:
    assert problems(asked(kind=kind)) == [(f"/{needs}", "field_missing")]


@pytest.mark.parametrize("kind", sorted(set(ActionKind) - NEEDS.keys()))
def test_a_desks_kinds_are_not_a_residents(kind: ActionKind) -> None:
    assert problems(asked(kind=kind)) == [("/kind", "desk_wrong")]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        pytest.param({"kind": "dance"}, "/kind", "field_invalid", id="no such kind"),
        pytest.param({"kind": None}, "/kind", "field_invalid", id="no kind"),
        pytest.param({"action_id": None}, "/action_id", "field_invalid", id="no id"),
        pytest.param({"action_id": "  "}, "/action_id", "field_invalid", id="a blank id"),
        pytest.param({"action_id": "x" * 65}, "/action_id", "field_invalid", id="an id too long"),
        pytest.param({"kind": "comment", "outcome": " "}, "/outcome", "field_invalid", id="a blank word"),
        pytest.param({"outcome": "x" * 2001}, "/outcome", "field_invalid", id="a word too long"),
        pytest.param({"rating": 6}, "/rating", "field_invalid", id="six stars"),
        pytest.param(
            {"session": MEETING | {"kind": "13800000000"}}, "/session/kind", "field_invalid", id="session"
        ),
        pytest.param({"desk": "430981:police"}, "/desk", "field_unknown", id="a desk"),
        pytest.param({"matter_id": "430981-r1"}, "/matter_id", "field_unknown", id="a matter"),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(changes: dict[str, Any], field: str, reason: str) -> None:
    given = asked(**changes)
    assert problems(given) == [(field, reason)]
    assert isinstance(given, Refusal)
    assert "13800000000" not in given.detail
    assert "dance" not in given.detail


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"null"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    assert problems(asked_of(raw)) == [("", "not_json")]


def test_the_action_names_the_report_and_no_desk_and_its_id_is_of_the_report() -> None:
    given = asked(kind="comment", outcome="在家")
    assert isinstance(given, Asked)
    action = action_of(given, "r0", "430981-r9", COUNTY, MONDAY)
    assert action == Action(
        action_id="r0/1",
        matter_id="430981-r9",
        county=COUNTY,
        kind=ActionKind.COMMENT,
        at=MONDAY,
        report_id="r0",
        outcome="在家",
    )


def test_an_action_lies_where_its_county_does_with_the_callers_trace() -> None:
    action = an_action(desk=None, report_id="r0")
    out = out_of(action, b"t")
    assert (out.topic, out.partition, out.key) == (topics.RESIDENTS.name, None, action.county.encode())
    assert msgspec.json.decode(out.value or b"", type=Action) == action
    assert wire.header(out.headers, "ce_id") == b"a1"
    assert wire.header(out.headers, "traceparent") == b"t"
    assert out.timestamp == wire.millis(action.at)
    assert wire.header(out_of(action, None).headers, "traceparent") is None
