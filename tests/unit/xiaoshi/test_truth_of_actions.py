"""The actions of a simulated day held against the log: done, refused for their own reason, or late."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from shared import topics, wire
from shared.errors import InputInvalidError
from shared.events import ActionRefused
from shared.matter import ActionKind, Session, SessionKind
from shared.reasons import Reason
from tests.unit.xiaoshi.breaks import event_of, kind_of, places, rewrite
from tests.unit.xiaoshi.recorded import LANES, MemoryLog, a_day, acted, recorded
from xiaoshi.simulator.files import ACTED, read_acted, write_acted, write_day
from xiaoshi.simulator.sent import Acted
from xiaoshi.verify.findings import Tally
from xiaoshi.verify.truth import compare_actions


def compared(actions: dict[str, Acted], log: MemoryLog) -> tuple[int, int]:
    """How many differ, how many were late."""
    tally = Tally("actions")
    late = compare_actions(actions, log, tally)
    return tally.differs, late


def all_acted() -> dict[str, Acted]:
    return {each.action.action_id: each for each in acted()}


def refusals(log: MemoryLog) -> dict[str, Reason]:
    told: dict[str, Reason] = {}
    for lane in range(LANES):
        for record in log.read(topics.EVENTS.name, lane):
            event: Any = wire.decode(record.value)
            if isinstance(event, ActionRefused):
                told[event.action_id] = event.reason
    return told


def a_planted(reasons: set[Reason]) -> Acted:
    """One that was refused for the reason it had to be."""
    told = refusals(recorded())
    return next(
        each for each in acted() if each.expect in reasons and told.get(each.action.action_id) is each.expect
    )


def a_right(is_late: bool) -> Acted:
    told = refusals(recorded())
    return next(
        each
        for each in acted()
        if each.expect is Reason.BY_ACTION and (each.action.action_id in told) is is_late
    )


def test_what_was_done_and_refused_as_it_must_be_differs_in_nothing() -> None:
    differs, late = compared(all_acted(), recorded())
    assert differs == 0
    assert 0 < late < len(acted()) / 10


def test_a_right_action_that_came_after_the_matter_had_moved_on_is_late() -> None:
    each = a_right(is_late=True)
    assert compared({each.action.action_id: each}, recorded()) == (0, 1)


def test_a_right_action_that_is_refused_in_time_is_a_difference() -> None:
    each = replace(a_right(is_late=True), after=10_000)
    assert compared({each.action.action_id: each}, recorded()) == (1, 0)


def test_a_planted_action_that_is_refused_for_another_reason_is_a_difference() -> None:
    each = replace(
        a_planted({Reason.STATE_WRONG, Reason.DESK_WRONG}), expect=Reason.GROUND_WRONG, after=10_000
    )
    assert compared({each.action.action_id: each}, recorded()) == (1, 0)


@pytest.mark.parametrize("expect", [Reason.WAY_MISSING, Reason.RESIDENT_ONLY, Reason.MATTER_UNKNOWN])
def test_no_lateness_makes_an_action_complete(expect: Reason) -> None:
    each = replace(a_right(is_late=False), expect=expect, after=-1)
    assert compared({each.action.action_id: each}, recorded()) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "came", "differs"),
    [
        pytest.param(ActionKind.CLOSE, Reason.VISIT_MISSING, 0, id="one more is to be asked"),
        pytest.param(ActionKind.VISIT, Reason.FIELD_MISSING, 0, id="one of several is to be named"),
        pytest.param(ActionKind.VISIT, Reason.VISIT_MISSING, 1, id="a visit without its answer"),
        pytest.param(ActionKind.ACCEPT, Reason.FIELD_MISSING, 1, id="no lateness takes a field away"),
    ],
)
def test_whom_to_ask_depends_on_who_has_reported_meanwhile(
    kind: ActionKind, came: Reason, differs: int
) -> None:
    each, log = a_right(is_late=True), recorded()
    action_id = each.action.action_id
    told = places(log, lambda r: kind_of(r) == "action.refused" and event_of(r).action_id == action_id)
    for rows, at in list(told):
        rewrite(rows, at, reason=came)
    each = replace(each, action=replace(each.action, kind=kind))
    assert compared({action_id: each}, log) == (differs, 1 - differs)


@pytest.mark.parametrize(
    ("ahead", "differs"),
    [
        pytest.param(timedelta(0), 0, id="the instant itself is past"),
        pytest.param(timedelta(microseconds=1), 1, id="a microsecond before"),
    ],
)
def test_a_session_is_late_where_its_instant_was_past_when_the_bus_came_to_it(
    ahead: timedelta, differs: int
) -> None:
    each, log = a_right(is_late=True), recorded()
    action_id = each.action.action_id
    told = places(log, lambda r: kind_of(r) == "action.refused" and event_of(r).action_id == action_id)
    for rows, at in list(told):
        rewrite(rows, at, reason=Reason.INSTANT_WRONG)
        refused_at = event_of(rows[at]).at
    session = Session(kind=SessionKind.RECEPTION, venue="tea_room", at=refused_at + ahead)
    action = replace(each.action, kind=ActionKind.BOOK, session=session)
    assert compared({action_id: replace(each, action=action, after=10_000)}, log) == (differs, 1 - differs)


def test_an_action_that_led_to_nothing_is_a_difference_once_the_log_is_at_rest() -> None:
    each = a_right(is_late=False)
    lost = replace(each, action=replace(each.action, action_id="lost"))
    log = recorded()
    assert compared({"lost": lost}, log) == (1, 0)
    log.waiting[topics.ACTIONS.name, 0] = 1
    assert compared({"lost": lost}, log) == (0, 0)


def test_what_was_acted_is_written_and_read_as_it_was(tmp_path: Path) -> None:
    write_acted(acted(), tmp_path)
    assert read_acted(tmp_path) == acted()


def test_a_day_that_was_not_played_has_no_actions(tmp_path: Path) -> None:
    write_acted(acted(), tmp_path)
    write_day(a_day(), tmp_path)
    assert read_acted(tmp_path) == ()


def test_a_file_that_holds_no_actions_is_named(tmp_path: Path) -> None:
    (tmp_path / ACTED).write_bytes(b"{")
    with pytest.raises(InputInvalidError, match=ACTED):
        read_acted(tmp_path)
