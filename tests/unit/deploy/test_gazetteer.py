"""Where the map's towns come from: a table, or the middle of many reports; never the place of one."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from shared import topics, wire
from shared.errors import InputInvalidError
from shared.events import MatterOpened
from shared.matter import Location, Value
from shared.wire import Record
from tests.unit.metrics.journal import COUNTY, Life, records

REPOSITORY = Path(__file__).parents[3]
SCRIPT = REPOSITORY / "deploy" / "grafana" / "gazetteer.py"
TOWN, OTHER_TOWN = "430981006", "430981115"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gazetteer", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GAZETTEER: Any = loaded()


def opened(
    places: Iterable[Location | None], division: str = TOWN, *, confidential: bool = False
) -> list[Value]:
    events = []
    for n, location in enumerate(places):
        [event] = Life(f"{division}-{n}", division=division, confidential=confidential).events
        assert isinstance(event, MatterOpened)
        events.append(replace(event, sheet=replace(event.sheet, location=location)))
    return list(events)


def spread(n: int) -> list[Location]:
    """So many different places, the middle one at 28.8049, 112.3951."""
    return [Location(lat=28.8049 + (each - n // 2) / 1000, lon=112.3951) for each in range(n)]


def of_journal(*events: Value, least: int = 20) -> Any:
    return GAZETTEER.points_of_journal(records(events), least)


def test_a_town_is_where_the_middle_of_its_matters_is_and_not_to_the_metre() -> None:
    far_off = Location(lat=48.0, lon=2.0)
    assert of_journal(*opened([*spread(21), far_off])) == {TOWN: (28.81, 112.4)}
    assert of_journal(*opened(spread(21))) == {TOWN: (28.8, 112.4)}


@pytest.mark.parametrize(
    ("events", "known"),
    [
        pytest.param(opened(spread(20)), {TOWN}, id="as many places as it takes"),
        pytest.param(opened(spread(19)), set(), id="one fewer"),
        pytest.param(opened(spread(19) * 2), set(), id="the same places again"),
        pytest.param(opened(spread(20), COUNTY), set(), id="of no town"),
        pytest.param(opened(spread(20), confidential=True), set(), id="told in confidence"),
        pytest.param(opened([None] * 20), set(), id="no place given"),
        pytest.param(opened([Location(address="a lane")] * 20), set(), id="an address alone"),
        pytest.param(opened([*spread(20)], TOWN + "001"), {TOWN}, id="of a village of it"),
        pytest.param(
            [*opened(spread(20)), *opened(spread(20), OTHER_TOWN)], {TOWN, OTHER_TOWN}, id="two towns"
        ),
    ],
)
def test_which_towns_have_a_place(events: list[Value], known: set[str]) -> None:
    assert set(of_journal(*events)) == known


def test_a_table_names_the_places_of_towns() -> None:
    rows = ["code,lat,lon", f"{TOWN},28.84,112.35", f"{OTHER_TOWN}000,28.9,112.5"]
    assert GAZETTEER.points_of_table(rows) == {TOWN: (28.84, 112.35), OTHER_TOWN: (28.9, 112.5)}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        pytest.param(["code,lat"], "line 1", id="a column is missing"),
        pytest.param(["code,lat,lon", f"{COUNTY},28,112"], "line 2: 430981 is no town", id="a county"),
        pytest.param(["code,lat,lon", "430981999,28,112"], "line 2", id="no such town"),
        pytest.param(["code,lat,lon", f"{TOWN},28,112", f"{TOWN},28,112"], "line 3", id="twice"),
        pytest.param(["code,lat,lon", f"{TOWN},112,28"], "line 2: 112.0, 28.0 is no place", id="exchanged"),
        pytest.param(["code,lat,lon", f"{TOWN},0,0"], "line 2", id="left empty by a form"),
        pytest.param(["code,lat,lon", f"{TOWN},nan,112"], "line 2", id="no number"),
        pytest.param(["code,lat,lon", f"{TOWN},28"], "line 2", id="a row too short"),
    ],
)
def test_a_table_that_will_not_do_is_refused_with_its_line(rows: list[str], says: str) -> None:
    with pytest.raises(InputInvalidError, match=says):
        GAZETTEER.points_of_table(rows)


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), *args]
    return subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(REPOSITORY)})


def test_the_file_is_what_grafana_looks_places_up_in(tmp_path: Path) -> None:
    """The form that public/app/features/geo/gazetteer/worldmap.ts of Grafana reads: key, latitude, longitude."""
    table, target = tmp_path / "towns.csv", tmp_path / "folder" / "towns.json"
    table.write_text(f"\ufeffcode,lat,lon\n{TOWN},28.84,112.35\n", encoding="utf-8")
    done = run("--table", str(table), str(target))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(target.read_text()) == [{"key": TOWN, "latitude": 28.84, "longitude": 112.35}]


def test_nothing_is_written_where_no_town_has_a_place(tmp_path: Path) -> None:
    table, target = tmp_path / "towns.csv", tmp_path / "towns.json"
    table.write_text("code,lat,lon\n")
    done = run("--table", str(table), str(target))
    assert done.returncode != 0
    assert "no town has a place" in done.stderr
    assert not target.exists()


def test_the_map_looks_towns_up_where_the_file_is_served() -> None:
    board = json.loads((REPOSITORY / "deploy/grafana/dashboards/county.json").read_text())
    [panel] = [panel for panel in board["panels"] if panel["type"] == "geomap"]
    [layer] = panel["options"]["layers"]
    assert layer["location"] == {
        "mode": "lookup",
        "lookup": "town",
        "gazetteer": f"public/gazetteer/xiaoshi/{GAZETTEER.TARGET.name}",
    }
    named = panel["transformations"][1]["options"]["renameByName"].values()
    style = layer["config"]["style"]
    assert {style["size"]["field"], style["color"]["field"]} == set(named)


def test_records_of_other_events_are_passed_over() -> None:
    refused: list[Record] = [
        Record(topics.EVENTS.name, 0, 0, 0, None, wire.encode(Life().closed().events[1]), ())
    ]
    assert GAZETTEER.points_of_journal(refused, 1) == {}
