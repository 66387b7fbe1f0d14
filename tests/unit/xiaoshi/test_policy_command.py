"""`xiaoshi policy check` and `xiaoshi policy explain`, as an operator sees them."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.routing import reading
from services.routing.rules import locate
from services.routing.rules.place import Rule
from shared.catalogue import SHIPPED
from xiaoshi.__main__ import main
from xiaoshi.commands.policy import SENTENCES

TEXT = SHIPPED.read_text(encoding="utf-8")
REPORT = {
    "source": "grid",
    "source_id": "g-1",
    "reported_at": "2026-09-30T10:00:00+08:00",
    "division": "430981006001",
    "title": "两村争地",
    "text": "界址不清",
    "category": "dispute.land_boundary",
    "people_involved": 6,
    "other_divisions": ["430981008002"],
}


def a_file(folder: Path, **changes: Any) -> str:
    path = folder / "report.json"
    path.write_text(json.dumps(REPORT | changes), encoding="utf-8")
    return str(path)


def test_a_good_policy_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(SHIPPED)]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_every_problem_is_printed_with_its_line_and_the_answer_is_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = TEXT.splitlines()
    planted = {
        "injury: big": "injury: bad",
        "city: city_centre}": "city: nobody}",
        "window: 2 days,": "window: 2 weeks,",
    }
    expected = []
    for old, new in planted.items():
        nth = next(nth for nth, line in enumerate(lines) if old in line)
        lines[nth] = lines[nth].replace(old, new)
        expected.append(f"line {nth + 1}: ")
    path = tmp_path / "bad.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["policy", "check", str(path)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(expected)
    assert all(line.startswith(start) for line, start in zip(printed, expected, strict=True))


@pytest.mark.parametrize("verb", ["check", "explain"])
def test_a_file_that_is_not_there_could_not_be_asked(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", verb, str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_placement_is_explained_row_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", a_file(tmp_path)]) == 0
    out = capsys.readouterr().out
    for part in (
        "grade     big  大事",
        "tier      county  县(区)",
        "desk      430981:natural_resources_bureau  湖南省益阳市沅江市自然资源局",
        "deadline  2026-10-14T17:30:00+08:00",
        "1. parties_apart: 430981: county",
        "2. people_involved: 6 >= 5: big",
        "3. category_entry: dispute.land_boundary: village",
        "4. desk_of_category: 430981:natural_resources_bureau",
        "resolve: complexity.resolve.big, 7 working days",
        "due Wednesday 2026-10-14 17:30: seven working days",
        "7个工作日",
        "国庆节",
    ):
        assert part in out


def test_another_policy_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(TEXT.replace("people_involved: {big: 5", "people_involved: {big: 7"), encoding="utf-8")
    assert main(["policy", "explain", a_file(tmp_path), "--policy", str(mine)]) == 0
    assert "grade     small" in capsys.readouterr().out


def test_a_confidential_matter_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", a_file(tmp_path, category="tip.gang", other_divisions=[])]) == 0
    assert "confidential 保密" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"people_involved": -1}, "is not a report", id="a field is wrong"),
        pytest.param({"colour": "red"}, "is not a report", id="a field is unknown"),
        pytest.param({"division": "999999"}, "999999", id="no such division"),
        pytest.param({"division": "4300"}, "above the city tier", id="a province"),
    ],
)
def test_a_report_that_cannot_be_placed_could_not_be_asked(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "explain", a_file(tmp_path, **changes)]) == 2
    assert message in capsys.readouterr().err


def test_every_rule_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == {*Rule, *reading.Rule, *locate.Rule}
    assert all(english and chinese for english, chinese in SENTENCES.values())
