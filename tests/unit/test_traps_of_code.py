"""Traps other codebases fell into, one test for each: of code, rules and settings. Those of a matter's life are in
`tests.unit.escalation.test_traps_of_life`.
"""

import ast
import base64
import enum
import importlib
import inspect
import io
import itertools
import pkgutil
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from mypy.config_parser import parse_config_file
from mypy.options import Options
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.parser import text_string_to_metric_families

import bench
import services
import shared
import tests
import xiaoshi
from services.escalation.handlers import EscalationLogic
from services.intake.sources import sources
from services.metrics.collector import FigureCollector
from services.metrics.figures import all_series
from shared import topics, wire
from shared.events import RecordBuried
from tests.builders import MONDAY, journal_tick
from tests.component.metrics.test_exposition import BUSY, committed, exposition
from tests.unit.escalation.lane import DAY, Lane
from tests.unit.test_documents import missing_in
from xiaoshi import centre

ROOT = Path(__file__).parents[2]
CODE = (shared, services, xiaoshi, bench)
ALL = (*CODE, tests)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MOST_POSITIONAL = 7
OFFLINE = """
import importlib, socket, sys

def refused(*args, **kwargs):
    raise AssertionError("a connection at import")

for name in ("connect", "connect_ex", "bind", "sendto"):
    setattr(socket.socket, name, refused)
socket.create_connection = socket.getaddrinfo = refused
import aiokafka, kafka, pymongo
for client in (aiokafka.AIOKafkaProducer, aiokafka.AIOKafkaConsumer, kafka.KafkaConsumer, kafka.KafkaProducer,
               kafka.KafkaAdminClient, pymongo.MongoClient):
    client.__init__ = refused
for name in sys.argv[1:]:
    importlib.import_module(name)
"""
"""Imports the modules it is given; whoever opens a socket or makes a client meanwhile fails."""
LABELS = {
    "account", "answer", "category", "colour", "county", "from_tier", "ground", "indicator", "kind", "leg", "missing",
    "outcome", "partition", "projection", "reader", "reason", "service", "source", "state", "step", "tier", "topic",
    "town", "version", "was", "what",
}  # fmt: skip
"""Every label there is; each has few values, however many matters there are.

`version`: of the program, one to a process. `was`: how a matter had come by the category that a person corrected; none
of the others says what was before.
"""
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
READ_THE_CLOCK = {
    "shared/clock.py",
    "tests/chaos/skewed.py",
    "xiaoshi/centre.py",  # made to be copied alone; a desk's action that names no instant is of now
}
STORE_CLOCK = re.compile(r"\bnow\(\)|CURRENT_TIMESTAMP|\$currentDate|\$\$NOW|\$\$CLUSTER_TIME", re.IGNORECASE)
TOPIC = re.compile(r"[\w.{}<>-]*\.v1(\.dead)?")
SEARCHES = {"startswith", "endswith", "find", "index", "count", "search", "match", "fullmatch", "findall"}
UNCOVERED = re.compile(r"pragma:?\s*no\s*(cover|branch)", re.IGNORECASE)


def modules(*packages: ModuleType) -> list[str]:
    """Every module by name; one that is run rather than imported is left out."""
    found = (m.name for p in packages for m in pkgutil.walk_packages(p.__path__, f"{p.__name__}."))
    return [name for name in found if not name.endswith("__main__")]


def files(*packages: ModuleType) -> list[Path]:
    return sorted(path for each in packages for path in (ROOT / each.__name__).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(*packages: ModuleType) -> Iterator[tuple[str, ast.AST]]:
    """Every node of every file, with the file's name."""
    for path in files(*packages):
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, node) for node in ast.walk(tree(path)))


def texts(*packages: ModuleType) -> Iterator[tuple[str, str]]:
    """Every text in the code that is no docstring by itself, with its file."""
    for path in files(*packages):
        said = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield path.relative_to(ROOT).as_posix(), node.value


def test_no_module_connects_when_it_is_imported() -> None:
    names = modules(*CODE)
    assert len(names) > 100
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_handler_error_is_a_dead_letter_with_the_bytes_and_the_next_record_is_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane = Lane()

    def breaks(*_: object) -> None:
        raise KeyError("nothing anybody thought of")

    record = journal_tick(MONDAY)
    with monkeypatch.context() as broken:
        broken.setattr(EscalationLogic, "_on_tick", breaks)
        broken.setattr(lane.escalation, "logic", EscalationLogic(lane.policy, lane.escalation.state, 0))
        decision = lane.escalation.feed(record)
    (out,) = decision.outs
    letter = wire.decode(out.value)
    assert isinstance(letter, RecordBuried)
    assert (decision.outcome, out.topic) == ("buried", topics.dead(topics.EVENTS.name))
    assert base64.b64decode(letter.original) == record.value
    assert lane.tick(MONDAY + 30 * DAY) != []


def cases_of(module: ModuleType) -> Iterator[tuple[str, Any, bool]]:
    """Every row of every table of the module's tests; whether it was given a name."""
    inside = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
    ]
    tables = itertools.chain(vars(module).values(), *(vars(each).values() for each in inside))
    for test in (each for each in tables if inspect.isfunction(each)):
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize":
                for row in mark.args[1]:
                    named = "ids" in mark.kwargs or getattr(row, "id", None) is not None
                    yield f"{module.__name__}.{test.__name__}", row, named


def speaks(row: Any) -> bool:
    """What pytest names by itself: one plain value, or a thing that has a name."""
    return row is None or isinstance(row, str | bytes | int | float | enum.Enum) or hasattr(row, "__name__")


def test_every_case_of_a_table_test_has_a_name() -> None:
    rows = [row for name in modules(tests) for row in cases_of(importlib.import_module(name))]
    assert len(rows) > 500
    assert [(where, row) for where, row, named in rows if not named and not speaks(row)] == []


def test_topics_and_sources_are_listed_where_they_are_declared_and_nowhere_else() -> None:
    places = {name for name, text in texts(*CODE) if TOPIC.fullmatch(text)}
    assert places == {"shared/topics.py", "xiaoshi/centre.py"}
    # the centre's file is made to be copied alone: its two are held to the declared ones here
    assert (topics.ROUTED.name, topics.ACTIONS.name) == (centre.ROUTED, centre.ACTIONS)
    lists = [
        (name, ast.unparse(node))
        for name, node in nodes(shared, services)
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
        if len(
            sources().keys() & {c.value for c in ast.iter_child_nodes(node) if isinstance(c, ast.Constant)}
        )
        > 1
    ]
    assert lists == []


def test_time_comes_from_the_record_and_no_store_is_asked_for_it() -> None:
    readers = {
        name
        for name, node in nodes(*ALL)
        if (isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in CLOCKS)
        or (isinstance(node, ast.ImportFrom) and node.module == "time")
    }
    assert readers == READ_THE_CLOCK
    assert [(name, text) for name, text in texts(*CODE) if STORE_CLOCK.search(text)] == []


def test_nothing_takes_a_long_row_of_positional_arguments_and_no_event_takes_any() -> None:
    long = []
    for name, node in nodes(*ALL):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            if len(taken) - (taken[:1] in (["self"], ["cls"])) > MOST_POSITIONAL:
                long.append(f"{name}: def {node.name}")
        elif isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL:
            made = ast.unparse(node.func).rpartition(".")[2]
            if made[:1].isupper():
                long.append(f"{name}: {made}(...)")
    assert long == []
    events = {each.__name__ for topic in topics.FIXED for each in topic.events}
    assert len(events) > 40
    assert [
        f"{name}: {ast.unparse(node)}"
        for name, node in nodes(*ALL)
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in events
    ] == []


def searches(handler: ast.ExceptHandler) -> Iterator[str]:
    """Where a handler looks into the text of what it caught, also by way of a name it gave that text."""
    names: set[str] = set()
    for node in ast.walk(handler):
        if isinstance(node, ast.Assign) and is_text(node.value, str(handler.name), names):
            names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    for node in ast.walk(handler):
        looked: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            looked = [node.left, *node.comparators]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES
        ):
            looked = [node.func.value, *node.args]
        if any(is_text(each, str(handler.name), names) for each in looked):
            yield ast.unparse(node)


def is_text(node: ast.expr, error: str, names: set[str]) -> bool:
    """Whether an expression is made of the text of the error, or of one of the names that text was given."""
    said = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    words = re.search(
        rf"\b(?:str|repr)\({error}\)|\b{error}\.(?:args|message)\b|\{{{error}[}}!:]", ast.unparse(node)
    )
    return words is not None or bool(said & names)


def test_no_error_is_classed_by_the_words_in_it() -> None:
    planted = ast.parse(
        "try: ...\nexcept OSError as e:\n  why = str(e)\n  if 'gone' in why: ...\n  'x' in e.args[0]"
    )
    (handler,) = (node for node in ast.walk(planted) if isinstance(node, ast.ExceptHandler))
    assert list(searches(handler)) == ["'gone' in why", "'x' in e.args[0]"]
    handlers = [
        (name, node) for name, node in nodes(*ALL) if isinstance(node, ast.ExceptHandler) and node.name
    ]
    assert len(handlers) > 50
    assert [(name, found) for name, node in handlers for found in searches(node)] == []


def test_a_guide_that_names_a_folder_that_is_not_there_is_caught() -> None:
    assert missing_in(
        "The rules are in `services/escalation/rules/`, more in `services/tea/` and `tea/`."
    ) == [
        "path services/tea/",
        "path tea/",
    ]


def test_the_formatter_checks_and_does_not_mend_what_it_is_to_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    assert re.search(r"ruff format --check \.$", lint, re.MULTILINE)
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make (\w+ )*lint\b", ci, re.MULTILINE)
    assert re.findall(r"ruff format(?! --check)|ruff check .*--(?:fix|exit-zero)", makefile + ci) == []


def test_strictness_is_spelled_as_the_tools_read_it() -> None:
    said, options = io.StringIO(), Options()
    strict: list[None] = []
    parse_config_file(options, lambda: strict.append(None), str(ROOT / "pyproject.toml"), said, said)
    assert (said.getvalue(), len(strict)) == ("", 1)
    loose = {key for each in options.per_module_options.values() for key, value in each.items() if value}
    assert loose == {"ignore_missing_imports", "implicit_reexport"}
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == {each.__name__ for each in ALL}
    unit = PYPROJECT["tool"]["pytest"]["ini_options"]
    assert {"--strict-markers", "--strict-config"} <= set(unit["addopts"])
    assert (unit["xfail_strict"], unit["filterwarnings"][0]) == (True, "error")
    ruff = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-settings", str(ROOT / "shared" / "clock.py")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ruff.returncode, ruff.stderr) == (0, "")


def test_no_code_is_hidden_from_coverage() -> None:
    assert "coverage" not in PYPROJECT["tool"]
    assert "--cov" not in " ".join(PYPROJECT["tool"]["pytest"]["ini_options"]["addopts"])
    assert [
        name for name in (".coveragerc", "setup.cfg", "tox.ini", "pytest.ini") if (ROOT / name).exists()
    ] == []
    hidden = [
        f"{path.relative_to(ROOT)}:{token.start[0]}"
        for path in files(*ALL)
        for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline)
        if token.type == tokenize.COMMENT and UNCOVERED.search(token.string)
    ]
    assert hidden == []


def ours() -> list[Metric]:
    """Every metric that any process of ours shows."""
    for name in modules(*CODE):
        importlib.import_module(name)
    figures = CollectorRegistry()
    figures.register(FigureCollector(lambda: [committed(BUSY)]))
    both = itertools.chain(REGISTRY.collect(), figures.collect())
    return [each for each in both if each.name.startswith("xiaoshi_")]


def label_names() -> set[str]:
    """As declared: what has no sample yet has its labels already."""
    ours()
    declared = {
        name
        for collector, metrics in REGISTRY._collector_to_names.items()
        if any(metric.startswith("xiaoshi_") for metric in metrics)
        for name in getattr(collector, "_labelnames", ())
    }
    return declared.union(*(series.labels for series in all_series()))


def ids_in(value: Any) -> Iterator[str]:
    """What an event calls by an id or a receipt, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and (name.endswith("_id") or name in ("receipt", "other", "call")):
                yield inner
            else:
                yield from ids_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from ids_in(inner)


def test_no_metric_has_a_label_with_the_id_of_one_incident() -> None:
    assert label_names() == LABELS
    ids = {each for event in BUSY for each in ids_in(msgspec.to_builtins(event)) if each}
    assert len(ids) > 10
    families = list(text_string_to_metric_families(exposition(committed(BUSY))))
    values = {value for family in families for sample in family.samples for value in sample.labels.values()}
    assert len(values) > 20
    assert values & ids == set()


def test_only_what_grows_is_called_total() -> None:
    metrics = ours()
    kinds = {each.type for each in metrics}
    assert kinds == {"counter", "gauge", "histogram"}
    assert [each.name for each in metrics if each.type != "counter" and each.name.endswith("_total")] == []
    shown = {
        sample.name
        for each in metrics
        if each.type == "counter"
        for sample in each.samples
        if not sample.name.endswith("_created")
    }
    assert shown
    assert [name for name in shown if not name.endswith("_total")] == []
