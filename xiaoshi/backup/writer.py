"""Puts a partition's records on a new broker, in order, with everything they had; their old offsets where that matters.

Between two records there may be offsets that no reader sees: the mark of a transaction, or what was taken back. They
are made the same way: one by committing what lies before it, several by taking back a transaction of as many.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared import topics
from shared.errors import RestoreBrokenError
from xiaoshi.backup.parts import Row

BATCH_BYTES = 512 * 1024
BATCHES_ON_THE_WAY = 16
RUN = 2000
POLL_SECONDS = 0.002
POLLS = 15_000
WRITER = "xiaoshi-restore"


class Writer:
    """`plain` writes what is there at once; `bound` in transactions."""

    def __init__(self, plain: Any, bound: Any, ends: Any) -> None:
        self._plain = plain
        self._bound = bound
        self._ends = ends

    async def packed(self, part: TopicPartition, rows: Iterable[Row]) -> int:
        """One after the other from offset 0; returns the end."""
        return await self._send(self._plain, part, rows)

    async def exact(self, part: TopicPartition, first: int, rows: Iterable[Row]) -> tuple[int, int]:
        """At their old offsets; returns the end, and where the first lies: what fills the front is to be deleted."""
        at, run = first, list[Row]()
        front: int | None = None
        for row in rows:
            if front is None:
                # a lone mark before the first record cannot be made; it belongs to the front
                front = at = row.offset if row.offset == first + 1 else first
                await self._send(self._plain, part, fillers(front))
            gap = row.offset - at
            if gap == 1:
                await self._commit(part, run, row.offset)
            elif gap:
                await self._send(self._plain, part, run)
                await self._take_back(part, gap - 1, row.offset)
            elif len(run) >= RUN:
                # the last is kept back: a mark may have to be put behind it
                await self._send(self._plain, part, run[:-1])
                del run[:-1]
            if gap:
                run.clear()
            run.append(row)
            at = row.offset + 1
        if front is None:
            await self._send(self._plain, part, fillers(first))
        await self._send(self._plain, part, run)
        return at, first if front is None else front

    async def ends_of(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Where partitions end by now."""
        return dict(await self._ends.end_offsets(parts)) if parts else {}

    async def _commit(self, part: TopicPartition, run: list[Row], end: int) -> None:
        async with self._bound.transaction():
            await self._send(self._bound, part, run)
        await self._until(part, end)

    async def _take_back(self, part: TopicPartition, count: int, end: int) -> None:
        await self._bound.begin_transaction()
        await self._send(self._bound, part, fillers(count))
        await self._bound.abort_transaction()
        await self._until(part, end)

    async def _until(self, part: TopicPartition, end: int) -> None:
        """The mark of a transaction is written after its end is confirmed: what comes next must wait for it."""
        for _ in range(POLLS):
            there = (await self.ends_of([part]))[part]
            if there >= end:
                break
            await asyncio.sleep(POLL_SECONDS)
        if there != end:
            raise RestoreBrokenError(f"{part.topic}/{part.partition} ends at {there} where {end} was meant")

    async def _send(self, producer: Any, part: TopicPartition, rows: Iterable[Row]) -> int:
        """A bounded number of batches is on the way at a time; returns how many records there were."""
        sent: list[Any] = []
        batch, count = producer.create_batch(), 0
        for row in rows:
            count += 1
            one = {"timestamp": row.timestamp, "key": row.key, "value": row.value, "headers": row.headers}
            if batch.append(**one) is None:
                sent.append(await producer.send_batch(batch, part.topic, partition=part.partition))
                batch = producer.create_batch()
                batch.append(**one)
            if len(sent) >= BATCHES_ON_THE_WAY:
                await asyncio.gather(*sent)
                sent.clear()
        if count:
            sent.append(await producer.send_batch(batch, part.topic, partition=part.partition))
        await asyncio.gather(*sent)
        return count


def fillers(count: int) -> Iterator[Row]:
    """Records that no reader will see."""
    nothing = Row(0, 0, None, None, [])
    return (nothing for _ in range(count))


@asynccontextmanager
async def writing(bootstrap: str, names: Iterable[str]) -> Any:
    """A Writer to these topics, which are there."""
    common = {
        "bootstrap_servers": bootstrap,
        "acks": "all",
        "max_batch_size": BATCH_BYTES,
        "max_request_size": 2 * topics.BURIED,
        "retry_backoff_ms": 10,
    }
    plain = AIOKafkaProducer(**common, enable_idempotence=True)
    bound = AIOKafkaProducer(**common, transactional_id=WRITER)
    ends = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    clients = (plain, bound, ends)
    try:
        for each in clients:
            await each.start()
        for each in (plain, bound):
            # aiokafka forgets the leaders of topics it knows only from its bootstrap as soon as one is added
            await each.client.set_topics(list(names))
        yield Writer(plain, bound, ends)
    finally:
        await asyncio.gather(*(each.stop() for each in clients), return_exceptions=True)
