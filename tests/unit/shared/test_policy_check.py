"""What a policy file may say: every error at once, each with its line; and the lines that are not crossed."""

from pathlib import Path

import pytest

from shared import catalogue
from shared.catalogue import SHIPPED
from shared.errors import PolicyInvalidError
from shared.policy_check import Problem, forbidden_word

TEXT = SHIPPED.read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> str:
    """The shipped policy with parts replaced, each found exactly once."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    assert text.count(part) == 1, part
    return text[: text.index(part)].count("\n") + 1


def test_the_shipped_policy_has_no_problem() -> None:
    assert catalogue.problems_of(TEXT) == []


def test_places_lie_in_a_town_or_a_village_and_a_file_without_any_is_whole() -> None:
    named = changed(("places: {}", 'places: {滨江花园: "430981006001", 一中: "430981006"}'))
    assert catalogue.of_text(named).file.places == {"滨江花园": "430981006001", "一中": "430981006"}
    assert catalogue.of_text(changed(("places: {}", ""))).file.places == {}


PLANTED = [
    pytest.param(
        "people_involved: {big: 5, hard: 30}",
        "people_involved: {big: 5, hard: 5}",
        "grading.people_involved.hard: 5 is not above big: 5",
        id="thresholds",
    ),
    pytest.param("injury: big", "injury: bad", "grading.injury: 'bad' is not one of", id="not a grade"),
    pytest.param(
        "big: 50_000", "big: 0", "grading.money_at_stake.big: 0 is less than the minimum of 1", id="zero"
    ),
    pytest.param(
        "{confidence: 0.8}", "{confidence: 1.01}", "sorting.confidence: 1.01 is greater than", id="above one"
    ),
    pytest.param(
        "{confidence: 0.8}",
        "{confidence: .nan}",
        "sorting.confidence: not a plain value: .nan",
        id="not a number",
    ),
    pytest.param(
        "county: county_centre, city: city_centre}\n",
        "city: nobody}\n",
        "triage.city: no body named 'nobody'",
        id="triage body",
    ),
    pytest.param(
        "oversight: city_oversight", "oversight: them", "oversight: no body named 'them'", id="oversight body"
    ),
    pytest.param(
        "oversight: city_oversight",
        "oversight: city_centre",
        "oversight: must not be",
        id="oversight is triage",
    ),
    pytest.param('closes: "17:30"', 'closes: "14:30"', "office_hours: must rise", id="office hours"),
    pytest.param(
        "office_hours_of: {}",
        'office_hours_of: {"4309": {opens: "09:00", lunch_from: "08:00", lunch_until: "13:00", closes: "17:00"}}',
        "office_hours_of.4309: must rise",
        id="office hours of a city",
    ),
    pytest.param(
        "office_hours_of: {}", "office_hours_of: {town: {}}", "office_hours_of.town", id="hours of no code"
    ),
    pytest.param(
        "places: {}", 'places: {园: "430981006001"}', "places.园: '园' is too short", id="one character"
    ),
    pytest.param(
        "places: {}", 'places: {"园 ": "430981006001"}', "places.园 : is shorter than two", id="and a blank"
    ),
    pytest.param(
        "places: {}",
        'places: {花园: "430981006999"}',
        "places.花园: no town or village has the code '430981006999'",
        id="a place in no village",
    ),
    pytest.param(
        "places: {}",
        'places: {花园: "430981006000"}',
        "places.花园: no town or village has the code",
        id="a town in twelve digits",
    ),
    pytest.param(
        "places: {}",
        'places: {花园: "430981"}',
        "places.花园: '430981' must be the code of a town or village",
        id="a place in a county",
    ),
    pytest.param(
        "places: {}",
        "places: {花园: 430981006001}",
        "places.花园: 430981006001 is not of type string",
        id="a place's code without quotes",
    ),
    pytest.param("red: 80}", "red: 50}", "colours.red: 50 does not come after yellow: 50", id="colours"),
    pytest.param("red: 80}", "red: 100}", "colours.red: 100 is greater than", id="red at the limit"),
    pytest.param(
        "waits_for_court: 90 days",
        "waits_for_court: 0 days",
        "pauses.waits_for_court: must be",
        id="no pause",
    ),
    pytest.param("reopen: 30 days", "reopen: 0 days", "reopen: must be longer", id="no time to reopen"),
    pytest.param(
        "arrive: 3 minutes", "arrive: 1 minute", "fast_lane.arrive: must come after", id="arrived at once"
    ),
    pytest.param("support: 5 minutes", "support: 1 hour", "", id="an hour comes after minutes"),
    pytest.param(
        "minutes,\n  town: police_post",
        "minutes,\n  town: nobody",
        "fast_lane.town: no body named 'nobody'",
        id="fast lane's command",
    ),
    pytest.param(
        "limits_per_tick: 2000",
        "limits_per_tick: 0",
        "limits_per_tick: 0 is less than",
        id="no limit ever fires",
    ),
    pytest.param(
        "reading_room: {zh: 农家书屋",
        "reading_room: {zh: 重点人员帮扶",
        "refused",
        id="a resource for people of a kind",
    ),
    pytest.param(
        'closes: "17:30"', "closes: 17:30", "office_hours.closes: 1050 is not of type", id="yaml's base 60"
    ),
    pytest.param(
        "close: 2 working days,", "close: soon,", "steps.close: 'soon' must be a length", id="no span"
    ),
    pytest.param(
        "close: 2 working days,", "close: 0 days,", "steps.close: must be longer than", id="an empty span"
    ),
    pytest.param(
        "{small: 1 working day,", "{", "presets.complexity.resolve: must name all", id="a grade is missing"
    ),
    pytest.param(
        "accept: 5 minutes", "accept: 00 minutes", "presets.urgent.accept: must be longer", id="empty accept"
    ),
    pytest.param("labour: {zh:", "workers: {zh:", "no group named 'labour'", id="a group is missing"),
    pytest.param(
        "en: neighbour dispute,", "", "categories.dispute.neighbour: en is missing", id="a name is missing"
    ),
    pytest.param(
        "en: neighbour dispute,",
        "en: x, colour: red,",
        "categories.dispute.neighbour.colour: unknown",
        id="unknown",
    ),
    pytest.param(
        "en: neighbour dispute, entry: village",
        "en: x, entry: street",
        "entry: 'street' is not one",
        id="no tier",
    ),
    pytest.param(
        "en: neighbour dispute, entry: village, budget: ladder",
        "en: x, entry: village, budget: never",
        "categories.dispute.neighbour.budget: no preset named 'never'",
        id="no preset",
    ),
    pytest.param(
        "window: 2 days,", "window: 0 days,", "categories.utility.power.window: must be longer", id="window"
    ),
    pytest.param(
        "window: 2 days,", "window: 2,", "categories.utility.power.window: 2 is not of type", id="unit"
    ),
    pytest.param("window: 2 days,", "window: 2 weeks,", "'2 weeks' must be days or hours", id="weeks"),
    pytest.param(
        "{village: owners_committee,", "{", "no desk at village, and the category enters", id="entry desk"
    ),
    pytest.param(
        "county: legal_aid,", "", "no desk at county, and the category enters", id="a gap in the ladder"
    ),
    pytest.param(
        "{village: owners_committee,", "{village: them,", "village: no body named 'them'", id="no such body"
    ),
    pytest.param(
        "en: village affairs and accounts, entry: town",
        "en: x, entry: village",
        "categories.village.accounts.entry: village is below never_below: town",
        id="below its floor",
    ),
    pytest.param(
        "en: tip about drugs, entry: county",
        "en: x, entry: town",
        "entry: a confidential",
        id="confidential entry",
    ),
    pytest.param(
        "{county: drug_squad,",
        "{town: police_post, county: drug_squad,",
        "town: a confidential",
        id="secret in town",
    ),
    pytest.param("  other.unclear:", "  other.odd:", "categories: other.unclear is missing", id="no unclear"),
    pytest.param(
        "  wish.small:", "  Wish.small:", "categories.Wish.small: 'Wish.small' must be two", id="a code"
    ),
    pytest.param("  wish.small:", "  wish:", "categories.wish: 'wish' must be two levels", id="one level"),
    pytest.param(
        "  wish.small:", "  legal.question:", "categories.legal.question: duplicate key", id="duplicate"
    ),
    pytest.param("  wish.small:", "  [a, b]:", "categories: a key must be one word", id="a list as key"),
    pytest.param("name: county\n", "name: &n county\n", "", id="an anchor alone does nothing"),
    pytest.param("zh: 县域社会治理", "zh: 2026-01-01", "zh: datetime.date(2026, 1, 1) is not", id="a date"),
    pytest.param(
        "zh: 县域社会治理", "zh: !!python/name:os.system x", "zh: not a plain value", id="code in it"
    ),
    pytest.param(
        "en: small wish,", "en: religious wish,", "categories.wish.small: refused: 'religi'", id="belief"
    ),
    pytest.param(
        "zh: 微心愿, en: small wish,", "zh: 重点人员, en: x,", "refused: '重点人'", id="key persons"
    ),
    pytest.param(
        "care: {zh: 关爱救助,", "care: {zh: 少数民族,", "groups.care: refused: '民族'", id="ethnic group"
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), PLANTED)
def test_a_planted_error_is_found(old: str, new: str, message: str) -> None:
    found = [str(problem) for problem in catalogue.problems_of(changed((old, new)))]
    assert any(message in problem for problem in found) if message else not found, found


def test_every_error_is_found_at_once_and_at_its_line(tmp_path: Path) -> None:
    text = changed(
        ("injury: big", "injury: bad"),
        ("close: 2 working days,", "close: 0 days,"),
        ("county: legal_aid,", "county: nobody,"),
        ("  hazard.geology: {zh: 地质灾害、滑坡", "  hazard.geology: {zh: 信访史"),
        ("window: 2 days,", "window: 2 weeks,"),
        ("  wish.small:", "  legal.question:"),
        ("  care.elder: {zh: 养老、独居,", "  care.elder: {colour: red,"),
        ("  other.unclear: {zh: 无法归类, en: not yet sorted, entry: county, budget: ladder",
         "  other.unclear: {zh: 无法归类, en: not yet sorted, entry: county, budget: slow"),
    )  # fmt: skip
    first = line_of(text, "  legal.question: {zh: 微心愿")
    elder = line_of(text, "  care.elder:")
    expected = [
        Problem(
            line_of(text, "injury: bad"), "grading.injury", "'bad' is not one of ['big', 'hard', 'small']"
        ),
        Problem(line_of(text, "close: 0 days"), "steps.close", "must be longer than nothing"),
        Problem(
            line_of(text, "county: nobody"),
            "categories.dispute.inheritance_support.desks.county",
            "no body named 'nobody'",
        ),
        Problem(
            line_of(text, "window: 2 weeks"),
            "categories.utility.power.window",
            "'2 weeks' must be days or hours, as in 30 days, 6 hours",
        ),
        Problem(
            line_of(text, "信访史"),
            "categories.hazard.geology",
            "refused: '信访史'. This system works on matters, never on people (domain.md)",
        ),
        Problem(elder, "categories.care.elder", "zh is missing"),
        Problem(elder, "categories.care.elder.colour", "unknown field"),
        Problem(
            line_of(text, "  legal.question: {zh: 法律咨询"),
            "categories.legal.question",
            f"duplicate key, first on line {first}",
        ),
        Problem(line_of(text, "budget: slow"), "categories.other.unclear.budget", "no preset named 'slow'"),
    ]
    assert catalogue.problems_of(text) == expected
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyInvalidError) as refused:
        catalogue.load(path)
    assert str(refused.value).splitlines() == [f"{path}:", *map(str, expected)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("", 1, "None is not of type object", id="empty"),
        pytest.param("- a\n- b\n", 1, "['a', 'b'] is not of type object", id="a list"),
        pytest.param("name: county\nzh: [\n", 3, "not YAML", id="broken"),
        pytest.param("name: a\n---\nname: b\n", 2, "not YAML", id="two documents"),
        pytest.param("a: &a {b: 1}\nc: *a\n", 1, "or an alias (*name)", id="an alias"),
        pytest.param("a: &a [*a]\n", 1, "or an alias (*name)", id="an alias of itself"),
        pytest.param("a: " + "[" * 5000, 1, "not YAML", id="too deep to read"),
        pytest.param("<<: {name: county}\n", 1, "unknown field", id="a merge"),
        pytest.param("1: x\n", 1, "1: unknown field", id="a number as key"),
        pytest.param("zh: a\0b\n", 1, "not YAML", id="a control character"),
    ],
)
def test_what_is_no_policy_at_all_is_told_too(text: str, line: int, message: str) -> None:
    problems = catalogue.problems_of(text)
    assert any(problem.line == line and message in str(problem) for problem in problems), problems


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalidError, match="cannot be read"):
        catalogue.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "words",
    [
        "person.belief", "care.religion", "宗教场所", "order.cult", "care.opinion", "舆情", "思想动态",
        "order.ethnic", "民族事务", "petition.history", "petition.repeat", "重复信访", "缠访闹访", "上访人员", "信访史",
        "order.key_person", "order.keypeople", "Key-Persons", "重点人员", "重 点 人 员", "重点·管控",
        "特殊人群", "watch_list", "黑名单",
        "person of interest", "profile of residents", "维稳", "刑满释放人员", "吸毒人员", "精神病人",
        "ＫＥＹ　ＰＥＲＳＯＮ", "social credit",
    ],
)  # fmt: skip
def test_a_category_about_people_is_refused(words: str) -> None:
    assert forbidden_word(words)


@pytest.mark.parametrize(
    "words",
    [
        "petition.first", "初次信访", "petition.review", "culture.venue", "文化活动", "街道教育", "hazard.trace_gas",
        "涉毒线索", "tip.drugs", "care.crisis", "心理危机", "medical.dispute", "意见建议", "service.section",
        "重点工程", "非信访事项", "非访问时段", "回访记录", "tracing of leaks",
    ],
)  # fmt: skip
def test_a_category_about_a_matter_is_not_refused(words: str) -> None:
    assert forbidden_word(words) is None
