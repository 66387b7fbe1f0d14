"""The real bus: an idempotent producer that comes up when the broker does."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.intake.rules.screen import LIMIT_BYTES
from shared.errors import BrokerUnavailableError
from shared.progress import PATIENCE, Now
from shared.wire import Out

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=1)


class Confirmed:
    """Whether what is sent gets through. A broker may tell of its topics and yet confirm no record.

    One that got through is enough: the door is not closed to all for a partition that has no leader. And after as long
    without a try as is trouble, there is none: who is never asked again could never find that it works again.
    """

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._first: float | None = None
        self._last = 0.0

    def through(self) -> None:
        self._first = None

    def failed(self) -> None:
        self._last = self._now()
        self._first = self._last if self._first is None else self._first

    def trouble(self) -> str | None:
        now = self._now()
        if self._first is None or now - self._first < PATIENCE or now - self._last >= PATIENCE:
            return None
        return f"has confirmed nothing for {now - self._first:.0f} s, whatever was sent"


class KafkaBus:
    """Publishes within `patience` or says that it could not. Use as `async with bus.open():`."""

    def __init__(self, bootstrap: str, patience: timedelta) -> None:
        self._bootstrap = bootstrap
        self._confirmed = Confirmed()
        self._patience = patience.total_seconds()
        self._producer: AIOKafkaProducer | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connects in the background: a door whose broker is away answers 503, it is not gone."""
        connecting = asyncio.create_task(self._connect())
        try:
            yield
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            if self._producer is not None:
                await self._stop(self._producer)

    async def publish(self, outs: Sequence[Out]) -> None:
        try:
            await self._publish(outs)
        except BrokerUnavailableError:
            self._confirmed.failed()
            raise
        if outs:
            self._confirmed.through()

    async def _publish(self, outs: Sequence[Out]) -> None:
        producer = self._producer
        if producer is None:
            raise BrokerUnavailableError("not connected")
        acks: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._patience):
                for out in outs:
                    row = {"key": out.key, "value": out.value, "headers": out.headers}
                    acks.append(await producer.send(out.topic, **row, timestamp_ms=out.timestamp))
                if acks:
                    await asyncio.wait(acks)
        except (KafkaError, TimeoutError) as error:
            for ack in acks:
                ack.add_done_callback(_look)
            raise BrokerUnavailableError(f"not published: {type(error).__name__}") from error
        failed = [cause for ack in acks if (cause := ack.exception()) is not None]
        if failed:
            raise BrokerUnavailableError(f"not published: {type(failed[0]).__name__}") from failed[0]

    async def trouble(self) -> str | None:
        if self._producer is None:
            return "not connected"
        try:
            async with asyncio.timeout(self._patience):
                await self._producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError) as error:
            return f"does not answer: {type(error).__name__}"
        return self._confirmed.trouble()

    async def _connect(self) -> None:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                enable_idempotence=True,
                acks="all",
                max_request_size=2 * LIMIT_BYTES,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                log.warning("the broker does not answer: %s", type(error).__name__)
                await self._stop(producer)
                await asyncio.sleep(AGAIN.total_seconds())
            else:
                self._producer = producer
                return

    async def _stop(self, producer: AIOKafkaProducer) -> None:
        """Without a broker the flush would wait for ever."""
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(self._patience):
                await producer.stop()


def _look(ack: asyncio.Future[object]) -> None:
    """An answer nobody waits for any more must not be reported as an exception nobody saw."""
    if not ack.cancelled():
        ack.exception()
