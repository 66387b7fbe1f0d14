"""Where a report's words say it is: real divisions of the pilot counties, and words that only look like some."""

from collections import Counter
from functools import cache, partial
from random import Random
from timeit import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.rules.locate import CANDIDATES, Located, Rule, locate
from shared import catalogue, division_names, divisions
from shared.divisions import Division, Level
from tests.unit.routing.everyday import SENTENCES

PILOTS = ("430981", "350782", "420303", *divisions.children("1307"), *divisions.children("4311"))
QIYANG, YUANJIANG, YONGZHOU = "431181", "430981", "4311"
DISHUI, TANPING, BAIGUOSHI = "431181102222", "431181102205", "431181201219"
ONLY_WHAT_IT_IS = {"原种场", "畜牧场"}
MICROSECONDS = 200
LONGEST_SECONDS = 0.5

TEXT = catalogue.SHIPPED.read_text(encoding="utf-8")
PLACES = catalogue.of_text(
    TEXT.replace("places: {}", f'places: {{滨江 花园: "{DISHUI}", 一中: "431181001", 和平路: "{TANPING}"}}')
)


@cache
def below(county: str) -> tuple[Division, ...]:
    return tuple(divisions.descendants(county))


def villages(county: str) -> list[Division]:
    return [each for each in below(county) if each.level is Level.VILLAGE]


def towns(county: str) -> list[Division]:
    return [each for each in below(county) if each.level is Level.TOWN]


def stem(division: Division) -> str:
    """The name without its ending: 和平村 and 和平村委会 are one name, and so are 和平村 and 和平社区."""
    name, kind = division_names.split(division.name)
    return name if kind else division_names.split(division.name.removesuffix("委员会"))[0]


def said(text: str, within: str = QIYANG) -> Located:
    return locate("反映问题", text, within)


@pytest.mark.parametrize(
    ("text", "within", "division"),
    [
        pytest.param("茅竹镇滴水村的路灯坏了", QIYANG, DISHUI, id="town and village"),
        pytest.param("滴水村的路灯坏了", QIYANG, DISHUI, id="a village of one town only"),
        pytest.param("滴水村村委会门口", QIYANG, DISHUI, id="the village's committee"),
        pytest.param("滴水村村民委员会门口", QIYANG, DISHUI, id="the committee in full"),
        pytest.param("滴水村民反映", QIYANG, DISHUI, id="its villagers"),
        pytest.param("滴水社区的路灯", QIYANG, DISHUI, id="a village that became a community"),
        pytest.param("滴 水\n村的路灯", QIYANG, DISHUI, id="blanks within the name"),
        pytest.param("家住五塘冲村", QIYANG, "431181117206", id="a committee's name without its ending"),
        pytest.param("茅竹镇路灯坏了", QIYANG, "431181102", id="a town"),
        pytest.param("文明村路灯坏了", "431122", "431122110215", id="a village of a common name"),
        pytest.param("茅竹乡路灯坏了", QIYANG, "431181102", id="a town by its former kind"),
        pytest.param("琼湖街道办事处门口", YUANJIANG, "430981006", id="a street's office"),
        pytest.param("羊角塘的街上没人扫", QIYANG, "431181110", id="town and community of one name: the town"),
        pytest.param("羊角塘社区没人扫", QIYANG, "431181110001", id="and the community by its ending"),
        pytest.param("大忠桥派出所不接电话", QIYANG, "431181104", id="a town by its office"),
        pytest.param("草尾新安村停水", YUANJIANG, "430981114227", id="a town without ending before its village"),
        pytest.param("祁阳茅竹滴水村停水", QIYANG, DISHUI, id="county and town without endings"),
        pytest.param("草尾镇新安3组停水", YUANJIANG, "430981114227", id="a village without ending after its town"),
        pytest.param("住在韩家汊，停水", YUANJIANG, "430981006001", id="a long name without ending"),
        pytest.param("大忠桥镇和平村停水", QIYANG, "431181104229", id="a name of two towns, with its town"),
        pytest.param("和平村停水，大忠桥镇不管", QIYANG, "431181104229", id="the town named elsewhere in the text"),
        pytest.param("祁阳市原种场停水", QIYANG, "431181401", id="a name that only says what it is, after its county"),
        pytest.param("荆竹林场着火", "431127", "431127400", id="without the county's name before it"),
        pytest.param("晚上滴水村停电", QIYANG, DISHUI, id="a word that ends like a longer name begins"),
        pytest.param("滴水村停水", "431181102", DISHUI, id="within the town"),
        pytest.param("我们镇滴水村停水", QIYANG, DISHUI, id="after a town without a name"),
        pytest.param("金洞管理区凤凰乡凤凰村停水", QIYANG, "431181201200", id="after a zone that is no division"),
        pytest.param("祁阳市停水", YONGZHOU, QIYANG, id="a county within the city"),
        pytest.param("祁阳市大忠桥镇和平村停水", "431100", "431181104229", id="all of it within the city, padded"),
        pytest.param("我在滴水村上班，问题在黎家坪镇", QIYANG, "431181115", id="work is not the place"),
        pytest.param("老家在茅竹镇滴水村，现住白果市村", QIYANG, BAIGUOSHI, id="nor is home of old"),
        pytest.param("我是滴水村人，反映停水", QIYANG, DISHUI, id="but one's own village is"),
        pytest.param("黎家坪镇滴水村停水", QIYANG, "431181115", id="a village the named town does not have"),
    ],
)  # fmt: skip
def test_words_that_name_one_place_give_it(text: str, within: str, division: str) -> None:
    found = said(text, within)
    assert (found.division, found.candidates) == (division, ())
    assert found.because


@pytest.mark.parametrize(
    ("text", "within", "division", "candidates"),
    [
        pytest.param("和平村停水", QIYANG, None, ["431181101248", "431181104229"], id="a name of two towns"),
        pytest.param(
            "祁阳市和平村停水", YONGZHOU, QIYANG, ["431181101248", "431181104229"], id="in the county named"
        ),
        pytest.param(
            "茅竹镇，和平村停水", QIYANG, None, ["431181101248", "431181102", "431181104229"], id="not in that town"
        ),
        pytest.param("滴水村和坦坪村之间", QIYANG, "431181102", [TANPING, DISHUI], id="two villages of a town"),
        pytest.param("滴水村和白果市村之间", QIYANG, None, [DISHUI, BAIGUOSHI], id="of two towns"),
        pytest.param(
            "东花园镇花园社区停水", "130730", "130730103", ["130730103001", "130730103002"], id="twice in a town"
        ),
        pytest.param("蓝山县滴水村停水", QIYANG, None, [DISHUI], id="after another county's name"),
        pytest.param("石马镇滴水村停水", QIYANG, None, [DISHUI], id="after a town that is not here"),
        pytest.param("上滴水村停水", QIYANG, None, [DISHUI], id="perhaps the end of a longer name"),
        pytest.param("我在滴水村上班", QIYANG, None, [DISHUI], id="only where one works"),
        pytest.param("户口在滴水村", QIYANG, None, [DISHUI], id="only where one is registered"),
    ],
)  # fmt: skip
def test_what_is_not_sure_gives_candidates_and_no_guess(
    text: str, within: str, division: str | None, candidates: list[str]
) -> None:
    found = said(text, within)
    assert (found.division, list(found.candidates)) == (division, candidates)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        pytest.param("希望和平解决", QIYANG, id="a common word"),
        pytest.param("和平小学门口", QIYANG, id="a school"),
        pytest.param("新建的新村没有路灯", "431126", id="a village without its ending"),
        pytest.param("评上了文明村", "431122", id="what villages are praised for"),
        pytest.param("城中村的电线乱拉", "431124", id="what villages are sorted by"),
        pytest.param("货从石家庄发来", "130724", id="a city, and a village of its name"),
        pytest.param("和平镇停水", QIYANG, id="a kind that is not here"),
        pytest.param("隔壁畜牧场臭味大", QIYANG, id="what it is, and no name"),
        pytest.param("草尾镇停水", "430981006", id="another town than the source's"),
        pytest.param("草尾镇和平村停水", "430981006", id="a village of it"),
        pytest.param("琼湖街道停水", "430981006", id="no more than the source says"),
        pytest.param("沅江市停水", "430981", id="no more than the county"),
        pytest.param("韩家汊社区", "430981006001", id="within a village nothing is done"),
        pytest.param("韩家汊社区", "430981006001017", id="nor within a grid"),
        pytest.param("韩家汊社区", "43", id="nor within a province"),
        pytest.param("韩家汊社区", "999999", id="nor where the tree knows nothing"),
        pytest.param("", QIYANG, id="no words"),
    ],
)
def test_words_that_name_no_place_give_nothing(text: str, within: str) -> None:
    assert said(text, within) == Located()


@pytest.mark.parametrize(
    ("text", "division", "rule"),
    [
        pytest.param("滨江花园3栋漏水", DISHUI, Rule.NAME_OF_POLICY, id="an estate"),
        pytest.param("滨江 花 园3栋漏水", DISHUI, Rule.NAME_OF_POLICY, id="with blanks"),
        pytest.param(
            "一中门口堵车", "431181001", Rule.NAME_OF_POLICY, id="a school of two characters in a town"
        ),
        pytest.param("茅竹镇和平路路面塌了", TANPING, Rule.NAME_WRITTEN, id="a road after its town"),
    ],
)
def test_a_name_of_the_policy_counts_like_a_village(text: str, division: str, rule: Rule) -> None:
    found = locate("反映问题", text, QIYANG, PLACES)
    assert (found.division, found.because[0].rule) == (division, rule)
    assert locate("反映问题", text, YUANJIANG, PLACES) == Located()


@pytest.mark.parametrize(
    ("text", "within", "rows"),
    [
        pytest.param(
            "茅竹镇滴水村", QIYANG, ["name_written 茅竹镇: 431181102", f"name_written 滴水村: {DISHUI}"], id="written"
        ),
        pytest.param("羊角塘停水", QIYANG, ["name_bare 羊角塘: 431181110"], id="bare"),
        pytest.param(
            "草尾新安村", YUANJIANG, ["name_beside 草尾: 430981114", "name_written 新安村: 430981114227"], id="beside"
        ),
        pytest.param("和平村，和平村", QIYANG, ["name_written 和平村: one of 2"], id="the same twice"),
        pytest.param("新田县滴水村", QIYANG, [f"after_another_name 滴水村: {DISHUI}"], id="outside"),
        pytest.param("上滴水村", QIYANG, [f"part_of_longer_name 滴水村: {DISHUI}"], id="part"),
        pytest.param("我在滴水村上班", QIYANG, [f"home_or_work 滴水村: {DISHUI}"], id="aside"),
    ],
)  # fmt: skip
def test_each_name_says_by_which_rule_it_counts(text: str, within: str, rows: list[str]) -> None:
    assert [f"{each.rule} {each.fact}" for each in said(text, within).because] == rows


@pytest.mark.parametrize("county", PILOTS)
def test_town_and_village_in_full_give_exactly_the_village(county: str) -> None:
    for each in villages(county):
        town = divisions.find(each.code[:9]).name
        found = said(f"{town}{each.name}停水三天了", county)
        assert (found.division, found.candidates) == (each.code, ()), (town, each)
        assert said(f"{town}{each.name}停水三天了", each.code[:9]).division == each.code, (town, each)


@pytest.mark.parametrize("county", PILOTS)
def test_a_town_in_full_gives_exactly_the_town(county: str) -> None:
    for each in towns(county):
        found = said(f"{each.name}停水三天了", county)
        if each.name in ONLY_WHAT_IT_IS:
            found = said(f"{divisions.find(county).name}{each.name}停水三天了", county)
        assert (found.division, found.candidates) == (each.code, ()), each


@pytest.mark.parametrize("county", PILOTS)
def test_a_village_alone_gives_it_if_the_county_has_one_of_that_name_and_candidates_if_more(
    county: str,
) -> None:
    names = Counter(map(stem, villages(county)))
    for each in villages(county):
        found = said(f"{each.name}停水三天了", county)
        if names[stem(each)] == 1:
            assert (found.division, found.candidates) == (each.code, ()), each
        else:
            assert found.division == each.code or each.code in found.candidates, each


@pytest.mark.parametrize("county", PILOTS)
def test_a_name_of_several_towns_is_never_guessed(county: str) -> None:
    """Two that differ in kind, 和平村 and 和平社区, are told apart by it; two that do not are not."""
    kinds = Counter((stem(each), division_names.split(each.name)[1]) for each in villages(county))
    for each in villages(county):
        if kinds[stem(each), division_names.split(each.name)[1]] > 1:
            found = said(f"{each.name}停水", county)
            same_town = {code[:9] for code in found.candidates} | {each.code[:9]}
            assert found.division != each.code or len(same_town) == 1, each


def test_everyday_sentences_without_a_place_give_nothing_in_any_pilot_county() -> None:
    assert len(SENTENCES) >= 60
    found = [
        (county, sentence)
        for county in PILOTS
        for sentence in SENTENCES
        if said(sentence, county) != Located()
    ]
    assert found == []


words = st.lists(
    st.one_of(
        st.sampled_from(
            ["和平", "村", "镇", "在", "茅竹", "滴水", "村委会", "社区", "，", "上", "县", "族", "新村"]
        ),
        st.sampled_from([each.name for each in below(QIYANG)]),
        st.text(max_size=4),
    ),
    max_size=30,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(words, words, st.sampled_from([QIYANG, "4311", "431181102", "431181", "430981"]))
def test_any_text_gives_nothing_outside_and_nothing_above(title: str, text: str, within: str) -> None:
    found = locate(title, text, within)
    assert found == locate(title, text, within)
    for code in (*found.candidates, *([found.division] if found.division else [])):
        assert code.startswith(within)
        assert code != within
        assert divisions.normalise(code) == code
    assert len(found.candidates) <= CANDIDATES
    assert list(found.candidates) == sorted(set(found.candidates))
    if found.division:
        assert all(code.startswith(found.division) for code in found.candidates)
        assert len(found.candidates) != 1


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="的了我你他一不人有这么样问题反映请尽快处理谢谢，。！0123", max_size=200))
def test_random_words_without_a_name_give_nothing(text: str) -> None:
    for county in PILOTS[:6]:
        assert said(text, county) == Located()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("和平村" * 2666, id="one name again and again"),
        pytest.param("滴水" + "村" * 7998, id="an ending without end"),
        pytest.param("茅竹" + "苗族" * 3999, id="peoples without end"),
        pytest.param("\ufdfa" * 8000, id="a character whose normal form is eighteen"),
        pytest.param("\ud800滴水村", id="half a surrogate"),
    ],
)
def test_the_longest_text_is_read_in_time(text: str) -> None:
    said(text)
    assert min(repeat(lambda: said(text), number=1, repeat=3)) < LONGEST_SECONDS


def test_a_report_costs_little_in_a_county_of_several_hundred_villages() -> None:
    """The best of several readings of each: other work on the machine only ever adds. 50 to 100 were measured."""
    random = Random(1)
    county = "431124"
    assert 300 < len(villages(county)) < 450
    reports = [
        f"来电人反映，{divisions.find(each.code[:9]).name}{each.name}{'。'.join(random.sample(SENTENCES, 4))}"
        for each in villages(county)
    ]
    said("", county)
    quickest = [min(repeat(partial(said, text, county), number=1, repeat=7)) for text in reports]
    each_takes = sum(quickest) / len(quickest) * 1e6
    print(f"{each_takes:.0f} microseconds a report of {sum(map(len, reports)) // len(reports)} characters")
    assert each_takes < MICROSECONDS


def test_a_full_width_text_reads_like_a_plain_one() -> None:
    assert said("茅竹镇滴水３组停水").division == DISHUI
