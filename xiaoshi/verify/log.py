"""The log as the checks see it: a still picture of all topics, and how far each service had come before that."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from itertools import takewhile
from typing import NamedTuple, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.intake.sources import sources
from shared import topics, wire
from shared.errors import BrokerUnavailableError, EventInvalidError, TopicMissingError
from shared.events import Event
from shared.log_reader import read_topic
from shared.wire import Record
from xiaoshi.road import readers
from xiaoshi.verify.findings import Finding

Offsets = Mapping[tuple[str, int], int]

AGAIN_SECONDS = 0.25
RAW = tuple(topics.raw(source) for source in sources())
READERS = readers()


class Log(Protocol):
    @property
    def lanes(self) -> int:
        """Partitions of the journal."""

    @property
    def at_rest(self) -> bool:
        """The services had handled all of it when the picture was taken."""

    def topics(self) -> Collection[str]:
        """Every topic there is."""

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        """Its records in order, once; nothing of a topic that is not there."""

    def partitions(self, topic: str) -> range:
        """Its partitions, none if it is not there."""

    def handled(self, record: Record) -> bool:
        """Its reader had handled it before the picture was taken, so all that it led to must be there."""

    def handled_now(self) -> Offsets:
        """How far the readers have come meanwhile."""

    def starts_late(self, topic: str, partition: int) -> bool:
        """Its first records are gone: they were older than the topic keeps them."""


class Check(Protocol):
    """One walk over the journal, lane by lane. Differences are counted, never raised."""

    def begin(self, lane: int) -> None:
        """The records of that lane follow."""

    def take(self, entry: "Entry") -> None:
        """The next record of the journal."""

    def end(self) -> None:
        """The lane's journal is at its end."""

    def findings(self) -> list[Finding]:
        """Once all has been read."""


class Entry(NamedTuple):
    """A record of the journal, read. `event` None: it is no event."""

    record: Record
    event: Event | None
    id: str
    source: str
    cause: str


def entry(record: Record) -> Entry:
    try:
        event = wire.decode(record.value)
    except EventInvalidError:
        event = None
    given = dict(record.headers)
    told = (
        given.get(name, b"").decode(errors="replace") for name in ("ce_id", "ce_source", "ce_causationid")
    )
    return Entry(record, event, *told)


def digest(*parts: bytes) -> bytes:
    """What stands for a text that need not be kept."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()


def place_of(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


class KafkaLog:
    """The topics of a broker up to where they ended when this was made."""

    def __init__(self, bootstrap: str, patience: float) -> None:
        self._bootstrap = bootstrap
        try:
            self.at_rest = self._await_rest(time.monotonic() + patience)
        except KafkaError as error:
            raise BrokerUnavailableError(f"asking {bootstrap}: {error}") from error
        self.lanes = self._counts[topics.EVENTS.name]

    def topics(self) -> Collection[str]:
        return self._counts

    def partitions(self, topic: str) -> range:
        return range(self._counts.get(topic, 0))

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        end = self._ends.get((topic, partition), 0)
        if end <= self._firsts.get((topic, partition), 0):
            return iter(())
        records = read_topic(self._bootstrap, topic, partitions=[partition])
        return takewhile(lambda record: record.offset < end, records)

    def handled(self, record: Record) -> bool:
        return record.offset < self._handled.get((record.topic, record.partition), 0)

    def starts_late(self, topic: str, partition: int) -> bool:
        return self._firsts.get((topic, partition), 0) > 0

    def _await_rest(self, until: float) -> bool:
        """Take pictures until one has everything handled, or time is up."""
        while True:
            self._handled = self.handled_now()
            self._counts, self._ends, self._firsts = self._picture()
            if not any(self._is_waiting(topic) for topic in READERS):
                return True
            if time.monotonic() > until:
                return False
            time.sleep(AGAIN_SECONDS)

    def _is_waiting(self, topic: str) -> bool:
        """Whether a record, and not only the mark of a transaction, lies between what is handled and the end."""
        late = {
            lane: self._handled.get((topic, lane), 0)
            for lane in self.partitions(topic)
            if self._handled.get((topic, lane), 0) < self._ends[topic, lane]
        }
        if not late:
            return False
        starts = {lane: max(offset, self._firsts[topic, lane]) for lane, offset in late.items()}
        records = read_topic(self._bootstrap, topic, partitions=sorted(late), starts=starts)
        return any(record.offset < self._ends[topic, record.partition] for record in records)

    def handled_now(self) -> Offsets:
        with closing(KafkaAdminClient(bootstrap_servers=self._bootstrap.split(","))) as admin:
            groups = admin.list_group_offsets(sorted(set(READERS.values())))
        return {
            (part.topic, part.partition): committed.offset
            for group, offsets in groups.items()
            for part, committed in offsets.items()
            if READERS.get(part.topic) == group
        }

    def _picture(self) -> tuple[dict[str, int], Offsets, Offsets]:
        """Partitions, ends and beginnings; what is written last on the road first, so no end lacks its cause."""
        servers = self._bootstrap.split(",")
        with closing(
            KafkaConsumer(
                bootstrap_servers=servers,
                isolation_level="read_committed",
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        ) as consumer:
            counts = {
                name: len(consumer.partitions_for_topic(name) or ())
                for name in sorted(consumer.topics())
                if _is_ours(name)
            }
            if not counts.get(topics.EVENTS.name):
                raise TopicMissingError(f"no topic {topics.EVENTS.name}")
            ends: dict[tuple[str, int], int] = {}
            firsts: dict[tuple[str, int], int] = {}
            for names in _downstream_first(counts):
                parts = [TopicPartition(name, lane) for name in names for lane in range(counts[name])]
                if not parts:
                    continue
                ends |= {(part.topic, part.partition): n for part, n in consumer.end_offsets(parts).items()}
                begins = consumer.beginning_offsets(parts)
                firsts |= {(part.topic, part.partition): n for part, n in begins.items()}
        return counts, ends, firsts


def _is_ours(name: str) -> bool:
    try:
        return topics.topic_of(name).key != "state"
    except KeyError:
        return False


def _downstream_first(names: Collection[str]) -> Iterator[list[str]]:
    stages: dict[int, list[str]] = defaultdict(list)
    for name in names:
        reader = READERS.get(name)
        stages[("escalation", "routing", "intake").index(reader) + 1 if reader else 0].append(name)
    for stage in sorted(stages):
        yield stages[stage]
