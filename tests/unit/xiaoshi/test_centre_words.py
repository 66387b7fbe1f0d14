"""What the centre reads of each event, in both languages."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared import wire
from shared.events import MatterAccepted, MatterCommented
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


def test_what_a_resident_wrote_does_not_move_the_cursor() -> None:
    event = an_event(MatterCommented, text="\x1b[2J\nnext")
    assert "\x1b" not in line(heard(wire.encode(event)))
    assert "\n" not in line(heard(wire.encode(event)))
