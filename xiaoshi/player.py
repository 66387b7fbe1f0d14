"""Plays a simulated day on a running system: reports over their roads, the desks' answers, and the clock."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from shared import timeline, topics, wire
from shared.wire import Out, Record, millis
from xiaoshi.drive import Drive
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Acted, Day, Sent
from xiaoshi.summary import Tally
from xiaoshi.system import Addresses

HTTP_SECONDS = 60.0

Progress = Callable[[datetime], None]


@dataclass
class Played:
    """What came of it: the journal's figures, what everybody did, and what the door said."""

    tally: Tally = field(default_factory=Tally)
    acted: list[Acted] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Player:
    """One county's day: every submission as its upstream system sends it, every desk and resident as simulated."""

    def __init__(self, addresses: Addresses, drive: Drive, day: Day, desks: Desks) -> None:
        self._agenda = Agenda(desks)
        self.played = Played(acted=self._agenda.acted)
        self._drive = drive
        self._day = day
        self._key = addresses.key
        self._door = ("127.0.0.1", addresses.ports["intake"])

    def play(self, every: timedelta, then: timedelta, until: datetime, progress: Progress) -> Played:
        """The day in steps of `every`, and after it steps of `then` until that instant."""
        sent = [(each.at, each) for each in self._day.sent]
        ends = None
        nobody: tuple[tuple[datetime, Out], ...] = ()
        for step in timeline.steps(sent, nobody, every):
            self._step(step.reports, step.ends)
            progress(ends := step.ends)
        while ends is not None and ends < until:
            ends += then
            self._step((), ends)
            progress(ends)
        return self.played

    def _step(self, reports: Iterable[Sent], ends: datetime) -> None:
        """In each step reports, then actions, then the tick; each is through before the next goes out.

        Who hears of a report acts at once, perhaps within the step; who hears of anything later, after it.
        """
        for is_http, run in groupby(reports, key=lambda each: each.road == "http"):
            if is_http:
                for each in run:
                    self._post(each)
            else:
                self._drive.send(map(raw, run))
        self._hear(self._drive.settle() if reports else (), None)
        for of_topic in timeline.by_topic(self._agenda.before(ends)):
            self._drive.send(of_topic)
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

    def _hear(self, records: Iterable[Record], now: datetime | None) -> None:
        for record in records:
            if record.topic == topics.EVENTS.name:
                event = wire.decode(record.value)
                self.played.tally.hear(event)
                self._agenda.hear(event, now)


def raw(sent: Sent) -> Out:
    """A submission as a record of its raw topic."""
    headers = [(name, value.encode()) for name, value in sent.headers]
    return Out(topics.raw(sent.source), None, sent.county.encode(), sent.payload, headers, millis(sent.at))
