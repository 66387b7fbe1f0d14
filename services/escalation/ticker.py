"""Puts passing time on the record: a tick on every lane of this process, every so often."""

import asyncio
from datetime import timedelta

import mode
from aiokafka import AIOKafkaProducer

from shared import clock, timeline


class Ticker(mode.Service):
    """A lost tick is no loss, the next one says the same: so errors are waited out, not raised."""

    def __init__(self, bootstrap: str, lanes: list[int], every: timedelta) -> None:
        super().__init__()
        self._lanes = lanes
        self._every = every.total_seconds()
        self._bootstrap = bootstrap

    async def on_started(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True
        )
        await self._producer.start()
        self.add_future(self._tick())

    async def on_stop(self) -> None:
        await self._producer.stop()

    async def _tick(self) -> None:
        while not self.should_stop:
            now = clock.now()
            ticks = [timeline.tick(now, lane) for lane in self._lanes]
            for tick in ticks:
                await self._producer.send(
                    tick.topic,
                    tick.value,
                    partition=tick.partition,
                    headers=tick.headers,
                    timestamp_ms=tick.timestamp,
                )
            await asyncio.sleep(self._every)
