"""One matter or two: taken in, asked about, heard again, counted by people, taken out as if it had never come."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.escalation.rules.life import Who
from services.escalation.rules.matter import Life
from shared.events import (
    Band,
    DangerAsked,
    FastEnded,
    FastRaised,
    MatterAlike,
    MatterCategorised,
    MatterGraded,
    MatterJoined,
    MatterKeptApart,
    MatterOpened,
    MatterSplit,
)
from shared.matter import Grade, State, Visit, key_of
from shared.reasons import Reason
from tests.builders import COUNTY, MONDAY, POLICY, VILLAGE, an_apart
from tests.unit.escalation.lane import BULB, HOUR, K, Lane, kinds, one

ASKED = f"{COUNTY}-r1"


def closed(**report: Any) -> Lane:
    lane = Lane(**BULB, **report)
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT, K.CLOSE)
    return lane


def voiced(voice: str, report_id: str = "r2", **facts: Any) -> Lane:
    """A matter that one more has reported, known by that voice."""
    lane = Lane(**BULB)
    lane.matched(report_id, voice=voice, **facts)
    return lane


def test_what_is_only_alike_stays_apart_and_a_person_is_asked_with_both_texts() -> None:
    lane = Lane(**BULB)
    opened, asked = lane.matched("r1", band=Band.ASK, title="灯坏", text="还是那盏灯")
    assert isinstance(opened, MatterOpened)
    assert isinstance(asked, MatterAlike)
    assert (asked.matter_id, asked.other, asked.score) == (ASKED, lane.matter_id, 0.9)
    assert (asked.title, asked.text) == ("t", "t")
    assert (asked.other_title, asked.other_text) == (lane.matter.sheet.title, lane.matter.sheet.text)
    assert (len(lane.matter.parts), len(lane.life(ASKED).parts)) == (1, 1)


def test_kept_apart_the_question_is_answered_once() -> None:
    lane = Lane(**BULB)
    other = lane.asked()
    (answer,) = lane.act(K.KEEP_APART, outcome="另一盏灯")
    assert isinstance(answer, MatterKeptApart)
    assert (answer.other, answer.note, lane.matter.asked) == (other, "另一盏灯", None)
    assert one(lane.act(K.KEEP_APART)).reason is Reason.NOT_ASKED


def test_joined_by_a_person_the_question_is_answered_too() -> None:
    lane = Lane(**BULB)
    other = lane.asked()
    _, joined = lane.act(K.JOIN, into=other)
    assert isinstance(joined, MatterJoined)
    assert (lane.position.state, lane.matter.asked, lane.life(other).parts[1].report_id) == (
        State.MERGED,
        None,
        "r1",
    )


@pytest.mark.parametrize(
    "report",
    [
        pytest.param({"about_body": f"{VILLAGE}:village_committee"}, id="a complaint about a body"),
        pytest.param({"category": "tip.gang"}, id="what is confidential"),
    ],
)
@pytest.mark.parametrize("band", [Band.JOIN, Band.ASK], ids=str)
def test_what_others_may_not_read_is_neither_joined_nor_asked_about(
    band: Band, report: dict[str, Any]
) -> None:
    lane = Lane(**BULB)
    events = lane.matched("r1", band=band, **report)
    assert isinstance(events[0], MatterOpened)
    assert not any(isinstance(event, MatterAlike | MatterJoined) for event in events)
    assert len(lane.matter.parts) == 1


def test_nobody_is_asked_about_what_is_over() -> None:
    lane = closed()
    assert kinds(lane.matched("r1", band=Band.ASK)) == ["matter.opened"]


def test_who_comes_back_about_what_is_closed_opens_a_repeat_and_others_follow_there() -> None:
    lane = Lane(**BULB)
    lane.matched("r2", voice="she")
    lane.go(K.ACCEPT, K.RESOLVE)
    lane.go(K.VISIT, K.VISIT, K.CLOSE)
    (again,) = lane.matched("r3", voice="she")
    assert isinstance(again, MatterOpened)
    assert (again.repeat_of, again.voice) == (lane.matter_id, "she")
    (joined,) = lane.matched("r4", voice="he")
    assert isinstance(joined, MatterJoined)
    assert joined.matter_id == again.matter_id


def test_somebody_else_about_what_is_closed_just_now_joins_it() -> None:
    lane = closed()
    assert kinds(lane.matched("r2", voice="he")) == ["matter.joined"]


def test_reopened_a_matter_takes_in_reports_itself_again() -> None:
    lane = closed()
    lane.matched("r2", danger_now=True)
    lane.act(K.REOPEN)
    (joined,) = lane.matched("r3")
    assert (joined.matter_id, kinds([joined])) == (lane.matter_id, ["matter.joined"])


EARLIER = {
    "still open": (Lane, None),
    "closed": (closed, f"{COUNTY}-first"),
    "so long ago that nobody knows": (None, f"{COUNTY}-gone"),
}


@pytest.mark.parametrize("case", EARLIER)
def test_a_resident_repeats_themselves_only_about_what_was_closed(case: str) -> None:
    make, repeated = EARLIER[case]
    lane = make() if make else Lane(**BULB)
    report = lane.matter.parts[0].report_id if make else "gone"
    event = lane.found(score=0.0, reason=Reason.SAME_RESIDENT, band=Band.APART, like=None, earlier=report)
    (opened,) = lane.say(event)
    assert isinstance(opened, MatterOpened)
    assert opened.repeat_of == (repeated and repeated.replace("first", report))


def test_a_report_goes_where_the_one_it_is_like_is_by_now() -> None:
    lane = Lane(**BULB)
    first = lane.matter.parts[0].report_id
    lane.matched("r2")
    lane.act(K.SPLIT, taken_out="r2")
    apart = f"{COUNTY}-r2"
    event = lane.found("r3", like="r2")
    (joined,) = lane.say(event)
    assert joined.matter_id == apart
    (joined,) = lane.say(replace(event, report_id="r4", like=first))
    assert joined.matter_id == lane.matter_id
    lane.act(K.JOIN, into=apart)
    (joined,) = lane.say(replace(event, report_id="r5", like=first))
    assert joined.matter_id == apart


assert POLICY.file.grading.voices is not None
BIG, HARD = POLICY.file.grading.voices.big, POLICY.file.grading.voices.hard


@pytest.mark.parametrize(
    ("voices", "grade"),
    [
        pytest.param(BIG - 1, Grade.SMALL, id="one fewer is small"),
        pytest.param(BIG, Grade.BIG, id="the figure itself is big"),
        pytest.param(HARD - 1, Grade.BIG, id="one fewer is big"),
        pytest.param(HARD, Grade.HARD, id="the figure itself is hard"),
    ],
)
def test_many_people_are_not_small(voices: int, grade: Grade) -> None:
    lane = Lane(**BULB)
    before = lane.position
    graded = []
    for nth in range(1, voices):
        events = lane.matched(f"r{nth}", voice=f"v{nth}")
        graded += [event.grade for event in events if isinstance(event, MatterGraded)]
    assert lane.matter.grade is grade
    assert graded == list(Grade)[1 : list(Grade).index(grade) + 1]
    assert lane.position == before


def test_several_reports_of_one_person_are_one_voice() -> None:
    lane = Lane(**BULB)
    for nth in range(HARD):
        (joined,) = lane.matched(f"r{nth}", voice="she")
        assert joined.voices == 2
    assert lane.matter.grade is Grade.SMALL


def test_everyone_who_reported_it_is_visited_and_it_is_not_closed_before() -> None:
    lane = voiced("he")
    lane.matched("r3", voice="he")
    first = lane.matter.parts[0].report_id
    lane.go(K.ACCEPT)
    (resolved,) = lane.act(K.RESOLVE)
    assert resolved.to_visit == (first, "r2")
    yes = Visit(reached=True, resolved=True, satisfied=True)
    assert one(lane.act(K.VISIT, report_id=None)).reason is Reason.FIELD_MISSING
    (visited,) = lane.act(K.VISIT, report_id="r3", visit=yes)
    assert (visited.to_visit, lane.position.state) == ((first,), State.RESOLVED)
    assert one(lane.act(K.VISIT, report_id="r2", visit=yes)).reason is Reason.ALREADY_DONE
    lane.act(K.VISIT, report_id=None, visit=yes)
    assert lane.position.state is State.VISITED
    lane.matched("r4", voice="she")
    assert one(lane.act(K.CLOSE)).reason is Reason.VISIT_MISSING
    lane.go(K.VISIT, K.CLOSE)
    assert lane.matter.ended is not None


def test_the_second_who_is_asked_may_be_the_one_who_is_dissatisfied() -> None:
    lane = voiced("he")
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT)
    lane.act(K.VISIT, report_id="r2", visit=Visit(reached=True, resolved=False))
    assert (lane.position.state, lane.matter.reopened) == (State.ROUTED, True)
    lane.go(K.ACCEPT)
    (resolved,) = lane.act(K.RESOLVE)
    assert len(resolved.to_visit) == 2


def test_who_took_the_report_back_is_not_visited() -> None:
    lane = voiced("he")
    lane.act(K.WITHDRAW, report_id="r2")
    lane.go(K.ACCEPT, K.RESOLVE, K.VISIT)
    assert lane.position.state is State.VISITED


def test_words_of_danger_ask_and_a_person_raises() -> None:
    lane = Lane(**BULB)
    danger = replace(an_apart(**BULB), danger=("有人受困",))
    event = lane.found(apart=danger)
    _, asked = lane.say(event)
    assert isinstance(asked, DangerAsked)
    assert (asked.report_id, asked.words, lane.matter.fast) == ("r2", ("有人受困",), None)
    (raised,) = lane.act(K.ALARM)
    assert isinstance(raised, FastRaised)
    assert (raised.reason, raised.by) == (Reason.BY_ACTION, lane.key(Who.DESK))
    assert kinds(lane.say(replace(event, report_id="r3"))) == ["matter.joined"]


def test_a_person_says_what_it_is_about_and_it_goes_to_that_desk_with_the_time_it_had() -> None:
    lane = Lane(**BULB)
    limit = lane.limit
    (event,) = lane.act(K.CATEGORISE, category="environment.noise")
    assert isinstance(event, MatterCategorised)
    assert (event.from_category, event.sheet.category) == (BULB["category"], "environment.noise")
    assert event.position.offered is not None
    assert key_of(event.position.offered).startswith(VILLAGE)
    assert lane.limit == limit


def test_what_may_not_stay_so_low_goes_up_when_it_is_categorised() -> None:
    lane = Lane(**BULB)
    lane.act(K.CATEGORISE, category="village.accounts")
    floor = POLICY.file.categories["village.accounts"].never_below
    assert lane.position.tier is floor
    assert lane.matter.entry is floor


def test_an_emergency_found_by_a_person_is_one() -> None:
    lane = Lane(**BULB)
    assert "fast.raised" in kinds(lane.act(K.CATEGORISE, category="emergency.fire"))


def bare(life: Life) -> Life:
    """Without what the telling itself changes: numbers, instants and the chain."""
    return replace(life, number=0, previous="", at=MONDAY)


reports = st.lists(
    st.fixed_dictionaries(
        {"voice": st.sampled_from(["", "a", "b", "c", "d", "e", "f"]), "danger_now": st.booleans()}
    ),
    min_size=1,
    max_size=8,
)


@given(reports=reports, data=st.data())
def test_taken_out_again_both_are_as_if_it_had_never_joined(
    reports: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whoever came before or after; what is said once, as that help is on its way, is taken back by saying so."""
    out = data.draw(st.integers(0, len(reports) - 1))
    lane, without = Lane(**BULB), Lane(**BULB)
    for nth, report in enumerate(reports):
        lane.matched(f"r{nth}", **report)
        if nth != out:
            without.matched(f"r{nth}", **report)
    events = lane.act(K.SPLIT, taken_out=f"r{out}")
    assert isinstance(events[0], MatterSplit)
    mine, other = bare(lane.matter), bare(without.matter)
    assert replace(mine, fast=None) == replace(other, fast=None)
    assert (mine.fast is None) is (other.fast is None)
    ended = [event for event in events if isinstance(event, FastEnded)]
    assert bool(ended) is (reports[out]["danger_now"] and mine.fast is None)
    alone = Lane(**BULB)
    alone.matter_id = f"{COUNTY}-r{out}"
    single = lane.found(
        f"r{out}",
        matter_id="none",
        score=0.0,
        reason=Reason.SAME_RESIDENT,
        apart=an_apart(
            division=lane.matter.sheet.division,
            category=lane.matter.sheet.category,
            danger_now=reports[out]["danger_now"],
        ),
        band=Band.APART,
        like=None,
        voice=reports[out]["voice"],
    )
    alone.say(single)
    assert bare(lane.life(f"{COUNTY}-r{out}")) == bare(alone.matter)


def test_a_matter_parted_again_keeps_the_grade_its_own_people_give_it() -> None:
    lane = Lane(**BULB)
    for nth in range(BIG - 1):
        lane.matched(f"m{nth}", voice=f"v{nth}")
    other = lane.report(source_id="2", **BULB | {"division": "430981006003"})
    assert lane.matter.grade is Grade.BIG
    first, lane.matter_id = lane.matter_id, other
    lane.tick(MONDAY + HOUR)
    lane.act(K.JOIN, into=first)
    lane.matter_id = first
    lane.act(K.SPLIT, taken_out=lane.life(other).parts[0].report_id)
    assert (lane.matter.grade, lane.life(other).grade) == (Grade.BIG, Grade.SMALL)
