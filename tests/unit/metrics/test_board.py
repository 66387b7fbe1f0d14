"""What the board says of a city, a county and a town; sums only, and nobody in it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.metrics.board.content import Board, Lines, in_the_plan
from services.metrics.board.live import SITE, Boards, Sums
from services.metrics.figures import Day
from services.metrics.handlers import MetricsLogic
from services.metrics.indicators import Indicator, Observed
from services.metrics.rules.rises import KEPT, RISES
from shared import catalogue, wire
from shared.core import Core
from shared.divisions import Tier
from shared.errors import QuestionInvalidError, UnknownDivisionError, XiaoshiError
from shared.events import FastStep
from shared.matter import Value, Way
from shared.reasons import Reason
from tests.unit.metrics.journal import START, Life, records, tick
from tests.unit.metrics.observations import an_observation, observed_records

COUNTY, TOWN, OTHER = "430981", "430981006", "430981102"
VILLAGE = "430981006001"
NOW = START + timedelta(hours=7, minutes=30)
SETTLED = "xiaoshi_matters_settled_total|village"
COLLECTED = "xiaoshi_grid_events_collected_total"


def lane(*events: Value, now: datetime = NOW) -> MetricsLogic:
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    for record in records([*events, tick(now)]):
        assert core.feed(record).outcome == "handled"
    logic.committed()
    return logic


def more(logic: MetricsLogic, *events: Value) -> None:
    core = Core(logic, logic.state)
    for record in records(events):
        core.feed(record)
    logic.committed()


def board(*logics: MetricsLogic, division: str | None = COUNTY) -> Board:
    boards = Boards(dict(enumerate(logics)))
    return msgspec.json.decode(boards.board({"division": division} if division else {}), type=Board)


def life(matter: str = "a", **where: Any) -> Life:
    return Life(matter, **{"division": VILLAGE} | where)


def flow(shown: Board, tier: Tier) -> dict[str, int]:
    [found] = [each for each in shown.flow if each.tier is tier]
    return {name: n for name, n in msgspec.structs.asdict(found).items() if n and name != "tier"}


BUSY: list[Value] = [
    *life("a").resolved(Way.PEOPLES_MEDIATION).visited().closed().events,
    *life("b", division=OTHER).ordered().escalated().events,
    *life("c", category="order.fraud").raised().did(FastStep.ACKNOWLEDGE).fast_late(FastStep.ARRIVE).events,
    *life("d", division=COUNTY, tier=Tier.COUNTY).events,
]


def test_a_county_is_told_by_tier_by_colour_and_by_town() -> None:
    shown = board(lane(*BUSY))
    assert (shown.division.name, [place.name for place in shown.above]) == ("沅江市", ["益阳市"])
    assert flow(shown, Tier.VILLAGE) == {
        "open": 1,
        "settled": 1,
        "settled_today": 1,
        "risen": 1,
        "risen_today": 1,
    }
    assert flow(shown, Tier.TOWN) == {"open": 1, "overdue": 1}
    assert flow(shown, Tier.COUNTY) == {"open": 1}
    assert shown.colours == {"blue": 3, "yellow": 0, "red": 0}
    assert (shown.raised, shown.raised_today) == (1, 1)
    assert [(each.step, each.numerator, each.denominator) for each in shown.steps] == [
        (FastStep.ACKNOWLEDGE, 1, 1),
        (FastStep.ARRIVE, 0, 1),
        (FastStep.SUPPORT, 0, 0),
    ]
    parts = {part.code: part for part in shown.parts}
    assert len(parts) == 15  # the county's fourteen towns, and the county for what is known no nearer
    assert (parts[COUNTY].own, parts[COUNTY].open) == (True, 1)
    assert (parts[TOWN].name, parts[TOWN].settled["village"], parts[TOWN].three_none["case"]) == (
        "琼湖街道",
        1,
        1,
    )
    assert (parts[OTHER].open, parts[OTHER].settled["village"]) == (1, 0)
    assert all(part.known for part in shown.parts)


@pytest.mark.parametrize(
    ("division", "code", "open_now"),
    [
        pytest.param(None, COUNTY, 3, id="the-first-county-where-none-is-asked-for"),
        pytest.param("430981000000", COUNTY, 3, id="a-county-in-twelve-digits"),
        pytest.param("4309", "4309", 3, id="a-city"),
        pytest.param("430900", "4309", 3, id="a-city-in-six-digits"),
        pytest.param(TOWN, TOWN, 1, id="a-town"),
        pytest.param("430981115", "430981115", 0, id="a-town-where-nothing-is"),
    ],
)
def test_a_board_is_about_the_division_asked_for(division: str | None, code: str, open_now: int) -> None:
    shown = board(lane(*BUSY), division=division)
    assert (shown.division.code, sum(tier.open for tier in shown.flow)) == (code, open_now)


@pytest.mark.parametrize(
    ("division", "error", "words"),
    [
        pytest.param("43", QuestionInvalidError, "a city, a county or a town", id="a-province"),
        pytest.param(VILLAGE, QuestionInvalidError, "a city, a county or a town", id="a-village"),
        pytest.param("330702", QuestionInvalidError, "no figures of it, only of 430981", id="elsewhere"),
        pytest.param("999999", UnknownDivisionError, "999999", id="unknown"),
    ],
)
def test_another_question_is_refused_in_words(division: str, error: type[XiaoshiError], words: str) -> None:
    with pytest.raises(error, match=words):
        board(lane(*BUSY), division=division)


def test_before_a_tick_or_a_figure_there_is_nothing_to_show() -> None:
    with pytest.raises(QuestionInvalidError, match="told the time"):
        board(MetricsLogic({}))
    with pytest.raises(QuestionInvalidError, match="nothing was counted"):
        board(lane())


@pytest.mark.parametrize(
    ("category", "since", "against", "spoilt"),
    [
        pytest.param("petition.first", timedelta(0), {"petition": 1}, 1, id="a petition"),
        pytest.param(
            "court.enforcement", timedelta(0), {"lawsuit": 1}, 0, id="a lawsuit is none of the three"
        ),
        pytest.param("dispute.neighbour", timedelta(0), {}, 0, id="a matter of another kind"),
        pytest.param("petition.first", timedelta(days=31), {}, 0, id="of the month before"),
    ],
)
def test_a_town_says_what_speaks_against_its_villages(
    category: str, since: timedelta, against: dict[str, int], spoilt: int
) -> None:
    logic = lane(*life(category=category).events, now=NOW + since)
    shown = board(logic, division=TOWN)
    assert shown.parts == ()
    said = {each.code: {kind: n for kind, n in each.three_none.items() if n} for each in shown.villages}
    assert len(said) > 1
    assert {code: kinds for code, kinds in said.items() if kinds} == ({VILLAGE: against} if against else {})

    parts = {each.code: each for each in board(logic, division=COUNTY).parts}
    assert (parts[TOWN].spared, parts[TOWN].villages) == (len(said) - spoilt, len(said))
    assert parts[OTHER].spared == parts[OTHER].villages > 0


def test_a_county_of_the_city_that_is_in_no_lane_here_is_not_shown_as_nought() -> None:
    shown = board(
        lane(*BUSY), lane(*life("e", county="430922", division="430922001").events), division="4309"
    )
    assert {part.code for part in shown.parts if part.known} == {"430922", COUNTY}
    assert sum(tier.open for tier in shown.flow) == 4
    assert [place.code for place in shown.counties] == ["430922", COUNTY]


@pytest.mark.parametrize(
    ("later", "settled"),
    [
        pytest.param(timedelta(days=29), 1, id="the-thirtieth-day"),
        pytest.param(timedelta(days=30), 0, id="the-day-after"),
    ],
)
def test_what_was_settled_is_of_thirty_days(later: timedelta, settled: int) -> None:
    assert flow(board(lane(*BUSY, now=NOW + later)), Tier.VILLAGE).get("settled", 0) == settled


MIDNIGHT = datetime(2024, 3, 4, 16, tzinfo=UTC)
"""In China the 5th begins."""


@pytest.mark.parametrize(
    ("now", "today"),
    [
        pytest.param(MIDNIGHT - timedelta(microseconds=1), 1, id="a-microsecond-before-midnight"),
        pytest.param(MIDNIGHT, 0, id="midnight-in-china"),
    ],
)
def test_today_ends_at_midnight_in_china(now: datetime, today: int) -> None:
    assert flow(board(lane(*BUSY, now=now)), Tier.VILLAGE).get("settled_today", 0) == today


def test_the_seventeen_are_there_by_number_with_twelve_periods_each() -> None:
    shown = board(lane(*BUSY))
    assert sorted({row.plan for row in shown.indicators}) == list(range(1, 18))
    assert [row.plan for row in shown.indicators] == sorted(row.plan for row in shown.indicators)
    assert {len(row.periods) for row in shown.indicators} == {12}
    rows = {row.name: row for row in shown.indicators}
    last = rows["mediation_success"].periods[-1]
    assert (last.start, last.numerator, last.denominator) == (date(2024, 3, 1), 1, 1)
    assert (rows["mediation_success"].form, rows["mediation_success"].reference) == ("share", 1.0)
    assert (rows["grid_events_collected"].form, rows["grid_events_collected"].periods[-1].count) == (
        "count",
        4,
    )
    assert (rows["police_officers"].form, rows["police_officers"].per) == ("rate", 10_000)


@pytest.mark.parametrize(
    ("published", "period", "last"),
    [
        pytest.param([("year", 2023, 1), ("month", 2024, 3)], "month", (8, 10), id="months-before-years"),
        pytest.param([("year", 2024, 1)], "year", (8, 10), id="years-where-there-are-no-months"),
        pytest.param([], "month", (None, None), id="months-where-nobody-said-anything"),
    ],
)
def test_an_observed_figure_is_told_by_the_period_it_is_published_for(
    published: list[tuple[str, int, int]], period: str, last: tuple[int | None, int | None]
) -> None:
    logic = lane(*BUSY)
    core = Core(logic, logic.state)
    told = [an_observation(period=kind, start=date(year, month, 1)) for kind, year, month in published]
    for record in observed_records(told):
        assert core.feed(record).outcome == "handled"
    logic.committed()
    [row] = [row for row in board(logic).indicators if row.name == "judgments_accepted"]
    assert (row.period, (row.periods[-1].numerator, row.periods[-1].denominator)) == (period, last)


def test_what_rose_last_comes_first_with_place_category_and_tier() -> None:
    logic = lane(*life("b").escalated().reopened(reason=Reason.BY_RESIDENT).events)
    shown = board(logic)
    assert [(each.from_tier, each.tier) for each in shown.risen] == [
        (Tier.TOWN, Tier.COUNTY),
        (Tier.VILLAGE, Tier.TOWN),
    ]
    assert {(each.town.name, each.category) for each in shown.risen} == {("琼湖街道", "dispute.neighbour")}
    assert board(logic, division=OTHER).risen == ()


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(life(confidential=True).escalated(), id="confidential"),
        pytest.param(life(division=COUNTY).escalated(), id="of-no-known-town"),
        pytest.param(life(tier=Tier.CITY).reopened(rises=False), id="reopened-at-the-top"),
    ],
)
def test_what_is_not_shown_by_town_or_did_not_rise_is_not_in_the_list(told: Life) -> None:
    assert board(lane(*told.events)).risen == ()


def test_twenty_rises_are_kept_and_none_before_it_was_committed() -> None:
    logic = lane(*(event for n in range(KEPT + 1) for event in life(str(n)).escalated().events))
    assert len(logic.published_rises()) == KEPT
    core = Core(logic, logic.state)
    for record in records(life("late", category="hazard.slope").escalated().events):
        core.feed(record)
    assert "hazard.slope" not in {rise.category for rise in logic.published_rises()}
    logic.committed()
    assert logic.published_rises()[-1].category == "hazard.slope"


def test_what_rose_last_is_known_after_a_restart_and_no_more_than_before() -> None:
    before = lane(*(event for n in range(KEPT + 1) for event in life(str(n)).escalated().events))
    after = MetricsLogic({})
    restored = Core(after, after.state)
    for key, value in before.state.items():
        restored.restore(key, wire.encode(value))
    assert after.published_rises() == ()
    after.committed()
    assert len(after.published_rises()) == KEPT
    assert after.published_rises() == before.published_rises()
    assert board(after) == board(before)
    more(after, *life("late", category="hazard.slope").escalated().events)
    assert [rise.category for rise in after.published_rises()] == ["dispute.neighbour"] * (KEPT - 1) + [
        "hazard.slope"
    ]


def test_what_is_kept_of_a_rise_says_neither_which_matter_nor_whose() -> None:
    logic = lane(*life("a").escalated().events)
    assert json.loads(wire.encode(logic.state[RISES]))["latest"] == [
        {
            "at": "2024-03-04T10:00:00Z",
            "town": TOWN,
            "category": "dispute.neighbour",
            "from_tier": "village",
            "tier": "town",
        }
    ]


def test_no_id_and_no_word_of_a_report_is_on_a_board() -> None:
    logic = lane(*life("secret-id", category="petition.first").joined(report="voice-9").escalated().events)
    for division in (COUNTY, TOWN, "4309"):
        told = bytes(Boards({0: logic}).board({"division": division})).decode()
        assert not re.search(r"secret-id|voice-9|committee|head", told)


def test_the_same_answer_is_kept_until_a_figure_or_the_minute_is_another() -> None:
    logic = lane(*BUSY)
    boards = Boards({0: logic})
    first = boards.board({})
    more(logic, tick(NOW + timedelta(seconds=59)))
    assert boards.board({}) is first
    more(logic, tick(NOW + timedelta(seconds=60)))
    later = boards.board({})
    assert later is not first
    more(logic, *life("f").events)
    assert boards.board({}) is not later


def test_sums_that_are_looked_at_again_are_what_a_first_look_says() -> None:
    """Days that change, come late and leave the window."""
    first = date(2024, 3, 1)
    seen = [
        {
            first: {TOWN: Day(added={SETTLED: 2, "x|y": 9})},
            date(2024, 2, 9): {TOWN: Day(added={COLLECTED: 5})},
        },
        {first: {TOWN: Day(added={SETTLED: 3}), OTHER: Day(added={SETTLED: 1})}},
        {first: {OTHER: Day(added={SETTLED: 1})}, date(2024, 3, 2): {TOWN: Day(added={SETTLED: 7})}},
    ]
    again = Sums(lambda day: day.replace(day=1))
    for days, since in zip(seen, (date(2024, 2, 1), first, first), strict=True):
        again.look(days, since)
        once = Sums(lambda day: day.replace(day=1))
        once.look(days, since)
        for month in (date(2024, 2, 1), first):
            assert without_noughts(again.of(month)) == without_noughts(once.of(month))
    assert without_noughts(again.of(first)) == {TOWN: {SETTLED: 7}, OTHER: {SETTLED: 1}}


def without_noughts(sums: Mapping[str, Lines]) -> dict[str, dict[str, int]]:
    told = {place: {line: n for line, n in lines.items() if n} for place, lines in sums.items()}
    return {place: lines for place, lines in told.items() if lines}


def words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((SITE / "words.json").read_text())
    return found


def test_both_languages_have_the_same_words() -> None:
    told = words()
    assert set(told) == {"zh", "en"}
    assert set(told["zh"]) == set(told["en"])
    assert all(value for each in told.values() for value in each.values())


def test_every_word_the_page_asks_for_is_there_and_none_besides() -> None:
    script, page = ((SITE / name).read_text() for name in ("board.js", "board.html"))
    named = set(re.findall(r"\bwords\.(?!json)(\w+)", script)) | set(
        re.findall(r'data-(?:word|label)="(\w+)"', page)
    )
    headings = {"period", "numerator", "denominator", "count", "value"}
    closed = {*Tier, *FastStep, "blue", "yellow", "red", "petition", "case", "incident", "lawsuit"}
    groups = {f"group.{code.partition('.')[0]}" for code in catalogue.load().file.categories}
    plan = {each.name for each in in_the_plan()}
    assert {str(each) for each in named | headings | closed | groups | plan} == set(words()["en"])


def test_every_indicator_with_a_number_of_the_plan_is_on_the_board() -> None:
    assert all(isinstance(each, Indicator | Observed) for each in in_the_plan())
    assert len(in_the_plan()) == 18  # cameras of villages are two figures under one number


def test_the_page_asks_nobody_else() -> None:
    for path in SITE.iterdir():
        outside = set(re.findall(r"https?://[^\s\"')]+", path.read_text())) - {"http://www.w3.org/2000/svg"}
        assert outside == set(), path.name
        assert not re.search(r"\son\w+=|style=\"|<script>|<style>", path.read_text()), path.name
