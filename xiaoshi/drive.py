"""Puts recorded input onto a running system whose time is driven, and waits until it has gone all the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Literal, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared import timeline
from shared.errors import RoadBlockedError
from shared.wire import Out, Record
from xiaoshi.road import readers

SETTLE_SECONDS = 60.0
Answer = TypeVar("Answer")


class Drive:
    """One writer, so that the bus has things in the order given, and one reader of all that is written on the road.

    `also`: topics of one partition to hear besides those of the road. Its clients live on a loop of their own that
    runs only while it is asked something. `answer_within`: seconds in which a broker must have answered a client.
    """

    pause = 0.003
    fetch_wait_ms = 20

    def __init__(
        self, bootstrap: str, lanes: int, also: Iterable[str] = (), *, answer_within: float = 40.0
    ) -> None:
        self.lanes = lanes
        self._bootstrap = bootstrap
        self._answer_ms = int(answer_within * 1000)
        self._road = {
            TopicPartition(name, lane): service
            for name, service in readers().items()
            for lane in range(lanes)
        }
        self._watched = [*self._road, *(TopicPartition(name, 0) for name in also)]
        self._last: dict[TopicPartition, int] = {}
        self._heard: list[Record] = []
        self._loop = asyncio.new_event_loop()
        self._run(self._open())

    def close(self) -> None:
        self._run(self._shut())
        self._loop.close()

    def send(self, outs: Iterable[Out]) -> None:
        """All of it is on the bus, in this order, when this returns."""
        self._run(self._send(outs))

    def tick(self, step: timeline.Step[Any, Any]) -> None:
        self.send(timeline.tick(step.ends, lane) for lane in range(self.lanes))

    def settle(self, seconds: float = SETTLE_SECONDS) -> list[Record]:
        """Wait until every lane has handled all there is; everything that was written since the last time.

        Raises RoadBlockedError when that takes longer.
        """
        self._run(self._settle(seconds))
        return self.heard()

    def heard(self) -> list[Record]:
        """What was read since the last time, wherever the lanes are."""
        heard, self._heard = self._heard, []
        return heard

    def _run(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        return self._loop.run_until_complete(asked)

    async def _open(self) -> None:
        self._producer = self._writer()
        self._admin = AIOKafkaAdminClient(
            bootstrap_servers=self._bootstrap, request_timeout_ms=self._answer_ms
        )
        self._committed = self._reader("read_committed")
        self._written = self._reader("read_uncommitted")
        for client in (self._producer, self._admin, self._committed, self._written):
            await client.start()
        for reader in (self._committed, self._written):
            reader.assign(self._watched)
        self._written.pause(*self._watched)  # asked for its ends only
        await self._committed.seek_to_beginning(*self._watched)

    def _writer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=self._answer_ms,
        )

    def _reader(self, isolation: Literal["read_committed", "read_uncommitted"]) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self.fetch_wait_ms,
            max_poll_records=5000,
            request_timeout_ms=self._answer_ms,
        )

    async def _shut(self) -> None:
        await self._producer.stop()
        await self._admin.close()
        await self._committed.stop()
        await self._written.stop()

    async def _send(self, outs: Iterable[Out]) -> None:
        sent = [
            await self._producer.send(
                out.topic,
                key=out.key,
                value=out.value,
                headers=out.headers,
                partition=out.partition,
                timestamp_ms=out.timestamp,
            )
            for out in outs
        ]
        await asyncio.gather(*sent)

    async def _settle(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while waits := await self._waits():
            if time.monotonic() > until:
                raise RoadBlockedError(f"after {seconds:.0f} s: {waits}")
            await asyncio.sleep(self.pause)

    async def _waits(self) -> str | None:
        """What is not done yet. The lanes' offsets are asked first: what they cover was written before."""
        handled = await self._handled(dict.fromkeys(self._road.values()))
        ends = await self._committed.end_offsets(self._watched)
        written = await self._written.end_offsets(self._watched)
        behind = {part for part in self._watched if self._last.get(part, -1) < ends[part] - 1}
        while behind := {part for part in behind if await self._committed.position(part) < ends[part]}:
            read = await self._committed.getmany(*behind, timeout_ms=100)
            if not read:
                return f"not read yet: {sorted(behind)}"
            for part, records in read.items():
                self._last[part] = records[-1].offset
                self._heard += map(_record_of, records)
        if half := [part for part in self._watched if written[part] != ends[part]]:
            return f"transactions open on {half}"
        late = [part for part in self._road if self._last.get(part, -1) >= handled.get(part, 0)]
        return f"not handled by {sorted({self._road[part] for part in late})}: {late}" if late else None

    async def _handled(self, groups: Iterable[str]) -> dict[TopicPartition, int]:
        """How far these readers have come, each on its own topics."""
        handled: dict[TopicPartition, int] = {}
        for group in groups:
            offsets = await self._admin.list_consumer_group_offsets(group)
            handled |= {part: committed.offset for part, committed in offsets.items()}
        return handled


def _record_of(r: Any) -> Record:
    return Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
