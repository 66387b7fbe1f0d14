"""`xiaoshi policy check FILE`, `xiaoshi policy explain REPORT.json`: is it right; why this tier, desk, deadline."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from services.routing.rules.place import Placement, Rule, place
from shared import catalogue, divisions
from shared.catalogue import Policy
from shared.errors import XiaoshiError
from shared.events import Because
from shared.matter import Grade, Report

HELP = "check a policy file, or explain why a report gets its tier, desk and deadline"

TIERS = {"village": "村(社区)", "town": "乡镇(街道)", "county": "县(区)", "city": "市"}
GRADES = {Grade.SMALL: "小事", Grade.BIG: "大事", Grade.HARD: "难事"}
SENTENCES = {
    Rule.NO_FACT: ("no fact raises the grade: small", "没有提高分级的事实：小事"),
    Rule.DANGER_NOW: ("danger at this moment", "正在发生的危险"),
    Rule.INJURY: ("somebody was injured", "有人受伤"),
    Rule.PEOPLE_INVOLVED: ("number of people involved", "涉及人数"),
    Rule.MONEY_AT_STAKE: ("yuan at stake", "涉及金额（元）"),
    Rule.CATEGORY_ENTRY: ("where the category enters", "该类事项的起始层级"),
    Rule.PARTIES_APART: ("the lowest division that holds all parties", "各方共同的最低一级区划"),
    Rule.NEVER_HOME: (
        "a complaint enters above the body complained of",
        "投诉不交被投诉单位，由其上一级受理",
    ),
    Rule.CONFIDENTIAL: ("confidential: never below the county", "保密事项：不低于县级"),
    Rule.NO_VILLAGE: ("the report names no village", "上报未写明村（社区）"),
    Rule.NO_TOWN: ("the report names no town", "上报未写明乡镇（街道）"),
    Rule.NO_COUNTY: ("the report names no county", "上报未写明县（区）"),
    Rule.NO_CATEGORY: ("no category of the policy", "未归入任何事项类别"),
    Rule.DIVISION_UNKNOWN: ("a division that is not known was passed over", "未知区划，取其已知上级或不计"),
    Rule.DESK_OF_CATEGORY: ("the category's desk at this tier", "该类事项在本层级的承办单位"),
    Rule.DESK_OF_TRIAGE: ("this tier's triage sorts it first", "由本层级综治中心先行研判分派"),
    Rule.DESK_OF_OVERSIGHT: ("the city's oversight, not the body itself", "由市级督查受理，不交本单位"),
}


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="check|explain")
    checking = verbs.add_parser("check", help="print every problem of a policy file with its line")
    checking.add_argument("file", type=Path, metavar="FILE")
    explaining = verbs.add_parser("explain", help="print row by row why a report is placed where it is")
    explaining.add_argument("report", type=Path, metavar="REPORT.json")
    explaining.add_argument("--policy", type=Path, metavar="FILE", help="default: the policy that is shipped")


def run(args: argparse.Namespace) -> int:
    return check(args.file) if args.what == "check" else explain(args.report, args.policy)


def check(path: Path) -> int:
    """Every problem, one a line, and 1; or what the policy holds, and 0."""
    text = _read(path)
    problems = catalogue.problems_of(text)
    for problem in problems:
        print(problem)
    if problems:
        return 1
    file = catalogue.load(path).file
    print(
        f"{path}: policy {file.name!r} is good: {len(file.categories)} categories in {len(file.groups)} groups, "
        f"{len(file.bodies)} bodies, {len(file.presets)} presets"
    )
    return 0


def explain(path: Path, policy_path: Path | None) -> int:
    """The report is taken as received when it was reported."""
    policy = catalogue.load(policy_path)
    try:
        report = msgspec.json.decode(_read(path), type=Report)
    except msgspec.DecodeError as error:  # the base of ValidationError too
        raise XiaoshiError(f"{path} is not a report: {error}") from error
    for line in lines(report, place(report, report.reported_at, policy), policy):
        print(line)
    return 0


def lines(report: Report, placed: Placement, policy: Policy) -> Iterator[str]:
    """What was decided, then why, one row for each rule that had a say; what decided comes first."""
    _, category = policy.category(placed.category)
    body = policy.file.bodies[placed.desk.body]
    limit = catalogue.limit_of(policy, placed.category, placed.grade, placed.tier, "resolve")
    preset, _, by = limit.rule.partition(".resolve.")
    why = catalogue.explain_deadline(
        policy, placed.category, placed.grade, placed.tier, "resolve", report.reported_at
    )
    confidential = ", confidential 保密" if placed.confidential else ""
    yield f"report    {report.source} {report.source_id}: {report.title}"
    yield f"policy    {policy.version}"
    yield f"category  {placed.category}  {category.zh} {category.en}{confidential}"
    yield f"grade     {placed.grade}  {GRADES[placed.grade]}"
    yield f"tier      {placed.tier}  {TIERS[placed.tier]}"
    yield f"desk      {placed.desk.division}:{placed.desk.body}  {divisions.full_name(placed.desk.division)}{body.zh}"
    yield f"          {body.en}, answered for by {placed.desk.role}"
    yield f"deadline  {placed.deadline.at.isoformat()}"
    yield f"reason    {placed.reason}"
    yield "why this tier and desk"
    for nth, row in enumerate(placed.because, 1):
        yield f"  {nth}. {_sentence(row)}"
    yield "why this deadline"
    yield f"  {preset} ({policy.file.presets[preset].en}), {by}: {limit.span}"
    yield f"  {policy.file.presets[preset].zh}"
    yield f"  {why.english}"
    yield f"  {why.chinese}"
    yield f"  calendar {placed.deadline.calendar}"


def _sentence(row: Because) -> str:
    english, chinese = SENTENCES[Rule(row.rule)]
    return f"{row.rule}: {row.fact}  ({english}; {chinese})"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise XiaoshiError(f"{path} cannot be read: {error}") from error
