"""What was planned and is not done yet; what was sent, with what it must lead to."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import count

import msgspec

from shared import events as e
from shared import topics, wire
from shared.wire import Out
from xiaoshi.simulator.desks import Desks, expected_answer
from xiaoshi.simulator.sent import Acted


class Agenda:
    """Everybody's plans in the order of time."""

    def __init__(self, desks: Desks) -> None:
        self.acted: list[Acted] = []
        self._desks = desks
        self._planned: list[tuple[datetime, int, Acted]] = []
        self._nth = count()

    def hear(self, event: e.Event, now: datetime | None) -> None:
        """Nobody acts before `now`, when it was heard; None: as soon as it happened."""
        for action in self._desks.hear(event):
            assert isinstance(event, e.MatterEvent)
            at = max(action.at, now or event.at)
            acted = Acted(
                action=msgspec.structs.replace(action, at=at),
                expect=expected_answer(action),
                after=event.number,
            )
            heapq.heappush(self._planned, (at, next(self._nth), acted))

    def before(self, ends: datetime) -> Iterator[Out]:
        """What is done before then, as records for its topic; a resident's comes through intake's door."""
        while self._planned and self._planned[0][0] < ends:
            acted = heapq.heappop(self._planned)[2]
            self.acted.append(acted)
            action = acted.action
            topic = topics.RESIDENTS if action.desk is None else topics.ACTIONS
            stamp = wire.millis(action.at)
            yield Out(topic.name, None, action.county.encode(), wire.encode(action), [], stamp)
