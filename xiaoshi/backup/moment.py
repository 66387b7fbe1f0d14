"""One moment of the bus at which all topics agree.

A transaction reaches its partitions one after the other, so any moment will not do: state without its outputs would
lose them, outputs without their state would be written twice. Between two equal pictures nothing was written; where no
transaction is open either, everything is there of all that was begun.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from shared import topics
from shared.errors import BusNotStillError
from shared.topics import Topic
from xiaoshi.doctor.bus import ends_of, is_ours

FROM_OUTSIDE = (topics.RAW, topics.ACTIONS, topics.RESIDENTS, topics.RULES, topics.TICKS, topics.OBSERVED)
SHOWN = 3


class Seen(NamedTuple):
    """A partition in a picture. `stable`: where readers of committed records end."""

    stable: int
    end: int


Picture = Mapping[tuple[str, int], Seen]


def picture_of(admin: Any) -> Picture:
    parts = _parts(admin)
    stable = ends_of(admin, parts, OffsetSpec.LATEST, "read_committed")
    ends = ends_of(admin, parts, OffsetSpec.LATEST)
    return {(each.topic, each.partition): Seen(stable[each], ends[each]) for each in parts}


def firsts_of(admin: Any) -> dict[tuple[str, int], int]:
    """Where partitions begin by now; what was older than its topic keeps it is gone."""
    firsts = ends_of(admin, _parts(admin), OffsetSpec.EARLIEST)
    return {(each.topic, each.partition): first for each, first in firsts.items()}


def _parts(admin: Any) -> list[TopicPartition]:
    return [
        TopicPartition(one["name"], part["partition_index"])
        for one in admin.describe_topics()
        if is_ours(one["name"])
        for part in one["partitions"]
    ]


def still_moment(take: Callable[[], Picture], wait: float) -> Picture:
    """Raises BusNotStillError when there was none in so many seconds."""
    until = time.monotonic() + wait
    before = take()
    while True:
        after = take()
        moving = moved(before, after)
        if not moving:
            return after
        if time.monotonic() > until:
            raise BusNotStillError(
                f"in {wait:.0f} s there was no moment without a write ({', '.join(_named(moving))}): try when it is "
                "quiet, or stop the services for as long as the moment takes; what is sent meanwhile waits on the bus"
            )
        before = after


def moved(before: Picture, after: Picture) -> Collection[str]:
    """Topics that speak against the moment. What comes from outside may come: the later picture has more of it."""
    if before.keys() != after.keys():
        return {topic for topic, _ in before.keys() ^ after.keys()}
    return {
        topic
        for (topic, partition), now in after.items()
        if _has_moved(topics.topic_of(topic), before[topic, partition], now)
    }


def _has_moved(topic: Topic, before: Seen, now: Seen) -> bool:
    is_open = now.stable != now.end or before.stable != before.end
    if topic not in FROM_OUTSIDE:
        return is_open or before.end != now.end
    # intake moves reports between the raw topics' partitions in its transactions
    return is_open and topic is topics.RAW


def _named(moving: Iterable[str]) -> list[str]:
    names = sorted(moving)
    return [*names[:SHOWN], f"{len(names) - SHOWN} more"] if len(names) > SHOWN else names
