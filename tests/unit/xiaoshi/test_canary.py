"""The canary: it arrives, or says how far it came; and where it goes nobody lives and nothing is counted."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY

from services.intake.rules.admission import Admission, Admitted
from services.intake.rules.asking import Asked, action_of, out_of
from services.intake.rules.screen import Screen
from services.intake.sources import sources
from services.metrics.handlers import MetricsLogic
from shared import catalogue, divisions, timeline, topics, wire
from shared.core import Core
from shared.errors import BrokerUnavailableError
from shared.events import MatterEvent, MatterOpened, MatterWithdrawn
from shared.matter import ActionKind
from shared.wire import Out, Record
from xiaoshi.canary import (
    ARRIVED,
    LEGS,
    PLACED,
    TEXT,
    TITLE,
    VILLAGE,
    Canary,
    HttpDoor,
    NotTakenError,
    Sent,
)
from xiaoshi.road import NO_SECRETS, Road

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)
LANES = 4


class Way:
    """A door and a centre in one: all is well, but what is `shut`. Each leg takes a second of the clock."""

    def __init__(self) -> None:
        self.shut: str | None = None
        self.silent = False
        self.time = 0.0
        self.posted: list[str] = []
        self.taken_back: list[str] = []

    async def _go(self, leg: str) -> None:
        self.time += 1
        if leg == self.shut:
            if self.silent:
                await asyncio.Event().wait()
            raise (NotTakenError if leg == "answered" else BrokerUnavailableError)("shut")

    async def post(self, source_id: str, at: datetime) -> Sent:
        await self._go("answered")
        self.posted.append(source_id)
        return Sent(source_id, f"receipt of {source_id}")

    async def is_sorted(self, receipt: str) -> bool:
        await self._go("ledger")
        return True

    async def take_back(self, receipt: str) -> None:
        self.taken_back.append(receipt)

    async def hear(self, report_id: str, kinds: tuple[type[MatterEvent], ...]) -> None:
        await self._go("routed" if kinds == PLACED else "withdrawn")


@pytest.fixture
def way() -> Way:
    return Way()


def canary_of(way: Way, patience: float = 5) -> Canary:
    return Canary(way, way, timedelta(seconds=patience), lambda: way.time)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"xiaoshi_canary_{name}", labels) or 0


async def test_a_journey_that_arrives_says_what_each_leg_took_and_moves_the_handle(way: Way) -> None:
    before = {leg: counted("leg_seconds_sum", leg=leg) for leg in LEGS}
    arrived, handle = counted("journeys_total", outcome=ARRIVED), counted("last_success_timestamp_seconds")
    assert await canary_of(way).journey(NOW) == ARRIVED
    took = {leg: counted("leg_seconds_sum", leg=leg) - before[leg] for leg in LEGS}
    assert took == {"answered": 1, "routed": 2, "ledger": 3, "withdrawn": 1}
    assert counted("journeys_total", outcome=ARRIVED) == arrived + 1
    assert counted("last_success_timestamp_seconds") > handle
    assert way.taken_back == [f"receipt of {each}" for each in way.posted]


@pytest.mark.parametrize("silent", [False, True], ids=["an error", "no answer"])
@pytest.mark.parametrize("leg", LEGS)
async def test_a_journey_that_does_not_arrive_says_where_it_ended(way: Way, leg: str, silent: bool) -> None:
    before, handle = counted("journeys_total", outcome=leg), counted("last_success_timestamp_seconds")
    way.shut, way.silent = leg, silent
    assert await canary_of(way, 0.01).journey(NOW) == leg
    assert counted("journeys_total", outcome=leg) == before + 1
    assert counted("last_success_timestamp_seconds") == handle


async def test_what_lost_journeys_left_behind_is_taken_back_when_the_road_is_open_again(way: Way) -> None:
    canary = canary_of(way)
    way.shut = "ledger"
    for minute in range(3):
        await canary.journey(NOW + timedelta(minutes=minute))
    assert way.taken_back == []
    way.shut = None
    assert await canary.journey(NOW + timedelta(minutes=3)) == ARRIVED
    assert sorted(way.taken_back) == sorted(f"receipt of {each}" for each in way.posted)
    assert len(way.posted) == len(set(way.posted)) == 4


def travelled() -> list[Out]:
    """All that the services make of three of its reports, each taken back, and of the time between."""
    policy, found = catalogue.load(), list[Out]()
    road, screen = Road(policy, LANES), Screen(policy.file.categories)
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        body = {
            "source_id": str(minute),
            "reported_at": at.isoformat(),
            "division": VILLAGE,
            "title": TITLE,
            "text": TEXT,
        }
        admission = Admission(screen, NO_SECRETS, sources()["app"], at)
        [admitted] = admission.all([json.dumps(body, ensure_ascii=False).encode()])
        assert isinstance(admitted, Admitted)
        outs = list(road.take(admitted.out))
        [opened] = {e.matter_id for e in map(event_of, outs) if isinstance(e, MatterOpened)}
        asked = Asked(action_id="canary", kind=ActionKind.WITHDRAW)
        action = action_of(asked, admitted.report_id, opened, divisions.NOWHERE, at)
        outs += road.take(out_of(action, None))
        outs += (out for lane in range(LANES) for out in road.take(timeline.tick(at, lane)))
        found += outs
    return found


def event_of(out: Out) -> object:
    return wire.decode(out.value)


def test_each_of_its_reports_opens_a_matter_that_ends_and_only_its_own_centre_hears_of_it() -> None:
    outs = travelled()
    told = {out.topic for out in outs if out.topic.startswith("matters.routed.")}
    assert told == {topics.routed(divisions.NOWHERE)}
    journal = [event_of(out) for out in outs if out.topic == topics.EVENTS.name]
    kinds = [MatterOpened, MatterWithdrawn]
    assert [sum(isinstance(event, kind) for event in journal) for kind in kinds] == [3, 3]
    [last] = [e.remaining for e in journal if isinstance(e, MatterWithdrawn)][-1:]
    assert last == 0


def test_no_figure_counts_it_and_a_county_beside_it_is_counted() -> None:
    logic = MetricsLogic({})
    core = Core(logic, logic.state)
    own = [out for out in travelled() if out.topic == topics.EVENTS.name and out.key == NOWHERE_KEY]
    assert own
    for offset, out in enumerate(own):
        core.feed(record_of(out, offset))
    assert logic.state == {}
    for offset, out in enumerate(own):
        core.feed(record_of(out._replace(key=b"430981"), offset))
    assert logic.state


NOWHERE_KEY = divisions.NOWHERE.encode()


def record_of(out: Out, offset: int) -> Record:
    return Record(out.topic, 0, offset, out.timestamp, out.key, out.value, tuple(out.headers))


def test_nowhere_is_in_no_province_and_yet_a_place_with_a_way_up() -> None:
    assert "90" not in divisions.provinces()
    assert divisions.ancestors(VILLAGE) == (VILLAGE[:9], divisions.NOWHERE, "9001", "90")
    assert divisions.full_name(VILLAGE) == "巡检省巡检市巡检县巡检镇巡检村"
    assert [each.code for each in divisions.descendants("90")] == [
        "9001",
        divisions.NOWHERE,
        VILLAGE[:9],
        VILLAGE,
    ]
    assert divisions.children("90") == ("9001",)


Answer = Callable[[web.Request], web.Response]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.mark.parametrize(
    ("status", "body", "sorted_"),
    [
        pytest.param(404, "{}", False, id="not known yet"),
        pytest.param(200, '{"state": "received"}', False, id="being sorted"),
        pytest.param(200, '{"state": "routed"}', True, id="sorted"),
        pytest.param(503, "{}", None, id="turned away"),
        pytest.param(200, "<p>", None, id="not JSON"),
    ],
)
async def test_what_a_receipt_tells(
    session: aiohttp.ClientSession, status: int, body: str, sorted_: bool | None
) -> None:
    async def receipt(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/receipts/1", receipt)
    async with TestServer(app) as server:
        door = HttpDoor(session, str(server.make_url("/")), "key", "app")
        if sorted_ is None:
            with pytest.raises(NotTakenError):
                await door.is_sorted("1")
        else:
            assert await door.is_sorted("1") is sorted_


async def test_a_door_that_is_not_there_is_a_report_not_taken(session: aiohttp.ClientSession) -> None:
    with pytest.raises(NotTakenError, match="POST reports"):
        await HttpDoor(session, "http://127.0.0.1:1", "key", "app").post("1", NOW)
