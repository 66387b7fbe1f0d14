"""`xiaoshi policy try`: what it is given, what it prints, and what it refuses."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import catalogue
from shared.catalogue import SHIPPED
from shared.matter import ActionKind
from tests.builders import (
    MONDAY,
    a_report,
)
from tests.unit.xiaoshi.recorded import the_policy
from tests.unit.xiaoshi.tried import MATTER, RAISED, TEXT, TOWN_DESK, VILLAGE_DESK, acted
from xiaoshi.__main__ import main


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
        "readdressed": 1, "accepted_first": 0, "again": True, "reproduced": None,
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
    assert (told["asked"]["again"], told["asked"]["reproduced"]) == (False, None)
    again = asked(capsys, raised, reports, journal, "--again")
    assert again["found"] == plain["found"]
    assert (again["asked"]["again"], again["asked"]["reproduced"]) == (True, True)


def test_a_journal_that_names_no_causes_is_run_again(
    reports: str, journal: str, raised: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `xiaoshi replay` wrote it before 0.5.0."""
    rows = [json.loads(line) for line in Path(journal).read_text(encoding="utf-8").splitlines()]
    older = a_file(
        tmp_path / "older.jsonl", *({k: v for k, v in row.items() if k != "causationid"} for row in rows)
    )
    told, plain = asked(capsys, raised, reports, older), asked(capsys, raised, reports, journal)
    assert told["asked"]["again"] is True
    assert told["found"] == plain["found"]


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
