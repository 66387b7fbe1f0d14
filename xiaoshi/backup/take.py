"""Writes a backup: states first, then the logs, one partition after the other. Nothing is written on the bus."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from msgspec import structs

from shared import clock, store, topics
from shared.core import PROGRAM
from shared.errors import BrokerUnavailableError, InputInvalidError, TopicMissingError, XiaoshiError
from shared.lane import POSITION
from shared.log_reader import read_topic
from shared.store.check import check
from shared.store.dump import write_heads
from shared.store.queries import matters
from shared.topic_admin import sender_stamps
from shared.wire import Record
from xiaoshi.backup import manifest as book
from xiaoshi.backup.manifest import Manifest, Part, Place, Span
from xiaoshi.backup.moment import firsts_of, picture_of, still_moment
from xiaoshi.backup.parts import Row, digest_of, row_of, write_rows

HOSTS = "-host"  # groups of the ledger's projections: the ledger is made anew, so they begin at the beginning

Say = Callable[[str], None]


def take(folder: Path, kafka: str, mongo: str | None, wait: float, say: Say) -> Manifest:
    """A whole backup in `folder`; one that was broken off there is gone on with where that can be.

    Raises InputInvalidError for a folder with a whole one, BusNotStillError, and what reading raises.
    """
    manifest = _begun(folder)
    try:
        if manifest is None:
            heads = _heads(folder, mongo)
            manifest = _moment(kafka, wait, heads)
            say(f"the moment is {manifest.taken_at.isoformat()}")
        manifest = _states(folder, kafka, manifest)
        return _logs(folder, kafka, manifest, say)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{kafka}: {error}") from error
    except OSError as error:
        raise InputInvalidError(f"{folder}: {error}") from error


def _begun(folder: Path) -> Manifest | None:
    """What an earlier run left, if it is of use; else the folder is empty afterwards."""
    if (folder / book.NAME).exists():
        manifest = book.read(folder)
        if manifest.complete:
            raise InputInvalidError(f"{folder} holds a whole backup: name another folder")
        if manifest.states_are_there:
            return manifest
    elif folder.exists() and any(folder.iterdir()):
        raise InputInvalidError(f"{folder} is not empty, and no backup")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return None


def _heads(folder: Path, mongo: str | None) -> str | None:
    """Where each history ends in the ledger, taken before the moment: none of it can be missing in the backup."""
    if mongo is None:
        return None
    store.connect(mongo)
    try:
        checked = check(matters())
    finally:
        store.disconnect()
    if checked.broken:
        raise XiaoshiError(
            f"{len(checked.broken)} matters of the ledger are broken: see `xiaoshi ledger check`, or leave out --mongo"
        )
    write_heads(checked.heads, folder / book.HEADS)
    return digest_of(folder / book.HEADS)


def _moment(kafka: str, wait: float, heads: str | None) -> Manifest:
    with closing(KafkaAdminClient(bootstrap_servers=kafka.split(","), bootstrap_timeout_ms=10_000)) as admin:
        picture, firsts = still_moment(lambda: picture_of(admin), wait), firsts_of(admin)
        spans = tuple(
            Span(*where, min(firsts[where], seen.stable), seen.stable)
            for where, seen in sorted(picture.items())
        )
        lanes = sum(span.topic == topics.EVENTS.name for span in spans)
        if not lanes:
            raise TopicMissingError(f"no topic {topics.EVENTS.name} at {kafka}")
        places = tuple(_groups(admin, {(span.topic, span.partition): span for span in spans}))
    raw = next(span.topic for span in spans if topics.topic_of(span.topic) is topics.RAW)
    return Manifest(PROGRAM, clock.now(), lanes, sender_stamps(kafka, raw), spans, places, heads=heads)


def _groups(admin: Any, spans: dict[tuple[str, int], Span]) -> Iterator[Place]:
    """How far centres and others had come; lanes tell that by their states."""
    for name in sorted(group["group_id"] for group in admin.list_groups()):
        if name in topics.SERVICES_WITH_STATE or name.endswith(HOSTS):
            continue
        for part, committed in admin.list_group_offsets([name]).get(name, {}).items():
            span = spans.get((part.topic, part.partition))
            if span is not None and committed.offset >= 0:
                # asked for after the moment: what came since comes again, and is known by matter and number
                yield Place(name, part.topic, part.partition, min(committed.offset, span.end), lane=False)


def _states(folder: Path, kafka: str, manifest: Manifest) -> Manifest:
    """Right after the moment, while the broker keeps what was said since in a segment it does not clean."""
    if manifest.states_are_there:
        return manifest
    parts, places = [], list(manifest.places)
    for span in (span for span in manifest.spans if span.is_state):
        positions: dict[str, int] = {}
        rows = _without_positions(_records(kafka, span), positions)
        parts.append(_part(folder, span, rows, ()))
        service = span.topic.partition(".")[0]
        places += [
            Place(service, topic, span.partition, offset, lane=True) for topic, offset in positions.items()
        ]
    manifest = structs.replace(manifest, parts=tuple(parts), places=tuple(places))
    book.write(folder, manifest)
    return manifest


def _without_positions(records: Iterable[Record], positions: dict[str, int]) -> Iterator[Row]:
    """Positions are told apart: only the last counts, and it is of offsets that will be others."""
    for record in records:
        key = (record.key or b"").decode()
        if key.startswith(POSITION):
            positions[key.removeprefix(POSITION)] = int(record.value or b"0")
        else:
            yield row_of(record)


def _logs(folder: Path, kafka: str, manifest: Manifest, say: Say) -> Manifest:
    wanted: dict[tuple[str, int], set[int]] = defaultdict(set)
    for place in manifest.places:
        wanted[place.topic, place.partition].add(place.offset)
    done = {part.span for part in manifest.parts}
    for span in manifest.spans:
        if span in done or not span.end:
            continue
        offsets = sorted(wanted[span.topic, span.partition])
        part = _part(folder, span, map(row_of, _records(kafka, span)), offsets)
        manifest = structs.replace(manifest, parts=(*manifest.parts, part))
        book.write(folder, manifest)
        say(f"{part.records:>10,}  {span.topic}/{span.partition}")
    manifest = structs.replace(manifest, complete=True)
    book.write(folder, manifest)
    return manifest


def _records(kafka: str, span: Span) -> Iterator[Record]:
    """Up to the moment; no connection is made for a partition that had nothing."""
    if span.end <= span.first:
        return
    with closing(_read(kafka, span)) as records:
        yield from takewhile(lambda record: record.offset < span.end, records)


def _read(kafka: str, span: Span) -> Any:
    """A generator, so that it can be closed before its end."""
    return read_topic(kafka, span.topic, partitions=[span.partition])


def _part(folder: Path, span: Span, rows: Iterable[Row], offsets: Iterable[int]) -> Part:
    before = dict.fromkeys(offsets, 0)
    name = f"{span.topic}/{span.partition}.gz"
    records = write_rows(_counted(rows, before), folder / name)
    size = (folder / name).stat().st_size
    return Part(span, name, records, size, digest_of(folder / name), before)


def _counted(rows: Iterable[Row], before: dict[int, int]) -> Iterator[Row]:
    """Notes at each offset that is asked for how many rows lie before it."""
    waiting, count = sorted(before, reverse=True), 0
    for row in rows:
        while waiting and waiting[-1] <= row.offset:
            before[waiting.pop()] = count
        yield row
        count += 1
    before.update(dict.fromkeys(waiting, count))
