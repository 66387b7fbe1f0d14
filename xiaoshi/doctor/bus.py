"""The bus, looked at: topics, transactions, readers, ticks, what rules, dead letters. Nothing is written."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, UnsupportedVersionError

from shared import topics, wire
from shared.errors import BrokerUnavailableError, EventInvalidError
from shared.events import CalendarAnnounced, ClockTicked, PolicyAdopted
from shared.log_reader import Isolation, read_topic
from xiaoshi.commands import dead
from xiaoshi.doctor.facts import Bus, Place, Ruled, TopicSeen, Writer
from xiaoshi.road import readers

UNDER_WAY = ("Ongoing", "PrepareCommit", "PrepareAbort")
LEDGER = "escalation-host"

Ends = Mapping[TopicPartition, int]


def look(bootstrap: str, now: datetime) -> Bus:
    """Raises BrokerUnavailableError."""
    try:
        with closing(
            KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=10_000)
        ) as admin:
            return _look(admin, bootstrap, now)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{bootstrap}: {error}") from error


def _look(admin: Any, bootstrap: str, now: datetime) -> Bus:
    described = admin.describe_topics()
    there = {one["name"]: one for one in described if is_ours(one["name"])}
    brokers = {node for one in described for part in one["partitions"] for node in part["isr_nodes"]}
    parts = [
        TopicPartition(name, part["partition_index"])
        for name, one in there.items()
        for part in one["partitions"]
    ]
    firsts = ends_of(admin, parts, OffsetSpec.EARLIEST)
    stable = ends_of(admin, parts, OffsetSpec.LATEST, "read_committed")
    ends = ends_of(admin, parts, OffsetSpec.LATEST)
    letters, waiting = _letters(bootstrap, firsts, stable)
    return Bus(
        version=_version(admin, brokers),
        brokers=len(brokers),
        topics=_topics(admin, there),
        writers=_writers(admin, now),
        held=tuple(
            Place("", part.topic, part.partition, end - stable[part])
            for part, end in ends.items()
            if end > stable[part]
        ),
        lags=tuple(_lags(admin, firsts, stable)),
        ticks=_ticks(bootstrap, stable),
        ruled=_ruled(bootstrap) if topics.RULES.name in there else {},
        letters=letters,
        waiting=waiting,
    )


def is_ours(name: str) -> bool:
    try:
        topics.topic_of(name)
    except KeyError:
        return False
    return True


def ends_of(
    admin: Any,
    parts: list[TopicPartition],
    spec: Any,
    isolation: Isolation = "read_uncommitted",
) -> dict[TopicPartition, int]:
    asked = admin.list_partition_offsets(dict.fromkeys(parts, spec), isolation) if parts else {}
    return {part: int(found.offset) for part, found in asked.items()}


def _version(admin: Any, brokers: set[int]) -> str:
    """As the client concludes it from what the broker can do: the first version that can do all of it."""
    versions = {admin.get_broker_version_data(node).broker_version for node in sorted(brokers)}
    return ", ".join(sorted(".".join(map(str, version)) for version in versions))


def _topics(admin: Any, there: Mapping[str, Any]) -> dict[str, TopicSeen]:
    if not there:
        return {}
    asked = [ConfigResource("TOPIC", name) for name in there]
    configs = admin.describe_configs(asked, config_filter="all")["topic"]
    return {
        name: TopicSeen(
            partitions=len(one["partitions"]),
            replicas=min((len(part["replica_nodes"]) for part in one["partitions"]), default=0),
            short=sum(len(part["isr_nodes"]) < len(part["replica_nodes"]) for part in one["partitions"]),
            configs={
                key: told["value"]
                for key, told in configs.get(name, {}).items()
                if told.get("value") is not None
            },
        )
        for name, one in there.items()
    }


def _writers(admin: Any, now: datetime) -> tuple[Writer, ...] | None:
    """Open transactions; None from a broker that cannot be asked for them (before 3.0, or a stand-in)."""
    try:
        listed = [
            one.transactional_id
            for of_broker in admin.list_transactions().values()
            for one in of_broker
            if str(getattr(one.state, "value", one.state)) in UNDER_WAY
        ]
        described = admin.describe_transactions(listed) if listed else {}
    except UnsupportedVersionError:
        return None
    return tuple(
        Writer(
            name,
            now - wire.instant(one.transaction_start_time_ms),
            timedelta(milliseconds=one.transaction_timeout_ms),
        )
        for name, one in sorted(described.items())
        if one.transaction_start_time_ms > 0
    )


def reading() -> Iterator[tuple[str, str]]:
    """Every reader of ours by its consumer group, and a topic it reads."""
    yield from ((service, topic) for topic, service in readers().items())
    yield from (("metrics", topic.name) for topic in (topics.EVENTS, topics.OBSERVED))
    yield from ((LEDGER, topic.name) for topic in (topics.EVENTS, topics.RECEIVED))


def _lags(admin: Any, firsts: Ends, stable: Ends) -> Iterator[Place]:
    """A place that is not kept (a group forgets a quiet partition after a week) tells nothing, and is left out."""
    groups = {group for group, _ in reading()}
    kept = admin.list_group_offsets(sorted(groups))
    for group, topic in reading():
        for part, committed in kept.get(group, {}).items():
            if part.topic == topic and committed.offset >= 0 and part in stable:
                at = max(committed.offset, firsts.get(part, 0))
                yield Place(group, topic, part.partition, max(0, stable[part] - at))


def _ticks(bootstrap: str, stable: Ends) -> dict[int, datetime]:
    """The last tick of each lane."""
    last: dict[int, datetime] = {}
    ends = {part.partition: end for part, end in stable.items() if part.topic == topics.TICKS.name and end}
    if not ends:
        return last
    starts = {
        lane: max(0, end - 2) for lane, end in ends.items()
    }  # the last may be the mark of a transaction
    for record in read_topic(bootstrap, topics.TICKS.name, partitions=sorted(ends), starts=starts):
        event = _event(record)
        if isinstance(event, ClockTicked):
            last[record.partition] = event.at
    return last


def _ruled(bootstrap: str) -> dict[int, Ruled]:
    ruled: dict[int, Ruled] = {}
    for record in read_topic(bootstrap, topics.RULES.name):
        before, event = ruled.get(record.partition, Ruled()), _event(record)
        if isinstance(event, PolicyAdopted):
            ruled[record.partition] = Ruled(event, before.years)
        elif isinstance(event, CalendarAnnounced):
            ruled[record.partition] = Ruled(before.policy, before.years | {event.announcement.year})
    return ruled


def _event(record: wire.Record) -> object:
    try:
        return wire.decode(record.value)
    except EventInvalidError:
        return None


def _letters(bootstrap: str, firsts: Ends, stable: Ends) -> tuple[int, int]:
    """Dead letters in all, and those that were never put back. Refusals answer their senders, and are none."""
    names = {part.topic for part, end in stable.items() if end > firsts[part]}
    there = [
        one
        for name in sorted(names)
        if name.endswith(dead.DEAD_END)
        for one in dead.lying_on(bootstrap, name)
    ]
    back = dead.replayed(bootstrap, [one for one in there if one.event is not None])
    return len(there), sum(one.address not in back for one in there)
