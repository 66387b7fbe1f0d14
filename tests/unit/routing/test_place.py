"""The tier rule: which tier and desk a new matter enters at, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.rules.place import Placement, Rule, place
from shared import catalogue, divisions
from shared.calendar import ZONE
from shared.catalogue import UNCLEAR
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError, UnknownDivisionError
from shared.matter import Deadline, Grade
from shared.reasons import Reason
from tests.unit.routing.test_grade import a_report

POLICY = catalogue.load()
TUESDAY = datetime(2026, 1, 6, 9, 10, tzinfo=ZONE)

CITY = "4309"
COUNTY = "430981"
TOWN = "430981006"
VILLAGE = "430981006001"
SAME_TOWN = "430981006002"
OTHER_TOWN = "430981008002"
OTHER_COUNTY = divisions.children(divisions.children(divisions.children(CITY)[0])[0])[0]
OTHER_CITY = divisions.children(divisions.children(divisions.children("4301")[0])[0])[0]
OTHER_PROVINCE = divisions.children(divisions.children(divisions.children("4401")[0])[0])[0]


def placed(**facts: Any) -> Placement:
    return place(a_report(**{"division": VILLAGE, "category": "dispute.neighbour"} | facts), TUESDAY, POLICY)


def deadline_of(placement: Placement) -> Deadline:
    """The tier's own limit."""
    found = placement.position.limit or placement.position.due
    assert found is not None
    return found


def at(placement: Placement) -> str:
    return f"{placement.position.tier} {placement.position.desk.division}:{placement.position.desk.body}"


def rules(placement: Placement) -> list[str]:
    return [str(row.rule) for row in placement.because]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, f"village {VILLAGE}:mediation_committee", id="small stays in the village"),
        pytest.param({"people_involved": 4}, f"village {VILLAGE}:mediation_committee", id="4 people"),
        pytest.param({"people_involved": 5}, f"town {TOWN}:town_mediation_committee", id="5 people: the town"),
        pytest.param({"people_involved": 29}, f"town {TOWN}:town_mediation_committee", id="29 people"),
        pytest.param({"people_involved": 30}, f"county {COUNTY}:mediation_centre", id="30 people: the county"),
        pytest.param({"danger_now": True}, f"county {COUNTY}:mediation_centre", id="danger: the county"),
        pytest.param({"category": "dispute.school"}, f"town {TOWN}:school_and_town", id="enters at the town"),
        pytest.param({"category": "labour.injury"}, f"county {COUNTY}:human_resources_bureau", id="at the county"),
        pytest.param(
            {"category": "labour.injury", "injury": True}, f"county {COUNTY}:human_resources_bureau", id="never lower"
        ),
        pytest.param({"division": VILLAGE + "003"}, f"village {VILLAGE}:mediation_committee", id="a grid's village"),
        pytest.param({"division": "441900003001"}, "village 441900003001:mediation_committee", id="no counties"),
    ],
)  # fmt: skip
def test_a_matter_enters_at_the_lowest_tier_that_can_settle_it(facts: dict[str, Any], expected: str) -> None:
    placement = placed(**facts)
    assert at(placement) == expected
    assert placement.reason is Reason.OPENED_NEW


@pytest.mark.parametrize(
    ("others", "tier"),
    [
        pytest.param([VILLAGE], Tier.VILLAGE, id="the same village"),
        pytest.param([VILLAGE + "002"], Tier.VILLAGE, id="a grid of the same village"),
        pytest.param([SAME_TOWN], Tier.TOWN, id="two villages in one town"),
        pytest.param([TOWN], Tier.TOWN, id="the town itself"),
        pytest.param([OTHER_TOWN], Tier.COUNTY, id="two towns"),
        pytest.param([SAME_TOWN, OTHER_TOWN], Tier.COUNTY, id="three villages in two towns"),
        pytest.param([OTHER_COUNTY], Tier.CITY, id="two counties"),
        pytest.param([OTHER_CITY], Tier.CITY, id="two cities"),
        pytest.param([OTHER_PROVINCE], Tier.CITY, id="two provinces"),
        pytest.param(["4300"], Tier.CITY, id="the province"),
        pytest.param(["999999"], Tier.VILLAGE, id="nowhere: passed over"),
        pytest.param(["430981006999"], Tier.TOWN, id="an unknown village: its town"),
        pytest.param(["430981999"], Tier.COUNTY, id="an unknown town: its county"),
        pytest.param(["43098"], Tier.CITY, id="half a code: its city"),
    ],
)
def test_parties_from_several_divisions_meet_at_the_lowest_common_one(others: list[str], tier: Tier) -> None:
    placement = placed(other_divisions=tuple(others))
    assert placement.position.tier is tier
    assert placement.position.desk.division == divisions.at_tier(VILLAGE, tier)
    unknown = [code for code in others if code in {"999999", "430981006999", "430981999", "43098"}]
    assert rules(placement).count(Rule.DIVISION_UNKNOWN) == len(unknown)


@pytest.mark.parametrize(
    ("facts", "expected", "reason", "rule"),
    [
        pytest.param(
            {"division": TOWN}, f"town {TOWN}:town_mediation_committee", Reason.OPENED_NO_VILLAGE, Rule.NO_VILLAGE,
            id="no village: the town's desk",
        ),
        pytest.param(
            {"division": COUNTY}, f"county {COUNTY}:county_centre", Reason.OPENED_NO_VILLAGE, Rule.NO_TOWN,
            id="no town: the county's triage",
        ),
        pytest.param(
            {"division": COUNTY + "000000"}, f"county {COUNTY}:county_centre", Reason.OPENED_NO_VILLAGE, Rule.NO_TOWN,
            id="no town, padded",
        ),
        pytest.param(
            {"division": CITY}, f"city {CITY}:city_centre", Reason.OPENED_NO_VILLAGE, Rule.NO_COUNTY,
            id="no county: the city's triage",
        ),
        pytest.param(
            {"division": CITY + "00"}, f"city {CITY}:city_centre", Reason.OPENED_NO_VILLAGE, Rule.NO_COUNTY,
            id="no county, padded",
        ),
        pytest.param(
            {"division": COUNTY, "other_divisions": (OTHER_TOWN,)}, f"county {COUNTY}:county_centre",
            Reason.OPENED_NO_VILLAGE, Rule.NO_TOWN, id="a party's town does not tell the reporter's",
        ),
        pytest.param(
            {"division": TOWN, "category": "dispute.school"}, f"town {TOWN}:school_and_town", Reason.OPENED_NEW, None,
            id="a town matter needs no village",
        ),
        pytest.param(
            {"division": COUNTY, "category": "medical.dispute"}, f"county {COUNTY}:medical_mediation_room",
            Reason.OPENED_NEW, None, id="a county matter needs no town",
        ),
        pytest.param(
            {"division": CITY, "category": "tip.gang"}, f"city {CITY}:gang_tips_desk", Reason.OPENED_NO_VILLAGE,
            Rule.NO_COUNTY, id="a confidential matter sees no triage",
        ),
    ],
)  # fmt: skip
def test_a_matter_without_a_lower_division_is_sorted_above_it(
    facts: dict[str, Any], expected: str, reason: Reason, rule: Rule | None
) -> None:
    placement = placed(**facts)
    assert at(placement) == expected
    assert placement.reason is reason
    missing = [
        found for found in rules(placement) if found in {Rule.NO_VILLAGE, Rule.NO_TOWN, Rule.NO_COUNTY}
    ]
    assert missing == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        pytest.param(VILLAGE, f"town {TOWN}:town_mediation_committee", id="the village: its town"),
        pytest.param(f"{VILLAGE}:village_committee", f"town {TOWN}:town_mediation_committee", id="a village body"),
        pytest.param(f"{TOWN}:town_government", f"county {COUNTY}:mediation_centre", id="a town body: the county"),
        pytest.param(f"{COUNTY}:police", f"city {CITY}:mediation_centre", id="a county body: the city"),
        pytest.param(f"{SAME_TOWN}:village_committee", f"town {TOWN}:town_mediation_committee", id="next village"),
        pytest.param(f"{OTHER_TOWN}:village_committee", f"county {COUNTY}:mediation_centre", id="another town's"),
        pytest.param(f"{OTHER_COUNTY}:village_committee", f"city {CITY}:mediation_centre", id="another county's"),
        pytest.param(f"{CITY}:police", f"city {CITY}:mediation_centre", id="another body of the city"),
        pytest.param(f"{CITY}:mediation_centre", f"city {CITY}:city_oversight", id="the very desk: oversight"),
        pytest.param(CITY, f"city {CITY}:city_oversight", id="the whole city: oversight"),
        pytest.param(f"{CITY}00:mediation_centre", f"city {CITY}:city_oversight", id="the very desk, padded"),
        pytest.param("4300:petition_bureau", f"city {CITY}:mediation_centre", id="a province's body"),
        pytest.param("430981006999:village_committee", f"county {COUNTY}:mediation_centre", id="an unknown village"),
        pytest.param("999999:police", f"village {VILLAGE}:mediation_committee", id="nowhere: passed over"),
    ],
)  # fmt: skip
def test_a_complaint_never_goes_home(about: str, expected: str) -> None:
    assert at(placed(about_body=about)) == expected


def test_a_complaint_about_oversight_goes_to_the_triage_when_oversight_has_the_desk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desks = dict.fromkeys(Tier, POLICY.file.oversight)
    monkeypatch.setitem(POLICY.bodies, "dispute.school", desks)
    placement = placed(category="dispute.school", division=OTHER_COUNTY, about_body=f"{CITY}:city_oversight")
    assert at(placement) == f"city {CITY}:city_centre"


@pytest.mark.parametrize(
    "category",
    [
        pytest.param(None, id="none"),
        pytest.param("no.such", id="unknown"),
        pytest.param(UNCLEAR, id="unclear"),
    ],
)
def test_what_fits_no_category_goes_to_the_countys_triage(category: str | None) -> None:
    placement = placed(category=category)
    assert at(placement) == f"county {COUNTY}:county_centre"
    assert placement.category == UNCLEAR
    assert placement.reason is Reason.OPENED_NO_CATEGORY


@pytest.mark.parametrize("category", sorted(POLICY.confidential))
@pytest.mark.parametrize("division", [VILLAGE, TOWN, COUNTY, CITY])
def test_a_confidential_matter_is_never_below_the_county(category: str, division: str) -> None:
    placement = placed(category=category, division=division)
    assert placement.confidential
    assert placement.position.tier in {Tier.COUNTY, Tier.CITY}
    assert placement.position.desk.body not in {"county_centre", "city_centre"}


def test_the_rows_begin_with_what_decided_and_end_with_the_desk() -> None:
    placement = placed(people_involved=6, other_divisions=(OTHER_TOWN,), injury=True)
    assert rules(placement) == [
        "parties_apart",
        "injury",
        "people_involved",
        "category_entry",
        "desk_of_category",
    ]
    assert placement.grade is Grade.BIG
    assert placement.because[0].fact == f"{COUNTY}: county"


def test_the_first_deadline_is_for_resolving_and_starts_when_the_report_was_received() -> None:
    deadline = deadline_of(placed())
    assert (deadline.what, deadline.rule) == ("resolve", "ladder.resolve.village")
    assert deadline.at == datetime(2026, 1, 6, 17, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("received", "at"),
    [
        pytest.param(timedelta(microseconds=-1), datetime(2026, 1, 6, 17, 30, tzinfo=ZONE), id="just open"),
        pytest.param(timedelta(), datetime(2026, 1, 7, 17, 30, tzinfo=ZONE), id="the instant of closing"),
    ],
)
def test_a_report_received_at_the_close_of_office_counts_from_the_next_day(
    received: timedelta, at: datetime
) -> None:
    close = datetime(2026, 1, 6, 17, 30, tzinfo=ZONE)
    report = a_report(division=VILLAGE, category="dispute.neighbour")
    assert deadline_of(place(report, close + received, POLICY)).at == at


@pytest.mark.parametrize(
    ("division", "error"),
    [
        pytest.param("999999999999", UnknownDivisionError, id="not in the tree"),
        pytest.param("4300", NoDivisionAtTierError, id="a province"),
    ],
)
def test_only_a_division_that_intake_refuses_is_refused(division: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        placed(division=division)


def tree() -> list[str]:
    """Real codes of all tiers in two provinces, with the odd ones: no counties, no cities, municipalities."""
    roots = (COUNTY, OTHER_COUNTY[:6], OTHER_CITY[:6], "441900", "429004", "110101")
    codes = [each.code for root in roots for each in divisions.descendants(root)]
    return [*codes, *roots, CITY, "430900", "4301", "4419", "4290", "1101", VILLAGE + "001"]


CODES = st.sampled_from(tree())
ODD_CODES = CODES | st.from_regex(r"\A[0-9]{4,15}\Z")
BODIES = st.sampled_from(sorted(POLICY.file.bodies))
ABOUT = st.builds(
    lambda code, body: code[:12] + (f":{body}" if body else ""), ODD_CODES, st.none() | BODIES
)  # fmt: skip
REPORTS = st.fixed_dictionaries(
    {
        "division": CODES,
        "category": st.none() | st.sampled_from([*POLICY.file.categories, "no.such"]),
        "people_involved": st.none() | st.integers(0, 60),
        "money_at_stake": st.none() | st.integers(0, 2_000_000),
        "injury": st.booleans(),
        "danger_now": st.booleans(),
        "other_divisions": st.lists(ODD_CODES, max_size=4).map(tuple),
        "about_body": st.none() | ABOUT,
    }
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=400, deadline=None)
@given(facts=REPORTS, received_at=INSTANTS)
def test_every_report_has_one_desk_not_below_its_floors(facts: dict[str, Any], received_at: datetime) -> None:
    placement = place(a_report(**facts), received_at, POLICY)
    _, row = POLICY.category(facts["category"])
    rank = divisions.rank(placement.position.tier)
    assert rank >= divisions.rank(row.entry)
    assert rank >= divisions.rank(POLICY.entry[placement.grade])
    assert rank >= divisions.rank(divisions.tier_of(facts["division"]) or Tier.CITY)
    assert placement.position.desk.division == divisions.at_tier(facts["division"], placement.position.tier)
    assert placement.position.desk.role == POLICY.roles[placement.position.desk.body]
    assert placement.county == divisions.county_of(facts["division"])
    assert deadline_of(placement).at > received_at
    assert {Rule(each.rule) for each in placement.because} & {
        Rule.DESK_OF_CATEGORY, Rule.DESK_OF_TRIAGE, Rule.DESK_OF_OVERSIGHT
    }  # fmt: skip
    if placement.confidential:
        assert rank >= divisions.rank(Tier.COUNTY)


@settings(max_examples=400, deadline=None)
@given(facts=REPORTS, code=CODES, body=st.none() | BODIES)
def test_no_complaint_ever_goes_home(facts: dict[str, Any], code: str, body: str | None) -> None:
    about = divisions.normalise(code)[:12]
    facts["about_body"] = f"{about}:{body}" if body else about
    placement = place(a_report(**facts), TUESDAY, POLICY)
    tier = divisions.tier_of(about)
    assert tier is not None
    above = divisions.above(tier)
    if above is not None:
        assert divisions.rank(placement.position.tier) >= divisions.rank(above)
        assert placement.position.desk.division != about
    elif placement.position.desk.division == about:
        assert placement.position.desk.body != body
        assert body or placement.position.desk.body == POLICY.file.oversight
