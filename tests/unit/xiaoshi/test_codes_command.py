"""What an operator is told of a file of old codes."""

from pathlib import Path

import pytest

from xiaoshi.__main__ import main


def test_every_row_its_end_and_the_topics_to_follow_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(
        "old,new,from\n430981,430902,2027-01-01\n430902,430903,2028-01-01\n430981006,430902005,2027-01-01\n"
    )
    assert main(["codes", "check", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "430981 沅江市 is 430902 资阳区 from 2027-01-01, and in the end 430903",
        "430902 资阳区 is 430903 赫山区 from 2028-01-01",
        "430981006 琼湖街道 is 430902005 大码头街道 from 2027-01-01, and in the end 430903",
        "the centre of 430903 follows matters.routed.430902.v1, matters.routed.430981.v1 too, until their matters are "
        "closed",
        "3 old codes",
    ]


def test_a_wrong_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("old,new,from\n430981,430902\n")
    assert main(["codes", "check", str(path)]) == 2
    assert "line 2" in capsys.readouterr().err
