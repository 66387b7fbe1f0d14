"""Which tier and desk a new matter enters at, and why: the tier rule (小事不出村、大事不出镇、难事不出县)."""

import enum
from datetime import datetime
from functools import lru_cache

from services.routing.rules import grade as grading
from shared import divisions
from shared.catalogue import UNCLEAR, Policy, desk_at, desk_of, is_wish, resources_for
from shared.divisions import Tier
from shared.errors import UnknownDivisionError
from shared.events import Because
from shared.limits import dispatched
from shared.matter import Desk, Grade, Position, Report, Value, key_of
from shared.never_home import Complaint, complaint_of, concerns, instead, nearest
from shared.policy_file import Category
from shared.reasons import Reason


class Rule(enum.StrEnum):
    """The closed list of rules that can stand in a row of a placement."""

    NO_FACT = "no_fact"
    # facts, of which the highest grade counts
    DANGER_NOW = "danger_now"
    INJURY = "injury"
    PEOPLE_INVOLVED = "people_involved"
    MONEY_AT_STAKE = "money_at_stake"
    # what a tier follows from
    CATEGORY_ENTRY = "category_entry"
    PARTIES_APART = "parties_apart"
    NEVER_HOME = "never_home"
    CONFIDENTIAL = "confidential"
    NO_VILLAGE = "no_village"
    NO_TOWN = "no_town"
    NO_COUNTY = "no_county"
    # how the desk was found
    NO_CATEGORY = "no_category"
    DIVISION_UNKNOWN = "division_unknown"
    DESK_OF_CATEGORY = "desk_of_category"
    DESK_OF_TRIAGE = "desk_of_triage"
    DESK_OF_OVERSIGHT = "desk_of_oversight"
    # who could grant a small wish
    RESOURCE = "resource"


class Placement(Value, frozen=True):
    """Where a matter enters. `because`: what decided the tier first, what would have asked for less after it."""

    county: str
    position: Position
    grade: Grade
    category: str
    confidential: bool
    because: tuple[Because, ...]
    reason: Reason


Row = tuple[Tier, Because]

_NO_FACT = Because(rule=Rule.NO_FACT, fact=Grade.SMALL.value)
_RANKS = {tier: divisions.rank(tier) for tier in Tier}
_MISSING = {Tier.TOWN: Rule.NO_VILLAGE, Tier.COUNTY: Rule.NO_TOWN, Tier.CITY: Rule.NO_COUNTY}


def place(report: Report, received_at: datetime, policy: Policy) -> Placement:
    """Tier, desk and first deadline of a report that opens a matter.

    Total for every report that intake accepts: only a `division` the tree does not hold, or a province, is refused.
    What no category fits enters where `other.unclear` does, at the county's triage desk: it sees every desk below.
    """
    category, row, standing = _standing(policy, report.category)
    complaint = complaint_of(report.about_body)
    grade, rows = _asks(report, policy, standing, complaint)
    asked = rows[0][0]
    here = divisions.tier_of(report.division) or Tier.CITY
    lost = _RANKS[here] > _RANKS[asked]
    tier = here if lost else asked
    because = [each for _, each in rows]
    if lost:
        because.insert(0, Because(rule=_MISSING[tier], fact=report.division))
    if category == UNCLEAR or report.other_divisions or report.about_body:
        because += _notes(report, category)
    to_triage = lost and tier is not Tier.TOWN and not row.confidential
    desk, found_by = _desk(policy, category, report, tier, to_triage)
    because.append(Because(rule=found_by, fact=key_of(desk)))
    if is_wish(category):
        fitting = resources_for(policy, report.title, report.text)
        because += [Because(rule=Rule.RESOURCE, fact=key) for key in fitting]
    return Placement(
        county=divisions.county_of(report.division),
        position=dispatched(policy, category, grade, tier, desk, received_at),
        grade=grade,
        category=category,
        confidential=row.confidential,
        because=tuple(because),
        reason=_reason(category, lost),
    )


@lru_cache(maxsize=1024)
def _standing(policy: Policy, code: str | None) -> tuple[str, Category, tuple[Row, ...]]:
    """The category that counts, and the tiers it asks for whatever the report says."""
    category, row = policy.category(code)
    entry = max(row.entry, row.never_below or row.entry, key=divisions.rank)
    rows: list[Row] = [(entry, Because(rule=Rule.CATEGORY_ENTRY, fact=f"{category}: {entry}"))]
    if row.confidential:
        rows.append((Tier.COUNTY, Because(rule=Rule.CONFIDENTIAL, fact=Tier.COUNTY.value)))
    return category, row, tuple(rows)


def _asks(
    report: Report, policy: Policy, standing: tuple[Row, ...], complaint: Complaint | None
) -> tuple[Grade, list[Row]]:
    """The grade, and the tier each rule asks for, the highest first; it wins."""
    raised = grading.facts(report, policy)
    grade = raised[0][0] if raised else Grade.SMALL
    rows: list[Row] = [(policy.entry[reached], because) for reached, because in raised]
    if not raised:
        rows.append((policy.entry[grade], _NO_FACT))
    rows += standing
    if report.other_divisions or complaint is not None:
        rows += _apart(report, complaint)
    if complaint is not None:
        above = divisions.above(complaint.tier) or Tier.CITY
        rows.append((above, Because(rule=Rule.NEVER_HOME, fact=f"{report.about_body}: {above}")))
    rows.sort(key=_highest_first)
    return grade, rows


def _apart(report: Report, complaint: Complaint | None) -> list[Row]:
    """The lowest division that holds all parties, if it is not the report's own; a body complained of is one."""
    parties = {code for code in map(nearest, report.other_divisions) if code is not None}
    if complaint is not None:
        parties.add(complaint.division)
    own = divisions.normalise(report.division)
    common = _common(frozenset({own, *parties}))
    if common == own:
        return []
    tier = (common and divisions.tier_of(common)) or Tier.CITY
    return [(tier, Because(rule=Rule.PARTIES_APART, fact=f"{common or 'two provinces'}: {tier}"))]


def _desk(policy: Policy, category: str, report: Report, tier: Tier, lost: bool) -> tuple[Desk, Rule]:
    """The category's desk; triage if a lower division is missing; oversight rather than the body complained of."""
    if lost:
        desk, rule = desk_of(policy, policy.triage[tier], report.division, tier), Rule.DESK_OF_TRIAGE
    else:
        desk, rule = desk_at(policy, category, report.division, tier), Rule.DESK_OF_CATEGORY
    if report.about_body is None or not concerns(policy, report.about_body, desk):
        return desk, rule
    desk = instead(policy, report.division, tier, report.about_body)
    by_oversight = desk.body == policy.file.oversight
    return desk, Rule.DESK_OF_OVERSIGHT if by_oversight else Rule.DESK_OF_TRIAGE


def _notes(report: Report, category: str) -> list[Because]:
    """What the report said that could not be used."""
    notes = []
    if category == UNCLEAR:
        notes.append(Because(rule=Rule.NO_CATEGORY, fact=report.category or "none"))
    for code in report.other_divisions:
        if not _is_known(code):
            notes.append(Because(rule=Rule.DIVISION_UNKNOWN, fact=code))
    if report.about_body is not None and not _is_known(report.about_body.partition(":")[0]):
        notes.append(Because(rule=Rule.DIVISION_UNKNOWN, fact=report.about_body))
    return notes


def _reason(category: str, lost: bool) -> Reason:
    if category == UNCLEAR:
        return Reason.OPENED_NO_CATEGORY
    return Reason.OPENED_NO_VILLAGE if lost else Reason.OPENED_NEW


@lru_cache(maxsize=1 << 16)
def _is_known(code: str) -> bool:
    try:
        divisions.normalise(code)
    except UnknownDivisionError:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def _common(codes: frozenset[str]) -> str | None:
    return divisions.lowest_common(codes)


def _highest_first(row: Row) -> int:
    return -_RANKS[row[0]]
