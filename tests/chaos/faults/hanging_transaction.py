"""A foreign writer leaves a transaction open on the journal and on a centre's topic, and is never heard of again."""

import asyncio
import time
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared import topics
from tests.chaos.arena import Arena
from tests.chaos.days import COUNTIES
from tests.chaos.faults import Inflicted

NAME = "hanging transaction on the journal and a centre's topic"
SHORT = False
SET_SECONDS = 20.0
SLACK_SECONDS = 15.0
"""For the broker's own round (a second) and a machine that others use too."""
TOO_LONG_MS = 900_000
AGAIN_SECONDS = 0.05


def inflict(arena: Arena, chance: Random) -> Inflicted:
    arena.feed.moment(chance)
    held = (
        TopicPartition(topics.EVENTS.name, chance.randrange(len(COUNTIES))),
        TopicPartition(topics.routed(chance.choice(COUNTIES)), 0),
    )
    seconds = asyncio.run(_hang(arena.cluster.bootstrap, held))
    assert seconds <= SET_SECONDS + SLACK_SECONDS, f"readers were held up for {seconds:.1f} s"
    return Inflicted(1, f"readers held up for {seconds:.1f} s of {SET_SECONDS:.0f} s set; 900 s are refused")


async def _hang(bootstrap: str, held: tuple[TopicPartition, ...]) -> float:
    """Seconds until a read_committed reader gets past the open transaction on every partition."""
    assert await _is_refused(bootstrap), "a transaction of 900 s was allowed"
    writer = _writer(bootstrap, int(SET_SECONDS * 1000))
    await writer.start()
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await reader.start()
    try:
        await writer.begin_transaction()
        opened = time.monotonic()
        written = [await writer.send_and_wait(tp.topic, b"never", partition=tp.partition) for tp in held]
        for tp, record in zip(held, written, strict=True):
            while (await reader.end_offsets([tp]))[tp] <= record.offset:  # noqa: ASYNC110  nobody tells of it
                await asyncio.sleep(AGAIN_SECONDS)
        return time.monotonic() - opened
    finally:
        await reader.stop()
        await _forgotten(writer)


async def _is_refused(bootstrap: str) -> bool:
    writer = _writer(bootstrap, TOO_LONG_MS)
    try:
        async with asyncio.timeout(30):
            await writer.start()
    except KafkaError:
        return True
    finally:
        await _forgotten(writer)
    return False


def _writer(bootstrap: str, timeout_ms: int) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id="foreign", transaction_timeout_ms=timeout_ms
    )


async def _forgotten(writer: AIOKafkaProducer) -> None:
    """Its connections end; what it had open it neither commits nor takes back."""
    await writer.client.close()
