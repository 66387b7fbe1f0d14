"""Each accepted report is in exactly one matter, and each matter's history has no gap."""

from collections import Counter

from services.escalation.handlers import SOURCE as ESCALATION
from shared.events import (
    Band,
    MatterEvent,
    MatterJoined,
    MatterMerged,
    MatterOpened,
    MatterReopened,
    MatterSplit,
    ReportMatched,
    ReportReceived,
)
from shared.matter import ENDED
from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Entry, Log, place_of


class Matters:
    """Over all counties. `placed`: the matter of each report, as routing told it."""

    def __init__(self, log: Log) -> None:
        self.received: Counter[str] = Counter()
        self.placed: dict[str, str] = {}
        self._log = log
        self._one = Tally("each report in one matter")
        self._joins = Tally("each match joined once")
        self._numbers = Tally("numbers without gap")
        self._in_flight: set[str] = set()
        self._to_join: dict[str, bool] = {}
        self._joined: Counter[str] = Counter()
        self._last: dict[str, int] = {}
        self._split: set[tuple[str, str]] = set()
        self._into: dict[str, str] = {}
        self._home: dict[str, str] = {}
        self._over: set[str] = set()
        self._like: dict[str, str | None] = {}

    def hear(self, record: Record, event: ReportReceived) -> None:
        self._one.compared += 1
        self.received[event.report_id] += 1
        if self.received[event.report_id] > 1:
            self._one.differ(f"report {event.report_id} was received again, {place_of(record)}")
        if not self._log.handled(record):
            self._in_flight.add(event.report_id)

    def begin(self, lane: int) -> None:
        pass

    def take(self, entry: Entry) -> None:
        event = entry.event
        if event is None:
            self._numbers.differ(f"{place_of(entry.record)} is no event")
        if isinstance(event, MatterOpened) and entry.source == ESCALATION:
            self._open_apart(event)
        elif isinstance(event, MatterOpened | ReportMatched):
            self._place(event.report_id, event.matter_id)
        if isinstance(event, ReportMatched):
            self._to_join[event.report_id] = self._log.handled(entry.record)
            self._like[event.report_id] = event.like if event.band is Band.JOIN else ""
        if isinstance(event, MatterJoined) and event.merged_from is None:
            self._join(event)
        if isinstance(event, MatterMerged):
            self._into[event.matter_id] = event.into
        if isinstance(event, MatterSplit):
            self._split.add((event.report_id, event.other))
            self._into.pop(event.matter_id, None)
        if isinstance(event, MatterReopened):
            self._into.pop(event.matter_id, None)
        if isinstance(event, MatterEvent):
            (self._over.add if event.position.state in ENDED else self._over.discard)(event.matter_id)
            self._number(event)

    def end(self) -> None:
        pass

    def findings(self) -> list[Finding]:
        for report_id in self.received:
            if report_id not in self.placed and report_id not in self._in_flight:
                self._one.differ(f"report {report_id} is in no matter")
        for report_id, matter_id in self.placed.items():
            if report_id not in self.received:
                self._one.differ(f"report {report_id} of {matter_id} was never received")
        for report_id, is_due in self._to_join.items():
            if is_due and not self._joined[report_id]:
                self._joins.differ(
                    f"report {report_id} was matched with {self.placed[report_id]}, never joined"
                )
        return [self._one.finding(), self._joins.finding(), self._numbers.finding()]

    def _open_apart(self, event: MatterOpened) -> None:
        """A report that had been matched: taken out by a person, or a matter of its own from the beginning."""
        report_id = event.report_id
        self._home[report_id] = event.matter_id
        if (report_id, event.matter_id) in self._split:
            return
        self._joined[report_id] += 1
        if report_id not in self._to_join or self._joined[report_id] > 1:
            self._one.differ(f"report {report_id} is a matter of its own, {event.matter_id}, without a match")
            return
        if self._like[report_id] != "" and (over := self._where(report_id)) in self._over:
            self._into[over] = event.matter_id  # what would have taken it in, were it not over, goes on there
        self.placed[report_id] = event.matter_id

    def _where(self, report_id: str) -> str:
        """The matter that a matched report belongs to: that of the report it is like, by now."""
        like = self._like[report_id]
        matter_id = self._home.get(like, self.placed[report_id]) if like else self.placed[report_id]
        while matter_id in self._into:
            matter_id = self._into[matter_id]
        return matter_id

    def _place(self, report_id: str, matter_id: str) -> None:
        before = self.placed.get(report_id)
        if before is None:
            self.placed[report_id] = matter_id
            self._home[report_id] = matter_id
        else:
            self._one.differ(f"report {report_id} is in {before} and again in {matter_id}")

    def _join(self, event: MatterJoined) -> None:
        self._joins.compared += 1
        self._joined[event.report_id] += 1
        if self._joined[event.report_id] > 1:
            self._joins.differ(f"report {event.report_id} was joined again, to {event.matter_id}")
        elif event.report_id not in self._to_join or self._where(event.report_id) != event.matter_id:
            self._joins.differ(f"report {event.report_id} joined {event.matter_id} without a match")
        self._home[event.report_id] = event.matter_id

    def _number(self, event: MatterEvent) -> None:
        self._numbers.compared += 1
        last = self._last.get(event.matter_id, 0)
        if event.number != last + 1 or (event.number == 1) != isinstance(event, MatterOpened):
            self._numbers.differ(f"{event.matter_id} goes from {last} to {event.number}")
        self._last[event.matter_id] = max(last, event.number)
