"""The shipped policy, row by row, and the lookups."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared import catalogue, divisions, limits
from shared.calendar import ZONE, WallClock, WorkingDays, WorkingHours
from shared.catalogue import LATER, SHIPPED, UNCLEAR, Policy, What
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError, UnknownDivisionError
from shared.matter import Grade

TEXT = SHIPPED.read_text(encoding="utf-8")
POLICY = catalogue.load()
CATEGORIES = sorted(POLICY.file.categories)
VILLAGE = "430981006001"
TUESDAY = datetime(2026, 1, 6, 9, 10, tzinfo=ZONE)

# categories.md, entry by entry; a fast lane enters at the town
ENTRIES = {
    Tier.VILLAGE: """
        dispute.neighbour dispute.marriage_family dispute.land_boundary dispute.property_service
        dispute.inheritance_support environment.noise environment.waste environment.farming utility.water
        utility.power
        city.street_light city.road_damage city.street_vendor city.greening city.stray_animal traffic.parking
        hazard.fire
        hazard.flood_drowning care.elder care.child care.disability_poverty wish.small legal.question
    """,
    Tier.TOWN: """
        dispute.expropriation dispute.housing_sale dispute.traffic_damage dispute.consumer dispute.contract_debt
        dispute.school labour.unpaid_wages labour.insurance labour.dismissal_contract medical.service education.fees
        education.enrolment education.training_refund environment.fumes_dust environment.water utility.gas_heat
        utility.telecom city.illegal_building traffic.signal_sign hazard.geology hazard.construction hazard.building
        hazard.special_equipment hazard.food_drug order.theft order.gambling village.accounts village.subsidy
        village.collective_land petition.first service.enquiry
        order.brawl_threat care.crisis emergency.fire emergency.injury_life emergency.flood_landslide emergency.crowd
    """,
    Tier.COUNTY: """
        labour.injury medical.dispute traffic.public_transport hazard.dangerous_goods order.fraud_telecom
        finance.illegal_fundraising finance.pyramid_selling body.conduct body.enforcement tip.gang tip.drugs
        petition.review court.enforcement other.unclear
    """,
}


def test_every_row_of_the_catalogue_is_there_and_enters_where_it_says() -> None:
    expected = {code: tier for tier, codes in ENTRIES.items() for code in codes.split()}
    assert {code: row.entry for code, row in POLICY.file.categories.items()} == expected


@pytest.mark.parametrize("code", CATEGORIES)
def test_every_category_has_a_desk_of_its_own_from_its_entry_up_to_the_city(code: str) -> None:
    row = POLICY.file.categories[code]
    for tier in list(Tier)[divisions.rank(row.entry) :]:
        desk = catalogue.desk_at(POLICY, code, VILLAGE, tier)
        assert desk.division == divisions.at_tier(VILLAGE, tier)
        assert desk.body == getattr(row.desks, tier)


@pytest.mark.parametrize("what", ["resolve", *LATER])
@pytest.mark.parametrize("code", CATEGORIES)
def test_every_step_of_every_category_has_a_deadline_after_its_start(code: str, what: What) -> None:
    for grade in Grade:
        for tier in Tier:
            due = limits.deadline(POLICY, code, grade, tier, what, TUESDAY, VILLAGE)
            assert due is not None
            assert due.at > TUESDAY
            assert due.what == what


@pytest.mark.parametrize(
    ("code", "division", "tier", "desk"),
    [
        pytest.param(
            "dispute.neighbour", VILLAGE, Tier.VILLAGE, f"{VILLAGE}:mediation_committee", id="village"
        ),
        pytest.param(
            "dispute.neighbour", VILLAGE, Tier.TOWN, "430981006:town_mediation_committee", id="town"
        ),
        pytest.param("dispute.neighbour", VILLAGE, Tier.COUNTY, "430981:mediation_centre", id="county"),
        pytest.param("dispute.neighbour", VILLAGE, Tier.CITY, "4309:mediation_centre", id="city"),
        pytest.param(
            "dispute.neighbour", VILLAGE + "007", Tier.VILLAGE, f"{VILLAGE}:mediation_committee", id="grid"
        ),
        pytest.param(
            "dispute.school", VILLAGE, Tier.VILLAGE, f"{VILLAGE}:village_centre", id="no desk: triage"
        ),
        pytest.param("no.such", VILLAGE, Tier.COUNTY, "430981:county_centre", id="unknown category: triage"),
        pytest.param(
            "dispute.neighbour",
            "430981006",
            Tier.VILLAGE,
            "430981006:town_mediation_committee",
            id="no village",
        ),
        pytest.param("dispute.neighbour", "430900", Tier.VILLAGE, "4309:mediation_centre", id="no county"),
        pytest.param(
            "tip.gang", VILLAGE, Tier.VILLAGE, "430981:gang_tips_desk", id="confidential: never lower"
        ),
        pytest.param(
            "tip.gang", VILLAGE, Tier.TOWN, "430981:gang_tips_desk", id="confidential: not the town either"
        ),
    ],
)
def test_a_desk_is_found_for_every_category_tier_and_division(
    code: str, division: str, tier: Tier, desk: str
) -> None:
    found = catalogue.desk_at(POLICY, code, division, tier)
    assert f"{found.division}:{found.body}" == desk


def test_a_desk_names_the_office_and_not_a_person() -> None:
    assert catalogue.desk_at(POLICY, "dispute.neighbour", VILLAGE, Tier.VILLAGE).role == "调委会主任 / chair"


@pytest.mark.parametrize(
    ("division", "error"),
    [
        pytest.param("999999999999", UnknownDivisionError, id="not in the tree"),
        pytest.param("4300", NoDivisionAtTierError, id="a province"),
    ],
)
def test_a_desk_needs_a_division_with_a_city(division: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        catalogue.desk_at(POLICY, "dispute.neighbour", division, Tier.CITY)


@pytest.mark.parametrize(
    ("code", "grade", "tier", "what", "rule", "at"),
    [
        pytest.param(
            "dispute.neighbour",
            "small",
            "village",
            "resolve",
            "ladder.resolve.village",
            "01-06 17:30",
            id="1",
        ),
        pytest.param(
            "dispute.neighbour", "small", "town", "resolve", "ladder.resolve.town", "01-07 17:30", id="+2"
        ),
        pytest.param(
            "dispute.neighbour",
            "hard",
            "county",
            "resolve",
            "ladder.resolve.county",
            "01-07 17:30",
            id="+2+2",
        ),
        pytest.param(
            "dispute.neighbour", "hard", "city", "resolve", "ladder.resolve.city", "01-07 17:30", id="+2+2+2"
        ),
        pytest.param(
            "labour.injury",
            "small",
            "county",
            "resolve",
            "complexity.resolve.small",
            "01-06 17:30",
            id="small",
        ),
        pytest.param(
            "labour.injury", "big", "county", "resolve", "complexity.resolve.big", "01-14 17:30", id="big"
        ),
        pytest.param(
            "labour.injury", "hard", "city", "resolve", "complexity.resolve.hard", "02-02 17:30", id="hard"
        ),
        pytest.param(
            "petition.first", "small", "town", "accept", "petition.accept", "01-21 09:10", id="petition: 15"
        ),
        pytest.param(
            "petition.first",
            "small",
            "town",
            "resolve",
            "petition.resolve.town",
            "03-07 09:10",
            id="petition: 60",
        ),
        pytest.param(
            "emergency.fire",
            "hard",
            "county",
            "resolve",
            "urgent.resolve.county",
            "01-06 13:10",
            id="4 hours",
        ),
        pytest.param(
            "emergency.fire", "hard", "county", "accept", "urgent.accept", "01-06 09:15", id="5 minutes"
        ),
        pytest.param("dispute.neighbour", "small", "town", "visit", "steps.visit", "01-08 17:30", id="visit"),
        pytest.param("dispute.neighbour", "small", "town", "close", "steps.close", "01-07 17:30", id="close"),
        pytest.param(
            "dispute.neighbour", "small", "city", "notice", "steps.notice", "01-12 17:30", id="notice"
        ),
        pytest.param(
            "petition.first", "small", "city", "notice", "petition.notice", "01-21 09:10", id="own notice"
        ),
        pytest.param(
            "no.such", "small", "town", "resolve", "ladder.resolve.town", "01-07 17:30", id="unknown category"
        ),
    ],
)
def test_a_budget_is_that_of_the_preset_by_tier_or_grade(
    code: str, grade: str, tier: str, what: What, rule: str, at: str
) -> None:
    due = limits.deadline(POLICY, code, Grade(grade), Tier(tier), what, TUESDAY, VILLAGE)
    assert due is not None
    assert (due.rule, due.at.strftime("%m-%d %H:%M")) == (rule, at)


def test_accepting_has_a_time_of_its_own_only_where_the_preset_says_so() -> None:
    assert (
        limits.deadline(POLICY, "dispute.neighbour", Grade.SMALL, Tier.TOWN, "accept", TUESDAY, VILLAGE)
        is None
    )


def test_the_ladder_is_seven_working_days_in_all() -> None:
    spans = POLICY.file.presets["ladder"].resolve
    assert [int(spans[tier.value].split()[0]) for tier in Tier] == [1, 2, 2, 2]


def test_a_deadline_is_explained_in_both_languages() -> None:
    due = limits.deadline(POLICY, "dispute.neighbour", Grade.SMALL, Tier.TOWN, "resolve", TUESDAY, VILLAGE)
    assert due is not None
    assert "two working days" in due.why
    assert "2个工作日" in due.why_zh


@pytest.mark.parametrize(
    ("span", "budget"),
    [
        pytest.param("1 working day", WorkingDays(1), id="one working day"),
        pytest.param("20 working days", WorkingDays(20), id="working days"),
        pytest.param("4 working hours", WorkingHours(timedelta(hours=4)), id="working hours"),
        pytest.param("60 days", WallClock(timedelta(days=60)), id="days"),
        pytest.param("1 hour", WallClock(timedelta(hours=1)), id="an hour"),
        pytest.param("5 minutes", WallClock(timedelta(minutes=5)), id="minutes"),
    ],
)
def test_a_span_is_a_budget(span: str, budget: object) -> None:
    assert catalogue.budget_of(span) == budget


@pytest.mark.parametrize(
    ("code", "window"),
    [
        pytest.param("dispute.neighbour", timedelta(days=30), id="days"),
        pytest.param("emergency.fire", timedelta(hours=2), id="hours"),
        pytest.param("tip.gang", None, id="never joined"),
        pytest.param("no.such", None, id="unknown"),
    ],
)
def test_a_window_says_how_long_a_matter_takes_in_another_report(code: str, window: timedelta | None) -> None:
    assert catalogue.window_of(POLICY, code) == window


def test_only_the_rows_that_say_so_are_confidential() -> None:
    assert POLICY.confidential == {"body.conduct", "tip.gang", "tip.drugs"}


def test_what_the_policy_does_not_name_is_unclear() -> None:
    assert POLICY.category("no.such")[0] == POLICY.category(None)[0] == UNCLEAR


def test_the_version_changes_with_the_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("injury: big", "injury: hard"), encoding="utf-8")
    mine = catalogue.load(path)
    assert mine.version.startswith("county-")
    assert mine.version != POLICY.version
    assert catalogue.load().version == POLICY.version


def test_a_policy_adopted_before_there_were_bands_still_loads_and_has_ours() -> None:
    before = re.sub(r"(?m)^join: .*$", "join: {similarity: 0.62}", TEXT)
    assert before != TEXT
    join, ours = catalogue.of_text(before).file.join, POLICY.file.join
    assert (join.join, join.ask, join.asks_a_day) == (ours.join, ours.ask, ours.asks_a_day)


def test_a_new_category_is_one_row(tmp_path: Path) -> None:
    row = (
        "  city.bench: {zh: 长椅, en: bench, entry: village, budget: ladder, desks: "
        "{village: village_committee, town: town_government, county: gardens, city: gardens}}\n"
    )
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT + row, encoding="utf-8")
    mine: Policy = catalogue.load(path)
    assert catalogue.desk_at(mine, "city.bench", VILLAGE, Tier.COUNTY).body == "gardens"
