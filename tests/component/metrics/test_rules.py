"""Rules, alerts and the dashboards of deploy/: valid, tested, and about metrics that exist."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from services.escalation import instruments as escalation
from services.intake import instruments as intake
from services.metrics.figures import all_series
from shared import lane, outcomes
from tests.component.metrics.conftest import PROMETHEUS, REPOSITORY, Promtool
from xiaoshi import canary
from xiaoshi.commands import audit

RULES = sorted(path.relative_to(PROMETHEUS).as_posix() for path in (PROMETHEUS / "rules").glob("*.yml"))
TESTS = sorted(path.relative_to(PROMETHEUS).as_posix() for path in (PROMETHEUS / "tests").glob("*.yml"))
DASHBOARDS = sorted((REPOSITORY / "deploy" / "grafana" / "dashboards").glob("*.json"))
METRIC = re.compile(r"(?<![\w:])(?:[a-z_]+:)?xiaoshi[a-z_:]*")
# what the other processes show of themselves is in the registry as soon as their instruments are imported
INSTRUMENTS = (audit, canary, escalation, intake, lane, outcomes)
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def rules(path: Path) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(path.read_text())["groups"]:
        yield from group["rules"]


def known() -> set[str]:
    recorded = {rule["record"] for name in RULES for rule in rules(PROMETHEUS / name) if "record" in rule}
    others = {
        family.name + suffix
        for family in REGISTRY.collect()
        if family.name.startswith("xiaoshi_")
        for suffix in SUFFIXES[family.type]
    }
    return others | recorded | {series.metric for series in all_series()}


def expressions(dashboard: Path) -> list[str]:
    panels = json.loads(dashboard.read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    return [each.replace("$__rate_interval", "5m") for each in asked]


def test_prometheus_takes_its_configuration_and_rules(promtool: Promtool) -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", *RULES)


@pytest.mark.parametrize("name", TESTS)
def test_rules_do_what_they_say(name: str, promtool: Promtool) -> None:
    promtool("test", "rules", name)


def test_every_alert_is_tested_where_it_fires_and_where_it_does_not() -> None:
    alerts = {rule["alert"] for name in RULES for rule in rules(PROMETHEUS / name) if "alert" in rule}
    cases = [
        case
        for name in TESTS
        for test in yaml.safe_load((PROMETHEUS / name).read_text())["tests"]
        for case in test.get("alert_rule_test", ())
    ]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == alerts
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == alerts


def test_every_rule_is_about_a_metric_that_exists() -> None:
    names = known()
    for rule in (rule for name in RULES for rule in rules(PROMETHEUS / name)):
        plain = re.sub(r'"[^"]*"', "", rule["expr"])
        assert set(METRIC.findall(plain)) <= names, rule


def test_the_rules_of_all_ratios_keep_the_labels_any_of_them_has() -> None:
    """Of what the max over instances does not keep, only the largest would be left."""
    sides = [series for series in all_series() if re.search("_(num|denom)inator_total$", series.metric)]
    labels = {label for series in sides for label in series.labels} | {"__name__"}
    kept = [
        re.findall(r"max by \(([^)]+)\) \(\{__name__", rule["expr"])
        for rule in rules(PROMETHEUS / "rules" / "indicators.yml")
    ]
    found = [set(each.split(", ")) for each in chain.from_iterable(kept)]
    assert found == [labels, labels]


def test_the_max_over_instances_keeps_all_labels() -> None:
    labels = {series.metric: set(series.labels) for series in all_series()}
    asked = [rule["expr"] for name in RULES for rule in rules(PROMETHEUS / name)]
    for each in chain(asked, *(expressions(dashboard) for dashboard in DASHBOARDS)):
        for kept, metric in re.findall(r"max by \(([^)]+)\) \((?:increase\()?(xiaoshi[a-z_]*)", each):
            if metric in labels:
                assert set(kept.split(", ")) == labels[metric], each


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_is_about_a_metric_that_exists(dashboard: Path) -> None:
    found = {name for each in expressions(dashboard) for name in METRIC.findall(each)}
    assert found
    assert found <= known()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_asks_a_question_prometheus_understands(
    dashboard: Path, promtool: Promtool, tmp_path: Path
) -> None:
    asked = [{"record": f"panel:q{n}", "expr": each} for n, each in enumerate(expressions(dashboard))]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}))
    promtool("check", "rules", str(path))


def test_panels_have_their_own_numbers_and_the_provisioned_source() -> None:
    for path in DASHBOARDS:
        panels = json.loads(path.read_text())["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        source = yaml.safe_load(
            (REPOSITORY / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text()
        )["datasources"][0]["uid"]
        assert {panel["datasource"]["uid"] for panel in panels if panel["type"] != "row"} == {source}
