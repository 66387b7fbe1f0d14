"""Puts prepared records onto topics, and sees how far a reader or a topic has come."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as Part
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from shared import wire
from shared.errors import RoadBlockedError
from shared.wire import Out
from xiaoshi.road import readers

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 300.0


async def produce(kafka: str, outs: Iterable[Out], lanes: int) -> None:
    """All of it is on the bus, in this order within a partition, when this returns."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, linger_ms=5, max_batch_size=256 * 1024, enable_idempotence=True
    )
    await producer.start()
    try:
        for out in outs:
            partition = out.partition
            if partition is None:
                partition = wire.partition_of(out.key or b"", lanes)
            await producer.send(
                out.topic,
                out.value,
                key=out.key,
                partition=partition,
                timestamp_ms=out.timestamp,
                headers=out.headers,
            )
        await producer.flush()
    finally:
        await producer.stop()


@asynccontextmanager
async def listening(kafka: str, *names: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A read_committed reader of those topics from their beginning, in no group."""
    consumer = AIOKafkaConsumer(
        *names,
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def count_in_journal(consumer: AIOKafkaConsumer, wanted: int, kafka: str, lanes: int) -> int:
    """Wait until that many more reports are in the journal, opened or matched; how many of them were opened."""
    kinds = {b"org.xiaoshi.matter.opened": 0, b"org.xiaoshi.report.matched": 0}
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := sum(kinds.values())) < wanted:
        if time.monotonic() > until:
            where = await asyncio.to_thread(positions, kafka, lanes)
            raise RoadBlockedError(f"{found} of {wanted} reports in the journal: {where}")
        for records in (await consumer.getmany(timeout_ms=100)).values():
            for record in records:
                kind = wire.header(record.headers, "ce_type")
                if kind in kinds:
                    kinds[kind] += 1
    return kinds[b"org.xiaoshi.matter.opened"]


class Watch:
    """Asks the broker; leaves no trace on it."""

    def __init__(self, kafka: str) -> None:
        servers = kafka.split(",")
        self._admin = KafkaAdminClient(bootstrap_servers=servers)
        self._committed = KafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed")

    def close(self) -> None:
        self._admin.close()
        self._committed.close()

    def handled(self, group: str, parts: Sequence[Part]) -> int:
        """The offsets that group has committed, summed; those of a transaction count once it is through."""
        try:
            offsets = self._admin.list_group_offsets([group])[group]
        except KafkaError as error:
            if error.retriable:  # a fresh broker, which has no coordinator for its first group yet
                return 0
            raise
        found = (offsets.get(TopicPartition(*part)) for part in parts)
        return sum(each.offset for each in found if each is not None and each.offset > 0)

    def ends(self, parts: Sequence[Part]) -> int:
        """Where a read_committed reader's world ends, summed."""
        return sum(self._committed.end_offsets([TopicPartition(*part) for part in parts]).values())


def wait_until(is_done: Callable[[], bool], alive: Callable[[], None], what: str) -> float:
    """The instant (monotonic) at which it was seen to be done. `alive` raises when it never can be."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_done():
        alive()
        if time.monotonic() > until:
            raise RoadBlockedError(f"{what}: not done after {PATIENCE_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    return time.monotonic()


def until_at_end(kafka: str, group: str, topic: str, lanes: int) -> None:
    """Until a group has read that topic to its end; the last of each lane may be its transaction's marker."""
    watch, parts = Watch(kafka), _parts(topic, lanes)
    try:
        wait_until(
            lambda: watch.handled(group, parts) >= watch.ends(parts) - lanes,
            lambda: None,
            f"{group} to the end of {topic}",
        )
    finally:
        watch.close()


def _parts(topic: str, lanes: int) -> list[Part]:
    return [Part(topic, lane) for lane in range(lanes)]


def positions(kafka: str, lanes: int) -> str:
    """How far each service has read each topic of the road: for whoever asks why nothing comes."""
    watch = Watch(kafka)
    try:
        return "; ".join(
            f"{service} {topic} {watch.handled(service, parts)} of {watch.ends(parts)}"
            for topic, service in readers().items()
            if (parts := _parts(topic, lanes))
        )
    finally:
        watch.close()


async def skip_to_end(kafka: str, group: str, names: Sequence[str], lanes: int) -> None:
    """Let a group that nobody is in begin where those topics end now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    parts = [part for name in names for part in _parts(name, lanes)]
    consumer.assign(parts)
    await consumer.start()
    try:
        await consumer.commit(await consumer.end_offsets(parts))
    finally:
        await consumer.stop()
