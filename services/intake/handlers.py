"""Records of the raw topics become reports received, contact data sealed, or refusals: each report once."""

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from functools import partial

from msgspec import structs

from services.intake.rules import envelope
from services.intake.rules.admission import Keys
from services.intake.rules.envelope import Contents
from services.intake.rules.screen import Given, Refusal, Screen
from services.intake.sources import sources
from shared import divisions, topics, wire
from shared.core import Decision, bury
from shared.errors import PartitionWrongError, SealBrokenError
from shared.events import ContactSealed, ReportReceived
from shared.matter import Report, Reporter, Value
from shared.old_codes import NONE, OldCodes
from shared.receipts import receipt_of, report_id_of
from shared.sealing import open_sealed, seal
from shared.wire import Out, Record

SOURCE = "/xiaoshi/intake"
DAY_MS = 86_400_000
REMEMBERED_DAYS = 30
FORGOTTEN_AT_ONCE = 2  # one comes in, two may go: the store of them shrinks to what is young
MOVED = "xiaoshi_moved"


class Seen(Value, frozen=True, tag="intake.seen"):
    """A report that passed, by the day (since 1970) of its record: the same again is dropped."""

    day: int


class IntakeLogic:
    """A fold over the raw topics of one lane."""

    state_type = Seen

    def __init__(
        self,
        categories: Collection[str],
        keys: Keys,
        state: dict[str, Seen],
        lane: int,
        lanes: int,
        codes: OldCodes = NONE,
    ) -> None:
        self.state = state
        self._keys = keys
        self._lane = lane
        self._lanes = lanes
        self._screen = Screen(categories, self._is_our_seal, codes=codes)
        self._sources = {topics.raw(name): source for name, source in sources().items()}
        self._ages: dict[int, OrderedDict[str, None]] = {}
        for key, seen in state.items():
            self.index(key, None, seen)

    def decide(self, record: Record) -> Decision:
        contents = envelope.unwrap(record)
        if isinstance(contents, Refusal):
            return _refused(record, contents)
        received_at = wire.instant(record.timestamp)
        report = self._screen(
            contents.data, Given(self._sources[record.topic], received_at, contents.source_id)
        )
        if isinstance(report, Refusal):
            return _refused(record, report)
        county = divisions.county_of(report.division)
        if wire.partition_of(county.encode(), self._lanes) != self._lane:
            return _moved(record, county)
        report_id = report_id_of(report.source, report.source_id)
        if report_id in self.state:
            return Decision([], [], "duplicate")
        outs = self._passed(report, report_id, county, received_at, contents)
        today = record.timestamp // DAY_MS
        return Decision(outs, [*self._outdated(today), (report_id, Seen(day=today))])

    def overdue(self) -> Decision | None:
        return None

    def committed(self) -> None:
        """Nothing of intake shows but what is on the bus."""

    def index(self, key: str, old: Seen | None, new: Seen | None) -> None:
        """Keys by day, in the order they came, which is the changelog's too: a restored lane forgets alike."""
        if old is not None:
            same_day = self._ages[old.day]
            del same_day[key]
            if not same_day:
                del self._ages[old.day]
        if new is not None:
            self._ages.setdefault(new.day, OrderedDict())[key] = None

    def _passed(
        self, report: Report, report_id: str, county: str, at: datetime, contents: Contents
    ) -> list[Out]:
        trace = contents.trace or envelope.new_trace(report_id)
        reporter = report.reporter
        bare = report if reporter is None else structs.replace(report, reporter=None)
        receipt = receipt_of(report_id, self._keys.receipt)
        received = ReportReceived(
            report_id=report_id, county=county, receipt=receipt, received_at=at, report=bare
        )
        out = partial(wire.out, cause=report_id, subject=report_id, county=county, at=at, trace=trace)
        outs = [out(received, SOURCE, topics.RECEIVED.name, None)]
        if reporter is not None and reporter != Reporter():
            sealed = reporter.sealed or seal(reporter, self._keys.contact, report_id)
            contact = ContactSealed(report_id=report_id, sealed=sealed)
            outs.append(out(contact, SOURCE, topics.CONTACTS.name, None, key=report_id))
        return outs

    def _is_our_seal(self, sealed: str, source: str, source_id: str) -> bool:
        try:
            open_sealed(sealed, self._keys.contact, report_id_of(source, source_id))
        except SealBrokenError:
            return False
        return True

    def _outdated(self, today: int) -> list[tuple[str, None]]:
        """The few oldest keys of more than thirty days ago; read, not yet removed."""
        oldest = min(self._ages, default=today)
        if oldest >= today - REMEMBERED_DAYS:
            return []
        keys = iter(self._ages[oldest])
        return [(key, None) for _, key in zip(range(FORGOTTEN_AT_ONCE), keys, strict=False)]


def _refused(record: Record, refusal: Refusal) -> Decision:
    return bury(record, refusal.reason, refusal.detail, topic=topics.REJECTED.name, fields=refusal.fields)


def _moved(record: Record, county: str) -> Decision:
    """To the lane of its county, as it came: only there is it known whether it came before."""
    if wire.header(record.headers, MOVED) is not None:
        raise PartitionWrongError(f"moved to the lane of {county} once, and that is not this one")
    headers = [*record.headers, (MOVED, f"{record.partition}/{record.offset}".encode())]
    out = Out(record.topic, None, county.encode(), record.value, headers, record.timestamp)
    return Decision([out], [], "moved")
