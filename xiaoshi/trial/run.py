"""The same past through the cores of routing and escalation twice, side by side: under its policy and another."""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection

from services.escalation.rules.matter import Life
from services.routing.classify.guess import Classifier
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.errors import EventInvalidError, XiaoshiError
from shared.events import PolicyAdopted
from shared.matter import Position, Value
from shared.wire import Out, Record
from xiaoshi.road import makers
from xiaoshi.trial.address import THENS, Then, accepted_first, readdressed, then_of
from xiaoshi.trial.figures import Figures, Stretch
from xiaoshi.trial.past import Input, Past

# By how much a report may be handled later than it was received.
LATE = timedelta(days=1)


class Lane:
    """One lane of routing and escalation under one policy."""

    def __init__(
        self,
        policy: Policy,
        lane: int,
        lanes: int,
        model: Classifier | None = None,
        running: Policy | None = None,
    ) -> None:
        made = makers(policy, lanes, running=running, model=model)
        self._policy = policy
        self._model = model
        self._place = lane, lanes
        self._routing: Core = made["routing"](lane)
        self._escalation: Core = made["escalation"](lane)
        self.buried = 0

    def under(self, policy: Policy) -> "Lane":
        """The lane as a restart under another policy finds it: deadlines already given stay as they are."""
        other = Lane(policy, *self._place, self._model, running=self._policy)
        for mine, its in ((self._routing, other._routing), (self._escalation, other._escalation)):
            for key, value in mine.state.items():
                if not isinstance(value, PolicyAdopted):
                    its.restore(key, wire.encode(value))
        return other

    def position(self, matter_id: str) -> Position | None:
        """Where a matter is; None for one that this run does not know, or no longer."""
        known = self._escalation.state.get(matter_id)
        return known.position if isinstance(known, Life) else None

    def feed(self, record: Record) -> Iterator[Out]:
        """Hand routing a record; the events that follow, in order, without actions and ticks taken over as they are."""
        for out in self._written(self._routing.feed(record)):
            if record.topic == topics.RECEIVED.name:
                yield out
            written = Record(out.topic, self._place[0], 0, out.timestamp, out.key, out.value, out.headers)
            written = written._replace(event=out.event)
            decision: Decision | None = self._escalation.feed(written)
            while decision is not None:
                yield from self._written(decision)
                decision = self._escalation.fall_due()

    def _written(self, decision: Decision) -> list[Out]:
        """What the decision wrote to the journal; centres hear the same again, and are not asked here."""
        self.buried += decision.outcome == "buried"
        return [out for out in decision.outs if out.topic == topics.EVENTS.name]


@dataclass
class Trial:
    """What came of both runs. `recorded`: what the log says became of its inputs, None if it does not say.

    `inputs`: of the stretch, by topic. `readdressed`, `accepted_first`: actions.
    """

    old: Figures
    new: Figures
    recorded: Figures | None
    inputs: Counter[str] = field(default_factory=Counter)
    readdressed: int = 0
    accepted_first: int = 0


def tried(past: Past, old: Policy, new: Policy, stretch: Stretch, model: Classifier | None = None) -> Trial:
    """Both runs over all lanes, one lane after the other, so that the state of only one is kept. Both have the model.

    The old run is a process of its own, so that both cost the time of one. It says of every item of the past how the
    matter stood that an action was on; the new run needs no more of it.
    """
    trial = Trial(Figures(stretch), Figures(stretch), Figures(stretch) if past.tells else None)
    for lane in range(past.lanes):
        begun = partial(Lane, old, lane, past.lanes, model)
        ours, theirs = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=_baseline, args=(trial, past, lane, begun, theirs), daemon=True)
        child.start()
        theirs.close()
        try:
            with _uncollected():
                there = _There(ours)
                _Other(trial, begun(), new, stretch).run(past.read(lane), there)
            trial.old, trial.recorded = there.figures()
        finally:
            child.terminate()
            child.join()
    return trial


# what is read of the past is shared with the other process as it is, and never sent
_FORK = multiprocessing.get_context("fork")
CHUNK = 4096


@contextmanager
def _uncollected() -> Iterator[None]:
    """A lane's cores are cycles, freed at its end; looking for more all along took a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


class _Clock:
    """How far a run has come within its stretch."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self.ticked: datetime | None = None

    def is_over(self, given: Input) -> bool:
        """All that was received within the stretch has been handled."""
        if given.at is not None and given.record.topic == topics.TICKS.name:
            self.ticked = given.at
        return self.ticked is not None and self._stretch.is_over(self.ticked - LATE)

    def begins(self, given: Input) -> bool:
        """The new policy takes over with the first report or tick of the stretch."""
        return given.at is not None and self._stretch.has_begun(given.at)


def _baseline(trial: Trial, past: Past, lane: int, begun: Callable[[], Lane], pipe: Connection) -> None:
    """The old run of a lane: a byte for each item of the past, and its figures at the end, or what was wrong."""
    gc.disable()  # this process ends with the lane
    try:
        _run_old(trial, past, lane, begun(), pipe)
    except XiaoshiError as error:
        pipe.send_bytes(b"")
        pipe.send(error)
    else:
        pipe.send_bytes(b"")
        pipe.send((trial.old, trial.recorded))


class _Written:
    """What the old run wrote last, by its bytes: nearly all that the log tells was just written once more.

    To find an event here takes a fraction of the time to read it from the bytes.
    """

    def __init__(self) -> None:
        self._events: dict[bytes | None, Value] = {}

    def add(self, out: Out) -> Value:
        event = wire.event_of(out)
        if len(self._events) == CHUNK:
            self._events.clear()
        self._events[out.value] = event
        return event

    def take(self, record: Record) -> Value:
        """Raises EventInvalidError."""
        return self._events.pop(record.value, None) or wire.event_of(record)


def _run_old(trial: Trial, past: Past, lane: int, run: Lane, pipe: Connection) -> None:
    clock, has_begun, said = _Clock(trial.old.stretch), False, bytearray()
    written = _Written()
    for item in past.read(lane):
        then = THENS[0]
        if not isinstance(item, Input):
            # whatever else was written with that name follows from nothing
            with suppress(EventInvalidError):
                if trial.recorded is not None:
                    trial.recorded.hear(written.take(item))
        elif not clock.is_over(item):
            if not has_begun and clock.begins(item):
                has_begun, run.buried = True, 0
            if item.action is not None:
                then = then_of(item.action, run.position(item.action.matter_id))
            for out in run.feed(item.record):
                trial.old.hear(written.add(out))
        said.append(then)
        if len(said) == CHUNK:
            pipe.send_bytes(said)
            said.clear()
    if said:
        pipe.send_bytes(said)
    trial.old.buried += run.buried if has_begun else 0


class _There:
    """What the old run says, item by item; it ends where that has ended, should the past be growing."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._said = self._bytes()

    def __iter__(self) -> Iterator[Then]:
        return map(THENS.__getitem__, self._said)

    def _bytes(self) -> Iterator[int]:
        while said := self._pipe.recv_bytes():
            yield from said

    def figures(self) -> tuple[Figures, Figures | None]:
        """Of the old run, and of what the log tells. Raises what stopped it."""
        for _ in self._said:
            pass  # the past may have grown between the two readings
        found = self._pipe.recv()
        if isinstance(found, XiaoshiError):
            raise found
        old, recorded = found
        return old, recorded


class _Other:
    """A lane under the new policy; until the stretch begins, under the old one."""

    def __init__(self, trial: Trial, old: Lane, policy: Policy, stretch: Stretch) -> None:
        self._trial = trial
        self._old = old
        self._new: Lane | None = None
        self._policy = policy
        self._stretch = stretch
        self._clock = _Clock(stretch)

    def run(self, items: Iterator[Input | Record], there: _There) -> None:
        for then, item in zip(there, items, strict=False):
            if isinstance(item, Input) and not self._clock.is_over(item):
                self._feed(item, then)
        if self._new is not None:
            self._trial.new.buried += self._new.buried

    def _feed(self, given: Input, then: Then) -> None:
        if self._new is None and not self._clock.begins(given):
            for out in self._old.feed(given.record):
                self._trial.new.hear(wire.event_of(out))
            return
        if self._new is None:
            self._new = self._old.under(self._policy)
        at = given.at or self._clock.ticked
        counts = at is None or not self._stretch.is_over(at)
        self._trial.inputs[given.record.topic] += counts
        if given.is_policy:
            return  # what the past adopted is what is tried to be without
        for record in self._records(given, then, self._new, counts=counts):
            for out in self._new.feed(record):
                self._trial.new.hear(wire.event_of(out))

    def _records(self, given: Input, then: Then, new: Lane, *, counts: bool) -> list[Record]:
        """What the new run gets for it: what must be accepted first, and the action as it is addressed there."""
        if given.action is None:
            return [given.record]
        matter_id = self._where(given.action.matter_id)
        now = new.position(matter_id)
        done = readdressed(given.action, matter_id, then, now)
        first = accepted_first(given.action, done, then, now)
        self._trial.readdressed += counts and done is not given.action
        self._trial.accepted_first += counts and first is not None
        if done is given.action and first is None:
            return [given.record]
        return [given.record._replace(value=wire.encode(each)) for each in (first, done) if each]

    def _where(self, matter_id: str) -> str:
        """The matter that holds the report by which this one was opened: a matter is named after it."""
        return self._trial.new.joined.get(matter_id.partition("-")[2], matter_id)
