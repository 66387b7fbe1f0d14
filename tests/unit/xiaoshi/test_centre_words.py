"""What the centre reads of each event, in both languages."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared import wire
from shared.events import (
    DangerAsked,
    MatterAccepted,
    MatterAlike,
    MatterCategorised,
    MatterCommented,
    MatterOpened,
    MatterResolved,
    MatterVisited,
)
from shared.matter import State
from shared.standing import colour
from tests.builders import a_deadline
from tests.centre_contract import COUNTY, LIFE
from tests.every_event import EVERY, an_event
from tests.journal import START, a_position, a_refusal
from xiaoshi import centre_words
from xiaoshi.centre import Event
from xiaoshi.commands.centre import line

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def heard(value: bytes) -> Event:
    body = msgspec.json.decode(value)
    return Event("id", body["type"], body["matter_id"], body.get("number", 0), body, 0, 0)


def told_of(event: Any) -> str:
    return " ".join(line(heard(wire.encode(event))).split())


def test_a_line_says_who_did_what_what_is_next_by_when_its_colour_and_whom_it_awaits() -> None:
    assert told_of(LIFE[2]) == (
        "2026-03-02 16:00 430981-r0 #3 accepted 受理 by x village 村 331122100201:village_committee "
        "next accept 受理 before 2026-03-03 16:00 blue 蓝 awaits the desk 承办单位"
    )


def test_a_line_of_a_new_matter_says_its_title_and_whose_turn_it_is_to_take_it() -> None:
    told = told_of(LIFE[0])
    assert "by a report 上报" in told
    assert "offered to 331122100201:village_committee: accept or return 请受理或退单" in told
    assert told.endswith("路灯不亮")


def test_who_has_been_told_to_take_it_is_not_told_at_every_event() -> None:
    assert "accept or return" not in told_of(LIFE[1])


def test_a_matter_sent_on_is_offered_to_the_desk_it_was_sent_to() -> None:
    position = msgspec.structs.replace(a_position(State.ROUTED, START), offered=LIFE[0].position.desk)
    assert "offered to 331122100201:village_committee" in told_of(an_event(MatterAccepted, position=position))


def test_what_is_offered_to_the_desk_that_reads_is_offered_to_you() -> None:
    event = heard(wire.encode(LIFE[0]))
    assert "offered to you: accept or return" in line(event, own="331122100201:village_committee")
    assert "offered to you" not in line(event, own="331122100201:police_assistant")


def test_a_line_of_a_refusal_says_whose_action_and_why() -> None:
    refusal = a_refusal("430981-r0", county=COUNTY)
    printed = told_of(refusal)
    assert "refused 不予受理 close by 331122100201:village_committee: state_wrong" in printed
    assert "当前状态不可" in printed
    assert "by the resident 居民" in told_of(msgspec.structs.replace(refusal, by="resident"))


@pytest.mark.parametrize("event", [pytest.param(each, id=wire.kind_of(each)) for each in EVERY])
def test_every_kind_of_event_has_a_line_in_both_languages(event: Any) -> None:
    printed = told_of(event)
    assert centre_words.HAPPENED[wire.kind_of(event)] in printed
    assert event.matter_id in printed
    assert "next accept 受理" in printed
    assert "\n" not in printed


@pytest.mark.parametrize("kind", centre_words.LOUD)
def test_what_must_not_be_missed_stands_first(kind: str) -> None:
    (event,) = (each for each in EVERY if wire.kind_of(each) == kind)
    assert told_of(event).startswith(centre_words.LOUD[kind])


@pytest.mark.parametrize("now", [-TICK, timedelta(0)], ids=["a microsecond before", "the instant itself"])
@pytest.mark.parametrize("turn", ["yellow", "red", "at"])
def test_its_colours_are_those_of_the_bus(turn: str, now: timedelta) -> None:
    due = a_deadline(START + 3 * HOUR, yellow=START + HOUR, red=START + 2 * HOUR)
    at = getattr(due, turn) + now
    assert centre_words.colour(msgspec.to_builtins(due), at.isoformat()) == colour(due, at)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        pytest.param(
            an_event(MatterResolved, to_visit=("r1", "r8")),
            "still to visit 尚待回访 r1, r8",
            id="whom to visit",
        ),
        pytest.param(
            an_event(MatterOpened, danger=("着火", "浓烟")),
            "words of danger 险情用语 着火, 浓烟",
            id="words of danger",
        ),
    ],
)
def test_a_line_says_whom_still_to_visit_and_what_speaks_of_danger(event: Any, told: str) -> None:
    assert told in told_of(event)


@pytest.mark.parametrize(
    ("event", "label"),
    [
        pytest.param(an_event(MatterResolved, to_visit=()), "尚待回访", id="nobody is left"),
        pytest.param(an_event(MatterOpened, danger=()), "险情用语", id="no word speaks of danger"),
    ],
)
def test_a_line_is_silent_where_there_is_neither(event: Any, label: str) -> None:
    assert label not in told_of(event)


def test_what_a_resident_wrote_does_not_move_the_cursor() -> None:
    event = an_event(MatterCommented, text="\x1b[2J\nnext")
    assert "\x1b" not in line(heard(wire.encode(event)))
    assert "\n" not in line(heard(wire.encode(event)))


def test_a_category_set_by_a_person_is_told_with_the_one_before() -> None:
    told = told_of(an_event(MatterCategorised))
    assert "category 类别 service.lighting" in told
    assert "category was 原类别 other.unclear" in told


@pytest.mark.parametrize(
    ("state", "is_offered"),
    [
        pytest.param(State.ROUTED, True, id="another desk is to take it"),
        pytest.param(State.IN_PROGRESS, False, id="whoever works on it goes on"),
    ],
)
def test_what_was_categorised_is_offered_only_where_a_desk_has_to_take_it(
    state: State, is_offered: bool
) -> None:
    position = a_position(state, START)
    told = told_of(an_event(MatterCategorised, position=position))
    assert ("accept or return" in told) is is_offered


def test_who_is_still_to_be_asked_is_named_by_their_reports() -> None:
    assert "still to visit 尚待回访 r2, r5" in told_of(an_event(MatterVisited, to_visit=("r2", "r5")))


def test_a_person_who_is_asked_reads_both_texts_and_how_alike_they_are() -> None:
    told = told_of(an_event(MatterAlike, score=0.41, text="甲处的灯", other_text="乙处的灯"))
    assert all(words in told for words in ("甲处的灯", "乙处的灯", "alike 相似度 0.41", "similarity 0.7"))


def test_words_of_danger_are_told_first_of_all() -> None:
    told = told_of(an_event(DangerAsked))
    assert told.startswith("! DANGER?")
    assert "有人受困" in told
