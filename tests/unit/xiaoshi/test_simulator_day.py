"""A simulated day: what is in it, and that its truth is true."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import combinations, pairwise

import msgspec
import pytest

from services.intake.rules.envelope import unwrap
from services.intake.rules.screen import Given, Refusal, Screen
from services.intake.sources import sources
from shared import catalogue, divisions
from shared.catalogue import UNCLEAR
from shared.errors import NoDivisionAtTierError
from shared.matter import Report
from shared.wire import Record
from xiaoshi.simulator import arrival, broken, matters
from xiaoshi.simulator.day import Day, Sent, make_day
from xiaoshi.simulator.sent import BEIJING, ROADS

COUNTY, MONDAY = "430981", date(2026, 3, 2)
# What the catalogue refuses to know about people must not come back through made-up texts.
NEVER_SAID = (
    "宗教",
    "信教",
    "教徒",
    "民族",
    "邪教",
    "重点人员",
    "上访户",
    "上访人员",
    "前科",
    "精神病",
    "身份证号",
)


@cache
def policy() -> catalogue.Policy:
    return catalogue.load()


@cache
def big_day() -> Day:
    return make_day(COUNTY, MONDAY, 1, 5000, policy())


@cache
def reports() -> dict[int, Report | Refusal]:
    """What intake makes of every submission of the big day, by its place."""
    return {each.truth.n: screened(each) for each in big_day().sent}


def screened(sent: Sent) -> Report | Refusal:
    headers = tuple((name, value.encode()) for name, value in sent.headers)
    contents = unwrap(Record("raw", 0, 0, 0, sent.county.encode(), sent.payload, headers))
    if isinstance(contents, Refusal):
        return contents
    screen = Screen(policy().file.categories)
    return screen(contents.data, Given(sources()[sent.source], sent.at, contents.source_id))


def accepted(n: int) -> Report:
    report = reports()[n]
    assert isinstance(report, Report)
    return report


@cache
def groups() -> dict[int, list[Sent]]:
    found = defaultdict(list)
    for each in big_day().sent:
        if each.truth.expect == "accepted" and each.truth.group is not None:
            found[each.truth.group].append(each)
    return found


def first_of(group: int) -> Report:
    return accepted(groups()[group][0].truth.n)


def two_by_two(text: str) -> set[str]:
    """Every two neighbouring characters, punctuation aside."""
    return {a + b for a, b in pairwise(text) if (a + b).isalnum()}


def test_the_same_arguments_give_the_same_bytes() -> None:
    one, other = (make_day(COUNTY, MONDAY, 7, 400, policy()) for _ in range(2))
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


@pytest.mark.parametrize(
    ("county", "day", "seed", "count"),
    [
        pytest.param(COUNTY, MONDAY, 8, 400, id="seed"),
        pytest.param(COUNTY, date(2026, 3, 3), 7, 400, id="day"),
        pytest.param("430921", MONDAY, 7, 400, id="county"),
        pytest.param(COUNTY, MONDAY, 7, 401, id="count"),
    ],
)
def test_any_other_argument_gives_other_reports(county: str, day: date, seed: int, count: int) -> None:
    known = {each.truth.source_id for each in make_day(COUNTY, MONDAY, 7, 400, policy()).sent}
    other = make_day(county, day, seed, count, policy())
    assert known.isdisjoint(each.truth.source_id for each in other.sent)


@pytest.mark.parametrize("count", [1, 2, 5, 30, 1000])
def test_a_day_has_exactly_as_many_submissions_as_asked_for_in_order_of_time(count: int) -> None:
    sent = make_day(COUNTY, MONDAY, 3, count, policy()).sent
    assert [each.truth.n for each in sent] == list(range(1, count + 1))
    assert [each.at for each in sent] == sorted(each.at for each in sent)
    assert {each.at.astimezone(BEIJING).date() for each in sent} == {MONDAY}


def test_of_five_thousand_four_percent_come_again_and_two_are_malformed() -> None:
    counts = big_day().counts()
    assert (counts["duplicate"], counts["refused"], counts["accepted"]) == (200, 100, 4700)


def test_about_eighteen_percent_tell_of_a_matter_already_told() -> None:
    counts = big_day().counts()
    assert 1 - counts["matters"] / counts["accepted"] == pytest.approx(0.18, abs=0.01)
    assert {len(members) for members in groups().values()} == {1, 2, 3, 4, 5, 6}


def test_groups_are_numbered_by_their_first_report() -> None:
    firsts = [members[0].truth.n for _, members in sorted(groups().items())]
    assert firsts == sorted(firsts)
    assert sorted(groups()) == list(range(1, len(firsts) + 1))


def test_intake_gives_every_submission_the_answer_of_its_truth() -> None:
    for sent in big_day().sent:
        found = reports()[sent.truth.n]
        if isinstance(found, Refusal):
            assert (sent.truth.expect, sent.truth.reason) == ("refused", found.reason), found.detail
        else:
            assert sent.truth.expect != "refused", sent.truth
            assert (found.source, found.source_id) == (sent.truth.source, sent.truth.source_id)


def test_every_category_source_road_and_reason_of_refusal_occurs() -> None:
    truths = [each.truth for each in big_day().sent]
    told = {accepted(t.n).category for t in truths if t.expect == "accepted"}
    assert told == {*policy().file.categories, None}
    assert {t.source for t in truths} == set(sources())
    assert {t.road for t in truths} == set(ROADS)
    assert {t.reason for t in truths if t.expect == "refused"} == set(broken.REASONS)


def test_every_category_of_the_policy_has_texts_of_its_own() -> None:
    assert set(policy().file.categories) == set(matters.tellings().categories)


def test_the_key_is_the_county_of_the_reports_division() -> None:
    for sent in big_day().sent:
        if sent.truth.expect != "refused":
            assert sent.county == divisions.county_of(accepted(sent.truth.n).division)


def test_a_redelivery_comes_after_its_original_with_the_same_contents() -> None:
    originals = {e.truth.source_id: e for e in big_day().sent if e.truth.expect == "accepted"}
    again = [each for each in big_day().sent if each.truth.expect == "duplicate"]
    for each in again:
        original = originals[each.truth.source_id]
        assert original.truth.n < each.truth.n
        assert accepted(original.truth.n) == accepted(each.truth.n)
        assert original.truth.group == each.truth.group
    assert {originals[e.truth.source_id].truth.road == e.truth.road for e in again} == {True, False}


def test_the_reports_of_a_matter_share_village_and_category_within_its_window() -> None:
    for members in groups().values():
        if len(members) == 1:
            continue
        told = [accepted(each.truth.n) for each in members]
        category = told[0].category
        assert {report.category for report in told} == {category}
        assert category not in (None, UNCLEAR)
        assert len({report.division[:12] for report in told}) == 1
        assert all(len(report.division) in (12, 15) for report in told)
        window = catalogue.window_of(policy(), category or UNCLEAR)
        assert window is not None
        assert members[-1].at - members[0].at <= min(timedelta(hours=5), window * 0.9)


def test_the_reports_of_a_matter_name_the_same_thing_in_other_words() -> None:
    texts = [[accepted(e.truth.n).text for e in members] for members in groups().values() if len(members) > 1]
    assert all(len(set(told)) == len(told) for told in texts)


def test_most_further_reports_come_over_another_source() -> None:
    further = [(m[0].source, each.source) for m in groups().values() for each in m[1:]]
    assert sum(first != other for first, other in further) / len(further) > 0.7


def test_look_alikes_differ_in_the_village_or_in_the_thing() -> None:
    alike = [(g, m[0].truth.look_alike_of) for g, m in groups().items() if m[0].truth.look_alike_of]
    pairs = [(first_of(group), first_of(other)) for group, other in alike if other is not None]
    assert all(one.category == other.category for one, other in pairs)
    moved = [(a, b) for a, b in pairs if a.division[:12] != b.division[:12]]
    beside = [(a, b) for a, b in pairs if a.division[:12] == b.division[:12]]
    assert min(len(moved), len(beside)) >= 40
    assert all(two_by_two(a.text) != two_by_two(b.text) for a, b in beside)


def test_words_within_a_matter_are_nearer_than_between_look_alikes() -> None:
    def near(one: Report, other: Report) -> float:
        a, b = (two_by_two(f"{r.title} {r.text}") for r in (one, other))
        return len(a & b) / min(len(a), len(b))

    within = [
        near(accepted(a.truth.n), accepted(b.truth.n))
        for m in groups().values()
        for a, b in combinations(m, 2)
    ]
    between = [
        near(first_of(group), first_of(members[0].truth.look_alike_of))
        for group, members in groups().items()
        if members[0].truth.look_alike_of
        and first_of(members[0].truth.look_alike_of).division[:12] == first_of(group).division[:12]
    ]
    assert sorted(within)[len(within) // 10] > sorted(between)[len(between) * 3 // 4]


def test_hardly_two_texts_are_the_same() -> None:
    texts = [accepted(e.truth.n).text for e in big_day().sent if e.truth.expect == "accepted"]
    assert len(set(texts)) / len(texts) > 0.99
    lengths = sorted(map(len, texts))
    assert lengths[0] >= 20
    assert lengths[-1] <= 300


def test_hours_arrive_in_the_measured_shape() -> None:
    """Chi-square with 23 degrees of freedom: 49.7 is passed by chance once in a thousand."""
    found = Counter(each.at.hour for each in big_day().sent)
    whole = sum(arrival.BY_HOUR)
    expected = [5000 * share / whole for share in arrival.BY_HOUR]
    assert sum((found[hour] - want) ** 2 / want for hour, want in enumerate(expected)) < 49.7


def test_a_weekend_has_fewer_reports_than_a_weekday() -> None:
    week = [arrival.usual(COUNTY, MONDAY + timedelta(days=n)) for n in range(7)]
    villages = sum(len(divisions.children(town)) for town in divisions.children(COUNTY))
    assert sum(week) == pytest.approx(villages * 5 * 7, abs=4)
    assert max(week[5:]) < min(week[:5])


def test_triage_has_work_reports_without_category_or_village() -> None:
    told = [accepted(e.truth.n) for e in big_day().sent if e.truth.expect == "accepted"]
    assert sum(report.category is None for report in told) > 50
    assert {len(divisions.normalise(report.division)) for report in told} == {4, 6, 9, 12, 15}


def test_contact_data_are_plainly_nobodys() -> None:
    for sent in big_day().sent:
        report = reports()[sent.truth.n]
        if isinstance(report, Report) and report.reporter is not None:
            assert re.fullmatch(r"199-0000-\d{4}", report.reporter.phone or "")
            assert report.reporter.name is None or report.reporter.name.startswith("测试")


def test_texts_say_nothing_of_what_people_are_or_believe() -> None:
    shipped = matters.TELLINGS.read_text(encoding="utf-8")
    assert [word for word in NEVER_SAID if word in shipped] == []


def test_a_division_without_villages_below_its_towns_is_refused() -> None:
    with pytest.raises(NoDivisionAtTierError, match="430981006"):
        make_day("430981006", MONDAY, 1, 10, policy())
