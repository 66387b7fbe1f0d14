"""What the centres read is what the journal says, told to exactly those who may hear of it."""

from collections import defaultdict

from shared import topics, wire
from shared.divisions import Tier
from shared.events import ActionRefused, MatterEvent, MatterOpened
from shared.routed import audience
from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Entry, Log, digest, place_of


class Routed:
    """Of each matter the same events in the same order, byte for byte; matters may be mixed in any way."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._tally = Tally("routed topics")
        self._about: dict[str, str] = {}
        self._tier: dict[str, Tier] = {}
        self._expected: dict[str, dict[str, list[bytes]]] = defaultdict(lambda: defaultdict(list))
        self._come: dict[str, int] = {}

    def begin(self, lane: int) -> None:
        pass

    def take(self, entry: Entry) -> None:
        event = entry.event
        if isinstance(event, MatterOpened) and event.about_body is not None:
            self._about[event.matter_id] = event.about_body
        if isinstance(event, MatterEvent):
            about = self._about.get(event.matter_id)
            told = audience(event.county, event.position.tier, about, event)
            self._tier[event.matter_id] = event.position.tier
        elif isinstance(event, ActionRefused) and event.state is not None:
            told = audience(event.county, self._tier[event.matter_id], self._about.get(event.matter_id))
        elif isinstance(event, ActionRefused):
            told = (event.county,)
        else:
            return
        as_told = _digest(entry.record)
        for key in told:
            self._expected[topics.routed(key)][event.matter_id].append(as_told)

    def end(self) -> None:
        self._about.clear()
        self._tier.clear()

    def hear(self, record: Record) -> None:
        """The next record of a centre's topic; its topic is read in one go."""
        self._tally.compared += 1
        matter_id = (wire.header(record.headers, "ce_subject") or b"").decode(errors="replace")
        wanted = self._expected[record.topic].get(matter_id, [])
        nth = self._come.get(matter_id, 0)
        told = _digest(record)
        if nth < len(wanted) and wanted[nth] == told:
            self._come[matter_id] = nth + 1
        elif told in wanted[nth:]:
            at = wanted.index(told, nth)
            self._missing(record.topic, matter_id, at - nth)
            self._come[matter_id] = at + 1
        elif told in wanted:
            self._tally.differ(f"{place_of(record)}: {matter_id} is told again, or out of order")
        else:
            self._tally.differ(f"{place_of(record)}: the journal does not say this of {matter_id}")

    def close(self, topic: str) -> None:
        """Its end was reached. On a bus in motion the last of it may still be under way."""
        for matter_id, wanted in self._expected.pop(topic, {}).items():
            missing = len(wanted) - self._come.get(matter_id, 0)
            if missing and self._log.at_rest:
                self._missing(topic, matter_id, missing)
        self._come.clear()

    def findings(self) -> list[Finding]:
        for topic in list(self._expected):
            self.close(topic)
        return [self._tally.finding()]

    def _missing(self, topic: str, matter_id: str, count: int) -> None:
        self._tally.differ(f"{topic}: {matter_id} lacks {count} of the journal's events", count)


def _digest(record: Record) -> bytes:
    names = "\n".join([name for name, _ in record.headers]).encode()
    return digest(
        record.value or b"", record.key or b"", names, *[value or b"" for _, value in record.headers]
    )
