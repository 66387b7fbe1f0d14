"""A simulated day on disk, and the command that makes it."""

import argparse
import json
from datetime import date
from pathlib import Path

import pytest

from shared import catalogue
from shared.errors import InputInvalidError, UnknownDivisionError
from shared.receipts import report_id_of
from xiaoshi.commands import simulate
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.files import read_day, write_day

MONDAY = date(2026, 3, 2)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    made = make_day("430981", MONDAY, 1, 1000, catalogue.load())
    write_day(made, tmp_path)
    assert read_day(tmp_path) == made


def test_written_twice_the_files_are_the_same_to_the_byte(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_day(make_day("430981", MONDAY, 1, 200, catalogue.load()), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        pytest.param("facts.json", b"{}", id="no-facts"),
        pytest.param("reports.jsonl", b"not json\n", id="a-broken-line"),
        pytest.param("truth.jsonl", b"", id="no-truth"),
    ],
)
def test_a_folder_that_holds_no_day_is_refused(tmp_path: Path, name: str, contents: bytes) -> None:
    write_day(make_day("430981", MONDAY, 1, 20, catalogue.load()), tmp_path)
    (tmp_path / name).write_bytes(contents)
    with pytest.raises(InputInvalidError, match=tmp_path.name):
        read_day(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError):
        read_day(tmp_path / "nowhere")


def test_true_groups_are_named_by_report_id(tmp_path: Path) -> None:
    made = make_day("430981", MONDAY, 1, 300, catalogue.load())
    groups = made.groups(report_id_of)
    assert len(groups) == made.counts()["accepted"]
    assert len(set(groups.values())) == made.counts()["matters"]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.add(parser)
    return simulate.run(parser.parse_args(list(words)))


def test_the_command_writes_the_day_and_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--county", "430981", "--day", "2026-03-02", "--seed", "1", "--reports", "100")
    assert run(*words, "--out", str(tmp_path)) == 0
    assert "100  submissions" in capsys.readouterr().out
    facts = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    assert (facts["county"], facts["day"], facts["counts"]["submissions"]) == ("430981", "2026-03-02", 100)
    assert len((tmp_path / "reports.jsonl").read_text(encoding="utf-8").splitlines()) == 100


def test_the_command_wants_a_county(tmp_path: Path) -> None:
    with pytest.raises(UnknownDivisionError, match="not a county"):
        run("--county", "4309", "--out", str(tmp_path))
