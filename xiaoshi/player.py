"""Plays a simulated day on a running system: reports over their roads, the desks' answers, and the clock."""

from __future__ import annotations

import heapq
import http.client
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, groupby

import msgspec

from shared import timeline, topics, wire
from shared.matter import Action
from shared.wire import Out, Record, millis
from xiaoshi.drive import Drive
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Day, Sent
from xiaoshi.summary import Tally
from xiaoshi.system import Addresses

HTTP_SECONDS = 60.0

Progress = Callable[[datetime], None]


@dataclass
class Played:
    """What came of it: the journal's figures, and what the door said."""

    tally: Tally = field(default_factory=Tally)
    refused: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Player:
    """One county's day: every submission as its upstream system sends it, every desk as the simulator has it act."""

    def __init__(self, addresses: Addresses, drive: Drive, day: Day, desks: Desks) -> None:
        self.played = Played()
        self._drive = drive
        self._day = day
        self._desks = desks
        self._key = addresses.key
        self._door = ("127.0.0.1", addresses.ports["intake"])
        self._planned: list[tuple[datetime, int, Action]] = []
        self._nth = count()

    def play(self, every: timedelta, then: timedelta, until: datetime, progress: Progress) -> Played:
        """The day in steps of `every`, and after it steps of `then` until that instant."""
        sent = [(each.at, each) for each in self._day.sent]
        ends = None
        nobody: tuple[tuple[datetime, Action], ...] = ()
        for step in timeline.steps(sent, nobody, every):
            self._step(step.reports, step.ends)
            progress(ends := step.ends)
        while ends is not None and ends < until:
            ends += then
            self._step((), ends)
            progress(ends)
        return self.played

    def _step(self, reports: Iterable[Sent], ends: datetime) -> None:
        """In each step reports, then actions, then the tick; each is through before the next goes out."""
        for is_http, run in groupby(reports, key=lambda each: each.road == "http"):
            if is_http:
                for each in run:
                    self._post(each)
            else:
                self._drive.send(map(raw, run))
        self._hear(self._drive.settle() if reports else (), ends)
        actions = list(self._acted(ends))
        if actions:
            self._drive.send(actions)
            self._hear(self._drive.settle(), ends)
        self._drive.send(timeline.tick(ends, lane) for lane in range(self._drive.lanes))
        self._hear(self._drive.settle(), ends)

    def _post(self, sent: Sent) -> None:
        """Over HTTP, as its sender would; the door's answer is held against the truth."""
        headers = {**dict(sent.headers), "X-API-Key": self._key}
        with closing(http.client.HTTPConnection(*self._door, timeout=HTTP_SECONDS)) as door:
            with suppress(
                BrokenPipeError, ConnectionResetError
            ):  # what is too large is answered before it is read
                door.request("POST", f"/reports/{sent.source}", body=sent.payload, headers=headers)
            answer = door.getresponse()
            said = answer.read().decode()
        taken = answer.status == 202
        if taken == (sent.truth.expect == "refused"):
            self.played.surprises.append(f"submission {sent.truth.n}: {answer.status} {said[:300]}")
        if not taken:
            self.played.refused[str(sent.truth.reason)] += 1

    def _hear(self, records: Iterable[Record], ends: datetime) -> None:
        for record in records:
            if record.topic == topics.EVENTS.name:
                event = wire.decode(record.value)
                self.played.tally.hear(event)
                for action in self._desks.hear(event):
                    # nobody acts before having heard
                    at = max(action.at, ends)
                    planned = msgspec.structs.replace(action, at=at)
                    heapq.heappush(self._planned, (at, next(self._nth), planned))

    def _acted(self, ends: datetime) -> Iterator[Out]:
        while self._planned and self._planned[0][0] < ends:
            action = heapq.heappop(self._planned)[2]
            value = msgspec.json.encode(action)
            yield Out(topics.ACTIONS.name, None, action.county.encode(), value, [], millis(action.at))


def raw(sent: Sent) -> Out:
    """A submission as a record of its raw topic."""
    headers = [(name, value.encode()) for name, value in sent.headers]
    return Out(topics.raw(sent.source), None, sent.county.encode(), sent.payload, headers, millis(sent.at))
