"""A past to try policies on: inputs by hand, and a simulated day."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from services.escalation.handlers import OWN as ESCALATION
from shared import catalogue, timeline, topics, wire
from shared.catalogue import SHIPPED, Policy
from shared.divisions import Tier
from shared.events import MatterEvent
from shared.matter import ActionKind, Visit, Way
from shared.wire import Record
from tests.builders import (
    COUNTY,
    MONDAY,
    VILLAGE,
    a_received,
    action_record,
    an_action,
    received_record,
)
from tests.unit.xiaoshi.recorded import recorded, the_policy
from xiaoshi.trial.compare import Comparison, Pair, asked_of, compared
from xiaoshi.trial.figures import Stretch
from xiaoshi.trial.past import Input, Journal, Log
from xiaoshi.trial.run import Trial, tried

TEXT = SHIPPED.read_text(encoding="utf-8")
ALL = Stretch()
MICROSECOND = timedelta(microseconds=1)
TUESDAY = MONDAY + timedelta(days=1)  # a working day at the village is over
MATTER = f"{COUNTY}-{a_received().report_id}"
TOWN = VILLAGE[:9]
VILLAGE_DESK, TOWN_DESK = f"{VILLAGE}:village_committee", f"{TOWN}:town_government"
ALIKE: dict[str, Any] = {"title": "路灯坏了", "text": "学校门口的路灯不亮，晚上走路看不清"}

# Twice the time at the village, whatever the category.
DOUBLED = re.sub(r"village: (\d+) (\w)", lambda found: f"village: {2 * int(found[1])} {found[2]}", TEXT)
HURRIED = TEXT.replace("{village: 1 working day,", "{village: 1 working hour,")
RAISED = TEXT.replace("entry: {small: village,", "entry: {small: town,")
STRICT = re.sub(r"(?m)^join: .*$", "join: {join: 1.0, ask: 1.0}", TEXT)


@cache
def policy(text: str) -> Policy:
    assert text != TEXT
    return catalogue.of_text(text)


@cache
def a_day(new: Policy, stretch: Stretch = ALL, old: Policy | None = None, *, rerun: bool = False) -> Trial:
    """The recorded day, which was made under the shipped policy. Each trial is made once and only read."""
    return tried(Journal(recorded()), old or the_policy(), new, stretch, rerun=rerun)


def difference(trial: Trial) -> Comparison:
    return compared(trial.old, trial.new)


def is_reproduced(trial: Trial) -> bool | None:
    return asked_of(trial, the_policy(), the_policy(), ALL).reproduced


class Told:
    """A past of one lane, given record by record; it does not tell what became of it."""

    lanes, tells = 1, False

    def __init__(self, *inputs: Input) -> None:
        self._inputs = inputs

    def read(self, lane: int) -> Iterator[Input | Record]:
        return iter(self._inputs)


class Lagging:
    """A log whose journal has escalation's events only after so many more of routing's."""

    def __init__(self, log: Log, late: int) -> None:
        self._log = log
        self.lanes = log.lanes
        self._late = late

    def read(self, topic: str, partition: int) -> Iterator[Record]:
        if topic != topics.EVENTS.name:
            return self._log.read(topic, partition)
        return self._journal(partition)

    def _journal(self, partition: int) -> Iterator[Record]:
        held: deque[tuple[int, Record]] = deque()
        passed = 0
        for record in self._log.read(topics.EVENTS.name, partition):
            if wire.header(record.headers, "ce_source") == ESCALATION:
                held.append((passed + self._late, record))
            else:
                passed += 1
                yield record
            while held and held[0][0] <= passed:
                yield held.popleft()[1]
        yield from (record for _, record in held)


def under(text: str, *inputs: Input, stretch: Stretch = ALL, old: str = TEXT) -> Trial:
    before = the_policy() if old == TEXT else policy(old)
    return tried(Told(*inputs), before, the_policy() if text == TEXT else policy(text), stretch)


def reported(**changes: Any) -> Input:
    received = a_received(**changes)
    return Input(received_record(received), received.received_at)


def acted(kind: ActionKind, minutes: int, **changes: Any) -> Input:
    facts = {"action_id": f"a{minutes}", "matter_id": MATTER, "desk": VILLAGE_DESK, "kind": kind}
    action = an_action(**(facts | {"at": MONDAY + timedelta(minutes=minutes)} | changes))
    return Input(action_record(action), action=action)


def ticked(at: datetime) -> Input:
    out = timeline.tick(at, 0)
    return Input(Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers), at)


def times() -> list[datetime]:
    """When something happened to a matter on the recorded day, in order."""
    log = recorded()
    read = (wire.decode(r.value) for lane in range(log.lanes) for r in log.read(topics.EVENTS.name, lane))
    return sorted(event.at for event in read if isinstance(event, MatterEvent))


def life() -> tuple[Input, ...]:
    """A matter from the village's accepting to the close-out."""
    return (
        acted(ActionKind.ACCEPT, 10),
        acted(ActionKind.START, 120),
        acted(ActionKind.RESOLVE, 130, way=Way.HANDLED),
        acted(ActionKind.VISIT, 140, visit=Visit(reached=True, resolved=True, satisfied=True)),
        acted(ActionKind.CLOSE, 150),
    )


def settled(trial: Trial) -> dict[Tier, Pair]:
    """By tier, where any is."""
    pairs = {Tier(tier): pair for tier, pair in difference(trial).settled.items()}
    return {tier: pair for tier, pair in pairs.items() if pair != Pair(old=0, new=0)}


# the command
