"""Which matter a report belongs to: a shared name and a shared trouble, never one alone."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.rules.candidate import Candidate, candidate_of, read
from services.routing.rules.candidate import Read as Readied
from services.routing.rules.features import features_of
from services.routing.rules.match import Match, match
from services.routing.rules.rarity import Rarity
from shared.events import Band
from shared.policy_file import Join
from shared.reasons import Reason
from tests.builders import MONDAY, SAME_TOWN, VILLAGE, a_report

RULE = Join(join=0.84, ask=0.6)
TOWN, COUNTY = VILLAGE[:9], VILLAGE[:6]
FUMES: dict[str, Any] = {
    "title": "金桂新城楼下烧烤店油烟扰民",
    "text": "金桂新城一楼的烧烤店油烟直排，夜里吵得睡不着。",
}
FUMES_TOO: dict[str, Any] = {
    "title": "投诉金桂新城烧烤油烟",
    "text": "我家住在金桂新城，楼下烧烤店没有烟道，窗户都不敢开。",
}
DAY = timedelta(days=1)


def report(at: datetime = MONDAY, category: str | None = None, **changes: Any) -> Readied:
    facts = {"division": COUNTY, "category": None} | FUMES | changes
    return read(features_of(a_report(**facts), category, at))


def matched(mine: Readied, *candidates: Candidate, rule: Join = RULE, now: datetime = MONDAY) -> Match:
    rarity = Rarity()
    for each in candidates:
        rarity.add(each.words)
    found = match(mine, candidates, now, rule, rarity)
    assert not rarity.marked.any()
    return found


def candidate(matter_id: str, *reports: Readied) -> Candidate:
    return candidate_of(matter_id, reports, "".join({word for each in reports for word in each.words}))


def against(mine: Readied, *theirs: Readied, **settings: Any) -> Match:
    return matched(mine, candidate("m1", *theirs), **settings)


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        pytest.param({}, Band.JOIN, id="the same words"),
        pytest.param(FUMES_TOO, Band.JOIN, id="one place and trouble in other words"),
        pytest.param(
            {"title": "银杏新城楼下烧烤店油烟扰民", "text": "银杏新城一楼的烧烤店油烟直排，夜里吵得睡不着。"},
            Band.APART,
            id="the same words, place swapped",
        ),
        pytest.param(
            {"title": "金桂新城电梯坏了", "text": "金桂新城电梯三天没人修，老人下不了楼。"},
            Band.APART,
            id="one place, another trouble",
        ),
        pytest.param(
            {"title": "烧烤店油烟", "text": "油烟太大，窗户都不敢开，请来管一管。"},
            Band.ASK,
            id="one trouble, no place told",
        ),
        pytest.param({"title": "路灯不亮", "text": "晚上看不清路。"}, Band.APART, id="nothing in common"),
    ],
)
def test_a_name_and_a_trouble_join(changes: dict[str, Any], band: Band) -> None:
    found = against(report(**changes), report())
    assert found.band is band
    assert found.matter_id == (None if band is Band.APART else "m1")
    assert (found.reason is Reason.JOINED_SAME_MATTER) is (band is Band.JOIN)
    assert bool(found.evidence) is (band is not Band.APART)


@pytest.mark.parametrize(
    ("mine", "theirs", "joins"),
    [
        pytest.param(VILLAGE, VILLAGE, True, id="one village"),
        pytest.param(VILLAGE, SAME_TOWN, False, id="two villages of a town"),
        pytest.param(VILLAGE, TOWN, True, id="a village and its town"),
        pytest.param(TOWN, VILLAGE, True, id="a town and its village"),
        pytest.param(COUNTY, VILLAGE, True, id="the county alone, as on a hotline"),
        pytest.param(TOWN, "430981007", False, id="two towns"),
        pytest.param(f"{VILLAGE}001", f"{VILLAGE}002", True, id="two grids of a village"),
    ],
)
def test_codes_that_contradict_keep_apart(mine: str, theirs: str, joins: bool) -> None:
    assert (against(report(division=mine), report(division=theirs)).band is Band.JOIN) is joins


@pytest.mark.parametrize(
    ("mine", "theirs", "joins"),
    [
        pytest.param(None, None, True, id="about no body"),
        pytest.param("430981:police", "430981:police", True, id="about one body"),
        pytest.param("430981:police", None, False, id="about a body and about none"),
        pytest.param("430981:police", "430981:court", False, id="about two bodies"),
    ],
)
def test_a_complaint_about_a_body_joins_only_others_about_it(
    mine: str | None, theirs: str | None, joins: bool
) -> None:
    assert (against(report(about_body=mine), report(about_body=theirs)).band is Band.JOIN) is joins


def test_categories_that_are_equal_say_more_than_none_and_different_ones_less() -> None:
    unknown = against(report(**FUMES_TOO), report()).score
    equal = against(
        report(category="environment.fumes_dust"), report(category="environment.fumes_dust")
    ).score
    other = against(report(category="environment.noise", **FUMES_TOO), report(category="city.greening")).score
    assert equal >= against(report(), report()).score
    assert 0 < other < unknown
    odd: dict[str, Any] = {"title": "金桂新城的事", "text": "请来看看。"}
    unsure = against(report(**odd), report()).score
    assert against(report(category="city.a", **odd), report(category="city.a")).score > unsure
    assert against(report(category="other.unclear", **odd), report(category="city.a")).score == unsure


@pytest.mark.parametrize(
    ("title", "other", "is_less"),
    [
        pytest.param("地铁3号线出口", "地铁4号线出口", True, id="another number"),
        pytest.param("地铁3号线出口", "地铁3号线出口", False, id="the same number"),
        pytest.param("地铁3号线出口", "地铁3栋出口", False, id="another thing is counted"),
    ],
)
def test_another_number_of_the_same_thing_speaks_against(title: str, other: str, is_less: bool) -> None:
    found = against(report(title=title, text="无"), report(title=other, text="无"))
    plain = against(
        report(title=title.replace("3", "丙"), text="无"), report(title=other.replace("3", "丙"), text="无")
    )
    assert (found.score < plain.score - 0.2) is is_less


def test_the_longer_ago_the_more_is_asked_and_no_day_is_a_cliff() -> None:
    scores = [against(report(**FUMES_TOO), report(), now=MONDAY + n * DAY).score for n in range(730)]
    assert scores == sorted(scores, reverse=True)
    assert max(before - after for before, after in itertools.pairwise(scores)) < 0.01
    assert scores[365] > RULE.ask


def test_what_was_received_later_is_not_long_ago() -> None:
    assert against(report(), report(at=MONDAY + DAY)).score == against(report(), report(at=MONDAY)).score


@pytest.mark.parametrize(
    ("tail", "mine", "theirs", "joins"),
    [
        pytest.param("", "a", "a", True, id="the same text by the same reporter"),
        pytest.param("", "a", "b", True, id="the same text by another"),
        pytest.param("", None, None, True, id="the same text, by whom is not told"),
        pytest.param("昨天又淹了一次，请看看。", "a", "a", True, id="much the same by the same reporter"),
        pytest.param("昨天又淹了一次，请看看。", "a", "b", False, id="much the same by another"),
        pytest.param("昨天又淹了一次，请看看。", None, None, False, id="much the same, by whom is not told"),
    ],
)
def test_a_text_sent_again_joins_whatever_its_title(
    tail: str, mine: str | None, theirs: str | None, joins: bool
) -> None:
    text = "镇上的老供销社门前堆满东西，车子进不来，出了事怎么办，说过很多次没有人理会，快些来人。"
    first = report(title="老问题", text=text, reporter_ref=theirs)
    again = report(title="又来反映了", text=text + tail, reporter_ref=mine)
    assert (against(again, first).band is Band.JOIN) is joins


def test_a_large_matter_draws_more_than_a_small_one() -> None:
    mine = report(title="金桂新城油烟", text="一直这样。")
    assert against(mine, *[report()] * 6).score > against(mine, report()).score


def bands(score: float, join: float, ask: float) -> Band:
    mine, theirs = report(**FUMES_TOO), report()
    assert against(mine, theirs, rule=Join(join=0, ask=0)).score == score
    return against(mine, theirs, rule=Join(join=join, ask=ask)).band


def test_the_bands_begin_at_their_scores() -> None:
    score = against(report(**FUMES_TOO), report()).score
    above = score + 1e-9
    assert bands(score, score, score) is Band.JOIN
    assert bands(score, above, score) is Band.ASK
    assert bands(score, above, above) is Band.APART


def test_the_evidence_says_why() -> None:
    found = against(report(division=VILLAGE, **FUMES_TOO), report(division=VILLAGE))
    assert [row.rule for row in found.evidence] == ["place", "words", "name", "trouble"]
    assert found.evidence[0].fact == f"same division {VILLAGE}"
    assert found.evidence[2].fact.startswith("金桂新城")
    assert found.evidence[3].fact == "fumes"


def test_without_candidates_it_is_new() -> None:
    assert matched(report()) == Match(None, 0.0, (), Reason.OPENED_NEW, Band.APART)


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_candidates_changes_nothing(order: list[str]) -> None:
    texts: dict[str, dict[str, Any]] = {
        "a": FUMES,
        "b": FUMES,
        "c": FUMES_TOO,
        "d": {"title": "停水", "text": "没水。"},
    }
    found = matched(report(), *[candidate(each, report(**texts[each])) for each in order])
    assert (found.matter_id, found.band) == ("b", Band.JOIN)


def _told(place: str, said: tuple[str, str]) -> dict[str, Any]:
    return {"title": said[0].format(place), "text": said[1].format(place)}


STEMS = ["金桂", "翠竹", "银杏", "长乐", "永兴", "芙蓉", "桃源", "鹤湖"]
SAID = [
    ("{}楼下餐馆油烟扰民", "{}一楼餐馆油烟直排，衣服不敢晾。"),
    ("投诉{}停水", "{}停水三天，没有通知。"),
    ("请问{}何时办证", "买{}的房子五年没有房产证。"),
    ("{}", "{}。"),
]


@given(
    st.permutations(STEMS),
    st.sampled_from(["新城", "小区", "花园", "小学", "村", "路", "公司", "饭店"]),
    st.sampled_from(SAID),
    st.integers(1, 20),
    st.booleans(),
)
def test_a_copy_with_the_place_swapped_never_joins(
    stems: list[str], ending: str, said: tuple[str, str], reports: int, is_one_reporter: bool
) -> None:
    here, there = (_told(stem + ending, said) for stem in stems[:2])
    who = "a" if is_one_reporter else None
    theirs = [report(reporter_ref=who, **here)] * reports
    assert against(report(reporter_ref=who, **here), *theirs).band is not Band.APART
    assert against(report(reporter_ref=who, **there), *theirs).band is Band.APART
