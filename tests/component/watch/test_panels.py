"""Every query of every panel, asked of a real Prometheus over a simulated week: an empty answer is a broken panel."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.component.watch.programs import BLOCK, DEPLOY, REPOSITORY, Prometheus, program, said, serving
from tests.component.watch.week import BEGINS, COUNTIES, ENDS, OFTEN

DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
VARIABLES = {
    "$__rate_interval": "4h",  # four samples
    "$city": COUNTIES[0][:4],
    "$county": "|".join(COUNTIES),
    "$town": ".*",
    "$service": "intake|routing|escalation|metrics",
}
# rules are evaluated as often as there are samples
SPANS = (
    (BEGINS - timedelta(days=57), BEGINS - OFTEN, timedelta(days=1)),
    (BEGINS, ENDS, OFTEN),
)


class Asked(NamedTuple):
    """One query of a panel. `instant`: Grafana asks for the last value only."""

    dashboard: str
    panel: str
    expr: str
    instant: bool

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel}: {self.expr}"


def queries() -> Iterator[Asked]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield Asked(path.stem, panel["title"], target["expr"], bool(target.get("instant")))


def filled(text: str) -> str:
    """The query as Grafana sends it with everything chosen."""
    for name in sorted(VARIABLES, key=len, reverse=True):
        text = text.replace(name, VARIABLES[name])
    return text


def levels() -> list[list[dict[str, Any]]]:
    """The recording rules, those first that rest on metrics alone, then those that rest on the ones before."""
    waiting = [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "record" in rule
    ]
    found = []
    while waiting:
        names = {rule["record"] for rule in waiting}
        ready = [rule for rule in waiting if not names & set(re.findall(r"[\w:]+", rule["expr"]))]
        assert ready, f"rules that rest on each other: {names}"
        found.append(ready)
        waiting = [rule for rule in waiting if rule not in ready]
    return found


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The week, with all that the recording rules would have recorded of it."""
    promtool = program("promtool", "prometheus")
    folder = tmp_path_factory.mktemp("week")
    samples, data, log = folder / "week.txt", folder / "data", folder / "prometheus.log"
    played = [sys.executable, "-m", "tests.component.watch.week", str(samples)]
    done = subprocess.run(played, cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    blocks = (promtool, "tsdb", "create-blocks-from", f"--max-block-duration={BLOCK}")
    said(*blocks, "openmetrics", str(samples), str(data))
    for rules in levels():
        file = folder / "rules.yml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "level", "rules": rules}]}))
        with serving(data, log) as server:
            for start, end, every in SPANS:
                span = (f"--start={start.timestamp():.0f}", f"--end={end.timestamp():.0f}")
                often = f"--eval-interval={every.total_seconds():.0f}s"
                said(*blocks, "rules", f"--url={server.url}", *span, often, f"--output-dir={data}", str(file))
    with serving(data, log) as server:
        yield server


def values(server: Prometheus, asked: Asked) -> list[float]:
    expr, step = filled(asked.expr), int(OFTEN.total_seconds())
    if asked.instant:
        found = [series["value"] for series in server.query(expr, ENDS.timestamp())]
    else:
        ranges = server.query_range(expr, BEGINS.timestamp(), ENDS.timestamp(), step)
        found = [value for series in ranges for value in series["values"]]
    return [float(value) for _, value in found]


def test_every_query_of_every_panel_returns_figures(prometheus: Prometheus) -> None:
    """Zero is a figure, absence is none; neither is a division by nothing."""
    empty = [str(each) for each in queries() if not any(map(math.isfinite, values(prometheus, each)))]
    assert not empty, "\n".join(["no figures:", *empty])


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_variable_has_values_to_choose_from(path: Path, prometheus: Prometheus) -> None:
    variables = json.loads(path.read_text())["templating"]["list"]
    assert variables
    for variable in variables:
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert found is not None
        series = prometheus.query(f"count by ({found[2]}) ({filled(found[1])})", ENDS.timestamp())
        assert all(each["metric"][found[2]] for each in series)
        assert series, f"{path.stem}: ${variable['name']}"


def test_a_query_about_nothing_is_caught(prometheus: Prometheus) -> None:
    nothing = Asked("none", "none", 'xiaoshi_matters_opened_total{county="000000"}', instant=False)
    assert values(prometheus, nothing) == []


def test_the_figures_of_the_week_are_those_of_the_auditor(prometheus: Prometheus) -> None:
    """Counted twice by two programs over the same journal: so the week is not made of made-up values."""
    by_figures = prometheus.query("sum(xiaoshi_matters_open)", ENDS.timestamp())
    by_auditor = prometheus.query("xiaoshi_audit_open_matters", ENDS.timestamp())
    assert by_figures[0]["value"] == by_auditor[0]["value"]
    assert float(by_figures[0]["value"][1]) > 0
