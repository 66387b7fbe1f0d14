"""`xiaoshi dead`: what was refused or broke its handler; nothing of it is lost, and it can be put back.

A buried record is named by where it lies: `reports.rejected.v1/2/17` is topic, partition, offset.
"""

import argparse
import json
import os
import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.intake.sources import sources
from shared import topics, wire
from shared.errors import BrokerUnavailableError, EventInvalidError, InputInvalidError, XiaoshiError
from shared.events import RecordBuried
from shared.log_reader import read_topic
from shared.reasons import Reason
from shared.topic_admin import existing_topics

HELP = "list, show and replay what was refused or broke its handler"

REPLAYED = "xs-replayed-from"
DEAD_END = topics.dead("")
CONTACT_KEYS = frozenset(
    {"name", "phone", "reporter", "sealed", "mobile", "tel", "telephone", "contact", "email", "id_card"}
    | {"first_name", "last_name", "reporter_ref", "account_id", "device_id"}
    | {"姓名", "电话", "手机", "手机号", "联系人", "身份证号"}
)
MASK = "***"
# Where the bytes are not JSON there are few names to go by: whatever could be dialled is hidden.
_DIALLED = re.compile(
    r"(?<!\d)(?:(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8}|\d{7,8})(?!\d)"
)


@dataclass(frozen=True)
class Burial:
    """A buried record and where it lies now. `event` None: not to be read itself."""

    topic: str
    partition: int
    offset: int
    event: RecordBuried | None

    @property
    def address(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="dead_verb", required=True, metavar="list|show|replay")
    listed = verbs.add_parser("list", help="one line each")
    show = verbs.add_parser("show", help="one record: why, headers, original bytes; contact data masked")
    replay = verbs.add_parser("replay", help="put records back where they came from, marked as replayed")
    for one in (listed, show, replay):
        one.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA", "127.0.0.1:9092"), metavar="ADDR")
    for one in (listed, replay):
        one.add_argument("--topic", help="only those lying on, or come from, this topic")
        one.add_argument("--reason", choices=[str(reason) for reason in Reason], metavar="REASON")
    show.add_argument("address", help="TOPIC/PARTITION/OFFSET")
    show.add_argument(
        "--raw", type=Path, metavar="FILE", help="write the original bytes, unmasked, to a file"
    )
    replay.add_argument("address", nargs="?", help="TOPIC/PARTITION/OFFSET")
    replay.add_argument("--with", dest="mended", type=Path, metavar="FILE", help="this value in its place")
    replay.add_argument("--all", action="store_true", help="every one that --topic and --reason leave")
    replay.add_argument("--again", action="store_true", help="also those that were replayed before")


def run(args: argparse.Namespace) -> int:
    verb = {"list": _list, "show": _show, "replay": _replay}[args.dead_verb]
    try:
        return verb(args)
    except BrokenPipeError:
        raise  # who reads us has had enough: no fault of a file's
    except OSError as error:
        raise InputInvalidError(str(error)) from error


def burials(bootstrap: str, topic: str | None = None) -> Iterator[Burial]:
    """Every record on every dead-letter topic and on the topic of refused reports; `topic`: as in `matching`."""
    wanted = None if topic is None else {topic, topics.dead(topic), topics.REJECTED.name}
    for name in sorted(existing_topics(bootstrap)):
        if holds_burials(name) and (wanted is None or name in wanted):
            yield from lying_on(bootstrap, name)


def lying_on(bootstrap: str, name: str) -> Iterator[Burial]:
    """Every record on one topic that holds buried ones."""
    for record in read_topic(bootstrap, name):
        yield Burial(record.topic, record.partition, record.offset, _read(record))


def holds_burials(topic: str) -> bool:
    return topic.endswith(DEAD_END) or topic == topics.REJECTED.name


def matching(found: Iterable[Burial], topic: str | None, reason: str | None) -> Iterator[Burial]:
    for one in found:
        event = one.event
        if topic is not None and topic not in (one.topic, event and event.topic):
            continue
        if reason is None or (event is not None and event.reason == reason):
            yield one


def _read(record: wire.Record) -> RecordBuried | None:
    try:
        event = wire.decode(record.value)
    except EventInvalidError:
        return None
    return event if isinstance(event, RecordBuried) else None


def _list(args: argparse.Namespace) -> int:
    count = 0
    for one in matching(burials(args.kafka, args.topic), args.topic, args.reason):
        count += 1
        print(summary(one))
    print(f"{count} buried")
    return 0


def summary(one: Burial) -> str:
    event = one.event
    if event is None:
        return f"{one.address}  is no buried record"
    return (
        f"{one.address}  {event.at:%Y-%m-%d %H:%M:%S}Z  {event.reason}  from {origin(event)}  "
        f"{len(b64decode(event.original))} bytes  by {event.program}  {_plain(_DIALLED.sub(MASK, event.detail))}"
    )


def origin(event: RecordBuried) -> str:
    return f"{event.topic}/{event.partition}/{event.offset}"


def _show(args: argparse.Namespace) -> int:
    one = _find(args.kafka, args.address)
    event = _event(one)
    value = b64decode(event.original)
    print(summary(one))
    for field in event.fields:
        print(f"field: {field}")
    print(f"key: {_readable(b64decode(event.key)) if event.key is not None else 'none'}")
    for name, encoded in event.headers:
        print(f"header {name}: {_readable(b64decode(encoded))}")
    if args.raw is not None:
        args.raw.write_bytes(value)
        print(f"{len(value)} bytes written to {args.raw}, contact data and all: delete it when done")
        return 0
    print(masked(value))
    return 0


def masked(value: bytes) -> str:
    """The bytes to look at: JSON without contact data, else text without numbers to dial, else hex."""
    try:
        tree = json.loads(value)
    except (ValueError, RecursionError):
        hidden = "|".join(map(re.escape, _contact_keys()))
        return re.sub(
            rf'"({hidden})"\s*:\s*"[^"]*"?', rf'"\1": "{MASK}"', _readable(value), flags=re.IGNORECASE
        )
    return json.dumps(_masked(tree, _contact_keys()), ensure_ascii=False, indent=2)


def _masked(tree: Any, hidden: frozenset[str]) -> Any:
    if isinstance(tree, dict):
        return {k: MASK if k.lower() in hidden else _masked(v, hidden) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_masked(each, hidden) for each in tree]
    return tree


def _contact_keys() -> frozenset[str]:
    """The contract's names, the usual ones, and those by which each source means its reporter."""
    own = {
        name.lower()
        for source in sources().values()
        for name, to in source.fields.items()
        if to.path.startswith("/reporter")
    }
    return CONTACT_KEYS | own


def _readable(value: bytes) -> str:
    try:
        return _DIALLED.sub(MASK, value.decode())
    except UnicodeDecodeError:
        return value.hex()


def _plain(text: str) -> str:
    """One line for a terminal."""
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def _find(bootstrap: str, address: str) -> Burial:
    try:
        topic, partition, offset = address.rsplit("/", 2)
        starts = {int(partition): int(offset)}
    except ValueError:
        raise XiaoshiError(f"{address!r} is not TOPIC/PARTITION/OFFSET") from None
    if not holds_burials(topic):
        raise XiaoshiError(f"{topic} holds no buried records")
    with closing(_from(bootstrap, topic, starts)) as records:
        for record in records:
            if record.offset == starts[record.partition]:
                return Burial(topic, record.partition, record.offset, _read(record))
            break
    raise XiaoshiError(f"nothing lies at {address}")


def _from(bootstrap: str, topic: str, starts: dict[int, int]) -> Any:
    """A generator, so that it can be closed before its end."""
    return read_topic(bootstrap, topic, partitions=list(starts), starts=starts)


def _event(one: Burial) -> RecordBuried:
    if one.event is None:
        raise XiaoshiError(f"{one.address} is no buried record")
    return one.event


def _replay(args: argparse.Namespace) -> int:
    chosen = _chosen(args)
    done = set() if args.again else replayed(args.kafka, chosen)
    mended = args.mended.read_bytes() if args.mended is not None else None
    try:
        with closing(KafkaProducer(bootstrap_servers=args.kafka.split(","), acks="all")) as producer:
            for one in chosen:
                if one.address in done:
                    print(f"{one.address}  was replayed before; --again does it again")
                    continue
                sent = send(producer, one, mended)
                print(f"{one.address}  {_event(one).reason}  ->  {sent}", flush=True)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{args.kafka}: {error}") from error
    return 1 if any(one.address in done for one in chosen) and not args.all else 0


def _chosen(args: argparse.Namespace) -> list[Burial]:
    if (args.address is None) is not args.all:
        raise XiaoshiError("give one TOPIC/PARTITION/OFFSET, or --all")
    if not args.all:
        one = _find(args.kafka, args.address)
        _event(one)
        return [one]
    if args.mended is not None:
        raise XiaoshiError("--with mends one record, not --all")
    return [
        one
        for one in matching(burials(args.kafka, args.topic), args.topic, args.reason)
        if one.event is not None
    ]


def replayed(bootstrap: str, chosen: Iterable[Burial]) -> set[str]:
    """Which addresses the origin topics say were put back: the log itself remembers, nobody else has to."""
    found: set[str] = set()
    for topic in sorted({_event(one).topic for one in chosen}):
        for record in read_topic(bootstrap, topic):
            marks = (value for name, value in record.headers if name == REPLAYED)
            found.update(mark.decode(errors="replace") for mark in marks)
    return found


def send(producer: Any, one: Burial, mended: bytes | None = None) -> str:
    """Put one record back, stamped as it was where the topic takes stamps; where it lies now."""
    out = revived(one, mended)
    told = producer.send(
        out.topic,
        value=out.value,
        key=out.key,
        headers=out.headers,
        partition=out.partition,
        timestamp_ms=out.timestamp,
    ).get(60)
    return f"{told.topic}/{told.partition}/{told.offset}"


def revived(one: Burial, mended: bytes | None = None) -> wire.Out:
    """The record as it was. A county's goes by its key, since a wrong partition may be why it was buried."""
    event = _event(one)
    value = b64decode(event.original) if mended is None else mended
    headers = [(name, b64decode(encoded)) for name, encoded in event.headers]
    headers.append((REPLAYED, one.address.encode()))
    key = None if event.key is None else b64decode(event.key)
    by_key = key is not None and topics.topic_of(event.topic).key == "county"
    partition = None if by_key else event.partition
    return wire.Out(event.topic, partition, key, value, headers, wire.millis(event.at))
