"""A batch of records ends in one of three ways: handled, retried in order, buried. Nothing else can happen.

Free of Faust and of the broker: `shared.stream` brings the records and carries the dead letters away.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

from aiokafka import TopicPartition
from prometheus_client import Counter, Gauge

from shared import core
from shared.errors import BrokerUnavailableError, BuryError, StoreUnavailableError
from shared.progress import PATIENCE, Seen, Watch
from shared.reasons import Reason
from shared.wire import Out, Record

log = logging.getLogger(__name__)

# Idempotent, and called again with parts of a batch when one record of it fails.
Handler = Callable[[list[Record]], None]
Send = Callable[[Out], Awaitable[None]]
Wait = Callable[[float], Awaitable[None]]

RETRY = (StoreUnavailableError, BrokerUnavailableError)
OUTCOMES = ("handled", "retried", "buried")
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0

EVENTS = Counter(
    "xiaoshi_stream_events", "Records of a projection, by how they ended.", ("projection", "outcome")
)
PROGRESS = Gauge(
    "xiaoshi_stream_last_progress_timestamp_seconds",
    "When a projection last settled a batch, or last had none in hand.",
    ("projection",),
)


class Outcomes:
    """Settles batches for one handler. `settle` returns when every record of the batch is safe somewhere."""

    def __init__(
        self,
        name: str,
        handler: Handler,
        send: Send,
        *,
        wait: Wait = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
        patience: timedelta = timedelta(seconds=PATIENCE),
    ) -> None:
        self.name = name
        self._handler = handler
        self._send = send
        self._wait = wait
        self._now = now
        self._patience = patience.total_seconds()
        self._in_hand: float | None = None  # since when
        self._fed = now()
        self._watch = Watch(name, now, self._patience)
        self._stalled: tuple[float, str] | None = None  # since when, and by what
        for outcome in OUTCOMES:
            EVENTS.labels(name, outcome)
        PROGRESS.labels(name).set_to_current_time()

    async def settle(self, records: list[Record]) -> None:
        """Handle the batch; of one that fails, find the record that is to blame and bury it alone."""
        self._in_hand = self._now()
        await self._settle(records)
        self._in_hand = None
        self._fed = self._now()
        self.beat()

    def beat(self) -> None:
        """Say that the projection moves, or has nothing to do."""
        if self._in_hand is None:
            PROGRESS.labels(self.name).set_to_current_time()

    def see(self, mine: Mapping[TopicPartition, Seen | None] | None) -> None:
        """How the partitions it has stand, perhaps none; None while it does not know which it has."""
        if mine is not None:
            self._fed = self._now()
            self._watch.keep(mine)

    def trouble(self) -> str | None:
        """Why it has not got on for too long, in words, for a readiness check: what it waits for, if it knows."""
        now = self._now()
        if self._stalled is not None:
            since = now - self._stalled[0]
            return f"waiting for {since:.0f} s: {self._stalled[1]}" if since >= self._patience else None
        if self._in_hand is not None and now - self._in_hand >= self._patience:
            return f"a batch has been in hand for {now - self._in_hand:.0f} s"
        if now - self._fed >= self._patience:
            return f"has not been fed for {now - self._fed:.0f} s: not in its group, or held up there"
        return self._watch.trouble()

    async def _settle(self, records: list[Record]) -> None:
        failure = await self._handle(records)
        if failure is None:
            EVENTS.labels(self.name, "handled").inc(len(records))
        elif len(records) == 1:
            await self._bury(records[0], failure)
        else:
            middle = len(records) // 2
            await self._settle(records[:middle])
            await self._settle(records[middle:])
        PROGRESS.labels(self.name).set_to_current_time()
        self._in_hand = self._now()

    async def _handle(self, records: list[Record]) -> Exception | None:
        return await self._answered(partial(asyncio.to_thread, self._handler, records), len(records), RETRY)

    async def _bury(self, record: Record, failure: Exception) -> None:
        reason = failure.reason if isinstance(failure, BuryError) else Reason.HANDLER_FAILED
        detail = str(failure) if isinstance(failure, BuryError) else f"{type(failure).__name__}: {failure}"
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.error("record buried", extra=place | {"projection": self.name, "reason": reason.value})
        for out in core.bury(record, reason, detail).outs:
            # whatever the broker says: a dead letter that cannot be sent is not let go of
            await self._answered(partial(self._send, out), 1, (Exception,))
        EVENTS.labels(self.name, "buried").inc()

    async def _answered(
        self, attempt: Callable[[], Awaitable[None]], records: int, retry: tuple[type[Exception], ...]
    ) -> Exception | None:
        """Try until it succeeds (None) or fails in a way that another try would not mend."""
        pause = FIRST_WAIT
        while True:
            failure = await _attempt(attempt)
            if failure is None or not isinstance(failure, retry):
                self._stalled = None
                return failure
            EVENTS.labels(self.name, "retried").inc(records)
            await self._pause(failure, pause)
            pause = min(2 * pause, LONGEST_WAIT)

    async def _pause(self, error: Exception, seconds: float) -> None:
        if self._stalled is None:
            log.warning("projection waits", extra={"projection": self.name, "error": str(error)})
            self._stalled = (self._now(), str(error))
        await self._wait(seconds)


async def _attempt(action: Callable[[], Awaitable[None]]) -> Exception | None:
    try:
        await action()
    except Exception as error:  # the promise of this module: none leaves it
        return error
    return None
