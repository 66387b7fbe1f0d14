"""Makes the bus anew from a backup, on a cluster that has nothing of ours.

Until all is there the topics are set as none is declared, so that no service starts on half of it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError as AsyncKafkaError
from kafka import TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, KafkaAdminClient
from kafka.errors import KafkaError, NoError, RetriableError
from kafka.structs import OffsetAndMetadata

from shared import clock, topics, wire
from shared.errors import (
    BrokerUnavailableError,
    BusNotEmptyError,
    InputInvalidError,
    RestoreBrokenError,
)
from shared.lane import POSITION
from shared.topic_admin import configs_of, ensure_topics, existing_topics
from shared.topics import Topic
from xiaoshi.backup import manifest as book
from xiaoshi.backup.check import problems_of
from xiaoshi.backup.manifest import Manifest, Part, Place, Span
from xiaoshi.backup.parts import Row, read_rows
from xiaoshi.backup.writer import Writer, writing
from xiaoshi.doctor.bus import is_ours

COORDINATOR_SECONDS = 60.0
AGAIN_SECONDS = 0.5

Say = Callable[[str], None]
Ends = dict[TopicPartition, int]


def restore(folder: Path, kafka: str, replicas: int, say: Say) -> Manifest:
    """Raises InputInvalidError for a backup that is not whole, BusNotEmptyError, RestoreBrokenError."""
    if problems := list(problems_of(folder)):
        raise InputInvalidError(f"{folder}: {'; '.join(problems[:5])}")
    manifest = book.read(folder)
    if there := [name for name in existing_topics(kafka) if is_ours(name)]:
        raise BusNotEmptyError(
            f"{kafka} has {len(there)} topics of ours, as {min(there)}: take an empty cluster"
        )
    declared = {span.topic: topics.topic_of(span.topic) for span in manifest.spans}
    _make(kafka, declared, manifest.lanes, replicas)
    try:
        fronts, ends = asyncio.run(_write(folder, kafka, manifest, say))
        with closing(KafkaAdminClient(bootstrap_servers=kafka.split(","))) as admin:
            if fronts:
                admin.delete_records(fronts)
            _place(admin, manifest, ends)
            _settle(admin, declared, replicas, manifest.recorded_time)
    except (KafkaError, AsyncKafkaError) as error:
        raise BrokerUnavailableError(f"{kafka}: {error}; empty the cluster, and restore again") from error
    return manifest


def _make(kafka: str, declared: Mapping[str, Topic], lanes: int, replicas: int) -> None:
    """Kept for ever and stamped by the sender, states too: services refuse a state that is not compacted."""
    kept = {name: replace(topic, compact=False, retention=None) for name, topic in declared.items()}
    ensure_topics(kafka, kept, lanes, replicas, recorded_time=True)


async def _write(folder: Path, kafka: str, manifest: Manifest, say: Say) -> tuple[Ends, Ends]:
    """What is to be deleted in front, and the ends, by partition."""
    fronts: Ends = {}
    ends: Ends = {}
    async with writing(kafka, sorted({span.topic for span in manifest.spans})) as writer:
        for part in sorted(manifest.parts, key=lambda each: each.span.is_state):
            where = TopicPartition(part.span.topic, part.span.partition)
            end, front = await _write_part(writer, part, read_rows(folder / part.file), manifest)
            ends[where] = end
            if front:
                fronts[where] = front
            say(f"{part.records:>10,}  {part.span.topic}/{part.span.partition}")
        await _require(writer, ends)
    return fronts, ends


async def _write_part(writer: Writer, part: Part, rows: Iterable[Row], manifest: Manifest) -> tuple[int, int]:
    """Its end, and where its first record lies."""
    where = TopicPartition(part.span.topic, part.span.partition)
    if part.span.keeps_offsets:
        return await writer.exact(where, part.span.first, rows)
    return await writer.packed(where, chain(rows, _positions(part.span, manifest))), 0


def _positions(span: Span, manifest: Manifest) -> Iterator[Row]:
    """Of the lane whose state it is, in the new offsets; nothing for a log."""
    if not span.is_state:
        return
    stamp = wire.millis(clock.now())
    service = span.topic.partition(".")[0]
    for place in manifest.places:
        if place.lane and (place.reader, place.partition) == (service, span.partition):
            offset = str(offset_of(place, manifest)).encode()
            yield Row(0, stamp, f"{POSITION}{place.topic}".encode(), offset, [])


def offset_of(place: Place, manifest: Manifest) -> int:
    """Where a reader goes on: the same record comes next as would have come next."""
    span = next(
        span for span in manifest.spans if (span.topic, span.partition) == (place.topic, place.partition)
    )
    if span.keeps_offsets:
        return place.offset
    return next((part.before[place.offset] for part in manifest.parts if part.span == span), 0)


async def _require(writer: Writer, ends: Ends) -> None:
    there = await writer.ends_of(list(ends))
    wrong = [where for where, end in ends.items() if there[where] != end]
    if wrong:
        raise RestoreBrokenError(f"{wrong[0].topic}/{wrong[0].partition} does not end where it should")


def _place(admin: Any, manifest: Manifest, ends: Mapping[TopicPartition, int]) -> None:
    """Consumer groups: the lanes', which tell others how far they are, and the centres' own."""
    groups: dict[str, dict[TopicPartition, OffsetAndMetadata]] = {}
    for place in manifest.places:
        where = TopicPartition(place.topic, place.partition)
        offset = min(offset_of(place, manifest), ends.get(where, 0))
        groups.setdefault(place.reader, {})[where] = OffsetAndMetadata(offset, "", -1)
    for group, offsets in groups.items():
        until = time.monotonic() + COORDINATOR_SECONDS
        while (wrong := _refused(admin, group, offsets)) is not None:
            if time.monotonic() > until:
                raise RestoreBrokenError(f"the places of {group} were not taken: {wrong}")
            time.sleep(AGAIN_SECONDS)


def _refused(admin: Any, group: str, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> str | None:
    """A new cluster makes the topic of groups when the first is asked for, and says meanwhile that it cannot."""
    try:
        said = admin.alter_group_offsets(group, offsets)
    except RetriableError as error:
        return str(error)
    return next((error.__name__ for error in said.values() if error is not NoError), None)


def _settle(admin: Any, declared: Mapping[str, Topic], replicas: int, recorded_time: bool) -> None:
    """Each topic as it is declared; from here on services start."""
    resources = []
    for name, topic in declared.items():
        made = configs_of(replace(topic, compact=False, retention=None), replicas, recorded_time=True)
        wanted = configs_of(topic, replicas, recorded_time=recorded_time)
        gone = dict.fromkeys(made.keys() - wanted.keys(), (AlterConfigOp.DELETE, None))
        resources.append(ConfigResource("TOPIC", name, {**wanted, **gone}))
    said = admin.alter_configs(resources)
    wrong = [f"{name}: {told}" for name, told in said.get("topic", {}).items() if told != "OK"]
    if wrong:
        raise RestoreBrokenError(f"not set as declared: {wrong[0]}")
