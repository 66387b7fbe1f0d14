"""The whole road without a broker: intake, routing and escalation of every lane, in memory, record by record.

The services run these same cores (`shared.core`) on Kafka; here the topics are lists, so the same input gives the
same bytes.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.escalation.handlers import EscalationLogic
from services.intake.handlers import IntakeLogic
from services.intake.rules.admission import Keys
from services.intake.sources import sources
from services.routing.classify.guess import Classifier
from services.routing.handlers import INPUTS as ROUTING_INPUTS
from services.routing.handlers import RoutingLogic
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.wire import Out, Record

NO_SECRETS = Keys(contact=bytes(64), receipt=bytes(32))

Maker = Callable[[int], Core]


def makers(
    policy: Policy,
    lanes: int,
    keys: Keys = NO_SECRETS,
    running: Policy | None = None,
    model: Classifier | None = None,
) -> Mapping[str, Maker]:
    """How to make the core of a lane, by the name of its service.

    `running`: an earlier policy, by which matters still finish their current step. `model`: as routing has it
    (`ROUTING_MODEL`); None: the policy's words.
    """

    def intake(lane: int) -> Core:
        state: dict[str, Any] = {}
        return Core(IntakeLogic(policy.file.categories, keys, state, lane, lanes), state)

    def routing(lane: int) -> Core:
        state: dict[str, Any] = {}
        return Core(RoutingLogic(policy, state, lane, lanes, model), state)

    def escalation(lane: int) -> Core:
        state: dict[str, Any] = {}
        logic = EscalationLogic(policy, state, lane)
        if running is not None:
            logic.rules.know(running)
        return Core(logic, state)

    return {"intake": intake, "routing": routing, "escalation": escalation}


def readers() -> dict[str, str]:
    """Which service reads a topic."""
    read = {topics.raw(source): "intake" for source in sources()}
    return read | dict.fromkeys(ROUTING_INPUTS, "routing") | {topics.EVENTS.name: "escalation"}


class Road:
    """Takes records in at any topic and carries them to the end."""

    def __init__(self, policy: Policy, lanes: int, model: Classifier | None = None) -> None:
        self.lanes = lanes
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self._makers = makers(policy, lanes, model=model)
        self._readers = readers()
        self._cores: dict[tuple[str, int], Core] = {}
        self._offsets: Counter[tuple[str, int]] = Counter()

    def take(self, out: Out) -> Iterator[Out]:
        """Put one record on its topic; yields all that is written because of it, in order."""
        queue = deque([out])
        while queue:
            written = queue.popleft()
            if written is not out:
                yield written
            for decision in self._read(written):
                queue.extend(decision.outs)

    def _read(self, out: Out) -> Iterator[Decision]:
        topic = topics.topic_of(out.topic)
        count = topic.partitions or self.lanes
        partition = wire.partition_of(out.key or b"", count) if out.partition is None else out.partition
        offset = self._offsets[out.topic, partition]
        self._offsets[out.topic, partition] += 1
        service = self._readers.get(out.topic)
        if service is None:
            return
        core = self._cores.get((service, partition))
        if core is None:
            core = self._cores[service, partition] = self._makers[service](partition)
        record = Record(out.topic, partition, offset, out.timestamp, out.key, out.value, out.headers)
        decision = core.feed(record)
        self.outcomes[service, decision.outcome] += 1
        yield decision
        while (due := core.fall_due()) is not None:
            yield due
