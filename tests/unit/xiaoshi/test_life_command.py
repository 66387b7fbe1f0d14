"""`xiaoshi life` and its comparison with a file."""

from pathlib import Path

import pytest

from services.escalation.rules.diagram import document
from xiaoshi.__main__ import main


def test_it_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["life"]) == 0
    assert capsys.readouterr().out == document()


def test_a_file_is_compared_with_the_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "life.md"
    path.write_text(document(), encoding="utf-8")
    assert main(["life", "--check", str(path)]) == 0
    path.write_text(document() + "\n", encoding="utf-8")
    assert main(["life", "--check", str(path)]) == 1
    assert "xiaoshi life >" in capsys.readouterr().out


def test_a_file_that_is_not_there_cannot_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["life", "--check", str(tmp_path / "none.md")]) == 2
    assert "cannot be read" in capsys.readouterr().err
