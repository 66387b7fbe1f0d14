"""Makes the broker's topics what `shared.topics` declares: before a service starts, and in tests.

Nothing that exists is changed: a topic that is not as declared is an error, for its operator to mend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared import topics
from shared.errors import BrokerUnavailableError, TopicWrongError
from shared.topics import Topic

FOR_EVER = -1
# Written from outside: the time of arrival is the bus's to say, a sender's wrong clock would move deadlines.
STAMPED_BY_THE_BUS = (topics.RAW, topics.ACTIONS)
# Read from the start at each take-over of a lane, so cleaned early; what is erased is gone in two days.
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    "max.compaction.lag.ms": str(24 * 60 * 60 * 1000),
    "delete.retention.ms": str(24 * 60 * 60 * 1000),
}
# What to believe of a broker that tells of a setting nothing at all.
UNSAID = {"cleanup.policy": "delete", "retention.ms": str(7 * 24 * 60 * 60 * 1000)}


@dataclass(frozen=True)
class Applied:
    """What one call did: names made now, names that were there as declared."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


def partitions_of(topic: Topic, lanes: int) -> int:
    return lanes if topic.partitions is None else topic.partitions


def configs_of(topic: Topic, replicas: int, *, recorded_time: bool = False) -> dict[str, str]:
    """The topic's settings on the broker. `recorded_time`: see `ensure_topics`."""
    configs = {
        "min.insync.replicas": "2" if replicas > 2 else "1",
        "max.message.bytes": str(topic.max_bytes),
    }
    if topic.compact:
        configs |= COMPACTED
    else:
        kept = None if recorded_time else topic.retention
        configs |= {"cleanup.policy": "delete", "retention.ms": str(_millis(kept))}
    if recorded_time:
        configs["message.timestamp.after.max.ms"] = str(2**63 - 1)
    elif topic in STAMPED_BY_THE_BUS:
        configs["message.timestamp.type"] = "LogAppendTime"
    return configs


def ensure_topics(
    bootstrap: str,
    declared: Mapping[str, Topic],
    lanes: int,
    replicas: int,
    *,
    recorded_time: bool = False,
) -> Applied:
    """Create what is missing; return when each partition has a leader. Raises TopicWrongError before that.

    `recorded_time` is for simulators and replays, which stamp records with times long past or to come: every
    topic takes the sender's stamp, and nothing is deleted for being old.
    """
    applied: Applied = _asked(
        bootstrap, lambda admin: _ensure(admin, declared, lanes, replicas, recorded_time)
    )
    return applied


def existing_topics(bootstrap: str) -> dict[str, int]:
    """The names on the broker, the broker's own left out, each with its number of partitions."""
    described: list[dict[str, Any]] = _asked(bootstrap, lambda admin: admin.describe_topics())
    return {one["name"]: len(one["partitions"]) for one in described if not one["is_internal"]}


def sender_stamps(bootstrap: str, name: str) -> bool:
    """Whether records on that topic keep the time their sender gives them."""

    def ask(admin: Any) -> bool:
        described = admin.describe_configs([ConfigResource("TOPIC", name)], config_filter="all")["topic"]
        return _values(described.get(name, {})).get("message.timestamp.type") != "LogAppendTime"

    return bool(_asked(bootstrap, ask))


def _ensure(
    admin: Any, declared: Mapping[str, Topic], lanes: int, replicas: int, recorded_time: bool
) -> Applied:
    there = _described(admin, declared)
    _refuse_wrong(admin, declared, there, lanes)
    missing = [name for name in declared if name not in there]
    made = _create(admin, {name: declared[name] for name in missing}, lanes, replicas, recorded_time)
    late = [name for name in missing if name not in made]
    if late:  # somebody else was faster: theirs must be as declared too
        _refuse_wrong(admin, declared, _described(admin, late), lanes)
    admin.wait_for_topics(list(declared), timeout_ms=30_000)
    return Applied(tuple(made), tuple(name for name in declared if name not in made))


def _create(
    admin: Any, missing: Mapping[str, Topic], lanes: int, replicas: int, recorded_time: bool
) -> list[str]:
    """Ask for all at once; the names that were made by us."""
    if not missing:
        return []
    wanted = {
        name: {
            "num_partitions": partitions_of(topic, lanes),
            "replication_factor": replicas,
            "configs": configs_of(topic, replicas, recorded_time=recorded_time),
        }
        for name, topic in missing.items()
    }
    made = []
    for answer in admin.create_topics(wanted, raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if answer["error_code"] == 0:
            made.append(answer["name"])
        elif error is not TopicAlreadyExistsError:
            why = answer.get("error_message") or error.description
            raise TopicWrongError(f"{answer['name']} was not made: {why}")
    return made


def _described(admin: Any, names: Iterable[str]) -> dict[str, int]:
    """Those that exist, with their number of partitions. Asking by name may create, so all are asked for."""
    wanted = set(names)
    return {one["name"]: len(one["partitions"]) for one in admin.describe_topics() if one["name"] in wanted}


def _refuse_wrong(admin: Any, declared: Mapping[str, Topic], there: Mapping[str, int], lanes: int) -> None:
    if not there:
        return
    asked = [ConfigResource("TOPIC", name) for name in there]
    settings = admin.describe_configs(asked, config_filter="all")["topic"]
    wrong = [
        f"{name} {why}"
        for name, count in sorted(there.items())
        for why in differences(declared[name], lanes, count, _values(settings.get(name, {})))
    ]
    if wrong:
        raise TopicWrongError("; ".join(wrong) + ". Nothing was changed.")


def differences(topic: Topic, lanes: int, count: int, settings: Mapping[str, str]) -> list[str]:
    """Why an existing topic cannot be used as the declared one. Kept longer than declared is no reason."""
    found = []
    wanted = partitions_of(topic, lanes)
    if count != wanted:
        found.append(f"has {_partitions(count)} where {wanted} are declared (keys would be in other lanes)")
    policy = settings.get("cleanup.policy", UNSAID["cleanup.policy"])
    if policy != ("compact" if topic.compact else "delete"):
        found.append(f"has cleanup.policy={policy}, which would lose records")
    elif not topic.compact:
        kept = int(settings.get("retention.ms", UNSAID["retention.ms"]))
        declared = _millis(topic.retention)
        if kept != FOR_EVER and (declared == FOR_EVER or kept < declared):
            found.append(f"has retention.ms={kept}, declared {declared}")
    return found


def _partitions(count: int) -> str:
    return f"{count} partition" if count == 1 else f"{count} partitions"


def _values(described: Mapping[str, Any]) -> dict[str, str]:
    return {name: one["value"] for name, one in described.items() if one.get("value") is not None}


def _millis(kept: timedelta | None) -> int:
    return FOR_EVER if kept is None else int(kept.total_seconds() * 1000)


def _asked(bootstrap: str, question: Callable[[Any], Any]) -> Any:
    """The broker's answer; an error of the client names what to do next."""
    try:
        with closing(KafkaAdminClient(bootstrap_servers=bootstrap.split(","))) as admin:
            return question(admin)
    except KafkaError as error:
        raise BrokerUnavailableError(f"the broker at {bootstrap} did not do it: {error}") from error
