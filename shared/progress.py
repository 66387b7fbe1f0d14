"""Whether a reader gets on: a partition of its inputs moves, or is known to have nothing more to read.

What nobody has positively seen is no progress: a reader that is no longer fed, asked or answered looks idle otherwise.
Times are seconds of a clock that only goes forward, given by whoever looks.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from prometheus_client import Gauge

Now = Callable[[], float]

PATIENCE = 30.0
"""Seconds. A transaction that was left open blocks readers for 15, and a broker's leader is replaced within some."""

LABELS = ("reader", "topic", "partition")
POSITION = Gauge("xiaoshi_input_position", "The next record a reader will handle.", LABELS)
END = Gauge("xiaoshi_input_end", "Where what can be read ends.", LABELS)
STILL = Gauge(
    "xiaoshi_input_still_seconds", "Since a reader last moved, or last knew that there was no more.", LABELS
)
BLOCKED = Gauge(
    "xiaoshi_input_blocked_seconds",
    "Since the end of what can be read has stood before an open transaction.",
    LABELS,
)


class Pulse:
    """What has to happen again and again, as `trouble` says when it does not: "no pass has ended"."""

    def __init__(self, missing: str, patience: float, now: Now) -> None:
        self._missing = missing
        self._patience = patience
        self._now = now
        self._last = now()

    def beat(self) -> None:
        self._last = self._now()

    def trouble(self) -> str | None:
        """Exactly as long as patience lasts is still well."""
        since = self._now() - self._last
        return f"{self._missing} for {since:.0f} s" if since > self._patience else None


class Seen(NamedTuple):
    """How a partition stood for its reader. `answer`: another one with each answer of the broker.

    `stable` is where what is committed ends, `end` where all that was written ends.
    """

    position: int
    stable: int
    end: int
    answer: int


def seen_by(consumer: Any, tp: TopicPartition) -> Seen | None:
    """As an aiokafka consumer has it; None while the broker has not told it. Asks nobody, from any thread."""
    subscription = consumer._subscription.subscription
    assignment = None if subscription is None else subscription.assignment
    known = assignment.state_value(tp) if assignment is not None and tp in assignment.tps else None
    if known is None:
        return None
    # each once: the consumer's own thread may move them meanwhile
    position, answer, stable, end = known._position, known.timestamp, known.lso, known.highwater
    if position is None or answer is None:
        return None
    return Seen(position, end if stable is None or stable < 0 else stable, end, answer)


class Standing:
    """Of one partition: the last instants at which it was seen to be well."""

    def __init__(self, now: float) -> None:
        self._seen = Seen(-1, -1, -1, -1)
        self._moved = now
        self._free = now

    def see(self, seen: Seen, now: float) -> None:
        last, self._seen = self._seen, seen
        is_news = seen.answer != last.answer
        if seen.position > last.position or (is_news and seen.position >= seen.stable):
            self._moved = now
        if seen.stable > last.stable or (is_news and seen.stable >= seen.end):
            self._free = now

    def go_on(self, now: float) -> None:
        """Its reader is at work on what it has read."""
        self._moved = now

    def still(self, now: float) -> float:
        return now - self._moved

    def blocked(self, now: float) -> float:
        """Not the reader's fault: somebody else's transaction is open."""
        return now - self._free


class Watch:
    """The partitions one reader answers for. `patience`: how long one may stand still before that is trouble."""

    def __init__(self, reader: str, now: Now, patience: float = PATIENCE) -> None:
        self._reader = reader
        self._now = now
        self._patience = patience
        self._standings: dict[TopicPartition, Standing] = {}

    def begin(self, tp: TopicPartition) -> None:
        """From now on it has to move."""
        standing = self._standings[tp] = Standing(self._now())
        labels = self._labels(tp)
        STILL.labels(*labels).set_function(lambda: standing.still(self._now()))
        BLOCKED.labels(*labels).set_function(lambda: standing.blocked(self._now()))

    def end(self, tp: TopicPartition) -> None:
        """Somebody else's from now on."""
        del self._standings[tp]
        for gauge in (POSITION, END, STILL, BLOCKED):
            gauge.remove(*self._labels(tp))

    def keep(self, mine: Mapping[TopicPartition, Seen | None]) -> None:
        """What is known of those that are the reader's now, and no others."""
        for tp in self._standings.keys() - mine.keys():
            self.end(tp)
        for tp, seen in mine.items():
            if tp not in self._standings:
                self.begin(tp)
            self.see(tp, seen)

    def see(self, tp: TopicPartition, seen: Seen | None) -> None:
        """None: nothing is known of it, so it stands still."""
        if seen is None:
            return
        self._standings[tp].see(seen, self._now())
        POSITION.labels(*self._labels(tp)).set(seen.position)
        END.labels(*self._labels(tp)).set(seen.stable)

    def go_on(self) -> None:
        """The reader is at work: all its inputs wait for that, and none stands still."""
        for standing in self._standings.values():
            standing.go_on(self._now())

    def stuck(self) -> dict[TopicPartition, float]:
        """For how many seconds, those beyond patience."""
        still = {tp: standing.still(self._now()) for tp, standing in self._standings.items()}
        return {tp: seconds for tp, seconds in still.items() if seconds > self._patience}

    def trouble(self) -> str | None:
        """In words, for a readiness check."""
        told = [f"{tp.topic}/{tp.partition} for {s:.0f} s" for tp, s in sorted(self.stuck().items())]
        return f"not moving, with records to read or no answer: {', '.join(told)}" if told else None

    def _labels(self, tp: TopicPartition) -> tuple[str, str, str]:
        return self._reader, tp.topic, str(tp.partition)
