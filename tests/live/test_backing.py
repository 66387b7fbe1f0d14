"""The backing services themselves: what the rest of the project takes for granted of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pymongo
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerFenced
from kafka.admin import KafkaAdminClient, NewTopic

from shared import backing
from shared.backing import Broker, Cluster, Store
from shared.backing.wheels import start_wheel_broker
from shared.errors import BackingUnavailableError

LONG_AGO_MS = 1_577_836_800_000  # 2020
FAR_AHEAD_MS = 4_102_444_800_000  # 2100


def new_topic(bootstrap: str, *, copies: int = 1) -> str:
    name = f"backing-{uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    try:
        admin.create_topics([NewTopic(name, 1, copies)])
    finally:
        admin.close()
    return name


@asynccontextmanager
async def writer(bootstrap: str, transactional_id: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=transactional_id)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def committed(bootstrap: str, topic: str, *, count: int) -> list[Any]:
    """The first `count` records that a reader with read_committed sees."""
    reader = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await reader.start()
    try:
        return [await asyncio.wait_for(anext(reader), 60) for _ in range(count)]
    finally:
        await reader.stop()


async def check_transactions(bootstrap: str) -> None:
    """An open transaction is hidden, its writer is fenced by the next one, and the times are kept."""
    topic, lane = new_topic(bootstrap), f"lane-{uuid4().hex}"
    async with writer(bootstrap, lane) as old:
        async with old.transaction():
            await old.send(topic, b"long ago", timestamp_ms=LONG_AGO_MS)
        await old.begin_transaction()
        await old.send_and_wait(topic, b"never committed")
        async with writer(bootstrap, lane) as new:
            with pytest.raises(ProducerFenced):
                await old.commit_transaction()
            async with new.transaction():
                await new.send(topic, b"far ahead", timestamp_ms=FAR_AHEAD_MS)
    seen = await committed(bootstrap, topic, count=2)
    assert [(record.value, record.timestamp) for record in seen] == [
        (b"long ago", LONG_AGO_MS),
        (b"far ahead", FAR_AHEAD_MS),
    ]


@pytest.mark.live
async def test_the_broker_keeps_the_promises_of_transactions(broker: Broker) -> None:
    await check_transactions(broker.bootstrap)


async def test_the_emulator_keeps_the_promises_of_transactions(tmp_path: Path) -> None:
    with backing.broker(run_dir=tmp_path, ways=[start_wheel_broker]) as emulator:
        await check_transactions(emulator.bootstrap)


def test_the_store_keeps_what_was_written(store: Store) -> None:
    with pymongo.MongoClient[dict[str, Any]](store.url) as client:
        database = client[f"backing-{uuid4().hex}"]
        database.matters.update_one({"_id": "m1"}, {"$set": {"tier": 2}}, upsert=True)
        assert database.matters.find_one({"_id": "m1"}) == {"_id": "m1", "tier": 2}
        client.drop_database(database.name)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    run_dir = tmp_path_factory.mktemp("three")
    try:
        found = backing.cluster(run_dir=run_dir)
        with found as cluster:
            yield cluster
    except BackingUnavailableError as refusal:
        pytest.skip(f"no real Apache Kafka on a local JVM: {refusal}")


@pytest.mark.live
async def test_one_of_three_brokers_may_die_and_come_back(three: Cluster) -> None:
    topic = new_topic(three.bootstrap, copies=3)
    async with writer(three.bootstrap, f"lane-{uuid4().hex}") as producer:
        async with producer.transaction():
            await producer.send(topic, b"before")
        three.kill(1)
        async with producer.transaction():
            await producer.send(topic, b"without one")
        three.restart(1)
        async with producer.transaction():
            await producer.send(topic, b"after")
    seen = await committed(three.bootstrap, topic, count=3)
    assert [record.value for record in seen] == [b"before", b"without one", b"after"]
