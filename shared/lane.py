"""The transactional loop: a batch in, one Kafka transaction out.

A lane is one partition number across a service's inputs, its state and its outputs. Outputs, state changes,
dead letters and input offsets of a batch are committed together, so every record has its effects once, however
often the process dies. Taking a lane over fences whoever held it before. A broker error or fencing ends the
process; the next one starts from what was committed.
"""

import asyncio
import gc
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import mode
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.structs import RecordMetadata
from prometheus_client import Counter, Gauge, Histogram

from shared import core, topics, wire
from shared.core import Core, Decision
from shared.matter import Value
from shared.progress import PATIENCE, Now, Pulse, Seen, Watch, seen_by
from shared.settings import LaneSettings
from shared.topic_admin import ensure_topics
from shared.wire import Out, Record

log = logging.getLogger(__name__)

EVENTS = Counter("xiaoshi_lane_events", "Records handled by a lane.", ("service", "topic", "outcome"))
BATCH_SECONDS = Histogram("xiaoshi_lane_batch_seconds", "One transaction of a lane.", ("service",))
LAG = Gauge("xiaoshi_lane_lag_records", "Records not yet handled.", ("service", "topic", "partition"))
PROGRESS = Gauge(
    "xiaoshi_lane_last_progress_timestamp_seconds", "When a lane last went round.", ("service", "partition")
)
RESTORED = Gauge(
    "xiaoshi_lane_restore_seconds", "How long a lane took to be ready.", ("service", "partition")
)
OUTCOMES = ("handled", "duplicate", "refused", "buried", "own", "moved", "backward", "leapt")

BATCH_RECORDS = 2000
TRANSACTION_OUTS = 4000
TRANSACTION_TIMEOUT_MS = 15_000
BATCH_BYTES = 512 * 1024
POLL_MS = 250
POSITION = "position of "  # no key of a state begins like this
YOUNG = 100_000
"""Objects made before the collector looks for cycles: a state has none, and at 700 that took a tenth of the time."""
EXIT_LANE_LOST = 70


@dataclass(frozen=True)
class LaneKind:
    """What makes a service's lanes. `core` builds the state and rules of the lane with that number."""

    name: str
    inputs: tuple[str, ...]
    core: Callable[[int], Core]

    @property
    def changelog(self) -> str:
        return topics.state_of(self.name).name


@dataclass(frozen=True)
class Bus:
    """Where the broker is, and how many partitions everything keyed by county has.

    `recorded_time`: senders stamp the records, as simulators and replays do (`shared.topic_admin`).
    """

    bootstrap: str
    lanes: int
    replicas: int = 1
    recorded_time: bool = False
    compression: str | None = None


@dataclass
class Pending:
    """What one transaction will hold."""

    outs: list[Out] = field(default_factory=list)
    puts: dict[str, Value | None] = field(default_factory=dict)
    clock: int = 0
    offsets: dict[TopicPartition, int] = field(default_factory=dict)

    def add(self, decision: Decision) -> None:
        self.outs.extend(decision.outs)
        self.puts.update(decision.puts)


class Lane:
    """One lane, from fencing its predecessor to the loop."""

    def __init__(self, kind: LaneKind, number: int, bus: Bus, now: Now = time.monotonic) -> None:
        self.kind = kind
        self.number = number
        self.bus = bus
        self.core = kind.core(number)
        self._inputs = [TopicPartition(topic, number) for topic in kind.inputs]
        self.ready = False
        self._round_made = Pulse("has not gone round", PATIENCE, now)
        self._watch = Watch(kind.name, now)
        self._partitions: dict[str, int] = {}
        self._position: dict[str, int] = {}

    def _writer(self) -> AIOKafkaProducer:
        """Starting it fences whoever wrote for this lane before, and aborts what they left open."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bus.bootstrap,
            transactional_id=f"{self.kind.name}-{self.number}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=2 * topics.BURIED,
            compression_type=self.bus.compression,
            # the broker turns a transaction away while the one before is still closing, a matter of milliseconds
            retry_backoff_ms=10,
            acks="all",
        )

    def _reader(self, group_id: str | None) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.bus.bootstrap,
            group_id=group_id,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_poll_records=BATCH_RECORDS,
            fetch_max_bytes=16 * 1024 * 1024,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )

    async def run(self) -> None:
        """Until cancelled. Raises whatever the broker says that cannot be mended here."""
        self._producer, self._consumer = self._writer(), self._reader(group_id=self.kind.name)
        self._consumer.assign(self._inputs)
        try:
            await self._producer.start()
            await self._consumer.start()
            await self._restore()
            await self._seek()
            await self._commit_due(Pending())
            self._begin()
            while True:
                await self._round()
        finally:
            self.ready = False
            await asyncio.gather(self._consumer.stop(), self._producer.stop(), return_exceptions=True)

    async def _restore(self) -> None:
        """Rebuild the state from the changelog: all that was committed, nothing that was not."""
        started = time.monotonic()
        gc.set_threshold(YOUNG)
        changelog = TopicPartition(self.kind.changelog, self.number)
        # a reader of its own: a consumer with a group cannot be assigned anew
        reader = self._reader(group_id=None)
        reader.assign([changelog])
        await reader.start()
        # the last change of each key, in the order of those changes: the broker has compacted but a part of it
        latest: dict[str, bytes | None] = {}
        try:
            await reader.seek_to_beginning(changelog)
            end = (await reader.end_offsets([changelog]))[changelog]
            while await reader.position(changelog) < end:
                for records in (await reader.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        latest.pop(key := (record.key or b"").decode(), None)
                        latest[key] = record.value
        finally:
            await reader.stop()
        await self._take_back(latest)
        self.core.logic.committed()
        gc.freeze()  # what was restored stays, and is looked at no more
        took = time.monotonic() - started
        RESTORED.labels(self.kind.name, str(self.number)).set(took)
        log.info("lane restored", extra={"lane": self.number, "keys": len(self.core.state), "seconds": took})

    async def _take_back(self, latest: dict[str, bytes | None]) -> None:
        for nth, (key, value) in enumerate(latest.items()):
            if nth % BATCH_RECORDS == 0:
                await asyncio.sleep(0)  # the process has pages to serve meanwhile
            if key.startswith(POSITION):
                self._position[key.removeprefix(POSITION)] = int(value or b"0")
            else:
                self.core.restore(key, value)

    async def _seek(self) -> None:
        """Start where the last committed transaction ended.

        That is kept beside the state: the group's offsets, which tell others how far we are, expire after a
        week in which a partition was quiet.
        """
        for tp in self._inputs:
            if tp.topic in self._position:
                self._consumer.seek(tp, self._position[tp.topic])
            else:
                await self._consumer.seek_to_beginning(tp)

    def _begin(self) -> None:
        for tp in self._inputs:
            self._watch.begin(tp)
        self._round_made.beat()
        self.ready = True

    async def _round(self) -> None:
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
        if fetched:
            started = time.perf_counter()
            await self._handle(fetched)
            BATCH_SECONDS.labels(self.kind.name).observe(time.perf_counter() - started)
        self._round_made.beat()
        PROGRESS.labels(self.kind.name, str(self.number)).set_to_current_time()
        self._look()

    def _look(self) -> None:
        """How its inputs stand: going round is no progress where there are records and none of them comes."""
        for tp in self._inputs:
            seen = self._seen(tp)
            self._watch.see(tp, seen)
            if seen is not None:
                LAG.labels(self.kind.name, tp.topic, str(tp.partition)).set(seen.stable - seen.position)

    def _seen(self, tp: TopicPartition) -> Seen | None:
        return seen_by(self._consumer, tp)

    def trouble(self) -> str | None:
        """Not restored yet, or without progress for half a minute, and how that shows."""
        if not self.ready:
            return "not restored yet"
        return self._round_made.trouble() or self._watch.trouble()

    async def _handle(self, fetched: Mapping[TopicPartition, list[ConsumerRecord]]) -> None:
        pending = Pending()
        # the order of the inputs as declared: a report before an action on it, both before the tick
        for tp in sorted(fetched, key=lambda each: self.kind.inputs.index(each.topic)):
            outcomes: dict[str, int] = {}
            for r in fetched[tp]:
                record = Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
                decision = self.core.feed(record)
                pending.add(decision)
                pending.clock = r.timestamp
                pending.offsets[tp] = r.offset + 1
                outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
                pending = await self._commit_due(await self._commit_full(pending))
            for outcome, count in outcomes.items():
                EVENTS.labels(self.kind.name, tp.topic, outcome).inc(count)
        await self._commit(pending)

    async def _commit_due(self, pending: Pending) -> Pending:
        """Let all that is due happen, a bounded number in each transaction; returns what is not committed yet."""
        while (decision := self.core.fall_due()) is not None:
            pending.add(decision)
            pending = await self._commit_full(pending)
        return pending

    async def _commit_full(self, pending: Pending) -> Pending:
        """One batch may ask for more than one transaction should hold. That is work, however long no input moves."""
        if len(pending.outs) < TRANSACTION_OUTS:
            return pending
        await self._commit(pending)
        self._round_made.beat()
        self._watch.go_on()
        return Pending()

    async def _commit(self, pending: Pending) -> None:
        if not (pending.outs or pending.puts or pending.offsets):
            return
        for key, value in [*core.state_bytes(pending.puts), *_positions(pending.offsets)]:
            pending.outs.append(Out(self.kind.changelog, self.number, key, value, [], pending.clock))
        # a topic that is not there yet is made before, not while the transaction's time runs
        placed = await self._placed(pending.outs)
        await self._producer.begin_transaction()
        sent = []
        for (topic, partition), outs in placed.items():
            sent += await self._send(topic, partition, outs)
        if pending.offsets:
            await self._producer.send_offsets_to_transaction(pending.offsets, self.kind.name)
        await self._producer.commit_transaction()
        await asyncio.gather(*sent)
        self.core.logic.committed()

    async def _placed(self, outs: list[Out]) -> dict[tuple[str, int], list[Out]]:
        placed: dict[tuple[str, int], list[Out]] = {}
        for out in outs:
            partitions = self._partitions.get(out.topic) or await self._open(out.topic)
            partition = out.partition
            if partition is None:
                partition = wire.partition_of(out.key or b"", partitions)
            placed.setdefault((out.topic, partition), []).append(out)
        return placed

    async def _send(
        self, topic: str, partition: int, outs: list[Out]
    ) -> list[asyncio.Future[RecordMetadata]]:
        """Fill the batches by hand: a future per record is what `send` spends its time on."""
        sent = []
        batch = self._producer.create_batch()
        for out in outs:
            row = {"timestamp": out.timestamp, "key": out.key, "value": out.value, "headers": out.headers}
            if batch.append(**row) is None:
                sent.append(await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                batch.append(**row)  # the first is always taken; the topic has the last word on its size
        sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        return sent

    async def _open(self, topic: str) -> int:
        """Before the first record to a topic: a county's own is made when the county is first seen.

        aiokafka forgets the leaders of topics it knows only from its bootstrap as soon as one is added, and then
        holds their batches for ever: so every topic we write to is added by name.
        """
        wanted = topics.topic_of(topic)
        if wanted not in topics.FIXED and topic != self.kind.changelog:
            await asyncio.to_thread(
                ensure_topics,
                self.bus.bootstrap,
                {topic: wanted},
                self.bus.lanes,
                self.bus.replicas,
                recorded_time=self.bus.recorded_time,
            )
        await self._producer.client.add_topic(topic)
        self._partitions[topic] = wanted.partitions or self.bus.lanes
        return self._partitions[topic]


def _positions(offsets: Mapping[TopicPartition, int]) -> list[tuple[bytes, bytes]]:
    return [(f"{POSITION}{tp.topic}".encode(), str(offset).encode()) for tp, offset in offsets.items()]


class Lanes(mode.Service):
    """A process's share of a service's lanes, hosted by its Faust app: lane n is replica n mod replicas' own."""

    def __init__(self, kind: LaneKind, config: LaneSettings) -> None:
        super().__init__()
        bus = Bus(
            config.kafka, config.lanes, config.topic_replicas, config.time == "driven", config.compression
        )
        mine = range(config.replica, config.lanes, config.replicas)
        self.lanes = [Lane(kind, number, bus) for number in mine]
        for topic in kind.inputs:
            for outcome in OUTCOMES:
                EVENTS.labels(kind.name, topic, outcome)

    async def on_started(self) -> None:
        for lane in self.lanes:
            self.add_future(self._keep(lane))

    async def _keep(self, lane: Lane) -> None:
        try:
            await lane.run()
        except asyncio.CancelledError:
            raise
        except BaseException:
            # what was not committed never happened: the quickest way back is a new process
            log.critical("lane lost", exc_info=True, extra={"lane": lane.number})
            logging.shutdown()
            os._exit(EXIT_LANE_LOST)

    def trouble(self) -> str | None:
        """For readiness: each lane that cannot work, or does not, and why."""
        told = {lane.number: trouble for lane in self.lanes if (trouble := lane.trouble()) is not None}
        return "; ".join(f"lane {number}: {trouble}" for number, trouble in told.items()) or None
