"""What was accepted is kept: every record of the raw topics led to a report, a refusal or a letter, and nothing else.

The lane reads the raw topics of a partition in an order nobody wrote down, so each topic is screened anew by
itself, and what came of it is compared by id. Sealing and receipts need keys that are not ours to have: a seal is
taken to be good, unless the log says that it was refused for its seal; receipts are left out.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import structs

from services.intake.handlers import MOVED, IntakeLogic, Seen
from shared import topics, wire
from shared.core import Core, Decision
from shared.events import ContactSealed, RecordBuried, ReportReceived
from shared.old_codes import OldCodes
from shared.reasons import Reason
from shared.wire import Record
from xiaoshi.road import NO_SECRETS
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.letters import Letters, buried
from xiaoshi.verify.log import RAW, Entry, Log, digest, place_of

SEALED = "/reporter/sealed"


class Screened(IntakeLogic):
    """Intake without its keys. `has_seal`: what it last decided hangs on a seal that it could not open."""

    has_seal = False

    def _is_our_seal(self, sealed: str, source: str, source_id: str) -> bool:
        self.has_seal = True
        return True


class Awaited(NamedTuple):
    """A report that must have been received, and the record it came in. `has_seal`: or be refused for its seal."""

    place: str
    text: bytes
    is_due: bool
    has_seal: bool


@dataclass
class Lane:
    """What the raw topics of one lane lead to. Reports that came are None."""

    reports: dict[str, Awaited | None] = field(default_factory=dict)
    since: datetime | None = None


class Intake:
    def __init__(self, log: Log, categories: Collection[str], letters: Letters, codes: OldCodes) -> None:
        self._log = log
        self._categories = categories
        self._codes = codes
        self._letters = letters
        self._accepted = Tally("reports accepted")
        self._refusals = Tally("reports refused")
        self._contacts = Tally("contact data sealed")
        self._moves: dict[tuple[str, str], bool] = {}
        self._landed: Counter[tuple[str, str]] = Counter()
        self._refused: dict[str, tuple[Reason, bool]] = {}
        self._doubtful: dict[str, str] = {}
        self._sealed: dict[str, bool] = {}
        self._reasons: Counter[str] = Counter()
        self._lane = Lane()

    def begin(self, lane: int) -> None:
        """Screens the lane's raw topics."""
        self._lane = Lane()
        for topic in RAW:
            state: dict[str, Seen] = {}
            logic = Screened(self._categories, NO_SECRETS, state, lane, self._log.lanes, self._codes)
            core = Core(logic, state)
            lost = self._log.starts_late(topic, lane)
            for record in self._log.read(topic, lane):
                if lost:
                    since = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                    self._lane.since = max(self._lane.since or since, since)
                    lost = False
                self._screen(record, core, logic)

    def take(self, entry: Entry) -> None:
        pass

    def hear(self, record: Record, event: ReportReceived) -> None:
        """One record of the received reports of the lane."""
        awaited = self._lane.reports.get(event.report_id)
        if event.report_id not in self._lane.reports:
            if self._lane.since is None or event.received_at >= self._lane.since:
                self._accepted.differ(f"report {event.report_id} was never sent, {place_of(record)}")
        elif awaited is not None:
            self._lane.reports[event.report_id] = None
            if awaited.text != _text(event):
                self._accepted.differ(f"report {event.report_id} is not as sent, {awaited.place}")

    def end(self) -> None:
        for report_id, awaited in self._lane.reports.items():
            if awaited is None or not awaited.is_due:
                continue
            if awaited.has_seal:
                self._doubtful[awaited.place] = report_id
            else:
                self._accepted.differ(f"{awaited.place}: report {report_id} was not received")
        self._lane = Lane()

    def read(self) -> None:
        """What lies in partitions of its own: refusals and contact data."""
        for record in self._all(topics.REJECTED.name):
            self._refusals.compared += 1
            event = buried(record)
            if event is None:
                self._refusals.differ(f"{place_of(record)} is no refusal")
            else:
                self._refusal(event)
        for record in self._all(topics.CONTACTS.name):
            self._contact(record)

    def findings(self) -> list[Finding]:
        for place, report_id in self._doubtful.items():
            self._accepted.differ(f"{place}: report {report_id} was not received")
        for (topic, place), is_due in self._moves.items():
            landed = self._landed[topic, place]
            if landed > 1 or (is_due and not landed):
                self._accepted.differ(f"{topic}/{place} was moved to its county's lane {landed} times")
        for place, (reason, is_due) in self._refused.items():
            if is_due:
                self._refusals.differ(f"{place} was not refused: {reason}")
        for report_id, is_due in self._sealed.items():
            if is_due:
                self._contacts.differ(f"contact data of report {report_id} are gone")
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(self._reasons.items()))
        return [self._accepted.finding(), self._refusals.finding(told), self._contacts.finding()]

    def _all(self, topic: str) -> list[Record]:
        parts = self._log.partitions(topic)
        return [record for partition in parts for record in self._log.read(topic, partition)]

    def _screen(self, record: Record, core: Core, logic: Screened) -> None:
        self._accepted.compared += 1
        came = wire.header(record.headers, MOVED)
        if came is not None:
            self._landed[record.topic, came.decode(errors="replace")] += 1
        logic.has_seal = False
        decision = core.feed(record)
        self._letters.expect(record, decision)
        is_due = self._log.handled(record)
        if decision.outcome == "moved":
            self._moves[record.topic, f"{record.partition}/{record.offset}"] = is_due
        elif decision.outcome == "refused":
            self._refused[place_of(record)] = _reason(decision), is_due
        elif decision.outcome == "handled":
            self._await(record, decision, is_due, logic.has_seal)

    def _await(self, record: Record, decision: Decision, is_due: bool, has_seal: bool) -> None:
        for out in decision.outs:
            event = wire.decode(out.value)
            if isinstance(event, ReportReceived):
                awaited = Awaited(place_of(record), _text(event), is_due, has_seal)
                self._lane.reports[event.report_id] = awaited
            elif isinstance(event, ContactSealed) and not has_seal:
                self._sealed[event.report_id] = is_due

    def _refusal(self, event: RecordBuried) -> None:
        self._reasons[event.reason] += 1
        place = f"{event.topic}/{event.partition}/{event.offset}"
        expected = self._refused.pop(place, None)
        if expected is not None:
            if expected[0] is not event.reason:
                self._refusals.differ(f"{place} was refused as {event.reason}, the rules say {expected[0]}")
        elif place in self._doubtful and SEALED in event.fields:
            del self._doubtful[place]
        elif not self._log.starts_late(event.topic, event.partition):
            self._refusals.differ(f"{place} was refused once more or for nothing: {event.reason}")

    def _contact(self, record: Record) -> None:
        """A record without a value is an erasure: it was there."""
        self._contacts.compared += 1
        self._sealed.pop((record.key or b"").decode(errors="replace"), None)


def _reason(decision: Decision) -> Reason:
    event = wire.decode(decision.outs[0].value)
    assert isinstance(event, RecordBuried)
    return event.reason


def _text(event: ReportReceived) -> bytes:
    return digest(wire.encode(structs.replace(event, receipt="")))
