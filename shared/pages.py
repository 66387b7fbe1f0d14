"""What every service says of itself over HTTP: /metrics, /healthz (alive), /readyz (able to do its work).

A service may answer questions beside: each is a path and a function of the query. It may tell an answer live, which is
the same answer as server-sent events, again whenever it is another; and it may have pages for a browser, as files.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from aiohttp import web
from prometheus_client import REGISTRY

from shared import exposition
from shared.errors import XiaoshiError

Check = Callable[[], str | None]  # None: fine; else what is wrong, in words
Answer = Callable[[Mapping[str, str]], object]
"""The query in, what JSON can hold out. Runs in a thread of its own; a XiaoshiError is the asker's mistake."""

EVERY = 1.0  # seconds between two looks at what is told live
BEAT = 15.0  # of silence, then a sign of life; proxies close what is silent for a minute
PATIENCE = 30.0  # for a reader that takes nothing more
READERS = 200
SAFE = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """The three pages, the `answers`, those told `live` and the `files` at one address.

    `checks` is read at each request, so it may still grow.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        checks: Mapping[str, Check],
        answers: Mapping[str, Answer] | None = None,
        *,
        live: Mapping[str, Answer] | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self._bind, self._port, self._checks, self._answers = bind, port, checks, answers or {}
        self._live, self._files = live or {}, files or {}
        self.readers = 0
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/metrics", _metrics)
        app.router.add_get("/healthz", _alive)
        app.router.add_get("/readyz", self._ready)
        for path in self._answers:
            app.router.add_get(path, self._answer)
        for path in self._live:
            app.router.add_get(path, self._tell, allow_head=False)
        for path in self._files:
            app.router.add_get(path, self._file)
        app.on_shutdown.append(self._close)
        return app

    async def start(self) -> None:
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._bind, self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _close(self, _: web.Application) -> None:
        """Whoever is told something live is let go before the server waits for its requests."""
        self._closing.set()

    async def _ready(self, _: web.Request) -> web.Response:
        troubles = {name: check() for name, check in self._checks.items()}
        fine = not any(troubles.values())
        said = {name: trouble or "ok" for name, trouble in troubles.items()}
        return web.Response(
            text=json.dumps(said, ensure_ascii=False, indent=1) + "\n",
            status=200 if fine else 503,
            content_type="application/json",
        )

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            said = await _said(self._answers[request.path], request)
        except XiaoshiError as error:
            return _refused(error)
        return web.Response(body=said, content_type="application/json")

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """What is new at most once in `EVERY`; a slow reader misses what lies between, and nobody waits for it."""
        answer = self._live[request.path]
        if self.readers >= READERS:
            return web.Response(text=f"{READERS} are reading, and no more can\n", status=503)
        self.readers += 1
        try:
            said = await _said(answer, request)
            told = web.StreamResponse(headers=SAFE | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
            told.content_type = "text/event-stream"
            await told.prepare(request)
            with suppress(ConnectionResetError, XiaoshiError):
                await self._go_on(told, request, answer, said)
            return told
        except XiaoshiError as error:
            return _refused(error)
        finally:
            self.readers -= 1

    async def _go_on(
        self, told: web.StreamResponse, request: web.Request, answer: Answer, said: bytes
    ) -> None:
        """Until the reader is gone, takes nothing, the question is wrong by now, or the service stops."""
        clock = asyncio.get_running_loop().time
        before, spoken = b"", clock()
        while not self._closing.is_set() and request.transport is not None:
            if said != before or clock() - spoken >= BEAT:
                try:
                    async with asyncio.timeout(PATIENCE):
                        await told.write(
                            b"data: " + said + b"\n\n" if said != before else b": still here\n\n"
                        )
                except TimeoutError:
                    request.transport.abort()  # to end it in order would be one more write to wait for
                    return
                before, spoken = said, clock()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), EVERY)
            said = await _said(answer, request)

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(self._files[request.path], headers=SAFE | {"Cache-Control": "no-cache"})


async def _said(answer: Answer, request: web.Request) -> bytes:
    """As JSON, which has no line end in it. Raises a XiaoshiError."""
    return msgspec.json.encode(await asyncio.to_thread(answer, dict(request.query)))


def _refused(error: XiaoshiError) -> web.Response:
    return web.Response(text=f"{error}\n", status=400)


async def _metrics(request: web.Request) -> web.Response:
    asked = (request.headers.get("Accept", ""), request.headers.get("Accept-Encoding", ""))
    body, headers = await asyncio.to_thread(exposition.page, REGISTRY, *asked)
    return web.Response(body=body, headers=headers)


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
