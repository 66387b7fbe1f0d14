"""The one writer and reader outside the services, who goes on when brokers fall."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.metrics.handlers import INPUTS as METRICS_INPUTS
from shared import topics
from shared.errors import RoadBlockedError
from shared.wire import Out, Record
from xiaoshi.drive import Drive

ANSWER_SECONDS = 10.0
FOLLOWERS = {
    "metrics": METRICS_INPUTS,
    "escalation-host": (topics.EVENTS.name, topics.RECEIVED.name),
}
"""What the groups beside the road read: the figures, and the ledger's projections."""


class Line(Drive):
    """What is not acknowledged is sent again, as every sender must: a record may come twice, never not at all."""

    pause = 0.1  # a machine that runs three brokers has better to do than to be asked all the time
    fetch_wait_ms = 200

    def __init__(self, bootstrap: str, lanes: int, also: Iterable[str]) -> None:
        super().__init__(bootstrap, lanes, also, answer_within=ANSWER_SECONDS)

    def hear(self, seconds: float) -> tuple[list[Record], bool]:
        """What was written since the last time, and whether all lanes got through within that time."""
        try:
            return self.settle(seconds), True
        except (RoadBlockedError, KafkaError):
            return self.heard(), False

    def is_level(self) -> bool:
        """Whether those that follow the road, the figures and the ledger, have come to its end as well."""
        try:
            return self._run(self._level())
        except KafkaError:
            return False

    async def _level(self) -> bool:
        for group, read in FOLLOWERS.items():
            handled = await self._handled([group])
            for part, last in self._last.items():
                if part.topic in read and last >= handled.get(part, 0):
                    return False
        return True

    async def _send(self, outs: Iterable[Out]) -> None:
        left = list(outs)
        while left:
            left = await self._try(left)

    async def _try(self, outs: list[Out]) -> list[Out]:
        """Those of which nobody can say whether they arrived."""
        sent: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(2 * ANSWER_SECONDS):
                for out in outs:
                    row = {"key": out.key, "value": out.value, "headers": out.headers}
                    sent.append(
                        await self._producer.send(
                            out.topic, partition=out.partition, timestamp_ms=out.timestamp, **row
                        )
                    )
                answers = await asyncio.gather(*sent, return_exceptions=True)
        except (KafkaError, TimeoutError) as error:
            answers = [each.exception() if _is_over(each) else error for each in sent]
        answers += [RoadBlockedError("not sent")] * (len(outs) - len(answers))
        doubtful = [
            out for out, answer in zip(outs, answers, strict=True) if isinstance(answer, BaseException)
        ]
        if doubtful:
            await self._begin_anew()
        return doubtful

    async def _begin_anew(self) -> None:
        """An idempotent producer that gave up on a batch takes no more."""
        await _ended(self._producer)
        while True:
            self._producer = self._writer()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._producer.start()
            except (KafkaError, TimeoutError):
                await _ended(self._producer)
            else:
                return


async def _ended(producer: AIOKafkaProducer) -> None:
    """Closed, or given up: what it still held is sent again by its successor."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(1):
            await producer.stop()


def _is_over(future: asyncio.Future[object]) -> bool:
    return future.done() and not future.cancelled()
