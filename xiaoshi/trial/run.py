"""The same past through the cores of routing and escalation twice, side by side: under its policy and another."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.escalation.rules.matter import Life
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.events import Event, PolicyAdopted
from shared.matter import Action, Position
from shared.wire import Out, Record
from xiaoshi.road import makers
from xiaoshi.trial.address import accepted_first, readdressed
from xiaoshi.trial.figures import Figures, Stretch
from xiaoshi.trial.past import Input, Past

# By how much a report may be handled later than it was received.
LATE = timedelta(days=1)


class Lane:
    """One lane of routing and escalation under one policy."""

    def __init__(self, policy: Policy, lane: int, lanes: int, running: Policy | None = None) -> None:
        made = makers(policy, lanes, running=running)
        self._policy = policy
        self._place = lane, lanes
        self._routing: Core = made["routing"](lane)
        self._escalation: Core = made["escalation"](lane)
        self.buried = 0

    def under(self, policy: Policy) -> "Lane":
        """The lane as a restart under another policy finds it: deadlines already given stay as they are."""
        other = Lane(policy, *self._place, running=self._policy)
        for mine, its in ((self._routing, other._routing), (self._escalation, other._escalation)):
            for key, value in mine.state.items():
                if not isinstance(value, PolicyAdopted):
                    its.restore(key, wire.encode(value))
        return other

    def position(self, matter_id: str) -> Position | None:
        """Where a matter is; None for one that this run does not know, or no longer."""
        known = self._escalation.state.get(matter_id)
        return known.position if isinstance(known, Life) else None

    def feed(self, record: Record) -> Iterator[Event]:
        """Hand routing a record; the events that follow, in order, without actions and ticks taken over as they are."""
        for out in self._written(self._routing.feed(record)):
            if record.topic == topics.RECEIVED.name:
                yield wire.decode(out.value)
            written = Record(out.topic, self._place[0], 0, out.timestamp, out.key, out.value, out.headers)
            decision: Decision | None = self._escalation.feed(written)
            while decision is not None:
                for follows in self._written(decision):
                    yield wire.decode(follows.value)
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


def tried(past: Past, old: Policy, new: Policy, stretch: Stretch) -> Trial:
    """Both runs over all lanes, one lane after the other, so that the state of only one is kept."""
    trial = Trial(Figures(stretch), Figures(stretch), Figures(stretch) if past.tells else None)
    for lane in range(past.lanes):
        with _uncollected():
            _run(trial, past.read(lane), _Pair(trial, Lane(old, lane, past.lanes), new, stretch))
    return trial


@contextmanager
def _uncollected() -> Iterator[None]:
    """A lane's cores are cycles, freed at its end; looking for more all along took a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _run(trial: Trial, items: Iterator[Input | Event], pair: "_Pair") -> None:
    for item in items:
        if isinstance(item, Input):
            pair.feed(item)
        elif trial.recorded is not None:
            trial.recorded.hear(item)
    pair.end()


class _Pair:
    """A lane in both runs. The new policy takes over with the first report or tick of the stretch."""

    def __init__(self, trial: Trial, old: Lane, policy: Policy, stretch: Stretch) -> None:
        self._trial = trial
        self._old = old
        self._new: Lane | None = None
        self._policy = policy
        self._stretch = stretch
        self._ticked: datetime | None = None

    def feed(self, given: Input) -> None:
        """One input for both, until all that was received within the stretch has been handled."""
        if given.at is not None and given.record.topic == topics.TICKS.name:
            self._ticked = given.at
        if self._ticked is not None and self._stretch.is_over(self._ticked - LATE):
            return
        if self._new is None and (given.at is None or not self._stretch.has_begun(given.at)):
            for event in self._old.feed(given.record):
                self._trial.old.hear(event)
                self._trial.new.hear(event)
            return
        if self._new is None:
            self._new = self._old.under(self._policy)
            self._old.buried = 0
        self._feed_both(given, self._new)

    def _feed_both(self, given: Input, new: Lane) -> None:
        records = [given.record]
        at = given.at or self._ticked
        counts = at is None or not self._stretch.is_over(at)
        self._trial.inputs[given.record.topic] += counts
        if given.action is not None:
            # asked before the old run has handled it
            first, done = self._addressed(given.action, new)
            if done is not given.action or first is not None:
                records = [given.record._replace(value=wire.encode(each)) for each in (first, done) if each]
            self._trial.readdressed += counts and done is not given.action
            self._trial.accepted_first += counts and first is not None
        for event in self._old.feed(given.record):
            self._trial.old.hear(event)
        if given.is_policy:
            return  # what the past adopted is what is tried to be without
        for record in records:
            for event in new.feed(record):
                self._trial.new.hear(event)

    def end(self) -> None:
        if self._new is not None:
            self._trial.old.buried += self._old.buried
            self._trial.new.buried += self._new.buried

    def _addressed(self, action: Action, new: Lane) -> tuple[Action | None, Action]:
        """What must be accepted first, and the action, as the new run gets them."""
        matter_id = self._where(action.matter_id)
        then, now = self._old.position(action.matter_id), new.position(matter_id)
        done = readdressed(action, matter_id, then, now)
        return accepted_first(action, done, then, now), done

    def _where(self, matter_id: str) -> str:
        """The matter that holds the report by which this one was opened in the old run."""
        opened = self._trial.old.entered.get(matter_id)
        if opened is None:
            return matter_id
        return self._trial.new.joined.get(opened.report_id, matter_id)
