"""One lane of routing and of escalation under one policy: each by itself, or one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from services.escalation.rules.matter import Life
from services.routing.classify.guess import Classifier
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.events import PolicyAdopted
from shared.matter import Position
from shared.wire import Out, Record
from xiaoshi.road import makers


@dataclass(frozen=True)
class Place:
    """Which lane of how many, and the classifier its routing has."""

    lane: int
    lanes: int
    model: Classifier | None = None

    def core(self, service: str, policy: Policy, running: Policy | None = None) -> Core:
        made = makers(policy, self.lanes, running=running, model=self.model)
        return made[service](self.lane)


class _Half:
    """A service's lane. `buried`: records it could not handle."""

    service: str

    def __init__(self, policy: Policy, place: Place, running: Policy | None = None) -> None:
        self.core = place.core(self.service, policy, running)
        self.buried = 0
        self._policy = policy
        self._place = place

    def under(self, policy: Policy) -> Self:
        """As a restart under another policy finds it: deadlines already given stay as they are."""
        other = type(self)(policy, self._place, running=self._policy)
        for key, value in self.core.state.items():
            if not isinstance(value, PolicyAdopted):
                other.core.restore(key, wire.encode(value))
        return other

    def _written(self, decision: Decision) -> list[Out]:
        """What the decision wrote to the journal; centres hear the same again, and are not asked here."""
        self.buried += decision.outcome == "buried"
        return [out for out in decision.outs if out.topic == topics.EVENTS.name]


class Routing(_Half):
    service = "routing"

    def feed(self, record: Record) -> list[Out]:
        """What it writes to the journal for it."""
        return self._written(self.core.feed(record))


class Escalation(_Half):
    service = "escalation"

    def position(self, matter_id: str) -> Position | None:
        """Where a matter is; None for one that this run does not know, or no longer."""
        known = self.core.state.get(matter_id)
        return known.position if isinstance(known, Life) else None

    def feed(self, out: Out) -> Iterator[Out]:
        """What follows from an event of routing's, in order."""
        written = Record(
            topic=out.topic,
            partition=self._place.lane,
            offset=0,
            timestamp=out.timestamp,
            key=out.key,
            value=out.value,
            headers=out.headers,
            event=out.event,
        )
        decision: Decision | None = self.core.feed(written)
        while decision is not None:
            yield from self._written(decision)
            decision = self.core.fall_due()


class Lane:
    """Both, one after the other."""

    def __init__(self, policy: Policy, place: Place) -> None:
        self._routing = Routing(policy, place)
        self._escalation = Escalation(policy, place)
        self.position = self._escalation.position

    @property
    def buried(self) -> int:
        return self._routing.buried + self._escalation.buried

    def feed(self, record: Record) -> Iterator[Out]:
        """Hand routing a record; the events that follow, in order, without actions and ticks taken over as they are."""
        for out in self._routing.feed(record):
            if record.topic == topics.RECEIVED.name:
                yield out
            yield from self._escalation.feed(out)
