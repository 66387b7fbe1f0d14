"""From POST to the centre's topic: reports at a steady pace through the door, time by the wall clock."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
from aiokafka import AIOKafkaConsumer
from rich.console import Console
from rich.table import Table

from bench import machine, prepared
from bench.bus import listening
from bench.figures import Bar, percentile
from shared import catalogue, clock, topics, wire
from shared.errors import RoadBlockedError
from shared.topic_admin import ensure_topics
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.sent import Sent
from xiaoshi.system import Addresses, running

PER_SECOND = 50
SECONDS = 30
WARM_UP = 100  # posts before, which are not counted: connections, a first batch of each lane
BARE_JSON = ("http", "kafka")  # roads whose payload the door takes as it is
LANES = 8
PATIENCE_SECONDS = 30.0


class Told(msgspec.Struct):
    """What is read of an event on a centre's topic."""

    report_id: str | None = None


@dataclass
class Log:
    """By report id: when it was due to be sent, when it was heard of. `refused`: answers other than 202."""

    due: dict[str, float] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    received: dict[str, float] = field(default_factory=dict)
    opened: dict[str, float] = field(default_factory=dict)
    joined: dict[str, float] = field(default_factory=dict)
    refused: int = 0

    def heard(self) -> int:
        return len(self.due.keys() & (self.opened.keys() | self.joined.keys()))


def run(console: Console, run_dir: Path, rounds: int, reports: int) -> list[Bar]:
    sent = _posts(WARM_UP + PER_SECOND * SECONDS)
    with running(run_dir, time="wall", lanes=LANES) as (system, taken):
        for line in taken:
            console.print(f"  {line}")
        log = asyncio.run(_measure(system.addresses, sent))
        services = machine.taken_by(system)
    _report(console, log)
    console.print(f"  peak memory after it: {machine.memory_of(services)}")
    return []


def _posts(count: int) -> list[Sent]:
    """Of days already over: the door refuses what is reported ahead of its clock."""
    policy, days, found = catalogue.load(), 1, list[Sent]()
    while len(found) < count:
        first = (clock.now() - timedelta(days=days + 1)).date()
        found += [
            each
            for each in make_day(prepared.COUNTY, first, days, prepared.A_DAY, policy).sent
            if each.road in BARE_JSON and each.truth.expect == "accepted"
        ]
        days += 1
    return found[:count]


async def _measure(addresses: Addresses, sent: Sequence[Sent]) -> Log:
    keys = (prepared.COUNTY, prepared.COUNTY[:4] + "00")
    told = {topics.routed(key): topics.ROUTED for key in keys}
    await asyncio.to_thread(ensure_topics, addresses.kafka, told, addresses.lanes, 1)
    log = Log()
    async with (
        listening(addresses.kafka, topics.RECEIVED.name, *told) as consumer,
        aiohttp.ClientSession() as session,
    ):
        hearing = asyncio.create_task(_hear(consumer, log))
        await _post_all(session, addresses, sent[:WARM_UP], Log())
        await _post_all(session, addresses, sent[WARM_UP:], log)
        until = time.monotonic() + PATIENCE_SECONDS
        while log.heard() < len(log.due):
            if hearing.done() or time.monotonic() > until:
                raise RoadBlockedError(f"{log.heard()} of {len(log.due)} posted reports reached a centre")
            await asyncio.sleep(0.05)
        hearing.cancel()
    return log


async def _post_all(
    session: aiohttp.ClientSession, addresses: Addresses, sent: Sequence[Sent], log: Log
) -> None:
    """An open loop: each goes out when it is due, whether or not those before it were answered."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for nth, each in enumerate(sent):
            due = started + nth / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(_post(session, addresses, each, due, log))


async def _post(
    session: aiohttp.ClientSession, addresses: Addresses, sent: Sent, due: float, log: Log
) -> None:
    url = addresses.url("intake", f"/reports/{sent.source}")
    headers = {"X-API-Key": addresses.key, "Content-Type": "application/json"}
    async with session.post(url, data=sent.payload, headers=headers) as answer:
        if answer.status != 202:
            log.refused += 1
            return
        log.due[(await answer.json())["report_id"]] = due
        log.answered.append(time.monotonic() - due)


async def _hear(consumer: AIOKafkaConsumer, log: Log) -> None:
    decoder = msgspec.json.Decoder(Told)
    kinds = {
        b"org.xiaoshi.report.received": log.received,
        b"org.xiaoshi.matter.opened": log.opened,
        b"org.xiaoshi.matter.joined": log.joined,
    }
    while True:
        fetched = await consumer.getmany(timeout_ms=1000)
        now = time.monotonic()
        for record in (record for records in fetched.values() for record in records):
            kind = kinds.get(wire.header(record.headers, "ce_type") or b"")
            report_id = decoder.decode(record.value).report_id if kind is not None else None
            if kind is not None and report_id is not None:
                kind.setdefault(report_id, now)


def _report(console: Console, log: Log) -> None:
    table = Table(title=f"{PER_SECOND} reports/s for {SECONDS} s, counted from when each was due to be sent")
    for heading in ("", "count", "p50 ms", "p99 ms", "most ms"):
        table.add_column(heading, justify="right" if heading else "left")
    received, opened, joined = (
        [at - log.due[each] for each, at in kind.items() if each in log.due]
        for kind in (log.received, log.opened, log.joined)
    )
    rows = {
        "POST to 202: on the raw topic for good": log.answered,
        "POST to reports.received (intake)": received,
        "POST to the centre's topic": opened + joined,
        "  that opened a matter (intake, routing)": opened,
        "  that joined one (intake, routing, escalation)": joined,
    }
    for title, seconds in rows.items():
        if seconds:
            shown = (percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))
            table.add_row(title, f"{len(seconds):,}", *(f"{each * 1000:,.0f}" for each in shown))
    console.print(table)
    if log.refused:
        console.print(f"  [red]{log.refused} posts were not answered with 202[/red]")
