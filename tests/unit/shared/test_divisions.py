"""The national tree of divisions: what it holds, what its answers keep true, what it costs."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import divisions
from shared.divisions import Level, Tier
from shared.errors import NoDivisionAtTierError, UnknownDivisionError

ROOT = Path(__file__).parents[3]
SUBTREE_SECONDS = 0.050
TREE_SECONDS = 1.0
TREE_MEGABYTES = 200.0

ODD_CITIES = ["1101", "4290", "4419", "4420", "4604", "5002", "6202", "6590"]


@cache
def sample() -> list[str]:
    """Codes of every level, with the cities that are unlike the rest."""
    counties = [county for city in ["4309", *ODD_CITIES] for county in divisions.children(city)[:3]]
    lower = [each.code for county in counties for each in list(divisions.descendants(county))[::7]]
    grids = [code + "017" for code in lower[::5] if len(code) == 12]
    return ["43", "44", "4309", *ODD_CITIES, *counties, *lower, *grids]


codes = st.deferred(lambda: st.sampled_from(sample()))


def test_the_tree_holds_the_whole_country() -> None:
    below = Counter(each.level for top in divisions.provinces() for each in divisions.descendants(top))
    assert len(divisions.provinces()) == 31
    assert below == {Level.CITY: 342, Level.COUNTY: 2978, Level.TOWN: 41352, Level.VILLAGE: 620573}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param("43", "湖南省", id="province"),
        pytest.param("4309", "湖南省益阳市", id="city"),
        pytest.param("430981", "湖南省益阳市沅江市", id="county"),
        pytest.param("430981006", "湖南省益阳市沅江市琼湖街道", id="town"),
        pytest.param("430981006001", "湖南省益阳市沅江市琼湖街道韩家汊社区", id="village"),
        pytest.param("430981006001017", "湖南省益阳市沅江市琼湖街道韩家汊社区017网格", id="grid"),
        pytest.param("110101001", "北京市东城区东华门街道", id="municipality_without_its_placeholder"),
        pytest.param("1101", "北京市市辖区", id="the_placeholder_itself"),
        pytest.param("429004", "湖北省仙桃市", id="county_directly_under_its_province"),
        pytest.param("441900003", "广东省东莞市东城街道", id="city_whose_only_county_repeats_it"),
        pytest.param("620201001", "甘肃省嘉峪关市雄关街道", id="city_whose_only_county_has_a_real_code"),
        pytest.param("350527000000", "福建省泉州市金门县", id="town_and_village_repeat_the_county"),
    ],
)
def test_a_full_name_reads_from_the_province_down(code: str, name: str) -> None:
    assert divisions.full_name(code) == name


@pytest.mark.parametrize(
    ("code", "known"),
    [
        pytest.param("4309", "4309", id="already_short"),
        pytest.param("430900", "4309", id="prefecture_in_six_digits"),
        pytest.param("4300", "43", id="province_in_four_digits"),
        pytest.param("430000000000", "43", id="province_in_twelve_digits"),
        pytest.param("430981000", "430981", id="county_in_nine_digits"),
        pytest.param("430981000000", "430981", id="county_in_twelve_digits"),
        pytest.param("430981006000000", "430981006", id="town_in_fifteen_digits"),
        pytest.param("430981006001000", "430981006001", id="village_in_fifteen_digits"),
        pytest.param("430981006001017", "430981006001017", id="grid_stays"),
        pytest.param("441900", "441900", id="county_that_looks_like_a_prefecture"),
        pytest.param("441900000000", "441900", id="the_same_padded"),
        pytest.param("350527000000", "350527000000", id="village_that_looks_padded"),
    ],
)
def test_a_code_is_normalised_to_its_shortest_form(code: str, known: str) -> None:
    assert divisions.normalise(code) == known
    assert divisions.find(code).code == known


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("430981999", "nearest known ancestor is 430981 湖南省益阳市沅江市", id="no_such_town"),
        pytest.param(
            "430981006999", "ancestor is 430981006 湖南省益阳市沅江市琼湖街道", id="no_such_village"
        ),
        pytest.param("430981006999001", "ancestor is 430981006 ", id="grid_of_no_village"),
        pytest.param("430981006001abc", "ancestor is 430981006001 ", id="grid_of_letters"),
        pytest.param("43098100600100１", "ancestor is 430981006001 ", id="grid_of_wide_digits"),
        pytest.param("430999000000", "ancestor is 4309 湖南省益阳市", id="padded_county_that_is_not"),
        pytest.param("43098", "ancestor is 4309 ", id="five_digits"),
        pytest.param("4309810060010000", "ancestor is 430981006001 ", id="sixteen_digits"),
        pytest.param("99", "'99'; nor has any ancestor", id="no_such_province"),
        pytest.param("", "''; nor has any ancestor", id="empty"),
        pytest.param("000000", "nor has any ancestor", id="only_padding"),
        pytest.param("４３", "nor has any ancestor", id="wide_digits"),
    ],
)
def test_an_unknown_code_is_refused_with_its_nearest_ancestor(code: str, message: str) -> None:
    with pytest.raises(UnknownDivisionError, match=message):
        divisions.find(code)


@pytest.mark.parametrize(
    ("code", "county"),
    [
        pytest.param("430981006001017", "430981", id="grid"),
        pytest.param("430981", "430981", id="county"),
        pytest.param("4309", "430900", id="city"),
        pytest.param("430900", "430900", id="prefecture_form"),
        pytest.param("4419", "441900", id="city_without_counties"),
        pytest.param("441900003", "441900", id="its_town"),
        pytest.param("6202", "620200", id="city_with_one_county"),
    ],
)
def test_the_county_key_has_six_digits(code: str, county: str) -> None:
    assert divisions.county_of(code) == county


def test_a_province_has_no_county_and_says_why() -> None:
    with pytest.raises(NoDivisionAtTierError, match="43 湖南省 is a province"):
        divisions.county_of("430000")


@pytest.mark.parametrize(
    ("code", "tier", "expected"),
    [
        pytest.param("430981006001017", Tier.VILLAGE, "430981006001", id="village_of_a_grid"),
        pytest.param("430981006001", Tier.TOWN, "430981006", id="town_of_a_village"),
        pytest.param("430981006001", Tier.COUNTY, "430981", id="county_of_a_village"),
        pytest.param("430981000000", Tier.CITY, "4309", id="city_of_a_padded_county"),
        pytest.param("441900003", Tier.COUNTY, "441900", id="county_that_stands_in_for_the_city"),
        pytest.param("4309", Tier.CITY, "4309", id="itself"),
    ],
)
def test_the_ancestor_at_a_tier(code: str, tier: Tier, expected: str) -> None:
    assert divisions.at_tier(code, tier) == expected
    assert divisions.tier_of(expected) is tier


def test_a_division_above_the_tier_asked_for_is_refused() -> None:
    with pytest.raises(NoDivisionAtTierError, match="430981 湖南省益阳市沅江市 lies above the village tier"):
        divisions.at_tier("430981", Tier.VILLAGE)


def test_a_province_is_no_tier_and_a_grid_has_its_villages() -> None:
    assert divisions.tier_of("43") is None
    assert divisions.tier_of("430981006001017") is Tier.VILLAGE


def test_tiers_rise_one_by_one_and_end_at_the_city() -> None:
    rising = [Tier.VILLAGE, Tier.TOWN, Tier.COUNTY, Tier.CITY]
    assert sorted(Tier, key=divisions.rank) == rising
    assert [divisions.above(tier) for tier in rising] == [*rising[1:], None]


@pytest.mark.parametrize(
    ("held", "common"),
    [
        pytest.param(["430981006001", "430981006002"], "430981006", id="two_villages_of_a_town"),
        pytest.param(["430981006001", "430981102"], "430981", id="two_towns"),
        pytest.param(["430981006001", "430981006"], "430981006", id="one_holds_the_other"),
        pytest.param(["430981006001017", "430981006001018"], "430981006001", id="two_grids"),
        pytest.param(["430981", "430902"], "4309", id="two_counties"),
        pytest.param(["4309", "4301"], "43", id="two_cities"),
        pytest.param(["430981000000", "430981"], "430981", id="the_same_in_two_forms"),
        pytest.param(["43", "44"], None, id="two_provinces"),
    ],
)
def test_the_lowest_common_division(held: list[str], common: str | None) -> None:
    assert divisions.lowest_common(held) == common


def test_no_codes_have_no_common_division() -> None:
    with pytest.raises(ValueError, match="no codes"):
        divisions.lowest_common([])


@given(st.lists(codes, min_size=1, max_size=6))
def test_the_lowest_common_division_holds_all_and_none_of_its_children_does(held: list[str]) -> None:
    def holds(code: str, other: str) -> bool:
        return code in (divisions.normalise(other), *divisions.ancestors(other))

    common = divisions.lowest_common(held)
    if common is None:
        assert len({code[:2] for code in held}) > 1
    else:
        assert all(holds(common, code) for code in held)
        assert not any(all(holds(child, code) for code in held) for child in divisions.children(common))


@given(codes)
def test_the_parent_of_every_child_is_the_division_itself(code: str) -> None:
    children = divisions.children(code)
    assert list(children) == sorted(set(children))
    assert {divisions.parent(child) for child in children} <= {divisions.normalise(code)}


@given(codes)
def test_ancestors_are_the_parents_one_after_another(code: str) -> None:
    up = divisions.parent(code)
    assert divisions.ancestors(code) == ((up, *divisions.ancestors(up)) if up else ())


@given(codes)
def test_descendants_are_the_children_and_theirs(code: str) -> None:
    direct = [each.code for each in divisions.descendants(code) if divisions.parent(each.code) == code]
    assert direct == list(divisions.children(code))


@given(codes, st.sampled_from([2, 4, 6, 9, 12, 15]))
def test_padding_changes_nothing_unless_it_makes_another_known_code(code: str, width: int) -> None:
    padded = code.ljust(width, "0")
    known = divisions.normalise(padded)
    assert known == code or (known.startswith(code) and padded.startswith(known) and len(known) > len(code))


@settings(max_examples=300)
@given(st.text(alphabet="0123456789 ab１", max_size=17))
def test_any_text_is_a_known_code_or_refused(code: str) -> None:
    try:
        known = divisions.normalise(code)
    except UnknownDivisionError:
        return
    assert divisions.normalise(known) == known


@pytest.mark.parametrize(
    ("name", "within", "found"),
    [
        pytest.param("琼湖街道", "430981", ["430981006"], id="as_written_there"),
        pytest.param("琼湖街道办事处", "430981", ["430981006"], id="street_office"),
        pytest.param("琼湖", "430981000000", ["430981006"], id="no_ending"),
        pytest.param(" 书院 社区居民委员会", "430981", ["430981006019"], id="community_committee"),
        pytest.param("书院居委会", "430981006", ["430981006019"], id="short_for_it"),
        pytest.param("书院村", "430981", ["430981006019"], id="a_village_that_became_a_community"),
        pytest.param("沅江市", "43", ["430981"], id="a_city_is_no_village_of_that_name"),
        pytest.param("沅江", "43", ["430981", "431281101227", "433122107006"], id="ambiguous_without_ending"),
        pytest.param("江华县", "43", ["431129"], id="autonomous_county_for_short"),
        pytest.param("恩施州", "42", ["4228"], id="autonomous_prefecture_for_short"),
        pytest.param("伊犁州", "65", ["6540"], id="people_named_without_their_last_syllable"),
        pytest.param("东区街道", "4420", ["442000002"], id="written_ending_narrows"),
        pytest.param("东区", "4420", ["442000002", "442000118002"], id="stem_that_looks_like_an_ending"),
        pytest.param("琼湖街道", "430902", [], id="not_in_that_county"),
        pytest.param("琼湖街道", "430981006", [], id="not_below_itself"),
        pytest.param("", "430981", [], id="empty"),
        pytest.param("街道", "430981", [], id="only_an_ending"),
    ],
)
def test_a_written_name_finds_what_it_can_mean(name: str, within: str, found: list[str]) -> None:
    assert [each.code for each in divisions.lookup(name, within)] == found


@given(codes.filter(lambda code: len(code) in (9, 12)))
def test_a_division_is_found_by_its_own_name_in_its_county(code: str) -> None:
    assert divisions.find(code) in divisions.lookup(divisions.find(code).name, divisions.county_of(code))


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_reads_nothing_but_modules() -> None:
    script = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
import shared.divisions
read = [path for path in opened if path.endswith(".zip")]
assert not read, read
shared.divisions.find("430981")
assert any(path.endswith("divisions.zip") for path in opened)
"""
    run("-c", script)


def test_a_county_and_the_country_load_within_their_limits() -> None:
    """In processor time: busy neighbours on the machine are not our fault."""
    subtrees = [json.loads(run("-m", "bench.divisions", "subtree")) for _ in range(3)]
    trees = [json.loads(run("-m", "bench.divisions", "tree")) for _ in range(3)]
    assert min(each["processor"] for each in subtrees) < SUBTREE_SECONDS
    assert min(each["processor"] for each in trees) < TREE_SECONDS
    assert min(each["megabytes"] for each in trees) < TREE_MEGABYTES


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The build's input with one division of each level."""
    rows = {
        "provinces": "code,name\n43,湖南省\n",
        "cities": "code,name\n4309,益阳市\n",
        "areas": "code,name\n430981,沅江市\n",
        "streets": "code,name\n430981006,琼湖街道\n",
    }
    for name, text in rows.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "villages.csv.gz").write_bytes(gzip.compress("code,name\n430981006001,韩家汊社区\n".encode()))
    return tmp_path


def build(source: Path, target: Path) -> bytes:
    run("deploy/divisions/build.py", str(source), str(target))
    return target.read_bytes()


def test_the_same_source_builds_the_same_bytes(source: Path) -> None:
    assert build(source, source / "one.zip") == build(source, source / "two.zip")


def test_an_orphan_is_not_built(source: Path) -> None:
    (source / "streets.csv").write_text("code,name\n430982006,无\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="430982006 has no parent"):
        build(source, source / "one.zip")
