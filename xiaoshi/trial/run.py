"""The past under another policy, beside what it was.

Three processes for each lane, which all read the past by themselves: what the past was, routing, and in this one
escalation after both.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection

import msgspec

from services.routing.classify.guess import Classifier
from services.routing.handlers import SOURCE as ROUTING
from shared import topics, wire
from shared.catalogue import Policy
from shared.events import ActionReceived
from shared.matter import Action
from shared.wire import Out
from xiaoshi.trial.address import Then, accepted_first, readdressed
from xiaoshi.trial.beside import beside
from xiaoshi.trial.course import Course, Stage
from xiaoshi.trial.figures import Figures, Stretch
from xiaoshi.trial.lane import Escalation, Lane, Place, Routing
from xiaoshi.trial.past import Input, Past
from xiaoshi.trial.then import run_again, told, with_then

Routed = list[tuple[bytes | None, bytes | None, wire.Headers, int]]
"""What routing makes of an input: key, value, headers and timestamp of events of the journal."""
INPUTS_AT_ONCE = 256
_routed = msgspec.msgpack.Decoder(list[Routed])


@dataclass
class Trial:
    """What came of the past, and of the new run. `again`: the past was run once more under its own policy.

    `recorded`: what the log says became of its inputs, None if it does not say; without a second run `old` is that.
    `inputs`: of the stretch, by topic. `readdressed`, `accepted_first`: actions.
    """

    old: Figures
    new: Figures
    recorded: Figures | None
    again: bool
    inputs: Counter[str] = field(default_factory=Counter)
    readdressed: int = 0
    accepted_first: int = 0


def tried(
    past: Past,
    old: Policy,
    new: Policy,
    stretch: Stretch,
    model: Classifier | None = None,
    *,
    rerun: bool = False,
) -> Trial:
    """All lanes, one after the other, so that the state of only one is kept. Both policies have the model.

    `old` rules in the new run too until the stretch begins; and it is run once more from the beginning, in a process
    of its own, where the past does not tell what became of its inputs, or by `rerun`.
    """
    recorded = Figures(stretch) if past.tells else None
    trial = Trial(Figures(stretch), Figures(stretch), recorded, rerun or recorded is None)
    for lane in range(past.lanes):
        place = Place(lane, past.lanes, model)
        with (
            beside(partial(_past, trial, past, place, old)) as first,
            beside(partial(_route, past, place, old, new, stretch)) as routing,
        ):
            with _uncollected():
                other = _Other(trial, Escalation(old, place), new, stretch)
                inputs = with_then(past, lane, first.said())
                routed = (each for chunk in routing.said() for each in _routed.decode(chunk))
                other.run(zip(inputs, routed, strict=False))
            trial.new.buried += other.buried + routing.returned()
            trial.old, trial.recorded = first.returned()
    return trial


def _past(
    trial: Trial, past: Past, place: Place, old: Policy, pipe: Connection
) -> tuple[Figures, Figures | None]:
    """Says of every input how the matter stood that it is on; the figures of the past, and those of the log."""
    if trial.again:
        return run_again(past, place.lane, Lane(old, place), trial.old, trial.recorded, pipe)
    assert trial.recorded is not None
    recorded = told(past, place.lane, trial.recorded, pipe)
    return recorded, recorded


@contextmanager
def _uncollected() -> Iterator[None]:
    """A lane's cores are cycles, freed at its end; looking for more all along took a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def _route(past: Past, place: Place, old: Policy, new: Policy, stretch: Stretch, pipe: Connection) -> int:
    """Routing needs nothing of escalation, and runs ahead of it. Says what it makes of each input; what it buried."""
    routing, course, has_begun = Routing(old, place), Course(stretch), False
    chunk: list[Routed] = []
    for item in past.read(place.lane):
        if not isinstance(item, Input):
            continue
        stage = course.stage(item)
        if stage is Stage.WITHIN and not has_begun:
            routing, has_begun = routing.under(new), True
        rules = stage in (Stage.BEFORE, Stage.WITHIN)
        outs = routing.feed(item.record) if rules else []
        chunk.append([(out.key, out.value, out.headers, out.timestamp) for out in outs])
        if len(chunk) == INPUTS_AT_ONCE:
            pipe.send_bytes(msgspec.msgpack.encode(chunk))
            chunk.clear()
    pipe.send_bytes(msgspec.msgpack.encode(chunk))
    return routing.buried if has_begun else 0


class _Other:
    """Escalation under the new policy; until the stretch begins, under the old one."""

    def __init__(self, trial: Trial, old: Escalation, policy: Policy, stretch: Stretch) -> None:
        self._trial = trial
        self._escalation = old
        self._has_begun = False
        self._policy = policy
        self._stretch = stretch
        self._course = Course(stretch)

    @property
    def buried(self) -> int:
        return self._escalation.buried if self._has_begun else 0

    def run(self, inputs: Iterable[tuple[tuple[Input, Then], Routed]]) -> None:
        for (given, then), routed in inputs:
            stage = self._course.stage(given)
            if stage is Stage.WITHIN and not self._has_begun:
                self._escalation, self._has_begun = self._escalation.under(self._policy), True
            if stage in (Stage.WITHIN, Stage.ADOPTED):
                self._trial.inputs[given.record.topic] += self._counts(given)
            for key, value, headers, timestamp in routed:
                out = Out(topics.EVENTS.name, None, key, value, headers, timestamp, wire.decode(value))
                self._feed(given, out, then if stage is Stage.WITHIN else None)

    def _counts(self, given: Input) -> bool:
        at = given.at or self._course.ticked
        return at is None or not self._stretch.is_over(at)

    def _feed(self, given: Input, out: Out, then: Then | None) -> None:
        """`then` None: the past as it was, whoever held the matter."""
        if given.record.topic == topics.RECEIVED.name:
            self._trial.new.hear(wire.event_of(out))
        for each in [out] if then is None else self._addressed(given, out, then):
            for written in self._escalation.feed(each):
                self._trial.new.hear(wire.event_of(written))

    def _addressed(self, given: Input, out: Out, then: Then) -> list[Out]:
        """What must be accepted first, and an action as it is addressed in the new run."""
        passed_on = wire.event_of(out)
        if not isinstance(passed_on, ActionReceived):
            return [out]
        action = passed_on.action
        matter_id = self._where(action.matter_id)
        now = self._escalation.position(matter_id)
        done = readdressed(action, matter_id, then, now)
        first = accepted_first(action, done, then, now)
        self._trial.readdressed += self._counts(given) and done is not action
        self._trial.accepted_first += self._counts(given) and first is not None
        outs = [] if first is None else [_passed_on(first, out, first.action_id)]
        if done is action:
            return [*outs, out]
        cause = (wire.header(out.headers, "ce_causationid") or b"").decode()
        return [*outs, _passed_on(done, out, cause, resident=passed_on.resident)]

    def _where(self, matter_id: str) -> str:
        """The matter that holds the report by which this one was opened: a matter is named after it."""
        return self._trial.new.joined.get(matter_id.partition("-")[2], matter_id)


def _passed_on(action: Action, like: Out, cause: str, *, resident: bool = False) -> Out:
    """As routing would have written it in the place of `like`."""
    return wire.out(
        ActionReceived(action=action, resident=resident),
        ROUTING,
        like.topic,
        like.partition,
        cause=cause,
        subject=action.matter_id,
        county=action.county,
        at=action.at,
    )
