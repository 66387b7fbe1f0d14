"""`xiaoshi calendar show` and `xiaoshi calendar file`, as an operator sees them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.announced import PACKAGE, Announcement, announcement_of
from shared.calendar import china
from xiaoshi.__main__ import main

UNKNOWN = str(max(china().announced) + 1)
FILED = {
    "year": 2027,
    "off": [{"day": "2026-12-31", "en": "New Year's Day", "zh": "元旦"}],
    "worked": ["2026-12-26", "2027-01-03"],
    "version": "notice 7",
}


def a_file(folder: Path, **changes: Any) -> str:
    path = folder / "announcement.json"
    path.write_text(json.dumps(FILED | changes), encoding="utf-8")
    return str(path)


def test_a_year_of_the_package_is_shown_day_by_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "show", "2026"]) == 0
    first, *days, total = capsys.readouterr().out.splitlines()
    assert first == f"holidays of 2026, as announced by {PACKAGE}"
    assert days[0] == "off     2026-01-01  Thu  元旦  New Year's Day"
    assert days[2:4] == ["worked  2026-01-04  Sun", "worked  2026-02-14  Sat"]
    assert days[-1] == "worked  2026-10-10  Sat"
    assert total == "weekdays off: 19, weekend days worked: 6, working days in 2026: 248"


def test_a_year_of_a_file_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "show", "2027", "--file", a_file(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "holidays of 2027, as announced by notice 7",
        "worked  2026-12-26  Sat",
        "off     2026-12-31  Thu  元旦  New Year's Day",
        "worked  2027-01-03  Sun",
        "weekdays off: 1, weekend days worked: 2, working days in 2027: 262",
    ]


@pytest.mark.parametrize("verb", ["show", "file"])
def test_a_year_nobody_announced_is_a_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    path = tmp_path / "out.json"
    options = ["--out", str(path)] if verb == "file" else []
    assert main(["calendar", verb, UNKNOWN, *options]) == 1
    assert capsys.readouterr().out.startswith(f"{UNKNOWN}: {PACKAGE} knows of no announcement")
    assert not path.exists()


def test_every_problem_of_a_file_is_printed_and_the_answer_is_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = a_file(tmp_path, worked=["2027-01-04", "2028-01-01"], version="")
    assert main(["calendar", "show", "2027", "--file", wrong]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "version: must say who announced this",
        "worked: 2027-01-04 is a Monday, here are Saturdays and Sundays",
        "worked: 2028-01-01 is neither in 2027 nor in the December before",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"year": 2028}, "announces 2028, not 2027", id="another_year"),
        pytest.param({"holidays": []}, "is not an announcement", id="unknown_field"),
        pytest.param({"worked": ["2027-02-29"]}, "is not an announcement", id="no_such_day"),
    ],
)
def test_a_file_that_is_no_announcement_of_the_year_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], said: str
) -> None:
    assert main(["calendar", "show", "2027", "--file", a_file(tmp_path, **changes)]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calendar", "show", "2027", "--file", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_what_is_filed_is_what_the_package_knows_and_is_shown_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "2026.json"
    assert main(["calendar", "file", "2026", "--out", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert '"zh": "元旦"' in text
    assert msgspec.json.decode(text, type=Announcement) == announcement_of(2026)
    capsys.readouterr()
    main(["calendar", "show", "2026"])
    shown = capsys.readouterr().out
    assert main(["calendar", "show", "2026", "--file", str(path)]) == 0
    assert capsys.readouterr().out == shown


def test_a_file_that_was_mended_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mended = a_file(tmp_path)
    before = Path(mended).read_bytes()
    assert main(["calendar", "file", "2026", "--out", mended]) == 2
    assert "cannot be written: File exists" in capsys.readouterr().err
    assert Path(mended).read_bytes() == before
