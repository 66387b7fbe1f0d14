"""Codes that were merged or renamed: from their day on the new one, chains followed, cycles refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.errors import SettingsInvalidError
from shared.old_codes import NONE, load, of_text

# 430981 and 430902 both have a town 006, with other names; the tree has no 439981
HEAD = "old,new,from\n"
MERGED = HEAD + "430981,430902,2027-01-01\n"
BEFORE, SINCE = "2026-12-31T23:59:59.999999+08:00", "2027-01-01T00:00:00+08:00"
DAY = date(2027, 1, 1)


def a_tree(**changes: Any) -> dict[str, Any]:
    return {"division": "430981", "reported_at": SINCE, "title": "路灯不亮"} | changes


@pytest.mark.parametrize(
    ("reported_at", "county"),
    [
        pytest.param(BEFORE, "430981", id="a microsecond before the day"),
        pytest.param(SINCE, "430902", id="the day's first instant in China"),
        pytest.param("2026-12-31T16:00:00Z", "430902", id="the same instant, said elsewhere"),
        pytest.param("2026-12-31T15:59:59.999999Z", "430981", id="a microsecond before, said elsewhere"),
        pytest.param("2027-01-01T00:00:00", "430981", id="no offset: refused later, not guessed here"),
        pytest.param(None, "430981", id="no time at all"),
    ],
)
def test_an_old_code_stands_for_the_new_one_from_its_day_on(reported_at: str | None, county: str) -> None:
    tree = a_tree(reported_at=reported_at)
    assert of_text(MERGED).renewed(tree) == tree | {"division": county}


def test_every_code_of_a_report_is_renewed_and_nothing_else() -> None:
    tree = a_tree(other_divisions=["430981", 7, "430903"], about_body="430981:county_government", more=1)
    assert of_text(MERGED).renewed(tree) == tree | {
        "division": "430902",
        "other_divisions": ["430902", 7, "430903"],
        "about_body": "430902:county_government",
    }


@pytest.mark.parametrize(
    ("rows", "code", "found"),
    [
        pytest.param("430981,430902,2027-01-01", "430903", "430903", id="another county"),
        pytest.param("430981,430902,2027-01-01", "430981000000", "430902", id="padded"),
        pytest.param("430981,430902,2027-01-01", "430981006", "430902", id="a number another town has there"),
        pytest.param("430981,430902,2027-01-01", "430981999", "430981999", id="no town: left to be refused"),
        pytest.param("430981,430902,2027-01-01", "4309810", "4309810", id="no code: left to be refused"),
        pytest.param(
            "439981,430902,2027-01-01", "439981006", "430902006", id="the tree knows the new one alone"
        ),
        pytest.param("439981,430902,2027-01-01", "439981006999", "430902006", id="as far down as it knows"),
        pytest.param("439981,430902,2027-01-01", "439981999", "430902", id="no further than the county"),
        pytest.param(
            "430981,430902,2027-01-01\n430981006,430902005,2027-01-01",
            "430981006",
            "430902005",
            id="town first",
        ),
        pytest.param("430981,430902,2027-01-01\n430902,430903,2027-01-01", "430981", "430903", id="a chain"),
        pytest.param(
            "430981,430902,2027-01-01\n430902,430903,2027-01-02", "430981", "430902", id="half a chain"
        ),
        pytest.param(
            "430981,430902,2027-01-02\n430902,430903,2026-01-01", "430902", "430903", id="its second half"
        ),
    ],
)
def test_a_code_is_followed_to_its_end(rows: str, code: str, found: str) -> None:
    assert of_text(HEAD + rows).code(code, DAY) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("old,new\n", "line 1 must be old,new,from", id="heading"),
        pytest.param(HEAD + "430981,430902\n", "line 2: must have three columns", id="columns"),
        pytest.param(HEAD + "430981,430902100,2027-01-01\n", "as many the one as the other", id="widths"),
        pytest.param(HEAD + "4309,4310,2027-01-01\n", "6, 9 or 12 digits", id="cities"),
        pytest.param(HEAD + "430981,439999,2027-01-01\n", "no division", id="unknown"),
        pytest.param(HEAD + "430981,430902,soon\n", "'soon' is no day", id="day"),
        pytest.param(MERGED + "430981,430903,2028-01-01\n", "line 3: 430981 has a row before", id="twice"),
        pytest.param(HEAD + "430981,430981,2027-01-01\n", "430981 comes back to itself", id="itself"),
        pytest.param(
            MERGED + "430902,430981,2028-01-01\n", "430902 comes back to itself", id="there and back"
        ),
        pytest.param(
            MERGED + "430902005,430981006,2028-01-01\n", "comes back to itself", id="back by a town"
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(SettingsInvalidError, match=says):
        of_text(text)


def test_all_that_is_wrong_is_told_at_once_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(HEAD + "430981\n430982,430981,never\n")
    with pytest.raises(SettingsInvalidError, match=r"codes\.csv: line 2: .*; line 3: "):
        load(path)
    with pytest.raises(SettingsInvalidError, match="cannot be read"):
        load(tmp_path / "nowhere.csv")


def test_no_file_changes_nothing() -> None:
    tree = a_tree()
    assert load(None) is NONE
    assert load(None).renewed(tree) is tree


def test_a_centre_learns_whose_matters_it_finishes() -> None:
    codes = of_text(MERGED + "430902,430903,2028-01-01\n430922100,430903001,2027-01-01\n")
    assert codes.counties_before("430903") == ["430902", "430981"]
    assert codes.counties_before("430981") == []
