"""What a resident is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from services.intake.rules.progress import NEXT, Language, language_of, progress
from shared import catalogue
from shared.matter import State

BODIES = catalogue.load().file.bodies


@dataclass(frozen=True)
class Known:
    """A status as the ledger gives it."""

    state: str | None = None
    tier: str | None = None
    desk_division: str | None = None
    desk_body: str | None = None
    due_at: datetime | None = None
    received_at: datetime | None = None
    joined: bool = False


AT_WORK = Known("in_progress", "town", "430981006", "town_centre", datetime(2026, 3, 3, 9, 30, tzinfo=UTC))


def test_every_state_of_a_matter_has_its_words() -> None:
    assert NEXT.keys() == {None, *State}


def test_a_matter_at_work_names_desk_step_and_deadline_in_chinese() -> None:
    said = progress("0", AT_WORK, BODIES, "zh")
    assert said["tier_name"] == "乡镇（街道）"
    assert said["sentence"] == "正在办理。承办：琼湖街道乡镇(街道)综治中心。时限：2026-03-03 17:30。"


def test_a_matter_at_work_names_desk_step_and_deadline_in_english() -> None:
    said = progress("0", AT_WORK, BODIES, "en")
    assert said["sentence"].endswith("To be done before 2026-03-03 17:30.")
    assert said["due_at"] == "2026-03-03T17:30:00+08:00"


def test_a_report_that_is_being_sorted_has_no_desk_yet() -> None:
    said = progress("0", Known(), BODIES, "zh")
    assert (said["state"], said["desk"], said["due_at"]) == ("received", None, None)
    assert said["sentence"] == "已收到，正在分办。"


def test_an_unknown_body_or_place_is_no_crash() -> None:
    said = progress("0", Known("routed", "county", "999999", "nobody"), BODIES, "zh")
    assert said["desk"] == "nobody"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        pytest.param("", "zh", id="nothing said"),
        pytest.param("en", "en", id="english"),
        pytest.param("en-GB,en;q=0.9", "en", id="a kind of english"),
        pytest.param("zh-CN,zh;q=0.9,en;q=0.8", "zh", id="chinese first"),
        pytest.param("zh;q=0.5,en;q=0.8", "en", id="english weighs more"),
        pytest.param("fr", "zh", id="another language"),
        pytest.param("en;q=x", "zh", id="a broken weight"),
    ],
)
def test_chinese_is_spoken_unless_english_is_wanted_more(accepted: str, language: Language) -> None:
    assert language_of(accepted) == language
