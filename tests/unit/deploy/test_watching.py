"""What is watched and who reads it: alerts and their runbook, dashboards and the code they are made by."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.metrics.indicators import RATIO, Indicator, every
from shared import divisions

REPOSITORY = Path(__file__).parents[3]
RULES = REPOSITORY / "deploy" / "prometheus" / "rules"
GRAFANA = REPOSITORY / "deploy" / "grafana"
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
DASHBOARDS = {path.name: json.loads(path.read_text()) for path in (GRAFANA / "dashboards").glob("*.json")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")


def rules(kind: str) -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if kind in rule
    ]


def sections() -> dict[str, str]:
    parts = re.split(r"^### (\w+)\n", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def panels(name: str) -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]


each_dashboard = pytest.mark.parametrize("name", sorted(DASHBOARDS))


def test_every_alert_has_a_section_in_the_runbook_and_every_section_its_alert() -> None:
    assert list(sections()) == [rule["alert"] for rule in rules("alert")]


def test_every_alert_names_its_section() -> None:
    for rule in rules("alert"):
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"


@pytest.mark.parametrize(("alert", "text"), sections().items(), ids=list(sections()))
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(alert: str, text: str) -> None:
    assert re.findall(r"^- \*\*(.+):\*\*", text, re.MULTILINE) == ["Means", "Look at", "Do"], alert


def test_the_runbook_names_dashboards_that_are_there() -> None:
    titles = {board["title"].removeprefix("小事 ") for board in DASHBOARDS.values()}
    for named in re.findall(r'"([A-Z][a-z ]+)"', RUNBOOK):
        assert any(title.startswith(named) for title in titles), named


def test_a_target_is_of_an_indicator_that_is_a_share() -> None:
    shares = {each.name for each in every() if isinstance(each, Indicator) and each.sides == RATIO}
    targets = [rule for rule in rules("record") if rule["record"] == "indicator:xiaoshi_target:ratio"]
    assert targets
    assert {rule["labels"]["indicator"] for rule in targets} <= shares


def test_a_county_with_a_target_of_its_own_exists() -> None:
    named = [
        rule["labels"].get("county")
        for rule in rules("record")
        if "target" in rule["record"] and "labels" in rule
    ]
    assert all(divisions.county_of(county) == county for county in named if county is not None)


def test_every_trend_is_of_an_indicator_that_is_a_share() -> None:
    shares = {each.name for each in every() if isinstance(each, Indicator) and each.sides == RATIO}
    of_trends = [rule["expr"] for rule in rules("record") if rule["record"] == "county_trend:xiaoshi:month"]
    named = {
        name for expr in of_trends for found in re.findall(r'=~"([^"]+)"', expr) for name in found.split("|")
    }
    assert len(named) + 1 == 6  # and the orders
    assert named <= shares


def test_the_dashboards_are_what_the_code_makes(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(GRAFANA / "source"), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(REPOSITORY), os.environ.get("PYTHONPATH", "")))},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert {path.name: json.loads(path.read_text()) for path in tmp_path.iterdir()} == DASHBOARDS


@each_dashboard
def test_every_title_is_english_and_chinese(name: str) -> None:
    titles = [DASHBOARDS[name]["title"], *(panel["title"] for panel in DASHBOARDS[name]["panels"])]
    titles += [variable["label"] for variable in DASHBOARDS[name]["templating"]["list"]]
    assert [title for title in titles if not (CHINESE.search(title) and LATIN.search(title))] == []


@each_dashboard
def test_every_panel_has_a_unit_and_says_what_it_shows(name: str) -> None:
    bare = [
        panel["title"]
        for panel in panels(name)
        if not (panel["fieldConfig"]["defaults"].get("unit") and panel["description"])
    ]
    assert bare == []


@each_dashboard
def test_no_two_panels_lie_on_each_other(name: str) -> None:
    taken = [
        (x, y)
        for panel in DASHBOARDS[name]["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_dashboards_have_addresses_of_their_own() -> None:
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)


def test_a_map_and_what_stands_beside_it_say_where_places_come_from() -> None:
    found = [panel for name in DASHBOARDS for panel in panels(name)]
    grids = [panel["description"] for panel in found if panel["type"] == "status-history"]
    maps = [panel["description"] for panel in found if panel["type"] == "geomap"]
    assert grids
    assert all("has no coordinates" in each for each in grids)
    assert maps
    assert all("deploy/grafana/gazetteer.py" in each for each in maps)
