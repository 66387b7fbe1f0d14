"""The canary (巡检): a synthetic report that travels the whole road as a resident's would, and is then taken back.

Its road is a real one, its division is none (`shared.divisions.NOWHERE`): no county's desk hears of it, no county's
ledger shows it, and no indicator counts it.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

import aiohttp
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import Counter, Gauge, Histogram

from shared import divisions, topics, wire
from shared.errors import XiaoshiError
from shared.events import MatterEvent, MatterJoined, MatterOpened, MatterWithdrawn

log = logging.getLogger(__name__)

T = TypeVar("T")

LEGS = ("answered", "routed", "ledger", "withdrawn")
"""From the POST to its 202, to the centre's topic, to what the receipt tells; from taking back to the topic."""
ARRIVED = "arrived"
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SECONDS = Histogram(
    "xiaoshi_canary_leg_seconds", "Of a synthetic report, by leg of its road.", ("leg",), buckets=BUCKETS
)
JOURNEYS = Counter(
    "xiaoshi_canary_journeys", "Synthetic reports, by the leg they did not end, or arrived.", ("outcome",)
)
SUCCESS = Gauge(
    "xiaoshi_canary_last_success_timestamp_seconds",
    "When a synthetic report last arrived, or the first set out. Nothing else moves it: a dead man's handle.",
)

VILLAGE = f"{divisions.NOWHERE}001001"
TITLE = "巡检上报"
TEXT = "系统自动发出的巡检上报，走完全程后自行撤回，无需处理。"
RECEIVED = "received"  # what a receipt tells while its report is being sorted
ANSWER = aiohttp.ClientTimeout(total=10)
POLL_MS = 250
AGAIN = 0.25  # seconds between two looks at a receipt
PLACED, TAKEN_BACK = (MatterOpened, MatterJoined), (MatterWithdrawn,)
KEPT = 60  # receipts of journeys that did not end, to be taken back when the road is open again


class NotTakenError(XiaoshiError):
    """The door said no, or did not answer: the journey ends there, and the next one is another."""


class Sent(NamedTuple):
    """A report the door has said yes to."""

    report_id: str
    receipt: str


class Door(Protocol):
    """Intake, as a resident has it. Raises NotTakenError."""

    async def post(self, source_id: str, at: datetime) -> Sent: ...

    async def is_sorted(self, receipt: str) -> bool:
        """Whether the ledger knows the matter of that report."""

    async def take_back(self, receipt: str) -> None: ...


class Centre(Protocol):
    """The topic of the county that is none."""

    async def hear(self, report_id: str, kinds: tuple[type[MatterEvent], ...]) -> None:
        """Until an event of one of these kinds names that report."""


class Canary:
    """`patience`: for one journey; what is under way after that is lost, and said so."""

    def __init__(
        self, door: Door, centre: Centre, patience: timedelta, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._door = door
        self._centre = centre
        self._patience = patience.total_seconds()
        self._now = now
        self._leg = LEGS[0]
        self._left: deque[str] = deque(maxlen=KEPT)
        for ended in (ARRIVED, *LEGS):
            JOURNEYS.labels(ended)
        for leg in LEGS:
            SECONDS.labels(leg)

    async def journey(self, at: datetime) -> str:
        """One report, there and back: ARRIVED, or the leg it did not end. No error of the road leaves it."""
        try:
            async with asyncio.timeout(self._patience):
                await self._travel(at)
        except (XiaoshiError, TimeoutError) as error:
            log.error("lost", extra={"leg": self._leg, "error": str(error) or "no answer in time"})
            JOURNEYS.labels(self._leg).inc()
            return self._leg
        JOURNEYS.labels(ARRIVED).inc()
        SUCCESS.set_to_current_time()
        await self._clear()
        return ARRIVED

    async def _travel(self, at: datetime) -> None:
        began = self._now()
        sent = await self._timed("answered", began, self._door.post(f"canary-{at.isoformat()}", at))
        self._left.append(sent.receipt)
        await self._timed("routed", began, self._centre.hear(sent.report_id, PLACED))
        await self._timed("ledger", began, self._until_sorted(sent.receipt))
        await self._timed("withdrawn", self._now(), self._taken_back(sent))
        self._left.remove(sent.receipt)

    async def _timed(self, leg: str, began: float, travelling: Awaitable[T]) -> T:
        self._leg = leg
        found = await travelling
        SECONDS.labels(leg).observe(self._now() - began)
        return found

    async def _until_sorted(self, receipt: str) -> None:
        while not await self._door.is_sorted(receipt):  # noqa: ASYNC110  a receipt tells nobody when it is
            await asyncio.sleep(AGAIN)

    async def _taken_back(self, sent: Sent) -> None:
        await self._door.take_back(sent.receipt)
        await self._centre.hear(sent.report_id, TAKEN_BACK)

    async def _clear(self) -> None:
        """Take back what earlier journeys left behind, so that no matter of theirs stays open."""
        for receipt in tuple(self._left):
            try:
                async with asyncio.timeout(self._patience):
                    await self._door.take_back(receipt)
            except (NotTakenError, TimeoutError) as error:
                log.warning("not taken back yet", extra={"error": str(error)})
            else:
                self._left.remove(receipt)


class HttpDoor:
    """The real one, at `url`, by a key that is good for `source`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str, source: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._key = key
        self._source = source

    async def post(self, source_id: str, at: datetime) -> Sent:
        body = {
            "source_id": source_id,
            "reported_at": at.isoformat(),
            "division": VILLAGE,
            "title": TITLE,
            "text": TEXT,
        }
        said = await self._asked("POST", f"/reports/{self._source}", body, {"X-API-Key": self._key})
        return Sent(said["report_id"], said["receipt"])

    async def is_sorted(self, receipt: str) -> bool:
        """404: the ledger knows the receipt some seconds after the report was sent."""
        told = await self._asked("GET", f"/receipts/{receipt}", nothing=404)
        return bool(told.get("state", RECEIVED) != RECEIVED)

    async def take_back(self, receipt: str) -> None:
        asked = {"action_id": "canary", "kind": "withdraw"}
        await self._asked("POST", f"/receipts/{receipt}/actions", asked)

    async def _asked(
        self,
        method: str,
        path: str,
        body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        nothing: int | None = None,
    ) -> dict[str, Any]:
        """What is answered; empty where the status is `nothing`."""
        try:
            async with self._session.request(
                method, self._url + path, json=body, headers=headers, timeout=ANSWER
            ) as answer:
                if answer.status == nothing:
                    return {}
                if not answer.ok:
                    raise NotTakenError(f"{method} {path.split('/')[1]}: {answer.status}")
                said: dict[str, Any] = await answer.json()
                return said
        except (aiohttp.ClientError, ValueError) as error:
            raise NotTakenError(f"{method} {path.split('/')[1]}: {type(error).__name__}") from error


class KafkaCentre:
    """The real one, from the moment it began to listen."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def hear(self, report_id: str, kinds: tuple[type[MatterEvent], ...]) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
                for event in (wire.decode(record.value) for record in records):
                    if isinstance(event, kinds) and getattr(event, "report_id", None) == report_id:
                        return


@asynccontextmanager
async def listening(kafka: str) -> AsyncIterator[KafkaCentre]:
    """The topic must be there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, isolation_level="read_committed")
    part = TopicPartition(topics.routed(divisions.NOWHERE), 0)
    consumer.assign([part])
    await consumer.start()
    try:
        await consumer.seek_to_end(part)
        await consumer.position(part)
        yield KafkaCentre(consumer)
    finally:
        await consumer.stop()
