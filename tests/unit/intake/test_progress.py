"""What a resident is told, and what is nobody's business but others'."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.escalation.rules.life import TABLE, Who
from services.intake.rules.asking import NEEDS
from services.intake.rules.history import STEPS, Language
from services.intake.rules.progress import (
    AWAITED,
    COLOURS,
    MEETINGS,
    NEXT,
    OVERDUE,
    REFUSED,
    language_of,
    progress,
)
from shared import catalogue, events, wire
from shared.divisions import Tier
from shared.events import ActionRefused, MatterEvent, MatterOpened
from shared.matter import ActionKind, Awaits, Deadline, Desk, Position, SessionKind, State
from shared.reasons import Reason
from shared.standing import Colour, Overdue
from tests import journal
from tests.builders import BEIJING, a_deadline
from tests.every_event import EVERY, SECRET, SESSION, an_event

POLICY = catalogue.load().file
DUE = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class Known:
    """What the ledger knows, as it gives it."""

    history: tuple[MatterEvent, ...] = ()
    earlier: tuple[MatterEvent, ...] = ()
    refusals: tuple[ActionRefused, ...] = ()
    joined: bool = False
    gone: bool = False
    confidential: bool = False
    about_body: str | None = None
    matter_id: str | None = None
    report_id: str = "r0"
    county: str = "430981"
    received_at: datetime = journal.START

    @property
    def position(self) -> Position | None:
        return self.history[-1].position if self.history else None


def a_due(**changes: Any) -> Deadline:
    facts = {
        "yellow": DUE - 2 * HOUR,
        "red": DUE - HOUR,
        "why": "due then: one day from then",
        "why_zh": "到期：自此起1日",
    }
    return a_deadline(DUE, **(facts | changes))


def at_work(*more: MatterEvent, due: Deadline | None = None, **changes: Any) -> Known:
    """In progress at the town's centre, and after that whatever happens, at the same place unless it says another."""
    facts: dict[str, Any] = {
        "state": State.IN_PROGRESS,
        "tier": Tier.TOWN,
        "desk": Desk(division="430981006", body="town_centre", role="x"),
        "due": due or a_due(),
        "promised": DUE,
    }
    position = Position(**(facts | changes))
    opened = replace(journal.a_life()[0], position=position)
    assert isinstance(opened, MatterOpened)
    return Known((opened, *(replace(event, position=position) for event in more)), matter_id="430981-r0")


AT_WORK = at_work()
NOW = DUE - 3 * HOUR


def told(status: Known, language: Language = "en", now: datetime | None = NOW) -> dict[str, Any]:
    return progress("0", status, POLICY, language, now)


def by_resident(kind: type[MatterEvent], report_id: str = "r0", **changes: Any) -> MatterEvent:
    return an_event(kind, by="resident", action_id=f"{report_id}/1", report_id=report_id, **changes)


def sentences(status: Known, language: Language = "en") -> list[str]:
    return [step["sentence"] for step in told(status, language)["steps"]]


def test_there_are_words_for_all_a_matter_can_be() -> None:
    assert NEXT.keys() == {None, *State}
    assert set(AWAITED) == set(Awaits)
    assert set(COLOURS) == set(Colour)
    assert set(OVERDUE) == set(Overdue)
    assert set(MEETINGS) == set(SessionKind)
    assert set(STEPS) == set(events.MATTER_EVENTS)


def test_there_are_words_for_every_refusal_a_resident_can_meet() -> None:
    reasons = {reason for kind in NEEDS for reason in TABLE[kind].others}
    assert reasons | {Reason.REPORT_NOT_OF_MATTER, Reason.STATE_WRONG} == set(REFUSED)


@pytest.mark.parametrize("kind", ActionKind)
def test_a_resident_may_do_what_the_life_of_a_matter_lets_residents_do(kind: ActionKind) -> None:
    assert (kind in NEEDS) == (Who.RESIDENT in TABLE[kind].who)
    assert NEEDS.get(kind, TABLE[kind].needs) == TABLE[kind].needs


def test_a_matter_at_work_names_desk_step_deadline_and_whom_it_awaits_in_chinese() -> None:
    assert told(AT_WORK, "zh")["tier_name"] == "乡镇（街道）"
    assert told(AT_WORK, "zh")["sentence"] == (
        "正在办理。承办：琼湖街道乡镇(街道)综治中心。时限：2026-03-03 17:30（蓝），等待承办单位。"
    )


def test_a_matter_at_work_names_desk_step_deadline_and_whom_it_awaits_in_english() -> None:
    said = told(AT_WORK)
    assert said["sentence"].startswith("Your report: being worked on. Desk: ")
    assert said["sentence"].endswith("To be done before 2026-03-03 17:30 (blue), by the desk.")
    assert said["due_at"] == said["promised_at"] == "2026-03-03T17:30:00+08:00"


def test_it_says_why_the_deadline_is_when_it_is() -> None:
    assert told(AT_WORK)["why"] == "due then: one day from then"
    assert told(AT_WORK, "zh")["why"] == "到期：自此起1日"


@pytest.mark.parametrize(
    ("now", "colour"),
    [
        pytest.param(DUE - 2 * HOUR - TICK, "blue", id="before yellow"),
        pytest.param(DUE - 2 * HOUR, "yellow", id="yellow"),
        pytest.param(DUE - HOUR - TICK, "yellow", id="before red"),
        pytest.param(DUE - HOUR, "red", id="red"),
    ],
)
def test_its_colour_is_that_of_the_instant(now: datetime, colour: str) -> None:
    assert told(AT_WORK, now=now)["colour"] == colour


@pytest.mark.parametrize(
    ("due", "now", "late"),
    [
        pytest.param(a_due(), DUE - TICK, None, id="in time"),
        pytest.param(a_due(), DUE, "desk", id="the instant itself"),
        pytest.param(a_due(awaits=Awaits.RESIDENT), DUE, "resident", id="waits for the resident"),
        pytest.param(replace(a_due(extended=True), at=DUE + HOUR), DUE, "extension", id="extended"),
    ],
)
def test_it_says_on_whose_account_a_matter_is_late(due: Deadline, now: datetime, late: str | None) -> None:
    said = told(at_work(due=due), now=now)
    assert said["overdue"] == late
    assert ("first promised" in said["sentence"]) == (late is not None)


def test_where_time_is_driven_it_is_told_as_of_the_last_event() -> None:
    assert told(AT_WORK, now=None)["overdue"] is None


@pytest.mark.parametrize("kind", [events.MatterReturned, events.MatterRedispatched, events.MatterTransferred])
def test_a_matter_that_was_passed_on_says_that_its_time_was_not_started_anew(kind: type[MatterEvent]) -> None:
    assert "did not start the time anew" in told(at_work(an_event(kind)))["sentence"]
    after = at_work(an_event(kind), an_event(events.MatterEscalated))
    assert told(after)["not_started_anew"] is None


def test_a_report_that_is_being_sorted_has_no_desk_yet() -> None:
    said = told(Known(), "zh")
    assert (said["state"], said["desk"], said["due_at"]) == ("received", None, None)
    assert said["sentence"] == "已收到，正在分办。"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", State)
def test_every_state_has_its_sentence_in_both_languages(state: State, language: Language) -> None:
    said = told(at_work(state=state), language)
    assert said["state"] == state
    assert NEXT[state][language] in said["sentence"]


@pytest.mark.parametrize(
    "hidden", [{"about_body": "430981006"}, {"confidential": True}], ids=["complaint", "tip"]
)
def test_of_a_complaint_the_desk_is_named_by_its_tier_only(hidden: dict[str, Any]) -> None:
    known = Known(AT_WORK.history, **hidden)
    assert told(known)["desk"] == "a desk of the town or street"
    assert told(known, "zh")["desk"] == "乡镇（街道）一级的承办单位"
    assert "430981006" not in json.dumps(told(known))
    assert told(known)["due_at"] == told(AT_WORK)["due_at"]


def test_an_unknown_body_or_place_is_no_crash() -> None:
    assert told(at_work(desk=Desk(division="999999", body="nobody", role="x")))["desk"] == "nobody"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", [pytest.param(each, id=wire.kind_of(each)) for each in EVERY])
def test_no_step_tells_free_text_ids_or_desks(event: MatterEvent, language: Language) -> None:
    said = json.dumps(told(at_work(event), language), ensure_ascii=False)
    for other in (SECRET, "r9", "331122", "village_committee", "a1", "{"):
        assert other not in said.replace('{"', "")


@pytest.mark.parametrize("kind", [events.MatterCommented, events.MatterRated, events.MatterWithdrawn])
def test_what_another_resident_did_is_not_told(kind: type[MatterEvent]) -> None:
    assert len(sentences(at_work(by_resident(kind, "r1")))) == 1
    assert len(sentences(at_work(by_resident(kind)))) == 2
    assert told(at_work(by_resident(kind, "r1")))["actions"] == []


def test_what_the_resident_did_is_told_to_them_alone_as_theirs() -> None:
    rose = {"reason": Reason.BY_RESIDENT}
    assert sentences(at_work(by_resident(events.MatterEscalated, **rose)))[-1].endswith("as you asked")
    assert sentences(at_work(by_resident(events.MatterEscalated, "r1", **rose)))[-1].endswith(
        "as a resident asked"
    )


def test_a_desk_cannot_pass_for_the_resident() -> None:
    assert told(at_work(an_event(events.MatterCommented, action_id="r0/1")))["actions"] == []


def test_the_last_ten_steps_are_told_in_order() -> None:
    started = [an_event(events.MatterStarted)] * 10
    assert sentences(at_work(an_event(events.MatterAccepted), *started)) == ["work on it began"] * 10


def booked(session_id: str, **changes: Any) -> MatterEvent:
    return an_event(events.SessionBooked, session_id=session_id, **changes)


def test_sessions_are_told_until_they_were_held_or_missed() -> None:
    held = an_event(events.SessionHeld, session_id="s2")
    missed = an_event(events.SessionMissed, session_id="s3")
    said = told(at_work(booked("s1"), booked("s2"), booked("s3"), held, missed))["sessions"]
    assert said == [
        {
            "kind": "mediation",
            "kind_name": "mediation",
            "venue": "reasoning tea room",
            "at": SESSION.at.astimezone(BEIJING).isoformat(),
        }
    ]


def test_another_residents_session_is_not_told() -> None:
    other = booked("r1/1", by="resident", action_id="r1/1")
    held = an_event(events.SessionHeld, session_id="r1/1")
    known = at_work(other, held)
    assert told(at_work(other))["sessions"] == []
    assert len(sentences(known)) == 1
    own = booked("r0/1", by="resident", action_id="r0/1")
    assert len(told(at_work(own))["sessions"]) == 1


def a_refusal(reason: Reason, action_id: str = "r0/a7", by: str = "resident") -> ActionRefused:
    refusal = journal.a_refusal("430981-r0")
    return replace(refusal, action_id=action_id, by=by, reason=reason, kind=ActionKind.ESCALATE)


def test_own_actions_are_told_done_or_refused_with_the_reason() -> None:
    done = by_resident(events.MatterCommented, at=journal.START)
    known = at_work(done)
    known = Known(known.history, refusals=(a_refusal(Reason.AT_THE_TOP),), matter_id="430981-r0")
    first, second = told(known)["actions"]
    assert (first["action_id"], first["done"], first["sentence"]) == ("1", True, "you left a word")
    assert (second["action_id"], second["done"], second["reason"]) == ("a7", False, "at_the_top")
    assert second["sentence"] == "it is at the highest tier already"


def test_own_actions_on_a_matter_that_was_merged_are_told_still() -> None:
    known = Known(AT_WORK.history, earlier=(by_resident(events.MatterCommented),))
    assert [action["sentence"] for action in told(known)["actions"]] == ["you left a word"]
    assert len(told(known)["steps"]) == 1


def test_refusals_of_others_are_not_told() -> None:
    others = (a_refusal(Reason.DESK_WRONG, "r1/a"), a_refusal(Reason.DESK_WRONG, by="430981:police"))
    assert told(Known(AT_WORK.history, refusals=others))["actions"] == []


def test_a_reason_without_words_of_its_own_is_told_all_the_same() -> None:
    known = Known(AT_WORK.history, refusals=(a_refusal(Reason.FIELD_MISSING),))
    assert told(known)["actions"][0]["sentence"] == "that cannot be done"


def test_who_took_the_report_back_is_told_nothing_of_what_became_of_the_others() -> None:
    took = by_resident(events.MatterWithdrawn, remaining=1)
    known = Known(at_work(took, an_event(events.MatterResolved)).history, gone=True, matter_id="430981-r0")
    said = told(known)
    assert (said["state"], said["tier"], said["desk"], said["due_at"]) == ("withdrawn", None, None, None)
    assert said["steps"] == []
    assert [action["sentence"] for action in said["actions"]] == ["you took your report back"]


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
