"""The world outside the system: upstream systems, desks and residents, and the clock; it stops for no fault."""

import http.client
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta
from random import Random

from shared import timeline, topics, wire
from shared.catalogue import Policy
from shared.errors import EventInvalidError, RoadBlockedError
from shared.wire import Out
from tests.chaos.line import Line
from tests.chaos.tally import Tally
from xiaoshi.player import raw
from xiaoshi.simulator.agenda import Agenda
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Sent
from xiaoshi.system import Addresses

STEP = timedelta(hours=1)
PATIENCE = 2.0
RECOVERED_WITHIN = 600.0
AGAIN_SECONDS = 0.1
HTTP_SECONDS = 15.0
WITHIN_SENDINGS = 40
SENDERS = 8


class Feed:
    """Sends step by step: reports, actions, the tick. What was not heard in time is answered later, as in life."""

    def __init__(self, addresses: Addresses, line: Line, policy: Policy, seed: int) -> None:
        self.agenda = Agenda(Desks(seed, policy))
        self.tally = Tally()
        self.sent: list[Sent] = []
        self.surprises: list[str] = []
        self.posted_again: list[None] = []
        self.now: datetime | None = None
        self._line = line
        self._key = addresses.key
        self._door = ("127.0.0.1", addresses.ports["intake"])
        self._posting = ThreadPoolExecutor(SENDERS)
        self._sendings = 0
        self._ended = False
        self._amid: list[Out] = []
        self._moved = threading.Condition()

    def play(self, day: list[Sent], is_over: Callable[[], bool], recovered: Callable[[], None]) -> None:
        """A day; it goes on until the fault is over, too. Then all is worked off before the rest of it is sent."""
        waiting = list(reversed(day))
        has_recovered = False
        while waiting or not has_recovered:
            ends = (self.now or timeline.floor(day[0].at, STEP)) + STEP
            self._step(_taken(waiting, ends), ends)
            if not has_recovered and is_over():
                has_recovered = True
                self._work_off()
                recovered()
        self._work_off()

    def run_on(self, until: datetime, every: timedelta) -> None:
        """The clock goes on without reports."""
        while self.now is not None and self.now < until:
            self._step((), self.now + every)
        self._work_off()

    def moment(self, chance: Random) -> None:
        """Return at some moment soon, when something has just been sent."""
        with self._moved:
            wanted = self._sendings + chance.randint(1, WITHIN_SENDINGS)
            self._moved.wait_for(lambda: self._sendings >= wanted or self._ended)
            if self._ended:
                raise RoadBlockedError("the feed has ended")

    def end(self) -> None:
        """Nobody need wait for another moment."""
        with self._moved:
            self._ended = True
            self._moved.notify_all()

    def insert(self, outs: Iterable[Out]) -> None:
        """Records to send amid the others."""
        with self._moved:
            self._amid += outs

    def _step(self, reports: Sequence[Sent], ends: datetime) -> None:
        self.sent += reports
        for each in reports:
            self.tally.owe(each)
        posted = self._posting.map(self._post, [each for each in reports if each.road == "http"])
        self._send(raw(each) for each in reports if each.road != "http")
        list(posted)
        with self._moved:
            amid, self._amid = self._amid, []
        self._send(amid)
        self._send(self.agenda.before(ends))
        self._send(timeline.tick(ends, lane) for lane in range(self._line.lanes))
        self.now = ends
        self._hear()

    def _send(self, outs: Iterable[Out]) -> None:
        self._line.send(outs)
        self._told()

    def _told(self) -> None:
        with self._moved:
            self._sendings += 1
            self._moved.notify_all()

    def _post(self, sent: Sent) -> None:
        """Until the door says yes or no: without an answer, or told to come back, the sender sends it again."""
        while (answer := self._answer(sent)) is None or answer[0] in (429, 503):
            self.posted_again.append(None)
            self._told()
            time.sleep(AGAIN_SECONDS)
        status, said = answer
        if (status == 202) == (sent.truth.expect == "refused"):
            self.surprises.append(f"a submission of {sent.source}: {status} {said[:300]}")
        self._told()

    def _answer(self, sent: Sent) -> tuple[int, str] | None:
        headers = {**dict(sent.headers), "X-API-Key": self._key}
        try:
            with closing(http.client.HTTPConnection(*self._door, timeout=HTTP_SECONDS)) as door:
                # what is too large is answered before it is read
                with suppress(BrokenPipeError, ConnectionResetError):
                    door.request("POST", f"/reports/{sent.source}", body=sent.payload, headers=headers)
                answer = door.getresponse()
                return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None

    def _hear(self) -> bool:
        """Desks and residents act on what they heard, from the next step on."""
        records, is_through = self._line.hear(PATIENCE)
        self.tally.hear(records)
        for record in records:
            if record.topic == topics.EVENTS.name:
                try:
                    event = wire.decode(record.value)
                except EventInvalidError:
                    continue
                self.agenda.hear(event, self.now)
        return is_through

    def _work_off(self) -> None:
        """Until the lanes, the figures and the ledger have come to the end of what there is."""
        until = time.monotonic() + RECOVERED_WITHIN
        while not (self._hear() and self._line.is_level()):
            if time.monotonic() > until:
                raise RoadBlockedError(f"not worked off in {RECOVERED_WITHIN:.0f} s")


def _taken(waiting: list[Sent], ends: datetime) -> list[Sent]:
    """Off the end of the list, where the earliest are."""
    taken = []
    while waiting and waiting[-1].at < ends:
        taken.append(waiting.pop())
    return taken
