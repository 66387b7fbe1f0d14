"""More than the door holds is turned away before it takes memory, and what it said yes to is on the bus."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.config import IntakeSettings
from services.intake.load import Load, Room
from services.intake.ports import Ports
from services.intake.problems import MEDIA_TYPE, Turned
from shared.receipts import report_id_of
from shared.wire import Out
from tests.component.intake.conftest import ALL_KEY, GRID_KEY, client_of
from tests.component.intake.fakes import FakeBus, FakeLedger
from tests.unit.intake.samples import NOW, a_body

ROOM, OWN, BODY = Room(6, 6000), Room(4, 4000), 2000
KEYS = (GRID_KEY, ALL_KEY)


class SlowBus(FakeBus):
    """Nothing gets through before `let_go`. `most`: requests that waited at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = self.let_go = asyncio.Event()
        self.held = self.most = 0

    async def publish(self, outs: Sequence[Out]) -> None:
        self.held += 1
        self.most = max(self.most, self.held)
        await super().publish(outs)
        self.held -= 1


posts = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(400, BODY + 1)), min_size=1, max_size=40)


# the settings are read, never written
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=posts)
def test_however_much_comes_to_a_slow_bus_no_more_is_held_than_there_is_room_for(
    intake_config: IntakeSettings, sent: list[tuple[str, int]]
) -> None:
    bus, answers = asyncio.run(burst(intake_config, sent))
    assert bus.most <= ROOM.requests
    accepted = [answer for answer in answers if answer.status_code == 202]
    ids = sorted(report_id_of("grid", json.loads(out.value or b"")["source_id"]) for out in bus.outs)
    assert sorted(each.json()["report_id"] for each in accepted) == ids, "what was accepted, and nothing else"
    for (_, size), answer in zip(sent, answers, strict=True):
        assert answer.status_code in ({413, 429, 503} if size > BODY else {202, 429, 503})
        if answer.status_code in (429, 503):
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["content-type"] == MEDIA_TYPE


async def burst(config: IntakeSettings, sent: list[tuple[str, int]]) -> tuple[SlowBus, list[httpx.Response]]:
    limits = replace(
        config,
        body_bytes=BODY,
        in_flight=ROOM.requests,
        in_flight_bytes=ROOM.bytes,
        key_in_flight=OWN.requests,
        key_in_flight_bytes=OWN.bytes,
    )
    bus = SlowBus()
    async with client_of(limits, Ports(bus, FakeLedger(), lambda: NOW)) as client:
        posting = [
            asyncio.create_task(post(client, key, size, f"{nth}")) for nth, (key, size) in enumerate(sent)
        ]
        for _ in range(50):  # everybody is as far as they get
            await asyncio.sleep(0)
        bus.let_go.set()
        return bus, await asyncio.gather(*posting)


async def post(client: httpx.AsyncClient, key: str, size: int, source_id: str) -> httpx.Response:
    body = a_body(source_id=source_id)
    content = body + b" " * (size - len(body))
    return await client.post("/reports/grid", content=content, headers={"X-API-Key": key})


steps = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from("ab"), st.just(0)),
        st.tuples(st.just("take"), st.integers(0, 20), st.integers(1, BODY + 1)),
        st.tuples(st.just("leave"), st.integers(0, 20), st.just(0)),
    ),
    max_size=60,
)


@given(ops=steps)
def test_what_is_held_never_exceeds_the_room_nor_a_keys_share_and_all_of_it_is_given_back(
    ops: list[tuple[str, Any, int]],
) -> None:
    load = Load(ROOM, BODY, timedelta(seconds=1), OWN)
    inside: list[tuple[str, Any, ExitStack]] = []
    for what, which, count in ops:
        with suppress(Turned):
            if what == "enter":
                stack = ExitStack()
                inside.append((which, stack.enter_context(load.entered(which)), stack))
            elif inside and what == "take":
                load.take(count, inside[which % len(inside)][1])
            elif inside:
                inside.pop(which % len(inside))[2].close()
        for room, mine in ((ROOM, inside), *((OWN, [e for e in inside if e[0] == key]) for key in "ab")):
            assert len(mine) <= room.requests
            assert sum(held.bytes for _, held, _ in mine) <= room.bytes
    for _, _, stack in inside:
        stack.close()
    assert load._all.requests == load._all.bytes == 0
    assert load._by_key == {}


async def test_a_key_that_has_its_share_is_told_so_and_another_finds_room(
    intake_config: IntakeSettings, bus: FakeBus, ledger: FakeLedger
) -> None:
    bus.gate = asyncio.Event()
    limits = replace(intake_config, in_flight=3, key_in_flight=2)
    async with client_of(limits, Ports(bus, ledger, lambda: NOW)) as client:
        inside = [asyncio.create_task(post(client, GRID_KEY, 500, str(n))) for n in (1, 2)]
        for _ in inside:
            await bus.arrived.acquire()
        assert (await post(client, GRID_KEY, 500, "3")).status_code == 429
        inside.append(asyncio.create_task(post(client, ALL_KEY, 500, "4")))
        await bus.arrived.acquire()
        assert (await post(client, ALL_KEY, 500, "5")).status_code == 503
        bus.gate.set()
        assert [(await each).status_code for each in inside] == [202, 202, 202]
        assert (await post(client, GRID_KEY, 500, "3")).status_code == 202
    assert len(bus.outs) == 4
