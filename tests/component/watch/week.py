"""A week of two counties as Prometheus would have scraped it: `python -m tests.component.watch.week FILE`.

Simulated reports and desks; the services' own lanes, door, projections and auditor, in one process on a broker in
memory, with time moved by hand. What their instruments show is written down every hour, and once a day for two
months before, so that a month has one to be compared with. No value is made here but `up`: what could be read was up.
"""

import asyncio
import base64
import hashlib
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TextIO
from unittest.mock import patch

import httpx
import yaml
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from services.intake import config as intake
from services.intake.app import build_http
from services.intake.ports import Ports
from services.intake.sources import sources
from services.metrics.collector import FigureCollector
from services.metrics.handlers import MetricsLogic
from services.routing.handlers import INPUTS
from shared import catalogue, lane, timeline, topics, wire
from shared.catalogue import Policy
from shared.core import Core
from shared.lane import LaneKind
from shared.outcomes import Outcomes
from shared.store.fold import Document, fold_all
from shared.wire import Out, Record
from tests.component.intake.fakes import FakeLedger
from tests.component.watch.memory import MemoryLane, Topics
from xiaoshi.audit import Audit, pulse_of
from xiaoshi.commands import audit as auditing
from xiaoshi.player import raw
from xiaoshi.road import makers
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import BEIJING, Sent

COUNTIES = ("430603", "430611")  # two of one city, five towns each
LANES = 2
SEED = 4
KEY = "a key"
WEEK = [date(2026, 3, 2) + timedelta(days=n) for n in range(7)]
EARLIER = [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7), date(2026, 2, 4), date(2026, 2, 5)]
ENDS = datetime(2026, 3, 9, tzinfo=BEIJING).astimezone(UTC)
BEGINS = ENDS - timedelta(days=7)
OFTEN, SELDOM = timedelta(hours=1), timedelta(hours=4)
REPORTS, REPORTS_EARLIER = 30, 120  # of a county in a day; petitions take weeks
PROMETHEUS = Path(__file__).parents[3] / "deploy" / "prometheus" / "prometheus.yml"
JOBS = {"escalation": ("escalation", "clock", "stream"), "intake": ("intake",), "audit": ("audit",)}


class County:
    """The system, and everybody who uses it."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self.bus = Topics(LANES)
        self.now = BEGINS
        made = makers(policy, LANES)
        figures: list[MetricsLogic] = []
        REGISTRY.register(FigureCollector(lambda: figures))

        def metrics(number: int) -> Core:
            figures.append(MetricsLogic({}))
            return Core(figures[-1], figures[-1].state)

        kinds = (
            LaneKind("intake", tuple(topics.raw(name) for name in sources()), made["intake"]),
            LaneKind("routing", INPUTS, made["routing"]),
            LaneKind("escalation", (topics.EVENTS.name,), made["escalation"]),
            LaneKind("metrics", (topics.EVENTS.name,), metrics),
        )
        for kind in kinds:
            lane.Lanes(kind, settings(folder))  # says at zero what its lanes may come to count
        self._lanes = [MemoryLane(kind, number, self.bus) for kind in kinds for number in range(LANES)]
        self._agenda = Agenda(Desks(SEED, policy))
        self._ledger: dict[str, Document] = {}
        self._projection = Outcomes("ledger-matters", self._project, self._send)
        self._audit = Audit(self._journal)
        self._pulse = pulse_of(OFTEN, time.monotonic)
        self._heard = dict.fromkeys(range(LANES), 0)
        ports = Ports(self.bus, FakeLedger(), lambda: self.now)
        self._door = httpx.AsyncClient(
            transport=httpx.ASGITransport(build_http(settings(folder), ports, policy)), base_url="http://door"
        )

    async def start(self) -> None:
        for each in self._lanes:
            await each.start()

    async def step(self, sent: Iterable[Sent], ends: datetime) -> None:
        """As the player plays it: reports, then what everybody does, then the tick."""
        for each in sent:
            self.now = each.at
            if each.road == "http":
                headers = {**dict(each.headers), "X-API-Key": KEY}
                await self._door.post(f"/reports/{each.source}", content=each.payload, headers=headers)
            else:
                self.bus.put([raw(each)])
        await self._settle(None)
        for outs in timeline.by_topic(self._agenda.before(ends)):
            self.bus.put(outs)
            await self._settle(ends)
        self.now = ends
        self.bus.put(timeline.tick(ends, number) for number in range(LANES))
        await self._settle(ends)
        auditing.look(self._audit, self._pulse, None)

    async def _settle(self, heard: datetime | None) -> None:
        busy = True
        while busy:
            busy = any([await each.go_round() for each in self._lanes])
        new = list(self._journal(self._heard))
        for record in new:
            self._heard[record.partition] = record.offset + 1
            self._agenda.hear(wire.decode(record.value), heard)
        if new:
            await self._projection.settle(new)
        self._projection.beat()

    def _journal(self, starts: dict[int, int]) -> Iterator[Record]:
        for number in range(LANES):
            rows = self.bus.records[TopicPartition(topics.EVENTS.name, number)]
            yield from rows[starts.get(number, 0) :]

    def _project(self, records: list[Record]) -> None:
        self._ledger |= fold_all(self._ledger, records)

    async def _send(self, out: Out) -> None:
        self.bus.put([out])


def settings(folder: Path) -> intake.IntakeSettings:
    file = folder / "keys.json"
    file.write_text(json.dumps({hashlib.sha256(KEY.encode()).hexdigest(): sorted(sources())}))
    given = {
        "XIAOSHI_KAFKA": "memory:0",
        "XIAOSHI_MONGO": "mongodb://memory",
        "XIAOSHI_TIME": "driven",
        "INTAKE_KEYS_FILE": str(file),
        "INTAKE_CONTACT_KEY": base64.b64encode(bytes(range(64))).decode(),
        "INTAKE_RECEIPT_KEY": "r" * 32,
        "INTAKE_LANES": str(LANES),
    }
    return intake.load(given)


def days(of: Iterable[date], reports: int, policy: Policy) -> list[tuple[datetime, Sent]]:
    """What is sent in both counties on those days, in the order of time."""
    made = (make_day(county, day, SEED, reports, policy).sent for day in of for county in COUNTIES)
    return sorted(((each.at, each) for each in chain.from_iterable(made)), key=lambda pair: pair[0])


def scrape(file: TextIO, at: datetime) -> None:
    """All there is to see now, as samples of that instant."""
    stamp = int(at.timestamp())
    for family in REGISTRY.collect():
        if family.name.startswith("xiaoshi_"):
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    series = named(sample.name, tuple(sample.labels.items()))
                    file.write(f"{series} {sample.value} {stamp}\n")
    for job in scraped_jobs():
        file.write(f"{named('up', (('service', job),))} 1 {stamp}\n")


@cache
def named(metric: str, labels: tuple[tuple[str, str], ...]) -> str:
    """The series as it is after the scrape, with its job and instance."""
    own = dict(labels)
    part = metric.split("_")[1] if "_" in metric else ""
    job = own.get("service") or next((job for job, parts in JOBS.items() if part in parts), "metrics")
    if metric == "up":
        own.clear()
    text = ",".join(
        f'{name}="{value}"' for name, value in ({"job": job, "instance": f"{job}:80"} | own).items()
    )
    return f"{metric}{{{text}}}"


@cache
def scraped_jobs() -> tuple[str, ...]:
    return tuple(config["job_name"] for config in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"])


async def play(file: TextIO, county: County, policy: Policy) -> None:
    nobody: tuple[tuple[datetime, Out], ...] = ()
    await county.start()
    for step in timeline.steps(days(EARLIER, REPORTS_EARLIER, policy), nobody, SELDOM, BEGINS - SELDOM):
        await county.step(step.reports, step.ends)
        if step.ends.hour == ENDS.hour:
            scrape(file, step.ends)
    for step in timeline.steps(days(WEEK, REPORTS, policy), nobody, OFTEN, ENDS):
        await county.step(step.reports, step.ends)
        scrape(file, step.ends)
    file.write("# EOF\n")


def main(path: Path) -> None:
    policy = catalogue.load()
    with tempfile.TemporaryDirectory() as folder, path.open("w", encoding="utf-8") as file:
        county = County(Path(folder), policy)
        logging.disable(logging.INFO)
        with (
            patch("time.time", lambda: county.now.timestamp()),
        ):
            asyncio.run(play(file, county, policy))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
