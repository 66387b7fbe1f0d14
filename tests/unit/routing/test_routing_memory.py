"""What routing remembers: how often it asked, who came before, what is over; and restarts change nothing."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.routing.handlers import RoutingLogic
from shared import catalogue, topics, wire
from shared.catalogue import UNCLEAR, Policy
from shared.core import Core
from shared.events import Band, Guess, MatterOpened, ReportMatched
from shared.matter import Value
from shared.reasons import Reason
from shared.wire import Record
from tests.builders import MONDAY, POLICY, SAME_TOWN, VILLAGE, a_received, a_record, received_record
from tests.unit.escalation.lives import adopted

TEXT = catalogue.SHIPPED.read_text(encoding="utf-8")
ASKS = 2
ALL_ASKED = catalogue.of_text(
    re.sub(r"(?m)^join: .*$", f"join: {{join: 1.0, ask: 0.2, asks_a_day: {ASKS}}}", TEXT)
)
"""Nothing is so alike that it joins, and people look at two pairs a day."""
INSTANT = timedelta(microseconds=1)
LAMP = POLICY.windows["city.street_light"]
OTHER_COUNTY = "350782"
OTHER_VILLAGE = "350782001001"


class Lane:
    """Routing by itself; `log` is what would be on its changelog."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.log: dict[str, bytes | None] = {}
        self.sent = 0
        self.core = self._new()

    def _new(self) -> Core:
        logic = RoutingLogic(self.policy, {}, 0, 1)
        return Core(logic, logic.state)

    def restart(self) -> None:
        """As after kill -9, from the changelog as the broker compacts it."""
        self.core = self._new()
        for key, value in self.log.items():
            self.core.restore(key, value)

    def feed(self, record: Record) -> list[Value]:
        decision = self.core.feed(record)
        assert decision.outcome != "buried"
        for key, value in decision.puts:
            self.log.pop(key, None)
            self.log[key] = None if value is None else wire.encode(value)
        return [wire.decode(out.value) for out in decision.outs if out.topic == topics.EVENTS.name]

    def report(self, at: datetime = MONDAY, county: str = "430981", **report: Any) -> Any:
        """What the journal says of one more report; its words are those of all others unless others are given."""
        self.sent += 1
        facts = {"source_id": f"{self.sent}", "reported_at": at} | report
        (event,) = self.feed(received_record(a_received(at, county, **facts)))
        return event


def other_words(nth: int) -> dict[str, Any]:
    """About something else each time, so that nothing joins it."""
    titles = ("广场电线杆歪了", "河边护栏断裂", "楼上半夜打麻将", "小学门口乱停车", "水管漏水成河")
    texts = ("电线杆快倒", "小孩玩水危险", "吵得睡不着", "放学时过不去", "自来水流了一地")
    return {"title": titles[nth % 5], "text": texts[nth % 5]}


class Says:
    def __init__(self, *guesses: Guess) -> None:
        self._guesses = guesses

    def guess(self, title: str, text: str) -> tuple[Guess, ...]:
        return self._guesses


def opened_by(guess: Guess, **report: Any) -> MatterOpened:
    lane = Lane()
    logic = RoutingLogic(POLICY, {}, 0, 1, Says(guess))
    lane.core = Core(logic, logic.state)
    event = lane.report(**report)
    assert isinstance(event, MatterOpened)
    return event


@pytest.mark.parametrize(
    ("less", "category"),
    [
        pytest.param(0.0, "city.greening", id="the figure itself is enough"),
        pytest.param(0.0001, UNCLEAR, id="less goes to triage"),
    ],
)
def test_triage_gets_what_was_guessed_below_the_confidence(less: float, category: str) -> None:
    guess = Guess("city.greening", POLICY.file.sorting.confidence - less, ("树",))
    event = opened_by(guess, category=None)
    assert (event.sheet.category, event.guesses) == (category, (guess,))
    assert ("category_guessed" in [row.rule for row in event.because]) is (less == 0)


def test_a_category_that_was_given_is_the_matters_whatever_its_words_say() -> None:
    event = opened_by(Guess("city.greening", 1.0))
    assert (event.sheet.category, event.guesses) == ("city.street_light", ())


def test_a_village_found_in_the_words_is_where_the_matter_goes() -> None:
    event = Lane().report(division="430981", text="韩家汊社区村口第三盏路灯坏了")
    assert event.sheet.division == VILLAGE
    assert event.position.desk.division == VILLAGE


def test_words_of_danger_come_with_the_matter_and_with_a_match_and_move_nothing() -> None:
    lane, calm = Lane(), Lane()
    word = POLICY.file.danger_words[0]
    text = f"村口第三盏路灯坏了三天，{word}了，晚上走路看不清，请派人来修。"
    first, second = lane.report(text=text), lane.report(text=text)
    assert isinstance(first, MatterOpened)
    assert isinstance(second, ReportMatched)
    assert (first.danger, second.apart.danger) == ((word,), (word,))
    same = calm.report()
    assert (first.position, first.grade) == (same.position, same.grade)


# -- asked


def asked_at(lane: Lane, *times: datetime, **report: Any) -> list[Band]:
    """What becomes of two reports a time, of which the second may be about what the first is about."""
    return [getattr(much_alike(lane, at, **report), "band", Band.APART) for at in times]


def much_alike(lane: Lane, at: datetime = MONDAY, **report: Any) -> Any:
    """One more about the same lamp, in words of its own: the very same text would join whatever the policy says."""
    aside = ("老人摔了一跤", "孩子不敢出门", "电工没有来", "灯罩也碎了", "线头露在外面", "夜里漆黑一片")[
        lane.sent % 6
    ]
    return lane.report(at, text=f"{aside * (1 + lane.sent // 6)}，村口第三盏路灯不亮，请派人来修。", **report)


def test_so_many_pairs_a_day_are_asked_about_and_the_next_stays_apart() -> None:
    lane = Lane(ALL_ASKED)
    bands = asked_at(lane, *[MONDAY] * (ASKS + 3))
    assert bands == [Band.APART, *[Band.ASK] * ASKS, Band.APART, Band.APART]


def test_what_is_asked_about_names_the_matter() -> None:
    lane = Lane(ALL_ASKED)
    first, second = much_alike(lane), much_alike(lane)
    assert isinstance(second, ReportMatched)
    assert (second.band, second.matter_id) == (Band.ASK, first.matter_id)


def test_beyond_the_measure_a_report_is_a_matter_like_any_other() -> None:
    lane = Lane(ALL_ASKED)
    *_, last = [much_alike(lane) for _ in range(ASKS + 2)]
    assert isinstance(last, MatterOpened)
    assert last.reason is Reason.OPENED_NEW


MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)
"""The third of March begins in China."""


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
def test_the_measure_is_of_a_day_in_china(restarts: bool) -> None:
    lane = Lane(ALL_ASKED)
    asked_at(lane, *[MIDNIGHT - timedelta(hours=1)] * (ASKS + 1))
    if restarts:
        lane.restart()
    assert asked_at(lane, MIDNIGHT - INSTANT) == [Band.APART]
    assert asked_at(lane, *[MIDNIGHT] * (ASKS + 1)) == [*[Band.ASK] * ASKS, Band.APART]


def test_a_report_of_yesterday_that_comes_late_begins_no_new_measure() -> None:
    lane = Lane(ALL_ASKED)
    asked_at(lane, *[MIDNIGHT] * (ASKS + 1))
    assert asked_at(lane, MIDNIGHT - INSTANT, MIDNIGHT) == [Band.APART] * 2


def test_each_county_has_its_own_measure() -> None:
    lane = Lane(ALL_ASKED)
    asked_at(lane, *[MONDAY] * (ASKS + 2))
    there = {"county": OTHER_COUNTY, "division": OTHER_VILLAGE}
    assert asked_at(lane, *[MONDAY] * (ASKS + 2), **there) == [Band.APART, *[Band.ASK] * ASKS, Band.APART]


# -- what is over


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        pytest.param(INSTANT, ReportMatched, id="a microsecond before its end"),
        pytest.param(timedelta(0), MatterOpened, id="at its end"),
        pytest.param(-INSTANT, MatterOpened, id="after it"),
    ],
)
@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
def test_a_window_ends_at_an_instant(before: timedelta, kind: type[Value], restarts: bool) -> None:
    lane = Lane()
    lane.report()
    if restarts:
        lane.restart()
    assert isinstance(lane.report(MONDAY + LAMP - before), kind)


def test_what_is_over_is_compared_with_no_more_and_still_known() -> None:
    lane = Lane()
    first = lane.report()
    later = MONDAY + LAMP
    assert isinstance(lane.report(later, **other_words(0)), MatterOpened)
    placed = lane.core.state[first.report_id]
    assert (placed.features, placed.matter_id) == (None, first.matter_id)
    again = a_received(later, source_id="1", reported_at=MONDAY)
    assert lane.core.feed(received_record(again)).outcome == "duplicate"
    lane.restart()
    assert lane.core.feed(received_record(again)).outcome == "duplicate"


@pytest.mark.parametrize("category", ["wish.small", "tip.gang"])
def test_what_has_no_window_takes_nothing_in(category: str) -> None:
    assert POLICY.windows.get(category) is None
    lane = Lane()
    events = [lane.report(category=category) for _ in range(2)]
    assert [type(event) for event in events] == [MatterOpened, MatterOpened]


# -- who came before


def test_earlier_names_the_latest_report_of_the_same_resident_on_the_same_subject() -> None:
    lane = Lane()
    events = [lane.report(MONDAY + nth * INSTANT, reporter_ref="p", **other_words(nth)) for nth in range(4)]
    assert isinstance(events[0], MatterOpened)
    earlier = [getattr(event, "earlier", None) for event in events]
    assert earlier == [None, *[event.report_id for event in events[:-1]]]


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
def test_it_is_still_the_latest_when_the_window_of_the_one_before_is_over(restarts: bool) -> None:
    lane = Lane()
    lane.report(reporter_ref="p")
    latest = lane.report(MONDAY + LAMP - INSTANT, reporter_ref="p", **other_words(0))
    lane.report(MONDAY + LAMP, **other_words(1))
    if restarts:
        lane.restart()
    event = lane.report(MONDAY + LAMP, reporter_ref="p", **other_words(2))
    assert event.earlier == latest.report_id


def test_it_is_the_latest_received_whichever_was_read_last() -> None:
    lane = Lane()
    latest = lane.report(MONDAY + INSTANT, reporter_ref="p")
    lane.report(MONDAY, reporter_ref="p", **other_words(0))
    event = lane.report(MONDAY + 2 * INSTANT, reporter_ref="p", **other_words(1))
    assert event.earlier == latest.report_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"reporter_ref": "q"}, id="somebody else"),
        pytest.param({"reporter_ref": None}, id="nobody known"),
        pytest.param({"category": "city.greening"}, id="another subject"),
        pytest.param({"category": UNCLEAR}, id="no subject"),
        pytest.param({"county": OTHER_COUNTY, "division": OTHER_VILLAGE}, id="another county"),
    ],
)
def test_nothing_is_earlier_of(other: dict[str, Any]) -> None:
    lane = Lane()
    lane.report(reporter_ref="p")
    event = lane.report(**{"reporter_ref": "p"} | other_words(0) | other)
    assert getattr(event, "earlier", None) is None


def test_of_what_nobody_has_sorted_nothing_is_earlier() -> None:
    lane = Lane()
    events = [lane.report(reporter_ref="p", category=UNCLEAR, **other_words(nth)) for nth in range(2)]
    assert all(getattr(event, "earlier", None) is None for event in events)


def test_who_came_before_is_forgotten_in_the_end() -> None:
    lane = Lane()
    lane.report(reporter_ref="p")
    later = MONDAY + timedelta(days=400)
    lane.report(later, **other_words(0))
    assert isinstance(lane.report(later, reporter_ref="p", **other_words(1)), MatterOpened)


# -- voices


def test_a_voice_is_the_same_within_a_matter_and_nowhere_else() -> None:
    lane = Lane()
    first, again = lane.report(reporter_ref="p"), lane.report(reporter_ref="p")
    other = lane.report(reporter_ref="q")
    assert again.matter_id == other.matter_id == first.matter_id
    assert again.voice == first.voice != ""
    assert other.voice not in ("", first.voice)
    elsewhere = lane.report(reporter_ref="p", division=SAME_TOWN, category="city.greening", **other_words(0))
    assert elsewhere.matter_id != first.matter_id
    assert elsewhere.voice not in ("", first.voice, other.voice)


def test_nobody_known_has_no_voice() -> None:
    lane = Lane()
    assert [lane.report().voice, lane.report().voice] == ["", ""]


def test_a_voice_does_not_say_who_it_is() -> None:
    assert "p-1234" not in wire.encode(Lane().report(reporter_ref="p-1234")).decode()


# -- restarts

WORDS: Sequence[dict[str, Any]] = (
    {},
    {"text": "第三盏路灯坏了，晚上走路看不清。"},
    {"title": "路灯坏了", "text": "村口的路灯一直不亮，老人出门不方便"},
    *map(other_words, range(3)),
)
reports = st.fixed_dictionaries(
    {
        "source_id": st.integers(0, 15).map(str),
        "division": st.sampled_from(["430981", VILLAGE, SAME_TOWN]),
        "reporter_ref": st.sampled_from([None, None, "p", "q"]),
        "category": st.sampled_from([None, "city.street_light", "city.street_light", "order.theft", UNCLEAR]),
        "words": st.sampled_from(WORDS),
    }
)
waits = st.sampled_from([timedelta(0), INSTANT, timedelta(hours=9), timedelta(days=3), LAMP, LAMP - INSTANT])
late = st.sampled_from([timedelta(0), timedelta(0), timedelta(hours=2), timedelta(days=2)])
LESS = TEXT.replace("window: 7 days", "window: 2 days").replace("window: 3 days", "window: 60 days")
steps = st.one_of(
    *[st.tuples(reports, waits, late)] * 9,
    *[st.tuples(st.just("restart"), waits, st.none())] * 3,
    st.tuples(st.sampled_from([TEXT, LESS]), waits, st.none()),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=st.sampled_from([POLICY, ALL_ASKED]), sent=st.lists(steps, max_size=30))
def test_restarts_in_the_middle_lead_to_the_same_events(policy: Policy, sent: list[Any]) -> None:
    """Whoever reports what where, late or again, whatever policy is adopted meanwhile."""
    running, restarting = Lane(policy), Lane(policy)
    now = MONDAY
    for what, wait, behind in sent:
        now += wait
        if what == "restart":
            restarting.restart()
            continue
        if isinstance(what, str):
            record = a_record(topics.RULES.name, adopted(what), at=now)
        else:
            facts = {name: value for name, value in what.items() if name != "words"} | what["words"]
            record = received_record(a_received(now - behind, **facts))
        assert restarting.feed(record) == running.feed(record)
        assert restarting.core.state == running.core.state
