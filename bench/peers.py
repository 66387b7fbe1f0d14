"""The peers of the throughput bench, each run in a process of its own: `python -m bench.peers NAME KAFKA ROUND`.

Each reads the same reports received, of one partition. A round of a lane is the lane of that number; the others read
a copy in a topic with one partition. At the first record each says the instant and the processor time so far, on
standard output: what came before was starting up.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.routing.handlers import INPUTS, RoutingLogic
from shared import catalogue, topics
from shared.core import Core, Decision
from shared.lane import BATCH_BYTES, BATCH_RECORDS, POLL_MS, Bus, Lane, LaneKind
from shared.wire import Out, Record

COPY = "bench.reports"


def group(name: str, nth: int) -> str:
    """The peer's consumer group; the limit borrows intake's name and with it a changelog, empty here."""
    return {"routing": "routing", "limit": "intake"}.get(name) or f"bench-{name}-{nth}"


def source(name: str, nth: int) -> TopicPartition:
    return TopicPartition(COPY, 0) if name in ("bare", "agent") else TopicPartition(topics.RECEIVED.name, nth)


def output(name: str, nth: int) -> str:
    """Of a peer that is no lane."""
    return f"bench.{name}.{nth}"


def first_record() -> None:
    said = json.dumps({"first": time.monotonic(), "processor": time.process_time()})
    os.write(1, f"{said}\n".encode())  # Faust takes `print` for logging


def routing(kafka: str, nth: int) -> None:
    """Routing with its rules and its state, as the service wires it."""
    policy = catalogue.load()

    def core(lane: int) -> Core:
        state: dict[str, Any] = {}
        return Core(RoutingLogic(policy, state, lane, 1), state)

    _run_lane(LaneKind(group("routing", nth), INPUTS, core), kafka, nth)


class PassOn:
    """No rules, no state: what comes in goes out."""

    state_type = Any

    def decide(self, record: Record) -> Decision:
        return Decision(
            [
                Out(
                    topics.REJECTED.name,
                    record.partition,
                    record.key,
                    record.value,
                    list(record.headers),
                    record.timestamp,
                )
            ]
        )

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: Any, new: Any) -> None: ...

    def committed(self) -> None: ...


def limit(kafka: str, nth: int) -> None:
    """A lane without rules: what the loop itself can do at most."""

    def core(_: int) -> Core:
        return Core(PassOn(), {})

    _run_lane(LaneKind(group("limit", nth), (topics.RECEIVED.name,), core), kafka, nth)


def _run_lane(kind: LaneKind, kafka: str, nth: int) -> None:
    async def run() -> None:
        lane = Lane(kind, nth, Bus(kafka, lanes=nth + 1, recorded_time=True))
        logic: Any = lane.core.logic
        decide = logic.decide

        def first(record: Record) -> Any:
            first_record()
            del logic.decide  # from here on its own again
            return decide(record)

        logic.decide = first
        await lane.run()

    asyncio.run(run())


def bare(kafka: str, nth: int) -> None:
    """aiokafka by hand: consume, decode, produce, one transaction a batch."""
    asyncio.run(_bare(kafka, group("bare", nth), output("bare", nth)))


async def _bare(kafka: str, own: str, target: str) -> None:
    copy = source("bare", 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=own,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_poll_records=BATCH_RECORDS,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    consumer.assign([copy])
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=own, max_batch_size=BATCH_BYTES)
    await producer.start()
    await consumer.start()
    has_begun = False
    while True:
        records = (await consumer.getmany(timeout_ms=POLL_MS)).get(copy, [])
        if not records:
            continue
        if not has_begun:
            first_record()
            has_begun = True
        async with producer.transaction():
            for record in records:
                json.loads(record.value)
                await producer.send(
                    target, record.value, key=record.key, partition=0, headers=list(record.headers)
                )
            await producer.send_offsets_to_transaction({copy: records[-1].offset + 1}, own)


def agent(kafka: str, nth: int) -> None:
    """What one would write first with Faust: an agent that sends on each event, and no rules."""
    with tempfile.TemporaryDirectory(prefix="xiaoshi-bench-") as folder:
        app = faust.App(
            group("agent", nth),
            broker=f"kafka://{kafka}",
            datadir=folder,
            store="memory://",
            web_enabled=False,
        )
        reports = app.topic(COPY)
        target = app.topic(output("agent", nth))

        @app.agent(reports)
        async def pass_on(events: Any) -> None:
            has_begun = False
            async for event in events:
                if not has_begun:
                    first_record()
                    has_begun = True
                await target.send(value=event)

        faust.Worker(app, loglevel="warning").execute_from_commandline()


PEERS: dict[str, Callable[[str, int], None]] = {
    "routing": routing,
    "limit": limit,
    "bare": bare,
    "agent": agent,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
