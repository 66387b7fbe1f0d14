"""What every service says of itself over HTTP: /metrics, /healthz (alive), /readyz (able to do its work)."""

import json
from collections.abc import Callable, Mapping

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str | None]  # None: fine; else what is wrong, in words


class Pages:
    """The three pages at one address. `checks` is read at each request, so it may still grow."""

    def __init__(self, bind: str, port: int, checks: Mapping[str, Check]) -> None:
        self._bind, self._port, self._checks = bind, port, checks
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/metrics", _metrics)
        app.router.add_get("/healthz", _alive)
        app.router.add_get("/readyz", self._ready)
        return app

    async def start(self) -> None:
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._bind, self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _ready(self, _: web.Request) -> web.Response:
        troubles = {name: check() for name, check in self._checks.items()}
        fine = not any(troubles.values())
        said = {name: trouble or "ok" for name, trouble in troubles.items()}
        return web.Response(
            text=json.dumps(said, ensure_ascii=False, indent=1) + "\n",
            status=200 if fine else 503,
            content_type="application/json",
        )


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
