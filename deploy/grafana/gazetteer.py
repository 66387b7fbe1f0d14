"""Writes where towns are, for the map of the county's dashboard.

    python deploy/grafana/gazetteer.py --table FILE.csv [TARGET]
    python deploy/grafana/gazetteer.py --kafka ADDR [--least 20] [TARGET]

The division tree has no coordinates. A table has one row a town, with the columns code, lat and lon (WGS-84 degrees).
Without one, a town is put where the middle of its matters is, by what reports say of their own place: only where these
are `--least` different ones, and to a hundredth of a degree (a kilometre or so), so that nobody's place is shown.
TARGET is deploy/grafana/gazetteer/towns.json, in the form in which Grafana's geomap looks places up; serve that folder
as public/gazetteer/xiaoshi.
"""

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median

from services.metrics.rules.facts import town_of
from shared import divisions, topics, wire
from shared.divisions import Level
from shared.errors import InputInvalidError, UnknownDivisionError, XiaoshiError
from shared.events import MatterOpened
from shared.log_reader import read_topic
from shared.wire import Record

TARGET = Path(__file__).parent / "gazetteer" / "towns.json"
COLUMNS = {"code", "lat", "lon"}
LEAST = 20
DIGITS = 2

Point = tuple[float, float]
"""Latitude and longitude."""


def points_of_table(lines: Iterable[str]) -> dict[str, Point]:
    """By the codes of towns. Raises InputInvalidError with the line."""
    reader = csv.DictReader(lines, strict=True)
    if set(reader.fieldnames or ()) != COLUMNS:
        raise InputInvalidError("line 1: the columns must be code, lat and lon")
    found: dict[str, Point] = {}
    try:
        for row in reader:
            town = divisions.find(row["code"])
            if town.level is not Level.TOWN or town.code in found:
                raise ValueError(f"{town.code} is no town, or has a row already")
            found[town.code] = point(float(row["lat"]), float(row["lon"]))
    except (csv.Error, TypeError, ValueError, UnknownDivisionError) as error:
        raise InputInvalidError(f"line {reader.line_num}: {error}") from error
    return found


def point(lat: float, lon: float) -> Point:
    """Raises ValueError for what is nowhere on earth; also for 0, 0, where a form has put what was left empty."""
    if not (abs(lat) <= 90 and abs(lon) <= 180) or lat == lon == 0:
        raise ValueError(f"{lat}, {lon} is no place")
    return lat, lon


def points_of_journal(records: Iterable[Record], least: int) -> dict[str, Point]:
    """The middle of the places where a town's matters were reported, roughly; none of what is confidential."""
    places: defaultdict[str, set[Point]] = defaultdict(set)
    for record in records:
        event = wire.decode(record.value)
        if not isinstance(event, MatterOpened) or event.confidential:
            continue
        town, location = town_of(event.sheet.division, event.county), event.sheet.location
        if town != event.county and location is not None and location.lat and location.lon:
            places[town].add((location.lat, location.lon))
    return {
        town: (middle(lat for lat, _ in at), middle(lon for _, lon in at))
        for town, at in sorted(places.items())
        if len(at) >= least
    }


def middle(degrees: Iterable[float]) -> float:
    """The median, so that a single place far off moves nothing."""
    return round(median(degrees), DIGITS)


def gazetteer(points: Mapping[str, Point]) -> list[dict[str, object]]:
    """As Grafana reads it. By codes alone: several towns of a country have one name."""
    return [{"key": code, "latitude": lat, "longitude": lon} for code, (lat, lon) in sorted(points.items())]


def main(args: argparse.Namespace) -> None:
    if args.table:
        with args.table.open(encoding="utf-8-sig", newline="") as file:
            points = points_of_table(file)
    else:
        points = points_of_journal(read_topic(args.kafka, topics.EVENTS.name), args.least)
    if not points:
        raise InputInvalidError("no town has a place: nothing was written")
    args.target.parent.mkdir(parents=True, exist_ok=True)
    args.target.write_text(json.dumps(gazetteer(points), indent=1) + "\n", encoding="utf-8")
    print(f"{len(points)} towns: {args.target}")


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--table", type=Path, metavar="FILE.csv")
    source.add_argument("--kafka", metavar="ADDR")
    parser.add_argument("--least", type=int, default=LEAST, metavar="N")
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main(asked())
    except (XiaoshiError, OSError) as error:
        sys.exit(f"gazetteer: {error}")
