"""The board over HTTP: its files, its data, and what is new told live."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestClient, TestServer

from services.metrics.board import live
from shared import pages
from tests.component.metrics.board_day import COUNTY, Lanes, server, site
from tests.unit.metrics.journal import START, Life, tick

TOWN = "430981006"
VILLAGE = "430981006001"


def life(matter: str) -> Life:
    return Life(matter, division=VILLAGE)


@pytest.fixture
def lanes() -> Lanes:
    found = Lanes()
    found.tell(*life("a").events, tick(START))
    return found


@pytest.fixture
async def client(lanes: Lanes) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(server(lanes)) as found:
        yield found


async def event(told: ClientResponse) -> dict[str, Any]:
    """The next; a sign of life is none."""
    async for line in told.content:
        if line.startswith(b"data: "):
            found: dict[str, Any] = json.loads(line[6:])
            return found
    raise EOFError


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def open_now(board: dict[str, Any]) -> int:
    return sum(tier["open"] for tier in board["flow"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/board", "text/html", id="the-page"),
        pytest.param("/board/board.css", "text/css", id="its-style"),
        pytest.param("/board/board.js", "javascript", id="its-script"),
        pytest.param("/board/words.json", "application/json", id="its-words"),
        pytest.param("/board/icon.svg", "image/svg+xml", id="its-icon"),
    ],
)
async def test_a_file_is_served_with_its_type_and_may_load_from_nowhere_else(
    client: TestClient[Any, Any], path: str, kind: str
) -> None:
    found = await client.get(path, params={"division": COUNTY, "lang": "en"})
    assert found.status == 200
    assert found.content_type.endswith(
        kind
    )  # a script is of text or application, as the Python is new or old
    assert found.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    name = "board.html" if path == live.PAGE else path.rpartition("/")[2]
    assert await found.text() == (live.SITE / name).read_text()


async def test_nothing_beside_the_named_files_is_served(client: TestClient[Any, Any]) -> None:
    for path in ("/board/board.html", "/board/../live.py", "/board/%2e%2e/live.py", "/board/"):
        assert (await client.get(path)).status == 404, path


async def test_the_data_are_json_and_a_wrong_question_is_answered_in_words(
    client: TestClient[Any, Any],
) -> None:
    found = await client.get(live.DATA, params={"division": TOWN})
    assert (found.status, found.content_type) == (200, "application/json")
    assert ((await found.json())["division"]["name"], open_now(await found.json())) == ("琼湖街道", 1)
    for path in (live.DATA, live.EVENTS):
        wrong = await client.get(path, params={"division": "99"})
        assert (wrong.status, wrong.content_type) == (400, "text/plain")
        assert "99" in await wrong.text()


async def test_two_commits_are_two_events_after_the_first(client: TestClient[Any, Any], lanes: Lanes) -> None:
    told = await client.get(live.EVENTS, params={"division": COUNTY})
    assert (told.content_type, told.headers["Cache-Control"]) == ("text/event-stream", "no-store")
    assert told.headers["Content-Security-Policy"].startswith("default-src 'self';")
    shown = [open_now(await event(told))]
    for matter in ("b", "c"):
        lanes.tell(*life(matter).events)
        shown.append(open_now(await event(told)))
    assert shown == [1, 2, 3]


async def test_commits_at_once_are_one_event(client: TestClient[Any, Any], lanes: Lanes) -> None:
    told = await client.get(live.EVENTS)
    await event(told)
    for n in range(50):
        lanes.tell(*life(str(n)).events)
    assert open_now(await event(told)) == 51


async def test_a_reader_of_one_town_hears_nothing_of_another(
    client: TestClient[Any, Any], lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BEAT", 0.0)
    told = await client.get(live.EVENTS, params={"division": TOWN})
    await event(told)
    lanes.tell(*Life("b", division="430981102001").events)
    await told.content.readline()  # the line that ends the event
    assert await told.content.readline() == b": still here\n"


async def test_a_reader_that_takes_nothing_is_let_go_and_holds_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "PATIENCE", 0.2)
    monkeypatch.setattr(pages, "EVERY", 0.01)
    much = ({"n": n, "filler": "x" * 200_000} for n in count())
    found = pages.Pages("127.0.0.1", 0, {}, live={"/much": lambda _: next(much)})
    async with TestServer(found.application()) as running:
        _, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        async with asyncio.timeout(10), ClientSession() as session:
            assert (await session.get(running.make_url("/healthz"))).status == 200
            await until(lambda: found.readers == 1)
            await until(lambda: found.readers == 0)
        writer.close()


async def test_a_reader_who_leaves_is_no_longer_counted(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "EVERY", 0.01)
    found = site(lanes)
    async with TestClient(TestServer(found.application())) as client:
        told = await client.get(live.EVENTS)
        await event(told)
        assert found.readers == 1
        told.close()
        await until(lambda: found.readers == 0)


async def test_a_reader_more_than_there_may_be_is_refused(
    client: TestClient[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "READERS", 1)
    first = await client.get(live.EVENTS)
    assert (await client.get(live.EVENTS)).status == 503
    first.close()


async def test_when_the_service_stops_its_readers_are_let_go_at_once(lanes: Lanes) -> None:
    running = server(lanes)
    await running.start_server()
    async with ClientSession() as session:
        told = await session.get(running.make_url(live.EVENTS))
        await event(told)
        async with asyncio.timeout(0.9):  # within the second that a server waits for its requests
            await running.close()
        with pytest.raises(EOFError):
            await event(told)
