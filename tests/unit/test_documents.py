"""What the documents name exists: commands, make targets, variables, paths, modules, topics, metrics."""

import argparse
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from services.escalation.rules.life import TABLE
from services.intake.rules import asking
from services.intake.sources import sources
from services.metrics.figures import all_series
from shared import settings, topics
from shared.errors import SettingsInvalidError
from shared.matter import Action, ActionKind, Ground, Location, Report, Reporter, Session, Visit, Way
from shared.reasons import Reason
from xiaoshi import __main__ as command

ROOT = Path(__file__).parents[2]
README, CHINESE = "README.md", "README.zh.md"
DOCUMENTS = (README, CHINESE, "CONTRIBUTING.md", "CHANGELOG.md", "docs/runbook.md")
FOLDERS = (".ci", "bench", "deploy", "services", "shared", "tests", "xiaoshi")
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/config.py"))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
COMMAND = re.compile(r"(?:^|[(;&|] *)xiaoshi +([^\n|;)>]+)", re.MULTILINE)
TARGETS = re.compile(r"(?:^|[;&] *)make((?: +[a-z]+)+)", re.MULTILINE)
VARIABLE = re.compile(r"\b(?:XIAOSHI|INTAKE|ROUTING|ESCALATION|METRICS)_[A-Z][A-Z_]*\b")
OWN = re.compile(r"\bXIAOSHI_[A-Z_]+\b")
PATH = re.compile(
    r"[\w.<>*-]*(?:/[\w.<>*-]+)+/?|[\w.-]+\.(?:md|py|toml|ya?ml|lock|in)\b|\b(?:Makefile|Dockerfile)\b"
)
FOLDER = re.compile(r"`(\.?[\w-]+/)`")
OURS = re.compile(r"\.(?:py|sh|ya?ml|toml|zip|lock|md)$")
MODULE = re.compile(r"(?<![\w/.-])(?:bench|services|shared|tests|xiaoshi)(?:\.\w+)+(?![\w/])")
TOPIC = re.compile(r"[a-z<][\w<>.{}-]*\.v1(?:\.dead)?\b|<topic>\.dead\b")
METRIC = re.compile(r"\bxiaoshi_[a-z_]+")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_of(text: str) -> list[str]:
    """Every fenced block, with its continued lines joined, and every code span."""
    blocks = [found[2].replace("\\\n", " ") for found in FENCE.finditer(text)]
    return blocks + SPAN.findall(FENCE.sub("", text))


@cache
def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="xiaoshi")
    verbs = made.add_subparsers(dest="verb")
    for verb in command.VERBS:
        import_module(f"xiaoshi.commands.{verb}").add(verbs.add_parser(verb))
    return made


def verbs_of(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def commands_of(text: str) -> Iterator[tuple[str, ...]]:
    for code in code_of(text):
        for found in COMMAND.finditer(code):
            words = tuple(shlex.split(found[1], comments=True))
            if words and not words[0].isupper():
                yield words


def wrong_command(words: tuple[str, ...]) -> str | None:
    """What of a command does not exist: a verb, a verb of that verb, or an option."""
    here, rest = parser(), list(words)
    while rest and (known := verbs_of(here)) and not rest[0].startswith("-"):
        if rest[0] not in known:
            return f"xiaoshi {' '.join(words)}: no {rest[0]}"
        here = known[rest.pop(0)]
    options = {option for action in here._actions for option in action.option_strings}
    unknown = [each for each in rest if each.startswith("--") and each.partition("=")[0] not in options]
    return f"xiaoshi {' '.join(words)}: no {unknown[0]}" if unknown else None


@cache
def targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


class Asked(dict[str, str]):
    """An environment that remembers what was looked for in it."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


@cache
def settings_of(service: str) -> frozenset[str]:
    asked = Asked()
    kind = getattr(import_module(f"services.{service}.config"), f"{service.capitalize()}Settings")
    with pytest.raises(SettingsInvalidError):
        settings.read(kind, f"{service.upper()}_", asked)
    return frozenset(asked.names)


@cache
def variables() -> frozenset[str]:
    """Of the services' settings, and those that commands and scripts of ours look for."""
    readers = [
        *(ROOT / "shared").rglob("*.py"),
        *(ROOT / "xiaoshi").rglob("*.py"),
        *(ROOT / "deploy").rglob("*.sh"),
    ]
    named = {name for path in readers for name in OWN.findall(path.read_text(encoding="utf-8"))}
    return frozenset().union(named, *map(settings_of, SERVICES))


def is_there(path: str) -> bool:
    """A path of the tree; `<name>` stands for any name. What is no path of ours is none of our business."""
    if not (path.partition("/")[0] in FOLDERS or OURS.search(path) or "/" not in path):
        return True
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    return any(ROOT.glob(pattern)) if "*" in pattern else (ROOT / pattern).exists()


def is_importable(name: str) -> bool:
    """A module, or something in one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            spec = find_spec(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        if spec is not None:
            here: Any = import_module(".".join(parts[:count]))
            return all((here := getattr(here, part, None)) is not None for part in parts[count:])
    return False


@cache
def topic_names() -> frozenset[str]:
    patterns = {
        topics.RAW.name,
        topics.ROUTED.name,
        topics.DEAD.name,
        topics.state_of("{service}").name,
    }
    return frozenset(topics.declared(tuple(sources()))) | {
        name.replace("{", "<").replace("}", ">") for name in patterns
    }


def is_topic(name: str) -> bool:
    """A declared one, or its pattern with `<source>` and the like; a county stands for every county."""
    return re.sub(r"^(matters\.routed\.)\d{6}\.", r"\1<county>.", name) in topic_names()


@cache
def metric_names() -> frozenset[str]:
    sources_of_them = [
        path for each in ("shared", "services", "xiaoshi") for path in (ROOT / each).rglob("*.py")
    ]
    literal = re.compile(r'"(xiaoshi_[a-z_]+)"')
    counted = {name for path in sources_of_them for name in literal.findall(path.read_text(encoding="utf-8"))}
    return frozenset(counted | {series.metric for series in all_series()})


def is_metric(name: str) -> bool:
    """A metric, one of its series, or (with `_` at its end) the beginning of some."""
    if name.endswith("_"):
        return any(known.startswith(name) for known in metric_names())
    return name in metric_names() or re.sub(r"_(total|bucket|sum|count)$", "", name) in metric_names()


def missing_in(text: str) -> list[str]:
    """Everything a document names that does not exist, in words."""
    found = [wrong for words in commands_of(text) if (wrong := wrong_command(words))]
    for code in code_of(text):
        asked = [name for names in TARGETS.findall(code) for name in names.split()]
        found += [f"make {name}" for name in asked if name not in targets()]
        found += [f"path {path}" for path in PATH.findall(code) if not is_there(path)]
        found += [
            f"module {name}"
            for name in MODULE.findall(code)
            if not OURS.search(name) and not is_importable(name)
        ]
        found += [f"metric {name}" for name in METRIC.findall(code) if not is_metric(name)]
    found += [f"path {path}" for path in FOLDER.findall(text) if not (ROOT / path).is_dir()]
    found += [f"link {path}" for path in LINK.findall(text) if not (ROOT / path).exists()]
    found += [f"variable {name}" for name in VARIABLE.findall(text) if name not in variables()]
    found += [f"topic {name}" for name in TOPIC.findall(text) if not is_topic(name)]
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
def test_everything_a_document_names_exists(name: str) -> None:
    assert missing_in(text_of(name)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("`xiaoshi dance`", "xiaoshi dance: no dance", id="verb"),
        pytest.param("`xiaoshi dead sing`", "xiaoshi dead sing: no sing", id="verb-of-a-verb"),
        pytest.param(
            "```sh\nX=$(xiaoshi up \\\n --loud)\n```\n", "xiaoshi up --loud: no --loud", id="option"
        ),
        pytest.param("`make up tea`", "make tea", id="target"),
        pytest.param("set XIAOSHI_TEA", "variable XIAOSHI_TEA", id="variable"),
        pytest.param("`INTAKE_TEA`", "variable INTAKE_TEA", id="variable-of-a-service"),
        pytest.param("`shared/tea.py`", "path shared/tea.py", id="path"),
        pytest.param("`services/<name>/tea.py`", "path services/<name>/tea.py", id="path-of-each"),
        pytest.param("`tea/`", "path tea/", id="folder-of-the-root"),
        pytest.param("`tea.toml`", "path tea.toml", id="file-of-the-root"),
        pytest.param("`shared.lane.Tea`", "module shared.lane.Tea", id="name-in-a-module"),
        pytest.param("[tea](tea.md)", "link tea.md", id="link"),
        pytest.param("reports.tea.v1", "topic reports.tea.v1", id="topic"),
        pytest.param("`xiaoshi_tea_total`", "metric xiaoshi_tea_total", id="metric"),
    ],
)
def test_a_document_that_names_what_does_not_exist_is_caught(text: str, found: str) -> None:
    assert missing_in(text) == [found]


def test_the_chinese_readme_has_the_commands_of_the_english_one() -> None:
    english, chinese = text_of(README), text_of(CHINESE)
    assert list(commands_of(chinese)) == list(commands_of(english))


def test_the_chinese_readme_has_the_steps_of_the_english_one() -> None:
    english, chinese = (
        [f[2] for f in FENCE.finditer(text_of(name)) if f[1] == "sh"] for name in (README, CHINESE)
    )
    assert chinese == english


@pytest.mark.parametrize("name", [README, CHINESE])
def test_a_readme_names_every_command(name: str) -> None:
    told = {words[:2] for words in commands_of(text_of(name))}
    wanted = {(verb, inner) for verb, of in verbs_of(parser()).items() for inner in verbs_of(of)}
    assert wanted <= told
    assert set(command.VERBS) <= {words[0] for words in told}


@pytest.mark.parametrize("name", [README, CHINESE])
def test_a_readme_has_every_setting_of_every_service(name: str) -> None:
    told = set(VARIABLE.findall(text_of(name)))
    assert set().union(*map(settings_of, SERVICES)) <= told


@pytest.mark.parametrize("name", [README, CHINESE])
def test_a_readme_lists_every_topic(name: str) -> None:
    rows = set(re.findall(r"^\| `([^`]+)` \|", text_of(name), re.MULTILINE))
    known = {topic.name for topic in (*topics.FIXED, topics.RAW, topics.ROUTED, topics.DEAD)}
    assert {each.replace("{", "<").replace("}", ">") for each in known} <= rows


@pytest.mark.parametrize(
    ("name", "yes"), [pytest.param(README, "yes", id="en"), pytest.param(CHINESE, "是", id="zh")]
)
def test_the_contract_of_a_report_is_the_one_the_code_checks(name: str, yes: str) -> None:
    contract = text_of(name).partition("<!-- report -->")[2].partition("<!-- /report -->")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.*) \|$", contract, re.MULTILINE)
    told = [(field, must == yes) for field, must, _ in rows]
    assert told == [(field.encode_name, field.required) for field in structs.fields(Report)]
    for field, kind in (("location", Location), ("reporter", Reporter)):
        [inner] = [set(SPAN.findall(what)) for name_, _, what in rows if name_ == field]
        assert inner == set(kind.__struct_fields__)


@pytest.mark.parametrize("name", [README, CHINESE])
def test_a_readme_tells_centres_all_they_may_send_and_hear(name: str) -> None:
    spans = set(code_of(text_of(name)))
    fields = {*Action.__struct_fields__, *Visit.__struct_fields__, *Session.__struct_fields__}
    words = {*map(str, ActionKind), *map(str, Way), *map(str, Ground)}
    heard = {str(kind.__struct_config__.tag) for kind in topics.ROUTED.events}
    reasons = {str(reason) for row in TABLE.values() for reason in row.others} | {
        str(r)
        for r in Reason
        if r.name.endswith(("_WRONG", "_MISSING", "_ONLY")) or r.name == "MATTER_UNKNOWN"
    }
    assert fields | words | heard | (reasons - {"partition_wrong"}) <= spans


@pytest.mark.parametrize("name", [README, CHINESE])
def test_a_readme_tells_residents_all_they_may_ask_for(name: str) -> None:
    [rows] = [each for each in re.split(r"^## ", text_of(name), flags=re.MULTILINE) if "/actions`" in each]
    told = dict(re.findall(r"^\| `(\w+)`[^|]*\|[^|]*\|([^|]*)\|", rows, re.MULTILINE))
    assert told.keys() == {"kind"} | set(map(str, asking.NEEDS))
    assert all(set(needs) <= set(SPAN.findall(told[kind])) for kind, needs in asking.NEEDS.items())
    assert set(asking.Asked.__struct_fields__) <= set(SPAN.findall(rows))
