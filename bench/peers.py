"""The peers of the throughput bench, each run in a process of its own: `python -m bench.peers NAME KAFKA ROUND`.

Each reads the same reports received, of one partition. A round of a lane is the lane of that number; the others read
a copy in a topic with one partition. At the first record each says the instant and the processor time so far, on
standard output: what came before was starting up.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.peer import COPY, beside, first_record, group, output, rules, source
from services.routing.handlers import INPUTS, RoutingLogic
from shared import catalogue, topics
from shared.core import Core, Decision, state_bytes
from shared.lane import BATCH_BYTES, BATCH_RECORDS, POLL_MS, Bus, Lane, LaneKind
from shared.wire import Out, Record


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


def first(kafka: str, nth: int) -> None:
    """The same agent with routing's rules: their state in a table, what they write sent event by event."""
    with tempfile.TemporaryDirectory(prefix="xiaoshi-bench-") as folder:
        app = faust.App(
            group("first", nth),
            broker=f"kafka://{kafka}",
            datadir=folder,
            store="memory://",
            topic_partitions=1,
            broker_commit_interval=0.2,
            web_enabled=False,
        )
        core = rules()
        state = app.Table("state", partitions=1, key_type=bytes, value_type=bytes)
        journal = app.topic(output("first", nth), key_type=bytes, value_type=bytes)
        others = app.topic(beside("first", nth), key_type=bytes, value_type=bytes)

        @app.agent(app.topic(COPY, key_type=bytes, value_type=bytes))
        async def decide(stream: Any) -> None:
            has_begun = False
            async for event in stream.events():
                if not has_begun:
                    first_record()
                    has_begun = True
                told = event.message
                stamp = round(told.timestamp * 1000)
                record = Record(
                    topics.RECEIVED.name, 0, told.offset, stamp, told.key, told.value, told.headers
                )
                decision = core.feed(record)
                for out in decision.outs:
                    to = journal if out.topic == topics.EVENTS.name else others
                    await to.send(key=out.key, value=out.value, headers=out.headers)
                for key, value in state_bytes(dict(decision.puts)):
                    if value is None:
                        state.pop(key, None)
                    else:
                        state[key] = value

        faust.Worker(app, loglevel="warning").execute_from_commandline()


PEERS: dict[str, Callable[[str, int], None]] = {
    "routing": routing,
    "limit": limit,
    "bare": bare,
    "agent": agent,
    "first": first,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
