"""What the door makes of a body: reports to publish, each with its receipt, or refusals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import structs

from services.intake.rules.envelope import new_trace
from services.intake.rules.screen import AHEAD, LIMIT_BYTES, Given, Refusal, Screen, refused
from services.intake.sources import Source
from shared import divisions, topics, wire
from shared.matter import Report, Reporter
from shared.reasons import Reason
from shared.receipts import receipt_of, report_id_of
from shared.sealing import seal
from shared.wire import Out

LIMIT_REPORTS = 1000
LIMIT_COMMAS = 1_000_000  # what a batch of true reports never has; a list of a million nothings does
# A minute less than the lane allows: a broker whose clock is behind ours must not refuse what we have promised.
AHEAD_AT_THE_DOOR = AHEAD - timedelta(minutes=1)
FAR = datetime.max.replace(tzinfo=UTC)
_LIST = re.compile(rb"\s*\[")


@dataclass(frozen=True, slots=True)
class Keys:
    """What turns contact data into ciphertext and ids into receipts."""

    contact: bytes = field(repr=False)
    receipt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A report that may go onto the bus. `again`: an earlier one of the same request has its id."""

    out: Out
    report_id: str
    receipt: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """What a body is held against. `received_at` None: each report is received when it says it was made."""

    screen: Screen
    keys: Keys
    source: Source
    received_at: datetime | None
    trace: bytes | None = None

    def all(self, raws: Sequence[bytes]) -> list[Admitted | Refusal]:
        seen: set[str] = set()
        answers = [self.one(raw) for raw in raws]
        for nth, answer in enumerate(answers):
            if isinstance(answer, Admitted):
                if answer.report_id in seen:
                    answers[nth] = Admitted(answer.out, answer.report_id, answer.receipt, again=True)
                seen.add(answer.report_id)
        return answers

    def one(self, raw: bytes) -> Admitted | Refusal:
        # The record carries whole milliseconds: held against them here, the lane comes to the same answer.
        received = _whole_millis(self.received_at) if self.received_at else FAR
        report = self.screen(raw, Given(self.source, received))
        if isinstance(report, Refusal):
            return report
        report_id = report_id_of(report.source, report.source_id)
        value = wire.encode(self._sealed(report, report_id))
        if len(value) > LIMIT_BYTES:
            return refused(
                Reason.TOO_LARGE, f"{len(value)} bytes as the bus carries it, {LIMIT_BYTES} at most"
            )
        stamp = wire.millis(received if self.received_at else report.reported_at)
        county = divisions.county_of(report.division).encode()
        headers = [wire.CONTENT_TYPE, ("traceparent", self.trace or new_trace(report_id))]
        out = Out(topics.raw(report.source), None, county, value, headers, stamp)
        return Admitted(out, report_id, receipt_of(report_id, self.keys.receipt))

    def _sealed(self, report: Report, report_id: str) -> Report:
        reporter = report.reporter
        if reporter is None or reporter == Reporter():
            return structs.replace(report, reporter=None)
        return structs.replace(report, reporter=Reporter(sealed=seal(reporter, self.keys.contact, report_id)))


def split(body: bytes, is_lines: bool) -> list[bytes] | Refusal:
    """The reports of a body that is a list or has one on each line; whole bodies of one are `[body]`."""
    if is_lines:
        raws = [line for line in body.split(b"\n", LIMIT_REPORTS * 2) if line.strip()]
    else:
        items = _items(body)
        if isinstance(items, Refusal):
            return items
        raws = items
    if not raws:
        return refused(Reason.FIELD_INVALID, "no report in it")
    if len(raws) > LIMIT_REPORTS:
        return refused(Reason.TOO_LARGE, f"more than {LIMIT_REPORTS} reports")
    return raws


def is_list(body: bytes) -> bool:
    return _LIST.match(body) is not None


def _items(body: bytes) -> list[bytes] | Refusal:
    if not is_list(body):
        return [body]
    if body.count(b",") > LIMIT_COMMAS:
        return refused(Reason.TOO_LARGE, "far more values than reports have")
    try:
        return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except RecursionError:
        return refused(Reason.TOO_DEEP, "nested too deep")
    except (msgspec.MsgspecError, ValueError):
        return refused(Reason.NOT_JSON, "not JSON in UTF-8")


def _whole_millis(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
