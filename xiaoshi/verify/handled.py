"""Every record on an input has been handled: a log that is being counted while it is read."""

from collections import Counter
from collections.abc import Collection, Iterator

from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import READERS, Log, Offsets


class Watched:
    """The log itself, and what of it was still waiting for its reader when the picture was taken."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.lanes = log.lanes
        self.at_rest = log.at_rest
        self._tally = Tally("everything handled")
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._last: dict[tuple[str, int], int] = {}

    def topics(self) -> Collection[str]:
        return self._log.topics()

    def partitions(self, topic: str) -> range:
        return self._log.partitions(topic)

    def handled(self, record: Record) -> bool:
        return self._log.handled(record)

    def handled_now(self) -> Offsets:
        return self._log.handled_now()

    def starts_late(self, topic: str, partition: int) -> bool:
        return self._log.starts_late(topic, partition)

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        records = self._log.read(topic, partition)
        return self._watched(records) if topic in READERS else records

    def finding(self) -> Finding:
        """What waited then may have been handled meanwhile."""
        now = self._log.handled_now() if self._waiting else {}
        for (topic, lane), count in sorted(self._waiting.items()):
            if self._last[topic, lane] >= now.get((topic, lane), 0):
                self._tally.differ(f"{topic}/{lane}: {count} records wait for {READERS[topic]}", count)
        return self._tally.finding("" if self.at_rest else "the bus was in motion")

    def _watched(self, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            self._tally.compared += 1
            if not self._log.handled(record):
                self._waiting[record.topic, record.partition] += 1
                self._last[record.topic, record.partition] = record.offset
            yield record
