"""`xiaoshi policy check FILE`, `explain REPORT.json`, `try NEW.yaml`, `adopt FILE`: is it right; why this tier, desk,
deadline; what would have become of the past under it; from now on it rules."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace
from rich.console import Console

from services.routing import reading
from services.routing.classify import model
from services.routing.rules import locate
from services.routing.rules.place import Placement, Rule, place
from shared import catalogue, divisions
from shared.catalogue import Policy
from shared.errors import SettingsInvalidError, XiaoshiError
from shared.events import Because, PolicyAdopted
from shared.matter import Grade, Report, key_of
from shared.settings import span
from xiaoshi import rules
from xiaoshi.inputs import instant
from xiaoshi.trial import ASSUMPTIONS
from xiaoshi.trial.compare import asked_of, compared
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.files import Files
from xiaoshi.trial.past import Journal, KafkaLog, Past
from xiaoshi.trial.run import tried
from xiaoshi.trial.table import print_comparison

HELP = (
    "check a policy file, explain why a report gets its tier, desk and deadline, try it on the past, adopt it"
)
TRY = (
    "Replay the past under another policy, in virtual time, and print what would have been different. "
    "PAST is host:port of a Kafka, which is read without a trace (reports.received.v1, and matters.events.v1 for the "
    "order, the actions and the ticks), or files of JSON lines in any number: reports and actions as `xiaoshi replay` "
    "reads them, or reports and the EVENTS.jsonl it wrote, which holds the actions. "
) + " ".join(ASSUMPTIONS)

TIERS = {"village": "村(社区)", "town": "乡镇(街道)", "county": "县(区)", "city": "市"}
GRADES = {Grade.SMALL: "小事", Grade.BIG: "大事", Grade.HARD: "难事"}
SENTENCES: dict[str, tuple[str, str]] = {
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
    Rule.RESOURCE: ("a resource that may grant the wish", "可认领该微心愿的资源"),
    reading.Rule.CATEGORY_GUESSED: ("no source named it; these words speak for it", "未写类别，依用语归类"),
    reading.Rule.PLACE_CANDIDATE: ("it may be here; a person chooses", "可能的地点，由人核定"),
    locate.Rule.NAME_WRITTEN: ("the place is named whole", "写明地名"),
    locate.Rule.NAME_BARE: ("the place is named without its ending", "写了地名，略去通名"),
    locate.Rule.NAME_BESIDE: ("named right beside the place it belongs to", "与上级地名连写"),
    locate.Rule.NAME_OF_POLICY: ("a place of the policy", "策略中的地点"),
    locate.Rule.OUTSIDE: ("it follows the name of another place", "随另一地名之后，不作准"),
    locate.Rule.ASIDE: ("where somebody lives or works", "只是居住或工作的地方"),
    locate.Rule.PART: ("it may be part of a longer name", "可能是更长名称的一部分"),
}


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="check|explain|try|adopt")
    checking = verbs.add_parser("check", help="print every problem of a policy file with its line")
    checking.add_argument("file", type=Path, metavar="FILE")
    explaining = verbs.add_parser("explain", help="print row by row why a report is placed where it is")
    explaining.add_argument("report", type=Path, metavar="REPORT.json")
    explaining.add_argument("--policy", type=Path, metavar="FILE", help="default: the policy that is shipped")
    explaining.add_argument(
        "--model", type=Path, metavar="MODEL", help="a trained classifier, as routing has it"
    )
    adopting = verbs.add_parser(
        "adopt", help="put it on the bus: what begins from here on is ruled by it, on every lane"
    )
    adopting.add_argument("file", type=Path, metavar="FILE")
    adopting.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    _add_try(
        verbs.add_parser("try", help="what would have become of the past under a policy", description=TRY)
    )


def _add_try(trying: argparse.ArgumentParser) -> None:
    trying.add_argument("file", type=Path, metavar="NEW.yaml")
    trying.add_argument("--against", nargs="+", required=True, metavar="PAST", help="a Kafka, or files")
    trying.add_argument(
        "--old", type=Path, metavar="OLD.yaml", help="the policy the past had (the shipped one)"
    )
    trying.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help="a trained classifier, as routing had it: both runs have it",
    )
    trying.add_argument(
        "--from",
        dest="since",
        type=instant,
        metavar="T",
        help="when the new policy takes over: what is open then keeps its place and deadline, and only what comes "
        "after counts; RFC 3339, with an offset",
    )
    trying.add_argument(
        "--to", dest="until", type=instant, metavar="T", help="what comes then does not count"
    )
    trying.add_argument(
        "--tick",
        type=span,
        default=timedelta(hours=1),
        help="how often time passes, where no ticks are recorded (1h)",
    )
    trying.add_argument(
        "--again",
        action="store_true",
        help="run the past once more under OLD too, and hold that against the log; without it the past is what the log "
        "tells, and OLD rules only what came before --from",
    )
    trying.add_argument("--json", action="store_true", help="one object")


def run(args: argparse.Namespace) -> int:
    if args.what == "try":
        return try_on_the_past(args)
    if args.what == "adopt":
        return adopt(args.file, args.kafka)
    return check(args.file) if args.what == "check" else explain(args.report, args.policy, args.model)


def adopt(path: Path, kafka: str | None) -> int:
    """0 when every lane has it. A running step of a matter is finished under the policy it began with."""
    if not kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    text = _read(path)
    version = catalogue.of_text(text).version
    lanes = rules.announce(kafka, PolicyAdopted(version=version, text=text))
    print(f"{path}: policy {version} is on {lanes} lanes; give it to intake too, for its categories")
    return 0


def try_on_the_past(args: argparse.Namespace) -> int:
    """0, whatever the difference."""
    old, new = catalogue.load(args.old), catalogue.load(args.file)
    stretch = Stretch(args.since, args.until)
    trained = None if args.model is None else model.load(args.model)
    trial = tried(_past(args.against, old, args.tick), old, new, stretch, trained, rerun=args.again)
    asked, found = asked_of(trial, old, new, stretch), compared(trial.old, trial.new)
    if args.json:
        answer = {"asked": asked, "differs": found.differs, "found": found}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        print_comparison(asked, found, Console())
    return 0


def _past(given: Sequence[str], old: Policy, every: timedelta) -> Past:
    """One host:port is a Kafka, unless there is a file of that name."""
    [first, *more] = given
    port = first.rpartition(":")[2]
    if not more and port.isdigit() and not Path(first).exists():
        return Journal(KafkaLog(first))
    return Files([Path(each) for each in given], old, every)


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


def explain(path: Path, policy_path: Path | None, model_path: Path | None) -> int:
    """The report is taken as received when it was reported."""
    policy = catalogue.load(policy_path)
    try:
        report = msgspec.json.decode(_read(path), type=Report)
    except msgspec.DecodeError as error:  # the base of ValidationError too
        raise XiaoshiError(f"{path} is not a report: {error}") from error
    trained = None if model_path is None else model.load(model_path)
    read = reading.Reader(policy, trained).read(report)
    placed = place(read.report, report.reported_at, policy)
    for line in lines(report, replace(placed, because=(*placed.because, *read.because)), policy):
        print(line)
    for guess in read.guesses:
        print(f"guess     {guess.category} {guess.confidence:.2f}: {', '.join(guess.because)}")
    if read.danger:
        print(f"danger?   疑似险情 {', '.join(read.danger)}: a person is asked")
    return 0


def lines(report: Report, placed: Placement, policy: Policy) -> Iterator[str]:
    """What was decided, then why, one row for each rule that had a say; what decided comes first."""
    _, category = policy.category(placed.category)
    body = policy.file.bodies[placed.position.desk.body]
    position = placed.position
    deadlines = [due for due in (position.due, position.limit) if due is not None]
    confidential = ", confidential 保密" if placed.confidential else ""
    yield f"report    {report.source} {report.source_id}: {report.title}"
    yield f"policy    {policy.version}"
    yield f"category  {placed.category}  {category.zh} {category.en}{confidential}"
    yield f"grade     {placed.grade}  {GRADES[placed.grade]}"
    yield f"tier      {placed.position.tier}  {TIERS[placed.position.tier]}"
    desk = position.desk
    yield f"desk      {key_of(desk)}  {divisions.full_name(desk.division)}{body.zh}"
    yield f"          {body.en}, answered for by {placed.position.desk.role}"
    for due in deadlines:
        yield f"deadline  {due.at.isoformat()}  {due.what}"
    yield f"reason    {placed.reason}"
    yield "why this tier and desk"
    for nth, row in enumerate(placed.because, 1):
        yield f"  {nth}. {_sentence(row)}"
    yield "why this deadline"
    for due in deadlines:
        preset = due.rule.partition(".")[0]
        named = policy.file.presets.get(preset)
        yield f"  {due.what}: {due.rule}, {due.span}" + (f" ({named.en} / {named.zh})" if named else "")
        yield f"  {due.why}"
        yield f"  {due.why_zh}"
        yield f"  calendar {due.calendar}"


def _sentence(row: Because) -> str:
    english, chinese = SENTENCES[row.rule]
    return f"{row.rule}: {row.fact}  ({english}; {chinese})"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise XiaoshiError(f"{path} cannot be read: {error}") from error
