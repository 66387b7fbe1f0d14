"""A broker in memory, for real lanes: their own loop, transactions, restoring and instruments, without a network."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared import topics, wire
from shared.lane import Bus, Lane, LaneKind
from shared.progress import Seen
from shared.wire import Out, Record

Batches = list[tuple[str, int, list[dict[str, Any]]]]


class Topics:
    """What is on the bus; also what intake's door publishes to."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.records: dict[TopicPartition, list[Record]] = defaultdict(list)

    async def publish(self, outs: Sequence[Out]) -> None:
        self.put(outs)

    async def trouble(self) -> str | None:
        return None

    def put(self, outs: Iterable[Out]) -> None:
        for out in outs:
            count = topics.topic_of(out.topic).partitions or self.lanes
            partition = wire.partition_of(out.key or b"", count) if out.partition is None else out.partition
            self.append(out.topic, partition, out.timestamp, out.key, out.value, out.headers)

    def append(self, topic: str, partition: int, timestamp: int, key: Any, value: Any, headers: Any) -> None:
        rows = self.records[TopicPartition(topic, partition)]
        rows.append(Record(topic, partition, len(rows), timestamp, key, value, tuple(headers)))


class Reader:
    """As much of a consumer as a lane uses."""

    def __init__(self, bus: Topics) -> None:
        self._records = bus.records
        self._next: Counter[TopicPartition] = Counter()
        self._assigned: list[TopicPartition] = []

    def assign(self, parts: list[TopicPartition]) -> None:
        self._assigned = parts

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def seek(self, part: TopicPartition, offset: int) -> None:
        self._next[part] = offset

    async def seek_to_beginning(self, part: TopicPartition) -> None:
        self.seek(part, 0)

    async def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {part: len(self._records[part]) for part in parts}

    async def position(self, part: TopicPartition) -> int:
        return self._next[part]

    @property
    def is_behind(self) -> bool:
        return any(self._next[part] < len(self._records[part]) for part in self._assigned)

    async def getmany(
        self, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        found = {}
        for part in self._assigned:
            if rows := self._records[part][self._next[part] :][:max_records]:
                found[part] = rows
                self._next[part] += len(rows)
        return found


class Batch:
    """Rows for one partition."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def append(self, **row: Any) -> bool:
        self.rows.append(row)
        return True


class Writer:
    """As much of a transactional producer as a lane uses: nothing is seen before its commit."""

    def __init__(self, bus: Topics) -> None:
        self._bus = bus
        self._open: Batches = []
        self.client = SimpleNamespace()

    async def start(self) -> None: ...

    async def begin_transaction(self) -> None:
        self._open = []

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        self._open.append((topic, partition, batch.rows))
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def send_offsets_to_transaction(self, offsets: Any, group: str) -> None: ...

    async def commit_transaction(self) -> None:
        for topic, partition, rows in self._open:
            for row in rows:
                self._bus.append(topic, partition, **row)


class MemoryLane(Lane):
    """A lane on the broker in memory, moved on by hand."""

    def __init__(self, kind: LaneKind, number: int, bus: Topics) -> None:
        super().__init__(kind, number, Bus("memory:0", bus.lanes))
        self._bus = bus

    async def start(self) -> None:
        """As `run` begins."""
        self._producer, self._consumer = Writer(self._bus), Reader(self._bus)
        self._consumer.assign(self._inputs)
        await self._restore()
        await self._seek()
        self._begin()

    async def go_round(self) -> bool:
        """As `run` goes on, once; whether there was anything to do."""
        was_behind: bool = self._consumer.is_behind
        await self._round()
        return was_behind

    def _reader(self, group_id: str | None) -> Any:
        return Reader(self._bus)

    def _seen(self, tp: TopicPartition) -> Seen:
        reader: Reader = self._consumer
        end = len(self._bus.records[tp])
        return Seen(reader._next[tp], end, end, end)

    async def _open(self, topic: str) -> int:
        self._partitions[topic] = topics.topic_of(topic).partitions or self.bus.lanes
        return self._partitions[topic]
