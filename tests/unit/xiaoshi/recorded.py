"""A log in memory: a simulated day, as the road without a broker writes it, with desks that act on what they hear."""

import heapq
import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import msgspec

from shared import catalogue, sealing, timeline, topics, wire
from shared.catalogue import Policy
from shared.matter import Action, Reporter
from shared.receipts import report_id_of
from shared.wire import Out, Record
from xiaoshi.inputs import county_key
from xiaoshi.player import raw
from xiaoshi.road import NO_SECRETS, Road
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Day
from xiaoshi.verify.log import Offsets

LANES = 4
SEED = 7
COUNTY = "430981"
ELSEWHERE = "330702"  # in another lane
DAY = date(2026, 3, 2)


class MemoryLog:
    """Topics as lists. `waiting`: how many of the last records of a partition were not handled yet."""

    lanes = LANES

    def __init__(self) -> None:
        self.records: dict[tuple[str, int], list[Record]] = defaultdict(list)
        self.waiting: dict[tuple[str, int], int] = {}
        self.late: set[tuple[str, int]] = set()

    @property
    def at_rest(self) -> bool:
        return not self.waiting

    def topics(self) -> Collection[str]:
        return {topic for topic, _ in self.records}

    def partitions(self, topic: str) -> range:
        return range(max((part + 1 for name, part in self.records if name == topic), default=0))

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        return iter(list(self.records.get((topic, partition), ())))

    def handled(self, record: Record) -> bool:
        where = record.topic, record.partition
        waits = self.waiting.get(where, 0)
        return not waits or record.offset < self.records[where][-waits].offset

    def handled_now(self) -> Offsets:
        return {where: self.records[where][-waits].offset for where, waits in self.waiting.items()}

    def starts_late(self, topic: str, partition: int) -> bool:
        return (topic, partition) in self.late

    def write(self, out: Out) -> None:
        lanes = topics.topic_of(out.topic).partitions or LANES
        part = wire.partition_of(out.key or b"", lanes) if out.partition is None else out.partition
        rows = self.records[out.topic, part]
        rows.append(Record(out.topic, part, len(rows), out.timestamp, out.key, out.value, tuple(out.headers)))

    def copy(self) -> "MemoryLog":
        other = MemoryLog()
        other.records.update({where: list(rows) for where, rows in self.records.items()})
        return other

    def find(self, topic: str, kind: str, nth: int = 0) -> tuple[list[Record], int]:
        """The rows and the place of the nth record of that kind."""
        for (name, _), rows in sorted(self.records.items()):
            for at, record in enumerate(rows):
                if name == topic and wire.header(record.headers, "ce_type") == (wire.PREFIX + kind).encode():
                    if nth == 0:
                        return rows, at
                    nth -= 1
        raise LookupError(f"no {kind} on {topic}")


@cache
def the_policy() -> Policy:
    return catalogue.load()


@cache
def a_day(reports: int = 110) -> Day:
    return make_day(COUNTY, DAY, SEED, reports, the_policy())


@cache
def _recorded() -> tuple[MemoryLog, tuple[Out, ...]]:
    day = a_day()
    log, sent, road = MemoryLog(), [], Road(the_policy(), LANES)
    desks, planned, nth = Desks(SEED), list[tuple[datetime, int, Action]](), count()

    def put(out: Out, ends: datetime) -> None:
        sent.append(out)
        log.write(out)
        for written in road.take(out):
            log.write(written)
            if written.topic == topics.EVENTS.name:
                for action in desks.hear(wire.decode(written.value)):
                    at = max(action.at, ends)
                    heapq.heappush(planned, (at, next(nth), msgspec.structs.replace(action, at=at)))

    reports = [(each.at, raw(each)) for each in day.sent]
    reports += [(reports[60][0], out) for out in _odd(reports[60][0])]
    until = reports[-1][0] + timedelta(days=12)
    nobody: tuple[tuple[datetime, Out], ...] = ()
    for step in timeline.steps(reports, nobody, timedelta(hours=3), until):
        for out in step.reports:
            put(out, step.ends)
        while planned and planned[0][0] < step.ends:
            action = heapq.heappop(planned)[2]
            stamp = wire.millis(action.at)
            value = msgspec.json.encode(action)
            put(Out(topics.ACTIONS.name, None, action.county.encode(), value, [], stamp), step.ends)
        if step.ends.timestamp() % 86_400 == 0:
            stamp = wire.millis(step.ends)
            put(Out(topics.ACTIONS.name, None, COUNTY.encode(), b"no action", [], stamp), step.ends)
        for lane in range(LANES):
            put(timeline.tick(step.ends, lane), step.ends)
    return log, tuple(sent)


def recorded() -> MemoryLog:
    """A copy to break."""
    return _recorded()[0].copy()


def sent() -> tuple[Out, ...]:
    """What was put on the bus from outside, in order."""
    return _recorded()[1]


def _odd(at: datetime) -> Iterator[Out]:
    """Sealed by our door, sealed by nobody, under another county's key, and a complaint about the county itself."""
    odd: tuple[tuple[str, dict[str, Any]], ...] = (
        (COUNTY, {"reporter": {"sealed": _seal("odd-0")}}),
        (COUNTY, {"reporter": {"sealed": "bm8gc2VhbA"}}),
        (COUNTY, {"reporter": {"name": "甲"}}),
        (ELSEWHERE, {"reporter": {"sealed": _seal("odd-3")}}),
        (COUNTY, {"about_body": COUNTY}),
    )
    for nth, (division, more) in enumerate(odd):
        fields: dict[str, Any] = {
            "source": "app",
            "source_id": f"odd-{nth}",
            "reported_at": at.isoformat(),
            "division": division,
            "title": "一件事",
            "text": f"第{nth}件事",
        }
        value = json.dumps(fields | more).encode()
        yield Out(topics.raw("app"), None, county_key(COUNTY).encode(), value, [], wire.millis(at))


def _seal(source_id: str) -> str:
    report_id = report_id_of("app", source_id)
    return sealing.seal(Reporter(name="甲"), NO_SECRETS.contact, report_id)
