"""Puts passing time on the record: a tick on every lane of this process, every so often."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import mode
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from shared import clock, timeline
from shared.progress import Now, Pulse

log = logging.getLogger(__name__)

MISSED = 3
"""Ticks in a row that may be late or lost before it is trouble."""


class Ticker(mode.Service):
    """A lost tick is no loss, the next one says the same: so errors are waited out, not raised; see `trouble`."""

    def __init__(
        self, bootstrap: str, lanes: Sequence[int], every: timedelta, now: Now = time.monotonic
    ) -> None:
        super().__init__()
        self._every = every.total_seconds()
        self._bootstrap = bootstrap
        patience = MISSED * self._every
        self._ticked = {lane: Pulse(f"no tick on lane {lane}", patience, now) for lane in lanes}

    async def on_started(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True
        )
        await self._producer.start()
        self.add_future(self._tick())

    async def on_stop(self) -> None:
        await self._producer.stop()

    def trouble(self) -> str | None:
        """Lanes on which no tick has been confirmed for longer than `MISSED` of them take: no deadline fires there."""
        return "; ".join(filter(None, (pulse.trouble() for pulse in self._ticked.values()))) or None

    async def _tick(self) -> None:
        while not self.should_stop:
            await self._tick_all()
            await asyncio.sleep(self._every)

    async def _tick_all(self) -> None:
        """The next tick waits for no answer to this one, but for room among those that have none yet."""
        now = clock.now()
        try:
            for lane in self._ticked:
                tick = timeline.tick(now, lane)
                ack = await self._producer.send(
                    tick.topic,
                    tick.value,
                    partition=tick.partition,
                    headers=tick.headers,
                    timestamp_ms=tick.timestamp,
                )
                ack.add_done_callback(partial(self._confirm, lane))
        except KafkaError as error:
            log.warning("a tick could not be sent", extra={"error": str(error)})

    def _confirm(self, lane: int, ack: "asyncio.Future[RecordMetadata]") -> None:
        if ack.cancelled():
            return
        if (error := ack.exception()) is None:
            self._ticked[lane].beat()
        else:
            log.warning("a tick was lost", extra={"lane": lane, "error": str(error)})
