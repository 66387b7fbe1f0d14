"""`xiaoshi policy try`: the past under another policy; what differs is the policy's alone."""

from datetime import datetime, timedelta
from multiprocessing import Pipe

import msgspec
import pytest

from shared import wire
from shared.divisions import Tier
from shared.matter import ActionKind, Desk, Position, State
from shared.wire import Out
from tests.builders import (
    COUNTY,
    MONDAY,
    a_received,
    an_action,
)
from tests.unit.xiaoshi.recorded import recorded, the_policy
from tests.unit.xiaoshi.tried import (
    ALIKE,
    ALL,
    DOUBLED,
    HURRIED,
    MATTER,
    MICROSECOND,
    RAISED,
    STRICT,
    TEXT,
    TOWN_DESK,
    TUESDAY,
    VILLAGE_DESK,
    Lagging,
    Told,
    a_day,
    acted,
    difference,
    is_reproduced,
    life,
    policy,
    reported,
    settled,
    ticked,
    times,
    under,
)
from xiaoshi.trial.address import THENS, accepted_first, readdressed, then_of
from xiaoshi.trial.compare import Load, Move, Pair
from xiaoshi.trial.figures import Figures, Stretch
from xiaoshi.trial.lane import Lane, Place
from xiaoshi.trial.past import Input, Journal
from xiaoshi.trial.run import tried
from xiaoshi.trial.then import told


def test_the_same_policy_changes_nothing_and_the_old_run_is_what_the_log_tells() -> None:
    trial = a_day(the_policy(), rerun=True)
    assert not difference(trial).differs
    assert is_reproduced(trial)
    assert trial.readdressed == trial.accepted_first == 0
    assert trial.old.refused  # what went wrong then goes wrong again


@pytest.mark.parametrize("nth", [0, 150, 300, -1])
def test_the_same_policy_changes_nothing_in_either_part_of_the_log(nth: int) -> None:
    at = times()[nth]
    stretches = Stretch(until=at), Stretch(since=at)
    parts = [a_day(the_policy(), stretch, rerun=True) for stretch in stretches]
    assert [difference(part).differs for part in parts] == [False, False]
    assert [is_reproduced(part) for part in parts] == [True, True]
    whole = a_day(the_policy(), rerun=True)
    assert parts[0].old.kinds + parts[1].old.kinds == whole.old.kinds
    assert parts[0].old.settled + parts[1].old.settled == whole.old.settled


def test_every_event_a_run_hands_on_is_what_its_bytes_say() -> None:
    past = Journal(recorded())
    outs: list[Out] = []
    for lane in range(past.lanes):
        run = Lane(the_policy(), Place(lane, past.lanes))
        for item in past.read(lane):
            outs += run.feed(item.record) if isinstance(item, Input) else []
    assert outs
    assert [out.event for out in outs] == [wire.decode(out.value) for out in outs]


@pytest.mark.parametrize("late", [0, 40])
@pytest.mark.parametrize("text", [DOUBLED, RAISED, STRICT], ids=["doubled", "raised", "strict"])
def test_what_the_log_tells_stands_for_a_second_run_however_late_it_was_answered(
    text: str, late: int
) -> None:
    """Escalation may be behind routing: its events come after inputs it had not seen."""
    twice = a_day(policy(text), rerun=True)
    once = tried(Journal(Lagging(recorded(), late)), the_policy(), policy(text), ALL)
    assert (once.again, is_reproduced(once)) == (False, None)
    assert difference(once) == difference(twice)
    assert (once.readdressed, once.accepted_first) == (twice.readdressed, twice.accepted_first)
    assert once.readdressed > 0


def test_an_action_nobody_has_answered_yet_stands_as_the_log_leaves_it() -> None:
    past, (ours, theirs) = Told(reported(), acted(ActionKind.ACCEPT, 10)), Pipe(duplex=False)
    told(past, 0, Figures(ALL), theirs)
    assert ours.recv_bytes() == bytes([THENS[0], THENS[0]])


@pytest.mark.parametrize("nth", [0, 300])
def test_the_new_run_of_a_part_begins_under_the_old_policy(nth: int) -> None:
    part = Stretch(since=times()[nth])
    once, twice = a_day(policy(DOUBLED), part), a_day(policy(DOUBLED), part, rerun=True)
    assert difference(once) == difference(twice)


def test_a_log_made_under_another_policy_is_not_reproduced() -> None:
    assert is_reproduced(a_day(the_policy(), old=policy(DOUBLED), rerun=True)) is False


def test_twice_the_time_at_the_village_lets_fewer_matters_rise_and_the_figures_add_up() -> None:
    found = difference(a_day(policy(DOUBLED)))
    totals = found.totals
    assert totals["risen"].new < totals["risen"].old
    assert totals["matters_overdue"].new < totals["matters_overdue"].old
    assert found.settled["village"].new > found.settled["village"].old
    for run in ("old", "new"):
        total = {name: getattr(pair, run) for name, pair in totals.items()}
        assert sum(getattr(pair, run) for pair in found.settled.values()) == total["matters_settled"]
        # one that is reopened after its closing is settled and open; a resident lets one rise without a missed limit
        assert total["matters_settled"] + total["matters_open"] <= total["matters_opened"] + total["reopened"]
        assert total["risen"] + total["notices"] >= total["limits_missed"]
        assert sum(getattr(load.missed, run) for load in found.desks) == total["limits_missed"]
        assert sum(getattr(pair, run) for pair in found.refused.values()) == total["actions_refused"]
    assert found.moves == ()


def test_the_desks_most_changed_come_first() -> None:
    changes = [
        abs(load.held.new - load.held.old) + abs(load.missed.new - load.missed.old)
        for load in difference(a_day(policy(DOUBLED))).desks
    ]
    assert changes[0] > 0
    assert changes == sorted(changes, reverse=True)


def test_a_higher_entry_lands_matters_at_another_desk() -> None:
    other = {"category": "city.road_damage", "title": "路面塌陷", "text": "小学门口的水泥地裂开一道口子"}
    found = difference(under(RAISED, reported(), reported(source_id="2", **other)))
    move = Move(from_="village village_committee", to="town town_government", matters=2)
    assert found.moves == (move,)
    assert found.moved[0].from_ == f"village {VILLAGE_DESK}"
    assert found.moved[0].to == f"town {TOWN_DESK}"
    assert MATTER in {each.matter_id for each in found.moved}
    assert found.desks == (
        Load(desk=VILLAGE_DESK, held=Pair(old=2, new=0), missed=Pair(old=0, new=0)),
        Load(desk=TOWN_DESK, held=Pair(old=0, new=2), missed=Pair(old=0, new=0)),
    )


def test_at_most_twenty_matters_that_land_elsewhere_are_named() -> None:
    found = difference(a_day(policy(RAISED)))
    assert sum(move.matters for move in found.moves) > 20
    assert len(found.moved) == 20


def test_what_was_done_is_done_by_the_desk_that_holds_the_matter() -> None:
    trial = under(RAISED, reported(), *life())
    assert settled(trial) == {Tier.VILLAGE: Pair(old=1, new=0), Tier.TOWN: Pair(old=0, new=1)}
    assert (trial.readdressed, trial.accepted_first) == (5, 0)
    assert difference(trial).refused == {}


def test_a_desk_accepts_first_what_has_risen_to_it_under_the_new_policy() -> None:
    accept, *rest = life()
    trial = under(HURRIED, reported(), accept, ticked(MONDAY + timedelta(minutes=100)), *rest)
    assert difference(trial).totals["risen"] == Pair(old=0, new=1)
    assert settled(trial) == {Tier.VILLAGE: Pair(old=1, new=0), Tier.TOWN: Pair(old=0, new=1)}
    assert (trial.readdressed, trial.accepted_first) == (4, 1)
    assert difference(trial).refused == {}


def test_a_desk_that_came_too_late_may_be_in_time() -> None:
    found = difference(under(DOUBLED, reported(), ticked(TUESDAY), acted(ActionKind.ACCEPT, 1500)))
    assert found.refused == {"desk_wrong": Pair(old=1, new=0)}


def test_an_action_the_new_run_refuses_is_counted_by_its_reason() -> None:
    again = acted(ActionKind.ACCEPT, 1500, desk=TOWN_DESK)
    trial = under(DOUBLED, reported(), acted(ActionKind.ACCEPT, 10), ticked(TUESDAY), again)
    assert difference(trial).refused == {"state_wrong": Pair(old=0, new=1)}
    assert trial.readdressed == 1


def test_an_action_goes_to_the_matter_its_report_is_part_of() -> None:
    other = a_received(source_id="2", **ALIKE)
    first, second = reported(), reported(source_id="2", **ALIKE)
    accept = acted(ActionKind.ACCEPT, 10, matter_id=f"{COUNTY}-{other.report_id}")
    trial = under(TEXT, first, second, accept, old=STRICT)
    found = difference(trial)
    assert (found.only_old, found.only_new) == (1, 0)
    assert found.totals["reports_joined"] == Pair(old=0, new=1)
    assert found.refused == {}
    assert trial.new.kinds["matter.accepted"] == 1


def test_nobody_acts_on_a_matter_that_only_the_new_policy_opens() -> None:
    found = difference(under(STRICT, reported(), reported(source_id="2", **ALIKE), *life()))
    assert (found.only_old, found.only_new) == (0, 1)
    assert found.totals["matters_open"] == Pair(old=0, new=1)


@pytest.mark.parametrize(
    ("stretch", "risen"),
    [
        pytest.param(Stretch(since=TUESDAY), 1, id="from the instant itself"),
        pytest.param(Stretch(since=TUESDAY + MICROSECOND), 0, id="from a microsecond after"),
        pytest.param(Stretch(until=TUESDAY), 0, id="to the instant itself"),
        pytest.param(Stretch(until=TUESDAY + MICROSECOND), 1, id="to a microsecond after"),
    ],
)
def test_a_stretch_holds_its_beginning_and_not_its_end(stretch: Stretch, risen: int) -> None:
    trial = under(TEXT, reported(), ticked(TUESDAY), stretch=stretch)
    assert difference(trial).totals["risen"] == Pair(old=risen, new=risen)


@pytest.mark.parametrize(
    ("since", "risen"),
    [
        pytest.param(MONDAY, 0, id="opened as it takes over"),
        pytest.param(MONDAY + MICROSECOND, 1, id="opened a microsecond before"),
    ],
)
def test_a_matter_opened_before_the_new_policy_keeps_its_deadline(since: datetime, risen: int) -> None:
    trial = under(DOUBLED, reported(), ticked(TUESDAY), stretch=Stretch(since=since))
    assert difference(trial).totals["risen"] == Pair(old=1, new=risen)


def test_what_a_desk_holds_when_the_stretch_begins_is_its_load() -> None:
    trial = under(TEXT, reported(), ticked(TUESDAY), stretch=Stretch(since=TUESDAY))
    assert trial.old.held == {VILLAGE_DESK: 1, TOWN_DESK: 1}


def at(tier: Tier, desk: str, state: State = State.ACCEPTED) -> Position:
    division, _, body = desk.partition(":")
    return Position(state=state, tier=tier, desk=Desk(division=division, body=body, role=""), due=None)


@pytest.mark.parametrize(
    ("then", "now", "desk"),
    [
        pytest.param(at(Tier.VILLAGE, VILLAGE_DESK), at(Tier.TOWN, TOWN_DESK), TOWN_DESK, id="in charge"),
        pytest.param(at(Tier.TOWN, TOWN_DESK), at(Tier.TOWN, TOWN_DESK), VILLAGE_DESK, id="not in charge"),
        pytest.param(None, at(Tier.TOWN, TOWN_DESK), VILLAGE_DESK, id="unknown then"),
        pytest.param(at(Tier.VILLAGE, VILLAGE_DESK), None, VILLAGE_DESK, id="unknown now"),
    ],
)
@pytest.mark.parametrize("kind", ActionKind)
def test_only_what_the_desk_in_charge_did_changes_hands(
    kind: ActionKind, then: Position | None, now: Position | None, desk: str
) -> None:
    action = an_action(kind=kind, desk=VILLAGE_DESK)
    assert readdressed(action, "m1", then_of(action, then), now) == msgspec.structs.replace(action, desk=desk)


@pytest.mark.parametrize(
    ("kind", "then", "now", "accepts"),
    [
        pytest.param(ActionKind.START, State.ACCEPTED, State.ROUTED, True, id="started"),
        pytest.param(ActionKind.RESOLVE, State.IN_PROGRESS, State.ROUTED, True, id="resolved"),
        pytest.param(ActionKind.ACCEPT, State.ACCEPTED, State.ROUTED, False, id="accepts itself"),
        pytest.param(ActionKind.VISIT, State.RESOLVED, State.ROUTED, False, id="not yet resolved"),
        pytest.param(ActionKind.START, State.ROUTED, State.ROUTED, False, id="nobody had accepted then"),
        pytest.param(ActionKind.START, State.ACCEPTED, State.ACCEPTED, False, id="accepted already"),
    ],
)
def test_only_work_on_what_was_accepted_then_is_accepted_now(
    kind: ActionKind, then: State, now: State, accepts: bool
) -> None:
    action = an_action(kind=kind, desk=VILLAGE_DESK)
    before, after = at(Tier.VILLAGE, VILLAGE_DESK, then), at(Tier.TOWN, TOWN_DESK, now)
    then_was = then_of(action, before)
    done = readdressed(action, "m2", then_was, after)
    first = accepted_first(action, done, then_was, after)
    assert (first is not None) == accepts
    if first is not None:
        assert (first.matter_id, first.desk, first.kind) == ("m2", TOWN_DESK, ActionKind.ACCEPT)
        assert first.action_id != action.action_id
