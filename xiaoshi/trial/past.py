"""What came in, in the order in which routing took it: from the journal of a log."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from services.escalation.handlers import OWN as ESCALATION
from shared import topics, wire
from shared.errors import BrokerUnavailableError, EventInvalidError, InputInvalidError, TopicMissingError
from shared.events import (
    ActionReceived,
    CalendarAnnounced,
    ClockTicked,
    MatterOpened,
    PolicyAdopted,
    ReportMatched,
    ReportReceived,
)
from shared.log_reader import read_topic
from shared.matter import Action
from shared.wire import Record


class Input(NamedTuple):
    """A record for routing. `at`: of a report or a tick; an action comes when it comes, whatever it says."""

    record: Record
    at: datetime | None = None
    action: Action | None = None
    is_policy: bool = False


class Past(Protocol):
    """`lanes`: partitions, each with an order of its own. `tells`: it says what became of its inputs."""

    lanes: int
    tells: bool

    def read(self, lane: int) -> Iterator[Input | Record]:
        """Inputs in recorded order, and between them what they led to, if it tells: events, not decoded yet."""


class Log(Protocol):
    @property
    def lanes(self) -> int:
        """Partitions of the journal."""

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        """Its records, in order."""


class Journal:
    """The journal says in which order routing took its inputs, and holds its actions and ticks; the received reports
    it only names.

    Both are read side by side, so that nothing is kept but reports that the journal has not named yet.
    """

    tells = True

    def __init__(self, log: Log) -> None:
        self._log = log
        self.lanes = log.lanes

    def read(self, lane: int) -> Iterator[Input | Record]:
        reports = Reports(self._log, lane)
        for record in self._log.read(topics.EVENTS.name, lane):
            if wire.header(record.headers, "ce_source") == ESCALATION:
                yield record
                continue
            try:
                event = wire.decode(record.value)
            except EventInvalidError:
                continue  # escalation buries it, and nothing follows from it
            match event:
                case ClockTicked():
                    yield Input(record._replace(topic=topics.TICKS.name), event.at)
                case ActionReceived():
                    value = wire.encode(event.action)
                    topic = topics.RESIDENTS.name if event.resident else topics.ACTIONS.name
                    _, partition, offset, timestamp, key, _, headers, _ = record
                    given = Record(topic, partition, offset, timestamp, key, value, headers)
                    yield Input(given, action=event.action)
                case CalendarAnnounced() | PolicyAdopted():
                    is_policy = isinstance(event, PolicyAdopted)
                    yield Input(record._replace(topic=topics.RULES.name), is_policy=is_policy)
                case MatterOpened() | ReportMatched():
                    yield Input(reports.find(event.report_id), event.at)
                    yield record._replace(event=event)


class Reports:
    """The received reports of a lane, found by their ids in about the order in which they lie there."""

    def __init__(self, log: Log, lane: int) -> None:
        self._records = log.read(topics.RECEIVED.name, lane)
        self._decoder = msgspec.json.Decoder(ReportReceived)
        self._passed: dict[str, Record] = {}

    def find(self, report_id: str) -> Record:
        """Raises InputInvalidError for a report the journal names and the log does not hold."""
        found = self._passed.pop(report_id, None)
        if found is not None:
            return found
        for record in self._records:
            try:
                read = self._decoder.decode(record.value or b"").report_id
            except msgspec.MsgspecError:
                continue  # routing buries it
            if read == report_id:
                return record
            self._passed[read] = record
        raise InputInvalidError(f"no report {report_id}, which the journal names, among those received")


class KafkaLog:
    """The topics of a broker, read_committed and without a group."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.lanes = _partitions(bootstrap, topics.EVENTS.name)

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        return read_topic(self._bootstrap, topic, partitions=[partition])


def _partitions(bootstrap: str, topic: str) -> int:
    try:
        with closing(
            KafkaConsumer(
                bootstrap_servers=bootstrap.split(","),
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=10_000,
                metrics_enabled=False,
            )
        ) as consumer:
            found = consumer.partitions_for_topic(topic)
    except KafkaError as error:
        raise BrokerUnavailableError(f"no broker at {bootstrap}: {error}") from error
    if not found:
        raise TopicMissingError(f"no topic {topic}")
    return len(found)
