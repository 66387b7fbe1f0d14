"""The auditor over a still picture of the log: what had passed by the last tick that was handled, was acted on."""

from datetime import datetime

from shared.events import ClockTicked
from xiaoshi.verify.auditor import Auditor, told
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.log import Entry, Log


class Deadlines:
    def __init__(self, log: Log) -> None:
        self._log = log
        self._tally = Tally("deadlines")
        self._fired = 0
        self._waiting = 0
        self._begin()

    def _begin(self) -> None:
        self._auditor = Auditor(self._tally)
        self._handled_now: datetime | None = None

    def begin(self, lane: int) -> None:
        self._begin()

    def take(self, entry: Entry) -> None:
        self._auditor.take(entry)
        if isinstance(entry.event, ClockTicked) and self._log.handled(entry.record):
            self._handled_now = entry.event.at

    def end(self) -> None:
        """Whatever waits for its turn behind what was acted on since the last tick is being worked off."""
        auditor = self._auditor
        self._fired += auditor.fired
        if self._log.at_rest:
            for matter_id in auditor.ordered():
                self._tally.differ(f"{matter_id} was ordered and has not risen")
        if self._handled_now is not None:
            passed = list(auditor.passed(self._handled_now))
            late = list(auditor.late_beside(self._handled_now))
            if auditor.is_at_work:
                self._waiting += len(passed) + len(late)
            elif self._log.at_rest:
                for each in passed:
                    self._tally.differ(f"{each.matter_id}: {told(each.due)} passed, and nothing happened")
                for line in late:
                    self._tally.differ(line)
        self._begin()

    def findings(self) -> list[Finding]:
        waiting = f", {self._waiting} wait for their turn" if self._waiting else ""
        return [self._tally.finding(f"{self._fired} passed{waiting}")]
