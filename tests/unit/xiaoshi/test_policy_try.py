"""`xiaoshi policy try`: the past under another policy; what differs is the policy's alone."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import catalogue, timeline, topics, wire
from shared.catalogue import SHIPPED, Policy, PolicyFile
from shared.divisions import Tier
from shared.events import Event, MatterEvent
from shared.matter import ActionKind, Desk, Position, State, Visit, Way
from shared.policy_check import check
from shared.wire import Record
from tests.builders import (
    COUNTY,
    MONDAY,
    VILLAGE,
    a_received,
    a_report,
    action_record,
    an_action,
    received_record,
)
from tests.unit.xiaoshi.recorded import recorded, the_policy
from xiaoshi.__main__ import main
from xiaoshi.trial.address import accepted_first, readdressed
from xiaoshi.trial.compare import Comparison, Load, Move, Pair, asked_of, compared
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.past import Input, Journal
from xiaoshi.trial.run import Trial, tried

TEXT = SHIPPED.read_text(encoding="utf-8")
ALL = Stretch()
MICROSECOND = timedelta(microseconds=1)
TUESDAY = MONDAY + timedelta(days=1)  # a working day at the village is over
MATTER = f"{COUNTY}-{a_received().report_id}"
TOWN = VILLAGE[:9]
VILLAGE_DESK, TOWN_DESK = f"{VILLAGE}:village_committee", f"{TOWN}:town_government"
ALIKE: dict[str, Any] = {"title": "路灯坏了", "text": "学校门口的路灯不亮，晚上走路看不清"}

# Twice the time at the village, whatever the category.
DOUBLED = re.sub(r"village: (\d+) (\w)", lambda found: f"village: {2 * int(found[1])} {found[2]}", TEXT)
HURRIED = TEXT.replace("{village: 1 working day,", "{village: 1 working hour,")
RAISED = TEXT.replace("entry: {small: village,", "entry: {small: town,")
STRICT = TEXT.replace("join: {similarity: 0.62}", "join: {similarity: 0.9}")


@cache
def policy(text: str) -> Policy:
    assert text != TEXT
    tree, problems = check(text, catalogue.SCHEMA)
    assert problems == []
    return catalogue.compiled(msgspec.convert(tree, PolicyFile), text)


def a_day(new: Policy, stretch: Stretch = ALL, old: Policy | None = None) -> Trial:
    """The recorded day, which was made under the shipped policy."""
    return tried(Journal(recorded()), old or the_policy(), new, stretch)


def difference(trial: Trial) -> Comparison:
    return compared(trial.old, trial.new)


def is_reproduced(trial: Trial) -> bool | None:
    return asked_of(trial, the_policy(), the_policy(), ALL).reproduced


class Told:
    """A past of one lane, given record by record; it does not tell what became of it."""

    lanes, tells = 1, False

    def __init__(self, *inputs: Input) -> None:
        self._inputs = inputs

    def read(self, lane: int) -> Iterator[Input | Event]:
        return iter(self._inputs)


def under(text: str, *inputs: Input, stretch: Stretch = ALL, old: str = TEXT) -> Trial:
    before = the_policy() if old == TEXT else policy(old)
    return tried(Told(*inputs), before, the_policy() if text == TEXT else policy(text), stretch)


def reported(**changes: Any) -> Input:
    received = a_received(**changes)
    return Input(received_record(received), received.received_at)


def acted(kind: ActionKind, minutes: int, **changes: Any) -> Input:
    facts = {"action_id": f"a{minutes}", "matter_id": MATTER, "desk": VILLAGE_DESK, "kind": kind}
    action = an_action(**(facts | {"at": MONDAY + timedelta(minutes=minutes)} | changes))
    return Input(action_record(action), action=action)


def ticked(at: datetime) -> Input:
    out = timeline.tick(at, 0)
    return Input(Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers), at)


def times() -> list[datetime]:
    """When something happened to a matter on the recorded day, in order."""
    log = recorded()
    read = (wire.decode(r.value) for lane in range(log.lanes) for r in log.read(topics.EVENTS.name, lane))
    return sorted(event.at for event in read if isinstance(event, MatterEvent))


def test_the_same_policy_changes_nothing_and_the_old_run_is_what_the_log_tells() -> None:
    trial = a_day(the_policy())
    assert not difference(trial).differs
    assert is_reproduced(trial)
    assert trial.readdressed == trial.accepted_first == 0
    assert trial.old.refused  # what went wrong then goes wrong again


@pytest.mark.parametrize("nth", [0, 150, 300, -1])
def test_the_same_policy_changes_nothing_in_either_part_of_the_log(nth: int) -> None:
    at = times()[nth]
    parts = [a_day(the_policy(), stretch) for stretch in (Stretch(until=at), Stretch(since=at))]
    assert [difference(part).differs for part in parts] == [False, False]
    assert [is_reproduced(part) for part in parts] == [True, True]
    whole = a_day(the_policy())
    assert parts[0].old.kinds + parts[1].old.kinds == whole.old.kinds
    assert parts[0].old.settled + parts[1].old.settled == whole.old.settled


def test_a_log_made_under_another_policy_is_not_reproduced() -> None:
    assert is_reproduced(a_day(the_policy(), old=policy(DOUBLED))) is False


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
    found = difference(under(RAISED, reported(), reported(source_id="2", category="city.road_damage")))
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
    assert readdressed(action, "m1", then, now) == msgspec.structs.replace(action, desk=desk)


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
    done = readdressed(action, "m2", before, after)
    first = accepted_first(action, done, before, after)
    assert (first is not None) == accepts
    if first is not None:
        assert (first.matter_id, first.desk, first.kind) == ("m2", TOWN_DESK, ActionKind.ACCEPT)
        assert first.action_id != action.action_id


def life() -> tuple[Input, ...]:
    """A matter from the village's accepting to the close-out."""
    return (
        acted(ActionKind.ACCEPT, 10),
        acted(ActionKind.START, 120),
        acted(ActionKind.RESOLVE, 130, way=Way.HANDLED),
        acted(ActionKind.VISIT, 140, visit=Visit(reached=True, resolved=True, satisfied=True)),
        acted(ActionKind.CLOSE, 150),
    )


def settled(trial: Trial) -> dict[Tier, Pair]:
    """By tier, where any is."""
    pairs = {Tier(tier): pair for tier, pair in difference(trial).settled.items()}
    return {tier: pair for tier, pair in pairs.items() if pair != Pair(old=0, new=0)}


# the command


def a_file(path: Path, *rows: Any) -> str:
    path.write_bytes(msgspec.json.Encoder().encode_lines(list(rows)))
    return str(path)


@pytest.fixture
def reports(tmp_path: Path) -> str:
    return a_file(tmp_path / "reports.jsonl", a_report())


@pytest.fixture
def actions(tmp_path: Path) -> str:
    first = acted(ActionKind.ACCEPT, 10).action
    late = acted(ActionKind.START, 3000).action  # the last of the file: time passes until then
    return a_file(tmp_path / "actions.jsonl", first, late)


@pytest.fixture
def journal(tmp_path: Path, reports: str, actions: str) -> str:
    out = str(tmp_path / "events.jsonl")
    assert main(["replay", "--reports", reports, "--actions", actions, "--out", out, "--tick", "1h"]) == 0
    return out


@pytest.fixture
def raised(tmp_path: Path) -> str:
    path = tmp_path / "raised.yaml"
    path.write_text(RAISED, encoding="utf-8")
    return str(path)


def asked(capsys: pytest.CaptureFixture[str], new: str, *against: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["policy", "try", new, "--json", "--against", *against]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_json_tells_what_was_asked_and_what_was_found(
    reports: str, actions: str, raised: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, raised, reports, actions)
    assumptions = told["asked"].pop("assumptions")
    assert all(isinstance(each, str) for each in assumptions)
    assert told["asked"] == {
        "old_policy": the_policy().version, "new_policy": catalogue.load(Path(raised)).version,
        "since": None, "until": None, "reports": 1, "actions": 2, "ticks": 51,
        "readdressed": 1, "accepted_first": 0, "reproduced": None,
    }  # fmt: skip
    assert told["differs"] is True
    found = told["found"]
    assert {name: len(found[name]) for name in found if name not in ("only_old", "only_new")} == {
        "totals": 11, "settled": 4, "refused": 1, "desks": 3, "moves": 1, "moved": 1,
    }  # fmt: skip
    assert found["settled"]["village"] == {"old": 0, "new": 0}
    assert found["moves"] == [
        {"from": "village village_committee", "to": "town town_government", "matters": 1}
    ]
    assert found["moved"] == [
        {"matter_id": MATTER, "from": f"village {VILLAGE_DESK}", "to": f"town {TOWN_DESK}"}
    ]
    assert set(found["desks"][0]) == {"desk", "held", "missed"}


def test_a_journal_of_replay_gives_the_order_the_actions_and_the_ticks(
    reports: str, actions: str, journal: str, raised: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told, plain = asked(capsys, raised, reports, journal), asked(capsys, raised, reports, actions)
    assert told["found"] == plain["found"]
    assert told["asked"]["reproduced"] is True


def test_a_stretch_another_old_policy_and_another_tick_can_be_asked_for(
    reports: str, actions: str, raised: str, capsys: pytest.CaptureFixture[str]
) -> None:
    since, until = MONDAY.isoformat(), (MONDAY + timedelta(hours=1)).isoformat()
    more = ("--old", raised, "--from", since, "--to", until, "--tick", "5m")
    told = asked(capsys, raised, reports, actions, *more)
    assert told["differs"] is False
    assert (told["asked"]["since"], told["asked"]["until"]) == (since, until)
    # the step that holds the report ends 5 minutes later; the tick at the end is outside
    assert (told["asked"]["reports"], told["asked"]["actions"], told["asked"]["ticks"]) == (1, 1, 11)


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_an_instant_without_an_offset_is_refused(
    option: str, reports: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["policy", "try", str(SHIPPED), option, "2026-03-02T09:00:00", "--against", reports])
    assert left.value.code == 2
    assert option in capsys.readouterr().err


def test_a_table_tells_the_assumptions_and_each_matter_elsewhere(
    reports: str, actions: str, raised: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", raised, "--against", reports, actions]) == 0
    out = capsys.readouterr().out
    for part in ("whoever holds the matter", "limits missed", f"{MATTER}: village {VILLAGE_DESK} -> town"):
        assert part in out


def test_the_same_policy_is_told_in_words(
    reports: str, actions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", str(SHIPPED), "--against", reports, actions]) == 0
    assert "Nothing is different." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param(b"{", "line 1: not a JSON object", id="broken JSON"),
        pytest.param(b"[]", "line 1: not a JSON object", id="no object"),
        pytest.param(b'{"source":"grid"}', "line 1: reported_at", id="no time"),
        pytest.param(b'{"action_id":"a"}', "line 1: at must be", id="an action without time"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_file(
    row: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_bytes(row)
    assert main(["policy", "try", str(SHIPPED), "--against", str(file)]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert str(file) in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", str(SHIPPED), "--against", str(tmp_path / "none")]) == 2
    err = capsys.readouterr().err
    assert "cannot be read" in err
    assert err.count("\n") == 1


def test_a_policy_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, reports: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", str(tmp_path / "none.yaml"), "--against", reports]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bad_policy_could_not_be_tried(
    tmp_path: Path, reports: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(TEXT.replace("injury: big", "injury: bad"), encoding="utf-8")
    assert main(["policy", "try", str(bad), "--against", reports]) == 2
    assert "injury" in capsys.readouterr().err


def test_a_journal_and_its_actions_are_not_taken_twice(
    reports: str, actions: str, journal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", str(SHIPPED), "--against", reports, actions, journal]) == 2
    assert "holds the actions already" in capsys.readouterr().err


def test_a_journal_without_its_reports_could_not_be_asked(
    journal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "try", str(SHIPPED), "--against", journal]) == 2
    assert "no report" in capsys.readouterr().err
