"""One contract for the fake bus and the real one; and what the real one does when there is no broker."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.intake.bus import KafkaBus
from services.intake.ports import Bus
from shared.backing import Broker
from shared.backing.probes import free_ports
from shared.errors import BrokerUnavailableError
from shared.topic_admin import ensure_topics
from shared.topics import RAW
from shared.wire import Out
from tests.component.intake.fakes import FakeBus

LANES = 2
PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True)
class Case:
    """A bus, a topic of its own on it, and how to read what is there."""

    bus: Bus
    topic: str
    written: Callable[[], Awaitable[list[Out]]]


@pytest.fixture(params=["fake", pytest.param("kafka", marks=pytest.mark.live)])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    topic = f"reports.t{uuid.uuid4().hex[:8]}.v1"
    if request.param == "fake":
        fake = FakeBus()

        async def written() -> list[Out]:
            return fake.outs

        yield Case(fake, topic, written)
        return
    broker: Broker = request.getfixturevalue("broker")
    await asyncio.to_thread(ensure_topics, broker.bootstrap, {topic: RAW}, LANES, 1, recorded_time=True)
    real = KafkaBus(broker.bootstrap, PATIENCE)
    async with real.open():
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while await real.trouble() is not None:  # noqa: ASYNC110  the broker tells nobody when it is there
                await asyncio.sleep(0.05)
        yield Case(real, topic, lambda: read(broker.bootstrap, topic))


async def read(bootstrap: str, topic: str) -> list[Out]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(LANES)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = sum((await consumer.end_offsets(partitions)).values())
        outs: list[Out] = []
        while left > len(outs):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                outs += [Out(topic, None, r.key, r.value, list(r.headers), r.timestamp) for r in records]
        return outs
    finally:
        await consumer.stop()


def an_out(topic: str, nth: int) -> Out:
    return Out(topic, None, b"430981", b"%d" % nth, [("traceparent", b"t")], 1_772_325_000_000 + nth)


async def test_what_was_published_is_there_as_it_was_in_order(case: Case) -> None:
    outs = [an_out(case.topic, nth) for nth in range(1000)]
    await case.bus.publish(outs[:1])
    await case.bus.publish(outs[1:])
    assert await case.written() == outs


async def test_a_bus_that_can_be_reached_says_so(case: Case) -> None:
    assert await case.bus.trouble() is None


async def test_nothing_to_publish_is_published_at_once(case: Case) -> None:
    await case.bus.publish([])
    assert await case.written() == []


async def test_a_bus_without_a_broker_says_so_at_once_and_can_be_closed() -> None:
    [port] = free_ports(1)
    bus = KafkaBus(f"127.0.0.1:{port}", timedelta(milliseconds=200))
    async with bus.open():
        assert await bus.trouble() == "not connected"
        with pytest.raises(BrokerUnavailableError):
            await bus.publish([an_out("reports.grid.v1", 1)])
