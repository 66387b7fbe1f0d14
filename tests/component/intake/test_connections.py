"""The door's connections, on a real socket: so many and no more, and none for who says nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import uvicorn
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.intake.connections import Connection, at_most
from shared.backing.probes import free_ports

MOST = 3
GET = b"GET / HTTP/1.1\r\nHost: door\r\n\r\n"


async def yes(_: Request) -> PlainTextResponse:
    return PlainTextResponse("yes")


@asynccontextmanager
async def serving(protocol: type[Connection]) -> AsyncIterator[int]:
    [port] = free_ports(1)
    app = Starlette(routes=[Route("/", yes)])
    config = uvicorn.Config(app, port=port, http=protocol, ws="none", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  it tells nobody when it has
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await running


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(at_most(MOST)) as found:
        yield found


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    return head[0], headers, await reader.readexactly(int(headers["content-length"]))


def turned() -> float:
    return REGISTRY.get_sample_value("xiaoshi_intake_turned_away_total", {"missing": "connection"}) or 0


async def test_one_more_than_the_door_takes_is_told_to_come_back_and_then_finds_room(port: int) -> None:
    before = turned()
    async with AsyncExitStack() as stack:
        inside = [await stack.enter_async_context(connected(port)) for _ in range(MOST)]
        for reader, writer in inside:
            writer.write(GET)
            assert (await answer(reader))[0] == "HTTP/1.1 200 OK"
        async with connected(port) as (reader, writer):
            writer.write(GET)
            status, headers, body = await answer(reader)
            assert status == "HTTP/1.1 503 Service Unavailable"
            assert int(headers["retry-after"]) > 0
            assert json.loads(body)["status"] == 503
            assert await reader.read() == b""
        assert turned() == before + 1
        inside[0][1].write(GET)
        assert (await answer(inside[0][0]))[0] == "HTTP/1.1 200 OK", "those inside are not disturbed"
        inside[0][1].close()
        while REGISTRY.get_sample_value("xiaoshi_intake_connections") == MOST:  # noqa: ASYNC110  as the door sees it
            await asyncio.sleep(0.01)
        async with connected(port) as (reader, writer):
            writer.write(GET)
            assert (await answer(reader))[0] == "HTTP/1.1 200 OK", "though who was turned away may linger"


async def test_twice_as_many_are_held_at_most(port: int) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2 * MOST):
            await stack.enter_async_context(connected(port))
        reader, _ = await stack.enter_async_context(connected(port))
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


@pytest.mark.parametrize("sent", [pytest.param(b"", id="silence"), pytest.param(GET[:10], id="half a head")])
@pytest.mark.parametrize("earlier", [0, 1], ids=["at once", "after a request"])
async def test_who_says_nothing_is_not_waited_for(
    sent: bytes, earlier: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = at_most(MOST)
    monkeypatch.setattr(protocol, "head_seconds", 0.2)
    async with serving(protocol) as port, connected(port) as (reader, writer):
        for _ in range(earlier):
            writer.write(GET)
            await answer(reader)
        writer.write(sent)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
