"""How much the door holds at a time, and how often one receipt may be used. More is told to come back."""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import ClientDisconnect, Request

from services.intake import instruments
from services.intake.problems import COME_BACK_SECONDS, Turned, come_back

MINUTE = timedelta(minutes=1)
KEYS = 10_000


class Pace:
    """At most so many a minute for each key, at this door. The `keys` used last are remembered, and no more."""

    def __init__(self, a_minute: int, keys: int = KEYS) -> None:
        self._a_minute = a_minute
        self._keys = keys
        self._used: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> int:
        """0: it may be used, and that is counted; else in how many seconds it may be."""
        used = self._used.setdefault(key, deque(maxlen=self._a_minute))
        self._used.move_to_end(key)
        if len(self._used) > self._keys:
            self._used.popitem(last=False)
        if len(used) == self._a_minute and now < used[0] + MINUTE:
            return math.ceil((used[0] + MINUTE - now).total_seconds())
        used.append(now)
        return 0


@dataclass(frozen=True)
class Room:
    """How much there is at a time: of requests, and of bytes of their bodies."""

    requests: int
    bytes: int


class Load:
    """The requests being answered. One event loop, so counting needs no lock.

    `own`: of all the room, what one key may have. Who has that is told so (429), so that the others find room; only
    when all is taken is anybody told to come back (503).
    """

    def __init__(self, room: Room, body_bytes: int, patience: timedelta, own: Room | None = None) -> None:
        self._room = room
        self._own = own or room
        self._body_bytes = body_bytes
        self._patience = patience.total_seconds()
        self._all = Taken()
        self._by_key: dict[str, Taken] = {}

    @contextmanager
    def entered(self, key: str = "") -> Iterator["Held"]:
        """A place among the requests of that key. Raises Turned (429, 503) when there is none."""
        mine = self._by_key.get(key) or Taken()
        if self._all.requests >= self._room.requests:
            raise self._busy()
        if mine.requests >= self._own.requests:
            raise self._too_many()
        self._by_key[key] = mine
        held = Held(self, mine)
        self._count(mine, 1, 0)
        try:
            yield held
        finally:
            self._count(mine, -1, -held.bytes)
            if not mine.requests:
                del self._by_key[key]

    def take(self, count: int, of: "Held") -> None:
        """Room for more of a body. What was declared does not matter: only what came is counted."""
        if of.bytes + count > self._body_bytes:
            raise self._too_large()
        if self._all.bytes + count > self._room.bytes:
            raise self._busy()
        if of.mine.bytes + count > self._own.bytes:
            raise self._too_many()
        of.bytes += count
        self._count(of.mine, 0, count)

    def _count(self, mine: "Taken", requests: int, count: int) -> None:
        for taken in (mine, self._all):
            taken.requests += requests
            taken.bytes += count
        instruments.IN_FLIGHT.inc(requests)
        instruments.IN_FLIGHT_BYTES.inc(count)

    async def body(self, request: Request, held: "Held") -> bytes:
        """The whole body, within the limits and the patience."""
        declared = request.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > self._body_bytes:
            raise self._too_large()
        parts = []
        try:
            async with asyncio.timeout(self._patience):
                async for part in request.stream():
                    self.take(len(part), held)
                    parts.append(part)
        except TimeoutError as error:
            raise Turned(408, "the body did not come in time", Connection="close") from error
        except ClientDisconnect as error:
            raise Turned(400, "the body broke off") from error
        return b"".join(parts)

    def _too_large(self) -> Turned:
        return Turned(413, f"a body has {self._body_bytes} bytes at most", Connection="close")

    def _too_many(self) -> Turned:
        instruments.AWAY.labels("share").inc()
        detail = "too many requests of this key at a time; nothing was taken in"
        return Turned(429, detail, Retry_After=str(COME_BACK_SECONDS))

    def _busy(self) -> Turned:
        instruments.AWAY.labels("busy").inc()
        return come_back("too many requests at a time; nothing was taken in")


@dataclass
class Taken:
    """Of the room."""

    requests: int = 0
    bytes: int = 0


class Held:
    """What one request holds; `mine`: what all of its key do."""

    def __init__(self, load: Load, mine: Taken) -> None:
        self._load = load
        self.mine = mine
        self.bytes = 0

    async def body(self, request: Request) -> bytes:
        return await self._load.body(request, self)
