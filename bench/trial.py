"""`xiaoshi policy try` on a stretch of a county's past: held against what the log tells, and against a second run."""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from rich.console import Console

from bench.figures import Bar
from bench.prepared import COUNTY, FIRST_DAY
from shared import catalogue, timeline, topics, wire
from shared.catalogue import SHIPPED, Policy
from shared.wire import Out, Record
from xiaoshi.player import raw
from xiaoshi.road import Road
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.past import Journal
from xiaoshi.trial.run import tried

A_DAY = 1000
A_MONTH = 30_000
HOUR = timedelta(hours=1)
NOBODY: tuple[tuple[datetime, Out], ...] = ()
OLD, NEW = "town: 2 working days", "town: 3 working days"


class _Log:
    """What reports and desks led to, of one lane, as bytes."""

    lanes = 1

    def __init__(self) -> None:
        self._records: dict[str, list[Record]] = defaultdict(list)

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        return iter(self._records[topic])

    def write(self, out: Out) -> None:
        rows = self._records[out.topic]
        rows.append(Record(out.topic, 0, len(rows), out.timestamp, out.key, out.value, tuple(out.headers)))


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    old = catalogue.load()
    text = SHIPPED.read_text(encoding="utf-8")
    assert OLD in text
    new = catalogue.of_text(text.replace(OLD, NEW))
    begun = time.monotonic()
    log, days = _Log(), max(reports // A_DAY, 1)
    _play(log, old, days)
    console.print(
        f"  {days} days of {A_DAY:,} reports and what desks did, made in {time.monotonic() - begun:.0f} s"
    )
    took = {}
    for again in (False, True):
        begun = time.monotonic()
        trial = tried(Journal(log), old, new, Stretch(), rerun=again)
        took[again] = time.monotonic() - begun
    received = trial.inputs[topics.RECEIVED.name]
    month = took[False] / received * A_MONTH
    console.print(
        f"  {received:,} reports, {trial.inputs.total():,} inputs: tried in [bold]{took[False]:.1f} s[/bold], with the "
        f"past run again {took[True]:.1f} s; a month of {A_MONTH:,} reports at this rate in {month:.0f} s"
    )
    return [
        Bar("a minute : a policy tried on a month", 60 / month, 1.0),
        Bar("the past run again : the past as the log tells it, seconds", took[True] / took[False], 1.0),
    ]


def _play(log: _Log, policy: Policy, days: int) -> None:
    """Day after day, and a day to work things off."""
    road, agenda = Road(policy, 1), Agenda(Desks(1, policy))

    def put(out: Out, heard: datetime | None) -> None:
        for written in road.take(out):
            if written.topic in (topics.RECEIVED.name, topics.EVENTS.name):
                log.write(written)
            if written.topic == topics.EVENTS.name:
                agenda.hear(wire.decode(written.value), heard)

    sent = [
        (each.at, raw(each))
        for nth in range(days)
        for each in make_day(COUNTY, FIRST_DAY + timedelta(days=nth), nth + 1, A_DAY, policy).sent
    ]
    sent.sort(key=lambda each: each[0])
    for step in timeline.steps(sent, NOBODY, HOUR, sent[-1][0] + timedelta(days=1)):
        for out in step.reports:
            put(out, None)
        for out in chain.from_iterable(timeline.by_topic(agenda.before(step.ends))):
            put(out, step.ends)
        put(timeline.tick(step.ends, 0), step.ends)
