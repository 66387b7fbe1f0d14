"""What a read_committed reader met of the bus, held against the simulator's truth: what is lost, what came twice."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.escalation.handlers import SOURCE as ESCALATION
from shared import topics, wire
from shared.events import MatterOpened, ReportMatched
from shared.receipts import report_id_of
from shared.wire import Record
from xiaoshi.simulator.sent import Sent

ROUTED = topics.ROUTED.name.partition("{")[0]
ONCE = (topics.EVENTS.name, topics.RECEIVED.name)


@dataclass(frozen=True)
class Told:
    """What was read of a centre's topic: how many records, and the offset of the last."""

    count: int = 0
    last: int = -1


class Tally:
    """Knows no rule: an accepted report must be placed in one matter, and no event may come twice on its topic."""

    def __init__(self) -> None:
        self.doubled = 0
        self.read = 0
        self.told: dict[str, Told] = {}
        self._placed: dict[str, str] = {}
        self._owed: set[str] = set()
        self._seen: set[tuple[str, bytes, bytes]] = set()

    def owe(self, sent: Sent) -> None:
        if sent.truth.expect == "accepted":
            self._owed.add(report_id_of(sent.truth.source, sent.truth.source_id))

    @property
    def lost(self) -> int:
        """Accepted reports that are in no matter, as far as was read."""
        return len(self._owed - self._placed.keys())

    def hear(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.topic not in ONCE and not record.topic.startswith(ROUTED):
                continue
            self.read += 1
            source, event_id = (wire.header(record.headers, name) or b"" for name in ("ce_source", "ce_id"))
            self._once((record.topic, source, event_id))
            if record.topic == topics.EVENTS.name:
                self._place(record, source)
            elif record.topic != topics.RECEIVED.name:
                self.told[record.topic] = Told(self.told.get(record.topic, Told()).count + 1, record.offset)

    def _once(self, key: tuple[str, bytes, bytes]) -> None:
        if key in self._seen:
            self.doubled += 1
        self._seen.add(key)

    def _place(self, record: Record, source: bytes) -> None:
        event = wire.decode(record.value)
        if isinstance(event, MatterOpened) and source.decode() == ESCALATION:
            return  # taken out of another: it was placed before
        if isinstance(event, MatterOpened | ReportMatched):
            if event.report_id in self._placed:
                self.doubled += 1
            self._placed[event.report_id] = event.matter_id
