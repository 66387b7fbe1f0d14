"""`xiaoshi replay`: the same input, the same bytes; every report ends in a matter or a refusal with a reason."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.matter import ActionKind
from tests.builders import COUNTY, MONDAY, VILLAGE, a_received, a_report, an_action
from xiaoshi.__main__ import main

LAMP = "村口第三盏路灯坏了三天，晚上走路看不清，请派人来修。"


def _lines(path: Path, *rows: Any) -> Path:
    path.write_bytes(msgspec.json.Encoder().encode_lines(list(rows)))
    return path


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return _lines(
        tmp_path / "reports.jsonl",
        a_report(source_id="1"),
        a_report(source_id="1", reported_at=MONDAY + timedelta(minutes=1)),
        a_report(source="app", source_id="2", reported_at=MONDAY + timedelta(minutes=2), text=LAMP + "谢谢"),
        a_report(source_id="3", reported_at=MONDAY + timedelta(minutes=3), division="43"),
    )


def _replay(out: Path, *options: object) -> list[dict[str, Any]]:
    assert main(["replay", "--out", str(out), *map(str, options)]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_two_runs_are_byte_identical(reports: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    _replay(first, "--reports", reports)
    _replay(second, "--reports", reports)
    assert first.read_bytes() == second.read_bytes()


def test_each_report_names_its_matter_and_the_reason_or_why_it_was_refused(
    reports: Path, tmp_path: Path
) -> None:
    lines = [line for line in _replay(tmp_path / "out", "--reports", reports) if "reason" in line["data"]]
    # sources go onto the bus one after the other, so the app's report came first
    matter = f"{COUNTY}-{a_received(source='app', source_id='2').report_id}"
    told = [(line["data"]["type"], line["data"].get("matter_id"), line["data"]["reason"]) for line in lines]
    assert told == [
        ("matter.opened", matter, "opened_new"),
        ("report.matched", matter, "joined_same_matter"),
        ("record.buried", None, "field_invalid"),
    ]


def test_actions_and_passing_time_are_part_of_it(reports: Path, tmp_path: Path) -> None:
    matter = f"{COUNTY}-{a_received(source='app', source_id='2').report_id}"
    opened = _replay(tmp_path / "first", "--reports", reports)[0]["data"]["position"]["desk"]
    desk = f"{opened['division']}:{opened['body']}"
    assert opened["division"] == VILLAGE
    actions = _lines(
        tmp_path / "actions.jsonl",
        an_action(matter_id=matter, desk=desk, at=MONDAY + timedelta(hours=1)),
        an_action(
            action_id="a2", matter_id=matter, desk=desk, kind=ActionKind.CLOSE, at=MONDAY + timedelta(hours=2)
        ),
    )
    options = (
        "--reports",
        reports,
        "--actions",
        actions,
        "--until",
        MONDAY + timedelta(days=2),
        "--tick",
        "1h",
    )
    kinds = [line["data"]["type"] for line in _replay(tmp_path / "out", *options)]
    assert [kind for kind in kinds if kind.startswith(("matter.", "action.refused"))] == [
        "matter.opened", "matter.joined", "matter.accepted", "action.refused", "matter.urged",
        "matter.ordered", "matter.escalated",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(b"{", "line 1: not JSON", id="broken JSON"),
        pytest.param(b"[]", "line 1: must be a JSON object", id="no object"),
        pytest.param(b'{"reported_at":"2026-03-02T09:10:00+08:00"}', "line 1: source", id="no source"),
        pytest.param(b'{"source":"grid","reported_at":"yesterday"}', "line 1: reported_at", id="no time"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes, says: str
) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_bytes(line)
    assert main(["replay", "--reports", str(file), "--out", str(tmp_path / "out")]) == 2
    assert says in capsys.readouterr().err
