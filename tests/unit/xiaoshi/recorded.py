"""A log in memory: a simulated day, as the road without a broker writes it, with desks that act on what they hear."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from shared import catalogue, sealing, timeline, topics, wire
from shared.catalogue import Policy
from shared.matter import Reporter
from shared.receipts import report_id_of
from shared.wire import Out, Record
from xiaoshi.inputs import county_key
from xiaoshi.player import raw
from xiaoshi.road import NO_SECRETS, Road
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Acted, Day
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


class Play:
    """A day on a road of its own: everything that is put on it and written because of it, and who acts on that."""

    def __init__(self, seed: int) -> None:
        self.log = MemoryLog()
        self.sent: list[Out] = []
        self.agenda = Agenda(Desks(seed, the_policy()))
        self._road = Road(the_policy(), LANES)

    def put(self, out: Out, heard: datetime | None) -> None:
        self.sent.append(out)
        self.log.write(out)
        for written in self._road.take(out):
            self.log.write(written)
            if written.topic == topics.EVENTS.name:
                self.agenda.hear(wire.decode(written.value), heard)

    def step(self, reports: Iterable[Out], ends: datetime, also: Iterable[Out] = ()) -> None:
        """As `xiaoshi.player` plays it: reports, what is done by then, and the tick."""
        for out in reports:
            self.put(out, None)
        for out in [*chain.from_iterable(timeline.by_topic(self.agenda.before(ends))), *also]:
            self.put(out, ends)
        for lane in range(LANES):
            self.put(timeline.tick(ends, lane), ends)


NOBODY: tuple[tuple[datetime, Out], ...] = ()


@cache
def _recorded() -> Play:
    day, play = a_day(), Play(SEED)
    reports = [(each.at, raw(each)) for each in day.sent]
    reports += [(reports[60][0], out) for out in _odd(reports[60][0])]
    until = reports[-1][0] + timedelta(days=12)
    for step in timeline.steps(reports, NOBODY, timedelta(hours=3), until):
        stamp = wire.millis(step.ends)
        broken = Out(topics.ACTIONS.name, None, COUNTY.encode(), b"no action", [], stamp)
        play.step(step.reports, step.ends, [broken] if step.ends.timestamp() % 86_400 == 0 else ())
    return play


def played(seed: int, reports: int, days: int) -> Play:
    """A day in the steps of `xiaoshi demo`, and days after it."""
    play = Play(seed)
    sent = [(each.at, raw(each)) for each in make_day(COUNTY, DAY, seed, reports, the_policy()).sent]
    ends = sent[0][0]
    for step in timeline.steps(sent, NOBODY, timedelta(minutes=10)):
        play.step(step.reports, ends := step.ends)
    for nth in range(1, days * 12 + 1):
        play.step((), ends + nth * timedelta(hours=2))
    return play


def recorded() -> MemoryLog:
    """A copy to break."""
    return _recorded().log.copy()


def sent() -> tuple[Out, ...]:
    """What was put on the bus from outside, in order."""
    return tuple(_recorded().sent)


def acted() -> tuple[Acted, ...]:
    """What everybody did, and what it must lead to."""
    return tuple(_recorded().agenda.acted)


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
