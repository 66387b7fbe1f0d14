"""A burst at the door: twenty times the usual load for a while, what is taken of it, and that none of that is lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
from aiokafka import AIOKafkaConsumer
from rich.console import Console

from bench import machine, prepared
from bench.bus import listening
from bench.figures import Bar, percentile
from bench.latency import BARE_JSON, Told
from shared import catalogue, clock, topics, wire
from shared.errors import RoadBlockedError
from shared.topic_admin import ensure_topics
from xiaoshi.simulator.day import make_day
from xiaoshi.system import Addresses, running

USUAL = 10
"""Reports a second. A megacity's hotline has 70,000 contacts a day (`../shared/data/profile.json`), 12 % of them in its
busiest hour: 2.3 a second. A county has far fewer."""
TIMES = 20
LASTS, QUICK = timedelta(minutes=10), timedelta(seconds=20)
LANES = 8
WARM_UP = 100
STEP = 0.25  # seconds between two looks at the door's memory
SETTLED = 5.0  # seconds after the last report is through
PATIENCE = 900.0

Post = tuple[str, bytes]
"""Source and body."""


@dataclass
class Log:
    """By report id: how late it was answered, and when it was heard of. `turned`: by status, and by its lack of a
    `Retry-After`."""

    answered: dict[str, float] = field(default_factory=dict)
    turned: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    placed: set[str] = field(default_factory=set)
    memory: list[float] = field(default_factory=list)
    received_all: float = 0.0  # seconds after the last post
    placed_all: float = 0.0

    def lost(self) -> int:
        return len(self.answered.keys() - self.received.keys())

    def doubled(self) -> int:
        return sum(count - 1 for count in self.received.values())


def run(console: Console, run_dir: Path, rounds: int, reports: int, *, lasts: timedelta = LASTS) -> list[Bar]:
    count = round(USUAL * TIMES * lasts.total_seconds())
    posts = _posts(WARM_UP + count)
    with running(run_dir, time="wall", lanes=LANES) as (system, taken):
        for line in taken:
            console.print(f"  {line}")
        log = asyncio.run(_measure(system.addresses, posts, system.children["intake"].pid))
    _report(console, log, count, lasts)
    kept = 1 - (log.lost() + log.doubled()) / max(1, len(log.answered))
    return [Bar("accepted in a burst and received once", kept, 1.0)]


def _posts(count: int) -> list[Post]:
    """Of days already over: the door refuses what is reported ahead of its clock."""
    policy, days, found = catalogue.load(), 1, list[Post]()
    while len(found) < count:
        first = (clock.now() - timedelta(days=days + 1)).date()
        found += [
            (each.source, each.payload)
            for each in make_day(prepared.COUNTY, first, days, prepared.A_DAY, policy).sent
            if each.road in BARE_JSON and each.truth.expect == "accepted"
        ]
        days += 1
    return found[:count]


async def _measure(addresses: Addresses, posts: Sequence[Post], door: int) -> Log:
    keys = (prepared.COUNTY, prepared.COUNTY[:4] + "00")
    told = {topics.routed(key): topics.ROUTED for key in keys}
    await asyncio.to_thread(ensure_topics, addresses.kafka, told, addresses.lanes, 1)
    log = Log()
    async with (
        listening(addresses.kafka, topics.RECEIVED.name, *told) as consumer,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        hearing = asyncio.create_task(_hear(consumer, log))
        await _post_all(session, addresses, posts[:WARM_UP], log)
        weighing = asyncio.create_task(_weigh(door, log))
        await asyncio.sleep(2 * STEP)
        await _post_all(session, addresses, posts[WARM_UP:], log)
        ended = time.monotonic()
        log.received_all = await _until(lambda: not log.lost(), hearing) - ended
        log.placed_all = await _until(lambda: log.answered.keys() <= log.placed, hearing) - ended
        await asyncio.sleep(SETTLED)
        for task in (hearing, weighing):
            task.cancel()
    return log


async def _until(is_done: Callable[[], bool], hearing: asyncio.Task[None]) -> float:
    """The instant (monotonic) at which it was seen to be done."""
    until = time.monotonic() + PATIENCE
    while not is_done():
        if hearing.done() or time.monotonic() > until:
            raise RoadBlockedError("what was accepted in a burst was not worked off")
        await asyncio.sleep(0.1)
    return time.monotonic()


async def _weigh(door: int, log: Log) -> None:
    while True:
        log.memory.append(machine.memory(door))
        await asyncio.sleep(STEP)


async def _post_all(
    session: aiohttp.ClientSession, addresses: Addresses, posts: Sequence[Post], log: Log
) -> None:
    """An open loop: each goes out when it is due, whether or not those before it were answered."""
    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for nth, post in enumerate(posts):
            due = started + nth / (USUAL * TIMES)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(_post(session, addresses, post, due, log))


async def _post(
    session: aiohttp.ClientSession, addresses: Addresses, post: Post, due: float, log: Log
) -> None:
    source, body = post
    headers = {"X-API-Key": addresses.key, "Content-Type": "application/json"}
    try:
        async with session.post(
            addresses.url("intake", f"/reports/{source}"), data=body, headers=headers
        ) as answer:
            if answer.status == 202:
                log.answered[(await answer.json())["report_id"]] = time.monotonic() - due
            else:
                told = "" if answer.headers.get("Retry-After") else " without Retry-After"
                log.turned[f"{answer.status}{told}"] += 1
    except aiohttp.ClientError:
        log.turned["broken off"] += 1


async def _hear(consumer: AIOKafkaConsumer, log: Log) -> None:
    decoder = msgspec.json.Decoder(Told)
    placed = (b"org.xiaoshi.matter.opened", b"org.xiaoshi.matter.joined")
    while True:
        fetched = await consumer.getmany(timeout_ms=1000)
        for record in (record for records in fetched.values() for record in records):
            kind = wire.header(record.headers, "ce_type")
            if kind == b"org.xiaoshi.report.received":
                log.received[decoder.decode(record.value).report_id or ""] += 1
            elif kind in placed:
                log.placed.add(decoder.decode(record.value).report_id or "")


def _report(console: Console, log: Log, count: int, lasts: timedelta) -> None:
    answered = list(log.answered.values())
    turned = ", ".join(f"{number:,} with {what}" for what, number in sorted(log.turned.items())) or "none"
    before, peak, after = log.memory[0], max(log.memory), log.memory[-1]
    console.print(
        f"  {count:,} posts at {USUAL * TIMES} a second for {lasts.total_seconds():.0f} s, {TIMES} times {USUAL}:\n"
        f"  accepted [bold]{len(answered):,}[/bold] (with {WARM_UP} before), turned away: {turned}\n"
        f"  of those accepted lost [bold]{log.lost()}[/bold], doubled [bold]{log.doubled()}[/bold] on "
        f"{topics.RECEIVED.name}\n"
        f"  POST to 202, from when it was due: p50 {percentile(answered, 0.5) * 1000:,.0f} ms, "
        f"p99 {percentile(answered, 0.99) * 1000:,.0f} ms\n"
        f"  worked off after the last answer: received {log.received_all:.1f} s, at the centre {log.placed_all:.1f} s\n"
        f"  the door's memory: {before:.0f} MB before, {peak:.0f} MB at most, {after:.0f} MB after"
    )
