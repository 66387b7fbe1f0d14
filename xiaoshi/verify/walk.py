"""Reads each topic once, lane by lane, and hands every record to the checks that hear it."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from services.routing.classify.guess import Classifier
from shared import topics, wire
from shared.catalogue import Policy
from shared.errors import EventInvalidError
from shared.events import ReportReceived
from shared.old_codes import NONE, OldCodes
from shared.wire import Record
from xiaoshi.verify.again import EscalationAgain, RoutingAgain
from xiaoshi.verify.deadlines import Deadlines
from xiaoshi.verify.findings import Finding
from xiaoshi.verify.handled import Watched
from xiaoshi.verify.indicators import AskDays, Indicators, Scrape
from xiaoshi.verify.intake import Intake
from xiaoshi.verify.ledger import Ledger, Store
from xiaoshi.verify.letters import Letters
from xiaoshi.verify.log import Check, Log, entry
from xiaoshi.verify.matters import Matters
from xiaoshi.verify.replayed import Replayed
from xiaoshi.verify.routed import Routed
from xiaoshi.verify.truth import compare as compare_truth
from xiaoshi.verify.twice import Twice

ROUTED = topics.ROUTED.name.partition("{")[0]


@dataclass(frozen=True)
class Asked:
    """What to hold the log against besides itself; None is not compared. `no_dead`: dead letters are differences.

    `policy`, `model` and `codes`: what the services run.
    """

    policy: Policy
    model: Classifier | None = None
    codes: OldCodes = NONE
    scrape: Scrape | None = None
    ask_days: AskDays | None = None
    store: Store | None = None
    against: Path | None = None
    truth: Path | None = None
    no_dead: bool = False
    patience: float = 0.0


def walk(log: Log, asked: Asked) -> tuple[Finding, ...]:
    """All findings, always in the same order."""
    return Walk(log, asked).findings()


class Walk:
    """One reading of a log."""

    def __init__(self, log: Log, asked: Asked) -> None:
        self._log = Watched(log)
        self._asked = asked
        self._letters = Letters(self._log, asked.no_dead)
        self._intake = Intake(self._log, asked.policy.file.categories, self._letters, asked.codes)
        self._matters = Matters(self._log)
        self._twice = Twice()
        self._routed = Routed(self._log)
        self._ledger = Ledger(asked.store, asked.patience)
        # routing reads the received reports, and the others hear of them: it is the first to begin and to end
        self._rules: tuple[Check, ...] = (
            RoutingAgain(
                self._log, asked.policy, self._letters, {topics.RECEIVED.name: self._received}, asked.model
            ),
            EscalationAgain(self._log, asked.policy, self._letters),
        )
        self._kept: tuple[Check, ...] = (self._intake, self._matters, self._twice)
        self._told: tuple[Check, ...] = (
            self._routed,
            Deadlines(self._log),
            Indicators(self._log, self._letters, asked.scrape, asked.ask_days, asked.patience),
            self._ledger,
            Replayed(asked.against),
        )

    def findings(self) -> tuple[Finding, ...]:
        for lane in range(self._log.lanes):
            self._lane(lane)
        for topic in sorted(self._log.topics()):
            if topic.startswith(ROUTED) and not topic.endswith(".dead"):
                self._centre(topic)
        self._intake.read()
        self._letters.read()
        in_order: tuple[Check | Letters, ...] = (*self._kept, *self._rules, self._letters, *self._told)
        told = chain.from_iterable(each.findings() for each in in_order)
        truth = compare_truth(self._asked.truth, self._log, self._matters)
        return (self._log.finding(), *told, truth)

    def _lane(self, lane: int) -> None:
        checks = (*self._rules, *self._kept, *self._told)
        for check in checks:
            check.begin(lane)
        for record in self._log.read(topics.EVENTS.name, lane):
            one = entry(record)
            for check in checks:
                check.take(one)
        for check in checks:
            check.end()

    def _centre(self, topic: str) -> None:
        for partition in self._log.partitions(topic):
            for record in self._log.read(topic, partition):
                self._twice.hear(record)
                self._routed.hear(record)
        self._routed.close(topic)
        self._twice.forget(topic)

    def _received(self, record: Record) -> None:
        self._twice.hear(record)
        try:
            event = wire.decode(record.value)
        except EventInvalidError:
            return  # routing buries it
        if isinstance(event, ReportReceived):
            self._intake.hear(record, event)
            self._matters.hear(record, event)
            self._ledger.hear(record)
