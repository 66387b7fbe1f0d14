"""How much the door holds at a time, and how often one receipt may be used. More is told to come back."""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from starlette.requests import ClientDisconnect, Request

from services.intake import instruments
from services.intake.problems import Turned, come_back

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


class Load:
    """The requests being answered. One event loop, so counting needs no lock."""

    def __init__(self, requests: int, total_bytes: int, body_bytes: int, patience: timedelta) -> None:
        self._requests = requests
        self._total_bytes = total_bytes
        self._body_bytes = body_bytes
        self._patience = patience.total_seconds()
        self._running = 0
        self._held = 0

    @contextmanager
    def entered(self) -> Iterator["Held"]:
        """A place among the requests. Raises Turned (503) when there is none."""
        if self._running >= self._requests:
            raise self._busy()
        self._running += 1
        instruments.IN_FLIGHT.inc()
        held = Held(self)
        try:
            yield held
        finally:
            self._running -= 1
            self._held -= held.bytes
            instruments.IN_FLIGHT.dec()
            instruments.IN_FLIGHT_BYTES.dec(held.bytes)

    def take(self, count: int, of: "Held") -> None:
        """Room for more of a body. What was declared does not matter: only what came is counted."""
        if of.bytes + count > self._body_bytes:
            raise self._too_large()
        if self._held + count > self._total_bytes:
            raise self._busy()
        of.bytes += count
        self._held += count
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

    def _busy(self) -> Turned:
        instruments.AWAY.labels("busy").inc()
        return come_back("too many requests at a time; nothing was taken in")


class Held:
    """What one request holds."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self.bytes = 0

    async def body(self, request: Request) -> bytes:
        return await self._load.body(request, self)
