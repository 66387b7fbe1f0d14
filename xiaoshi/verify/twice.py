"""No event twice: source and id are unique on a topic."""

from shared import wire
from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Entry, place_of


class Twice:
    """The journal and the received reports over all lanes, each centre's topic by itself."""

    def __init__(self) -> None:
        self._tally = Tally("no event twice")
        self._seen: dict[str, set[bytes | str]] = {}

    def hear(self, record: Record) -> None:
        """One record of a topic that is not the journal."""
        given = (wire.header(record.headers, name) for name in ("ce_source", "ce_id"))
        self._see(record, *((each or b"").decode(errors="replace") for each in given))

    def begin(self, lane: int) -> None:
        pass

    def take(self, entry: Entry) -> None:
        self._see(entry.record, entry.source, entry.id)

    def end(self) -> None:
        pass

    def forget(self, topic: str) -> None:
        """It has been read to its end."""
        self._seen.pop(topic, None)

    def findings(self) -> list[Finding]:
        self._seen.clear()
        return [self._tally.finding()]

    def _see(self, record: Record, source: str, event_id: str) -> None:
        self._tally.compared += 1
        if not event_id or not source:
            self._tally.differ(f"{place_of(record)} has no id")
            return
        key = _small(source, event_id)
        seen = self._seen.setdefault(record.topic, set())
        if key in seen:
            self._tally.differ(f"{event_id} again, {place_of(record)}")
        seen.add(key)


def _small(source: str, event_id: str) -> bytes | str:
    """Our own ids are hashes over all sources, half as long as bytes; what others might write is kept whole."""
    try:
        return bytes.fromhex(event_id) if len(event_id) == 32 else f"{source} {event_id}"
    except ValueError:
        return f"{source} {event_id}"
