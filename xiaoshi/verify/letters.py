"""Dead letters and refusals: what is there by reason, and that each buried record has its letter."""

from collections import Counter

from shared import topics, wire
from shared.core import Decision
from shared.errors import EventInvalidError
from shared.events import RecordBuried
from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Log, place_of

# The ledger and the indicators read these too, and may have buried what their lane could handle.
READ_BY_OTHERS = {topics.dead(topics.EVENTS.name), topics.dead(topics.RECEIVED.name)}


class Letters:
    """`no_dead`: that there is a dead letter at all is a difference."""

    def __init__(self, log: Log, no_dead: bool) -> None:
        self._log = log
        self._no_dead = no_dead
        self._expected: dict[tuple[str, str], bool] = {}
        self._reasons: Counter[str] = Counter()
        self._tally = Tally("dead letters")

    def expect(self, record: Record, decision: Decision) -> None:
        """What handling the record again led to."""
        for out in decision.outs if decision.outcome == "buried" else ():
            self._expected[out.topic, place_of(record)] = self._log.handled(record)

    def read(self) -> None:
        """All dead letter topics."""
        for topic in sorted(self._log.topics()):
            if topic.endswith(".dead"):
                for partition in self._log.partitions(topic):
                    for record in self._log.read(topic, partition):
                        self._letter(record)

    def findings(self) -> list[Finding]:
        for (topic, place), is_due in self._expected.items():
            if is_due:
                self._tally.differ(f"{place} has no letter on {topic}")
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(self._reasons.items()))
        return [self._tally.finding(told)]

    def _letter(self, record: Record) -> None:
        self._tally.compared += 1
        event = buried(record)
        if event is None:
            self._tally.differ(f"{place_of(record)} is no letter")
            return
        self._reasons[event.reason] += 1
        place = f"{event.topic}/{event.partition}/{event.offset}"
        was_expected = self._expected.pop((record.topic, place), None) is not None
        lost = self._log.starts_late(event.topic, event.partition)
        if not was_expected and record.topic not in READ_BY_OTHERS and not lost:
            self._tally.differ(f"{place} was buried once more or for nothing: {event.reason}")
        elif self._no_dead:
            self._tally.differ(f"{place}: {event.reason}")


def buried(record: Record) -> RecordBuried | None:
    try:
        event = wire.decode(record.value)
    except EventInvalidError:
        return None
    return event if isinstance(event, RecordBuried) else None
