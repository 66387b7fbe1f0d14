"""The lanes' own rules run again over their recorded inputs: every byte they wrote must come out again."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import chain

from services.escalation.handlers import SOURCE as ESCALATION
from services.routing.classify.guess import Classifier
from services.routing.handlers import INPUTS as ROUTING_INPUTS
from services.routing.handlers import SOURCE as ROUTING
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.events import ActionReceived, CalendarAnnounced, ClockTicked, PolicyAdopted
from shared.wire import Out, Record
from xiaoshi.road import makers
from xiaoshi.verify.findings import Finding, Tally
from xiaoshi.verify.letters import Letters
from xiaoshi.verify.log import Entry, Log, place_of

LOOK_AHEAD = 500

Hear = Callable[[Record], None]


def id_of(out: Out) -> str:
    return (wire.header(out.headers, "ce_id") or b"").decode()


def kind_of(out: Out) -> str:
    return (wire.header(out.headers, "ce_type") or b"").decode().removeprefix(wire.PREFIX)


def differs_in(out: Out, record: Record) -> str:
    """The first part of the record that is not what the rules say, or nothing."""
    if out.value != record.value:
        return "value"
    if out.key != record.key:
        return "key"
    return "" if list(out.headers) == list(record.headers) else "headers"


class Input:
    """One input of a lane, handled one record at a time as the journal asks for what it led to."""

    def __init__(self, records: Iterator[Record], decide: Callable[[Record], Decision]) -> None:
        self._records = records
        self._decide = decide
        self._waiting: deque[tuple[int, Record, Out]] = deque()
        self._nth = 0
        self._last = -1

    def find(self, event_id: str) -> tuple[Out, bool] | None:
        """What has that id, and whether it is its turn; None if nothing so near leads to it."""
        for at, (nth, _, out) in enumerate(self._waiting):
            if id_of(out) == event_id:
                del self._waiting[at]
                return self._turn(nth, out)
        while len(self._waiting) < LOOK_AHEAD and (read := self._next()) is not None:
            nth, _, out = read
            if id_of(out) == event_id:
                return self._turn(nth, out)
            self._waiting.append(read)
        return None

    def rest(self) -> Iterator[tuple[Record, Out]]:
        """Whatever the journal did not ask for."""
        while self._waiting:
            yield self._waiting.popleft()[1:]
        while (read := self._next()) is not None:
            yield read[1:]

    def _turn(self, nth: int, out: Out) -> tuple[Out, bool]:
        in_turn, self._last = nth > self._last, max(nth, self._last)
        return out, in_turn

    def _next(self) -> tuple[int, Record, Out] | None:
        for record in self._records:
            for out in self._decide(record).outs:
                if out.topic == topics.EVENTS.name:
                    self._nth += 1
                    return self._nth, record, out
        return None


class RoutingAgain:
    """Routing over its three inputs. How they were interleaved is what the journal says; all else must follow."""

    def __init__(
        self,
        log: Log,
        policy: Policy,
        letters: Letters,
        hear: Mapping[str, Hear],
        model: Classifier | None = None,
    ) -> None:
        self._log = log
        self._make = makers(policy, log.lanes, model=model)["routing"]
        self._letters = letters
        self._hear = hear
        self._tally = Tally("routing again")
        self._core: Core
        self._inputs: dict[str, Input] = {}
        self._first_tick: datetime | None = None

    def begin(self, lane: int) -> None:
        self._core = self._make(lane)
        self._inputs = {topic: Input(self._read(topic, lane), self._decide) for topic in ROUTING_INPUTS}

    def take(self, entry: Entry) -> None:
        if entry.source != ROUTING:
            return
        self._tally.compared += 1
        found = self._expected(entry)
        if found is None:
            self._tally.differ(f"{place_of(entry.record)}: no input leads to {entry.id}")
            return
        out, in_turn = found
        if not in_turn:
            self._tally.differ(f"{place_of(entry.record)}: {kind_of(out)} {entry.id} is out of order")
        if part := differs_in(out, entry.record):
            self._tally.differ(
                f"{place_of(entry.record)}: the {part} of {kind_of(out)} {entry.id} is another"
            )

    def end(self) -> None:
        for each in self._inputs.values():
            for record, out in each.rest():
                if self._log.handled(record):
                    self._tally.differ(f"{place_of(record)} led to no {kind_of(out)}")

    def findings(self) -> list[Finding]:
        return [self._tally.finding()]

    def _expected(self, entry: Entry) -> tuple[Out, bool] | None:
        match entry.event:
            case ClockTicked() as tick:
                if self._first_tick is not None and tick.at < self._first_tick:
                    return self._as_it_says(entry.record), True
                topic = topics.TICKS.name
            case ActionReceived(resident=resident):
                topic = topics.RESIDENTS.name if resident else topics.ACTIONS.name
            case CalendarAnnounced() | PolicyAdopted():
                topic = topics.RULES.name
            case _:
                topic = topics.RECEIVED.name
        return self._inputs[topic].find(entry.id)

    def _as_it_says(self, record: Record) -> Out:
        """A tick older than the ticks' topic keeps them: the journal's own word is its input."""
        outs = self._core.feed(record._replace(topic=topics.TICKS.name)).outs
        return outs[0] if outs else Out(record.topic, None, None, None, [], 0)

    def _decide(self, record: Record) -> Decision:
        decision = self._core.feed(record)
        self._letters.expect(record, decision)
        return decision

    def _read(self, topic: str, lane: int) -> Iterator[Record]:
        hear = self._hear.get(topic)
        records = self._log.read(topic, lane)
        if topic == topics.TICKS.name:
            self._first_tick = None
            if self._log.starts_late(topic, lane):
                first = next(records, None)
                if first is not None:
                    event = wire.decode(first.value)
                    self._first_tick = event.at if isinstance(event, ClockTicked) else None
                    records = chain([first], records)
        if hear is None:
            return records
        return self._heard(records, hear)

    @staticmethod
    def _heard(records: Iterator[Record], hear: Hear) -> Iterator[Record]:
        for record in records:
            hear(record)
            yield record


class EscalationAgain:
    """Escalation over the journal: its own events must stand there again, byte for byte and in order."""

    def __init__(self, log: Log, policy: Policy, letters: Letters) -> None:
        self._log = log
        self._make = makers(policy, log.lanes)["escalation"]
        self._letters = letters
        self._tally = Tally("escalation again")
        self._core: Core
        self._waiting: deque[tuple[Out, Record]] = deque()

    def begin(self, lane: int) -> None:
        self._core = self._make(lane)

    def take(self, entry: Entry) -> None:
        if entry.source == ESCALATION:
            self._compare(entry)
            return
        decision = self._core.feed(entry.record)
        self._letters.expect(entry.record, decision)
        self._wait_for(decision, entry.record)
        while (due := self._core.fall_due()) is not None:
            self._wait_for(due, entry.record)

    def end(self) -> None:
        for out, cause in self._waiting:
            if self._log.handled(cause):
                self._missing(out)
        self._waiting.clear()

    def findings(self) -> list[Finding]:
        return [self._tally.finding()]

    def _wait_for(self, decision: Decision, cause: Record) -> None:
        self._waiting.extend((out, cause) for out in decision.outs if out.topic == topics.EVENTS.name)

    def _compare(self, entry: Entry) -> None:
        self._tally.compared += 1
        if not any(id_of(out) == entry.id for out, _ in self._waiting):
            self._tally.differ(f"{place_of(entry.record)}: the rules do not lead to {entry.id} here")
            return
        while id_of(self._waiting[0][0]) != entry.id:
            self._missing(self._waiting.popleft()[0])
        out, _ = self._waiting.popleft()
        if part := differs_in(out, entry.record):
            self._tally.differ(
                f"{place_of(entry.record)}: the {part} of {kind_of(out)} {entry.id} is another"
            )

    def _missing(self, out: Out) -> None:
        subject = (wire.header(out.headers, "ce_subject") or b"").decode()
        self._tally.differ(f"{kind_of(out)} {id_of(out)} of {subject} is not where it belongs")
