"""What intake's tests send: one plain report, and records around it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.intake.handlers import IntakeLogic, Seen
from services.intake.rules.admission import Keys
from services.intake.rules.screen import Given, Screen
from services.intake.sources import sources
from shared import wire
from shared.core import Core
from shared.wire import Record

CATEGORIES = frozenset({"dispute.neighbour", "utility.water"})
KEYS = Keys(contact=bytes(range(64)), receipt=b"r" * 32)
LANES = 8
COUNTY = "430981"
LANE = wire.partition_of(COUNTY.encode(), LANES)
NOW = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

screen = Screen(CATEGORIES)


def a_tree(**changes: Any) -> dict[str, Any]:
    """A report that passes; a change to None leaves the field out."""
    tree = {
        "source_id": "7",
        "reported_at": "2026-03-01T08:30:00+08:00",
        "division": COUNTY,
        "title": "楼上漏水",
        "text": "楼上卫生间漏水，请求调解。",
    }
    return {name: value for name, value in (tree | changes).items() if value is not None}


def a_body(**changes: Any) -> bytes:
    return msgspec.json.encode(a_tree(**changes))


def given_by(source: str = "grid", at: datetime = NOW) -> Given:
    return Given(sources()[source], at)


def a_record(
    value: bytes | None = None,
    *,
    offset: int = 0,
    at: datetime = NOW,
    headers: list[tuple[str, bytes]] | None = None,
    source: str = "grid",
    lane: int = LANE,
    **changes: Any,
) -> Record:
    body = a_body(**changes) if value is None else value
    return Record(f"reports.{source}.v1", lane, offset, wire.millis(at), COUNTY.encode(), body, headers or [])


def a_lane(number: int = LANE) -> Core:
    state: dict[str, Seen] = {}
    return Core(IntakeLogic(CATEGORIES, KEYS, state, number, LANES), state)
