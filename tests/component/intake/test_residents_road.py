"""From the residents' door over routing and escalation to the ledger and back to the receipt, without a broker."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from services.escalation.handlers import EscalationLogic
from services.intake.config import IntakeSettings
from services.intake.ports import Ports
from services.routing.handlers import RoutingLogic
from shared import store as ledger
from shared import topics, wire
from shared.backing import Store
from shared.core import Core
from shared.receipts import receipt_of
from shared.store.connection import database
from shared.wire import Out, Record
from tests.builders import MONDAY, POLICY, a_received, received_record
from tests.component.intake.conftest import client_of
from tests.component.intake.fakes import FakeBus

KEY = b"r" * 32


class OnStore:
    """The ledger on the store of this test."""

    async def status_of(self, receipt: str) -> ledger.ReceiptStatus | None:
        return ledger.status_of(receipt)


class County:
    """One lane of routing and of escalation, the ledger behind them and the door before them."""

    def __init__(self, door: httpx.AsyncClient, bus: FakeBus) -> None:
        self._door, self._bus = door, bus
        routing, escalation = RoutingLogic(POLICY, {}, 0, 1), EscalationLogic(POLICY, {}, 0)
        self._routing = Core(routing, routing.state)
        self._escalation = Core(escalation, escalation.state)

    def report(self, source: str) -> str:
        """A report of the same thing over a source; its receipt."""
        received = a_received(source=source)
        received = replace(received, receipt=receipt_of(received.report_id, KEY))
        record = received_record(received)
        ledger.project_receipts([record])
        self._route(record)
        return received.receipt

    async def ask(self, receipt: str, kind: str, **more: Any) -> int:
        body = {"action_id": f"{kind}-{len(self._bus.outs)}", "kind": kind} | more
        response = await self._door.post(f"/receipts/{receipt}/actions", json=body)
        if response.status_code == 202:
            self._route(_record(self._bus.outs[-1]))
        return response.status_code

    async def see(self, receipt: str) -> dict[str, Any]:
        response = await self._door.get(f"/receipts/{receipt}", headers={"Accept-Language": "en"})
        said: dict[str, Any] = response.json()
        return said

    def _route(self, record: Record) -> None:
        for journal in _journal(self._routing.feed(record).outs):
            ledger.project_events([journal])
            ledger.project_events(_journal(self._escalation.feed(journal).outs))


def _journal(outs: list[Out]) -> list[Record]:
    return [_record(out) for out in outs if out.topic == topics.EVENTS.name]


def _record(out: Out) -> Record:
    return Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers)


@pytest.fixture
async def county(store: Store, intake_config: IntakeSettings, bus: FakeBus) -> AsyncIterator[County]:
    name = f"t{uuid.uuid4().hex[:8]}"
    ledger.connect(store.url, name)
    ledger.prepare()
    async with client_of(intake_config, Ports(bus, OnStore(), lambda: MONDAY)) as door:
        yield County(door, bus)
    database().client.drop_database(name)
    ledger.disconnect()


async def test_two_residents_of_one_matter_each_see_their_own(county: County) -> None:
    first, second = county.report("grid"), county.report("app")
    assert (await county.see(first))["joined"]
    assert await county.ask(second, "escalate") == 202
    one, other = await county.see(first), await county.see(second)
    assert one["tier"] == other["tier"] == "town"
    assert one["steps"][-1]["sentence"] == "raised to the town or street, as a resident asked"
    assert other["steps"][-1]["sentence"] == "raised to the town or street, as you asked"
    assert one["actions"] == []
    assert [action["done"] for action in other["actions"]] == [True]


async def test_at_the_highest_tier_the_resident_is_told_so(county: County) -> None:
    receipt = county.report("grid")
    for _ in range(4):
        assert await county.ask(receipt, "escalate") == 202
    said = await county.see(receipt)
    assert said["tier"] == "city"
    assert [(action["done"], action["reason"]) for action in said["actions"]] == [
        (True, None),
        (True, None),
        (True, None),
        (False, "at_the_top"),
    ]


async def test_who_takes_the_report_back_is_out_and_the_matter_goes_on(county: County) -> None:
    first, second = county.report("grid"), county.report("app")
    await county.ask(second, "withdraw")
    assert (await county.see(first))["state"] == "routed"
    assert (await county.see(second))["state"] == "withdrawn"
    await county.ask(first, "withdraw")
    assert (await county.see(first))["state"] == "withdrawn"


async def test_a_session_a_resident_books_is_on_their_page_alone(county: County) -> None:
    first, second = county.report("grid"), county.report("app")
    meeting = {"kind": "appointment", "venue": "at_the_door", "at": "2026-03-05T09:00:00+08:00"}
    assert await county.ask(first, "book", session=meeting) == 202
    (told,) = (await county.see(first))["sessions"]
    assert (told["venue"], told["at"]) == ("at the resident's door", meeting["at"])
    assert (await county.see(second))["sessions"] == []


async def test_the_same_id_of_two_residents_is_two_actions(county: County, bus: FakeBus) -> None:
    first, second = county.report("grid"), county.report("app")
    for receipt in (first, second, second):
        await county.ask(receipt, "comment", action_id="1", outcome="还没修")
    told = [len((await county.see(receipt))["actions"]) for receipt in (first, second)]
    assert told == [1, 1]
    assert len({wire.header(out.headers, "ce_id") for out in bus.outs}) == 2
