"""Events to Kafka records and back: CloudEvents 1.0, binary mode; structured mode is accepted on the way in.

Ids are deterministic, computed from the cause and the kind: the same input handled twice gives the same bytes.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec
from aiokafka.partitioner import murmur2

from shared.errors import EventInvalidError
from shared.events import Event
from shared.matter import Value

PREFIX = "org.xiaoshi."
CONTENT_TYPE = ("content-type", b"application/json")
SPECVERSION = ("ce_specversion", b"1.0")

Headers = list[tuple[str, bytes]]


class Record(NamedTuple):
    """What came off the bus. `timestamp`: milliseconds since 1970, when the record was received.

    `event`: what `value` says, where it was written in this process and need not be read again.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] | Headers
    event: Value | None = None


class Out(NamedTuple):
    """What goes onto the bus. `partition` None: by the key. `event`: what `value` says, if it is one of ours."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int
    event: Value | None = None


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def event_id(cause: str, kind: str) -> str:
    """The id of the effect of that kind of a cause: 32 hex digits."""
    return hashlib.blake2b(f"{cause}|{kind}".encode(), digest_size=16).hexdigest()


def instant(timestamp: int) -> datetime:
    """The time of a record's stamp; 1970 for one that no calendar has, which a sender may have set."""
    try:
        return datetime.fromtimestamp(timestamp / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def millis(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


@lru_cache(maxsize=1 << 14)
def partition_of(key: bytes, partitions: int) -> int:
    """Where the default partitioner of the Java client puts a key, and so everything of ours."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def encode(event: Value) -> bytes:
    return _encoder.encode(event)


def kind_of(event: Value) -> str:
    """`matter.opened`: the tag of an event's type."""
    return str(event.__struct_config__.tag)


def out(
    event: Value,
    source: str,
    topic: str,
    partition: int | None,
    *,
    cause: str,
    subject: str,
    county: str,
    at: datetime,
    trace: bytes | None = None,
    key: str | None = None,
    value: bytes | None = None,
) -> Out:
    """An event as a record. `at`: when it happened; its key is the county unless another is given.

    `value`: the event's bytes, where it was encoded before.
    """
    kind = kind_of(event)
    time, timestamp = _stamp(at, at.utcoffset())
    headers = [
        SPECVERSION,
        ("ce_id", event_id(cause, kind).encode()),
        _header("ce_type", PREFIX + kind),
        _header("ce_source", source),
        time,
        ("ce_subject", subject.encode()),
        _header("ce_partitionkey", county),
        ("ce_causationid", cause.encode()),
        CONTENT_TYPE,
    ]
    if trace is not None:
        headers.append(("traceparent", trace))
    value = value or _encoder.encode(event)
    return Out(topic, partition, (key or county).encode() or None, value, headers, timestamp, event)


@lru_cache(maxsize=4096)
def _header(name: str, value: str) -> tuple[str, bytes]:
    """One that many records have alike."""
    return name, value.encode()


def header(headers: tuple[tuple[str, bytes], ...] | Headers, name: str) -> bytes | None:
    for key, value in headers:
        if key == name:
            return value
    return None


@lru_cache(maxsize=4096)
def _stamp(at: datetime, offset: timedelta | None) -> tuple[tuple[str, bytes], int]:
    """What is done between two ticks has one time. `offset`: equal instants of two zones are written differently."""
    return ("ce_time", at.isoformat().encode()), millis(at)


def event_of(record: Record | Out) -> Value:
    """The event in a record, of ours or not. Raises EventInvalidError."""
    return decode(record.value) if record.event is None else record.event


def decode(value: bytes | None) -> Event:
    """The event in a record of ours. Raises EventInvalidError."""
    try:
        return _decoder.decode(value or b"")
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise EventInvalidError(str(error)) from error
