"""Reads a topic from its beginning to its end as it is now.

No group, no commit: reading leaves no trace on the broker.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.errors import BrokerUnavailableError, TopicMissingError
from shared.wire import Record

Isolation = Literal["read_committed", "read_uncommitted"]

POLL_MS = 500
SILENCE = 60  # empty polls in a row before a broker counts as gone: half a minute


def read_topic(
    bootstrap: str,
    topic: str,
    *,
    partitions: Sequence[int] | None = None,
    isolation: Isolation = "read_committed",
    starts: dict[int, int] | None = None,
) -> Iterator[Record]:
    """Every record up to the end offsets as of the call, in order within a partition.

    For read_committed the end is the last stable offset: what an open transaction holds back
    is not waited for. `starts` begins a partition elsewhere than at its first record. Raises TopicMissingError and
    BrokerUnavailableError; a reader that is cut off half way never ends quietly.
    """
    consumer = _connect(bootstrap, isolation)
    try:
        yield from _read(consumer, topic, partitions, starts or {})
    except KafkaError as error:
        raise BrokerUnavailableError(f"reading {topic} from {bootstrap}: {error}") from error
    finally:
        consumer.close(autocommit=False)


def _connect(bootstrap: str, isolation: Isolation) -> KafkaConsumer:
    try:
        return KafkaConsumer(
            bootstrap_servers=bootstrap.split(","),
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_poll_records=5000,
            fetch_max_wait_ms=100,
            check_crcs=False,  # in pure Python it takes four fifths of the time
            bootstrap_timeout_ms=10_000,
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise BrokerUnavailableError(f"no broker at {bootstrap}: {error}") from error


def _read(
    consumer: KafkaConsumer, topic: str, partitions: Sequence[int] | None, starts: dict[int, int]
) -> Iterator[Record]:
    there = consumer.partitions_for_topic(topic)
    if not there:
        raise TopicMissingError(f"no topic {topic}")
    wanted = [TopicPartition(topic, number) for number in sorted(there if partitions is None else partitions)]
    consumer.assign(wanted)
    ends = consumer.end_offsets(wanted)
    for part in wanted:
        if part.partition in starts:
            consumer.seek(part, starts[part.partition])
        else:
            consumer.seek_to_beginning(part)
    silent = 0
    while left := [part for part in wanted if consumer.position(part) < ends[part]]:
        # A partition that has reached its end would otherwise go on to what came after the call.
        consumer.pause(*(part for part in wanted if part not in left))
        polled = consumer.poll(timeout_ms=POLL_MS)
        silent = 0 if polled else silent + 1
        if silent > SILENCE:
            raise KafkaTimeoutError(
                f"nothing came for {SILENCE * POLL_MS // 1000} s, {len(left)} partitions short"
            )
        for part, records in polled.items():
            yield from (record_of(record) for record in records if record.offset < ends[part])


def record_of(record: Any) -> Record:
    """What kafka-python read, as everything of ours takes it."""
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )
