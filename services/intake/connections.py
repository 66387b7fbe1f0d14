"""Connections to the door: so many at a time, and none kept open for who says nothing.

uvicorn 0.54 takes any number, waits for a request's head for ever, and where it counts (`limit_concurrency`) turns
away whoever asks whether the process is alive as well.
"""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from services.intake import instruments
from services.intake.problems import COME_BACK_SECONDS, MEDIA_TYPE, problem

HEAD_SECONDS = 10.0
"""For a request's head to come: no honest one takes seconds."""
LINGER_SECONDS = 1.0
"""For who is turned away to read that: closed at once on bytes nobody read, the connection would only break off."""


def _full() -> bytes:
    body = json.dumps(problem(503, "too many connections; nothing was taken in")).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"Retry-After: {COME_BACK_SECONDS}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body


FULL = _full()


class Connection(H11Protocol):
    """One of `most` at a time. As many again are told to come back; what is beyond those is closed without a word."""

    most: int
    inside: set["Connection"]
    head_seconds = HEAD_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.inside) < self.most:
            self.inside.add(self)
            instruments.CONNECTIONS.set(len(self.inside))
            self._time_head()
            return
        instruments.AWAY.labels("connection").inc()
        if len(self.connections) > 2 * self.most:
            transport.abort()
            return
        transport.write(FULL)
        transport.write_eof()
        self._late = self.loop.call_later(LINGER_SECONDS, transport.abort)

    def data_received(self, data: bytes) -> None:
        if self in self.inside:
            super().data_received(data)
            self._time_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        self.inside.discard(self)
        instruments.CONNECTIONS.set(len(self.inside))
        super().connection_lost(exc)

    def _time_head(self) -> None:
        """From the first moment nothing is being answered, silence or half a head is waited for so long."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._in_time()
        elif self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self.timeout_keep_alive_handler)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def at_most(most: int) -> type[Connection]:
    """What uvicorn makes of each connection."""
    return type("Connection", (Connection,), {"most": most, "inside": set()})
