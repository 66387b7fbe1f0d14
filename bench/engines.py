"""The peers on librdkafka, in an environment of their own: `python -m bench.engines NAME KAFKA ROUND`.

The libraries are not ours, so each is imported by its peer alone.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from bench.peer import COPY, first_record, group, output, rules
from shared import topics
from shared.core import state_bytes
from shared.lane import BATCH_RECORDS, POLL_MS
from shared.wire import Out, Record

COMMIT_SECONDS = 0.5


def librdkafka(kafka: str, nth: int) -> None:
    """What bare aiokafka does: consume, decode, produce, one transaction a batch."""
    import confluent_kafka

    own = group("librdkafka", nth)
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": own,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }
    )
    producer = confluent_kafka.Producer({"bootstrap.servers": kafka, "transactional.id": own, "linger.ms": 5})
    producer.init_transactions()
    consumer.assign([confluent_kafka.TopicPartition(COPY, 0, confluent_kafka.OFFSET_BEGINNING)])
    has_begun = False
    while True:
        records = [each for each in consumer.consume(BATCH_RECORDS, POLL_MS / 1000) if each.error() is None]
        if not records:
            continue
        if not has_begun:
            first_record()
            has_begun = True
        producer.begin_transaction()
        for record in records:
            json.loads(record.value())
            producer.produce(
                output("librdkafka", nth), record.value(), record.key(), headers=record.headers()
            )
        read = confluent_kafka.TopicPartition(COPY, 0, records[-1].offset() + 1)
        producer.send_offsets_to_transaction([read], consumer.consumer_group_metadata())
        producer.commit_transaction()


def quix(kafka: str, nth: int) -> None:
    """Routing's rules in quixstreams, exactly once: state in RocksDB with a changelog, by its own checkpoints."""
    import quixstreams
    from quixstreams.state.rocksdb import RocksDBOptions

    core, has_begun = rules(), False

    def decide(value: bytes, key: bytes, stamp: int, headers: Any, state: Any) -> list[Out]:
        nonlocal has_begun
        if not has_begun:
            first_record()
            has_begun = True
        decision = core.feed(Record(topics.RECEIVED.name, 0, 0, stamp, key, value, headers))
        for name, put in state_bytes(dict(decision.puts)):
            if put is None:
                state.delete(name)
            else:
                state.set(name, put)
        return decision.outs

    with tempfile.TemporaryDirectory(prefix="xiaoshi-bench-") as folder:
        app = quixstreams.Application(
            broker_address=kafka,
            consumer_group=group("quix", nth),
            auto_offset_reset="earliest",
            processing_guarantee="exactly-once",
            commit_interval=COMMIT_SECONDS,
            state_dir=folder,
            rocksdb_options=RocksDBOptions(dumps=bytes, loads=bytes),
            loglevel="ERROR",
        )
        reports = app.topic(COPY, key_deserializer="bytes", value_deserializer="bytes")
        target = app.topic(output("quix", nth), key_serializer="bytes", value_serializer="bytes")
        outs = app.dataframe(reports).apply(decide, stateful=True, expand=True, metadata=True)
        outs = outs.set_headers(lambda out, *_: out.headers).apply(lambda out: out.value)
        outs.to_topic(target)
        app.run()


ENGINES: dict[str, Callable[[str, int], None]] = {"librdkafka": librdkafka, "quix": quix}

if __name__ == "__main__":
    ENGINES[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
