"""The residents' door: what a receipt's holder may do, and that yes means that it is on the bus."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from services.intake.config import IntakeSettings
from services.intake.ports import Ports
from services.intake.resident import ACTIONS_A_MINUTE
from shared import topics, wire
from shared.matter import Action, ActionKind, State
from shared.reasons import Reason
from tests.component.intake.conftest import client_of
from tests.component.intake.fakes import FakeBus, FakeLedger
from tests.component.intake.test_door import RECEIPT, problem_of
from tests.unit.intake.samples import COUNTY, MINUTE, NOW, a_body
from tests.unit.intake.test_progress import AT_WORK, Known, a_refusal, at_work

PATH = f"/receipts/{RECEIPT.replace(' ', '-')}/actions"
WORD = {"action_id": "a1", "kind": "comment", "outcome": "周六在家"}


@pytest.fixture(autouse=True)
def known(ledger: FakeLedger) -> None:
    ledger.known[RECEIPT] = AT_WORK


def published(bus: FakeBus) -> Action:
    (out,) = bus.outs
    return msgspec.json.decode(out.value or b"", type=Action)


async def test_an_action_is_accepted_once_it_is_on_the_bus(client: httpx.AsyncClient, bus: FakeBus) -> None:
    response = await client.post(PATH, json=WORD)
    assert response.status_code == 202
    assert response.json() == {"action_id": "a1"}
    assert published(bus) == Action(
        action_id="r0/a1",
        matter_id="430981-r0",
        county=COUNTY,
        kind=ActionKind.COMMENT,
        at=NOW,
        report_id="r0",
        outcome="周六在家",
    )
    (out,) = bus.outs
    assert (out.topic, out.key, out.partition) == (topics.RESIDENTS.name, COUNTY.encode(), None)


async def test_yes_waits_for_the_bus(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.gate = asyncio.Event()
    posting = asyncio.create_task(client.post(PATH, json=WORD))
    await bus.arrived.acquire()
    assert not posting.done()
    bus.gate.set()
    assert (await posting).status_code == 202


async def test_no_key_is_asked_for(client: httpx.AsyncClient) -> None:
    assert (await client.post(PATH, json=WORD, headers={"X-API-Key": ""})).status_code == 202


async def test_the_same_action_again_has_the_same_id_on_the_bus(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    for _ in range(2):
        await client.post(PATH, json=WORD)
    assert [wire.header(out.headers, "ce_id") for out in bus.outs] == [b"r0/a1"] * 2


async def test_a_report_that_is_part_of_another_matter_acts_on_that(
    client: httpx.AsyncClient, bus: FakeBus, ledger: FakeLedger
) -> None:
    ledger.known[RECEIPT] = replace(AT_WORK, matter_id="430981-r5", joined=True)
    await client.post(PATH, json=WORD)
    assert (published(bus).matter_id, published(bus).report_id) == ("430981-r5", "r0")


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        pytest.param({"action_id": "1", "kind": "resolve"}, 422, "desk_wrong", id="a desk's kind"),
        pytest.param({"action_id": "1", "kind": "rate"}, 422, "field_missing", id="no stars"),
        pytest.param(
            {"action_id": "1", "kind": "rate", "rating": 0}, 422, "field_invalid", id="too few stars"
        ),
        pytest.param(WORD | {"desk": "430981:police"}, 422, "field_unknown", id="a desk"),
        pytest.param([], 400, "not_json", id="a list"),
    ],
)
async def test_what_cannot_be_asked_for_is_a_problem_with_its_reason(
    client: httpx.AsyncClient, bus: FakeBus, body: Any, status: int, reason: str
) -> None:
    problem = problem_of(await client.post(PATH, json=body), status)
    assert problem["reason"] == reason
    assert problem["type"] == f"urn:xiaoshi:refused:{reason}"
    assert bus.outs == []


async def test_an_unknown_code_is_a_problem(
    client: httpx.AsyncClient, ledger: FakeLedger, bus: FakeBus
) -> None:
    ledger.known.clear()
    assert "not known yet" in problem_of(await client.post(PATH, json=WORD), 404)["detail"]
    assert bus.outs == []


async def test_a_mistyped_code_is_a_problem(client: httpx.AsyncClient) -> None:
    problem_of(await client.post("/receipts/1234/actions", json=WORD), 400)


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(Known(), id="being sorted"),
        pytest.param(at_work(state=State.MERGED, due=None), id="being merged"),
    ],
)
async def test_a_report_that_is_being_sorted_says_come_back(
    client: httpx.AsyncClient, ledger: FakeLedger, bus: FakeBus, status: Known
) -> None:
    ledger.known[RECEIPT] = status
    response = await client.post(PATH, json=WORD)
    problem_of(response, 409)
    assert int(response.headers["retry-after"]) > 0
    assert bus.outs == []


async def test_lines_are_not_for_one_action(client: httpx.AsyncClient) -> None:
    response = await client.post(PATH, content=b"{}", headers={"Content-Type": "application/x-ndjson"})
    problem_of(response, 415)
    assert response.headers["accept-post"] == "application/json"


@pytest.mark.parametrize("away", ["store", "broker"])
async def test_without_store_or_bus_nothing_is_promised(
    client: httpx.AsyncClient, ledger: FakeLedger, bus: FakeBus, away: str
) -> None:
    ledger.is_away, bus.is_away = away == "store", away == "broker"
    response = await client.post(PATH, json=WORD)
    problem_of(response, 503)
    assert response.headers["retry-after"]


async def test_a_receipt_may_be_used_so_often_a_minute(
    intake_config: IntakeSettings, bus: FakeBus, ledger: FakeLedger
) -> None:
    now = NOW
    async with client_of(intake_config, Ports(bus, ledger, lambda: now)) as client:
        for nth in range(ACTIONS_A_MINUTE):
            assert (await client.post(PATH, json=WORD | {"action_id": str(nth)})).status_code == 202
        response = await client.post(PATH, json=WORD)
        problem_of(response, 429)
        assert response.headers["retry-after"] == "60"
        assert len(bus.outs) == ACTIONS_A_MINUTE
        now = NOW + MINUTE
        assert (await client.post(PATH, json=WORD)).status_code == 202


@pytest.mark.parametrize(
    ("size", "status"),
    [pytest.param(64 * 1024, 202, id="at the limit"), pytest.param(64 * 1024 + 1, 413, id="a byte more")],
)
async def test_a_body_has_its_limit(client: httpx.AsyncClient, size: int, status: int) -> None:
    body = msgspec.json.encode(WORD)
    assert (await client.post(PATH, content=body + b" " * (size - len(body)))).status_code == status


async def test_more_at_a_time_than_the_door_holds_are_told_to_come_back(
    small: httpx.AsyncClient, bus: FakeBus
) -> None:
    bus.gate = asyncio.Event()
    inside = [asyncio.create_task(small.post(PATH, json=WORD | {"action_id": str(nth)})) for nth in (1, 2)]
    for _ in inside:
        await bus.arrived.acquire()
    problem_of(await small.post(PATH, json=WORD), 503)
    bus.gate.set()
    assert [(await each).status_code for each in inside] == [202, 202]


async def test_what_residents_send_does_not_crowd_out_reports(small: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.gate = asyncio.Event()
    inside = [asyncio.create_task(small.post(PATH, json=WORD)) for _ in (1, 2)]
    for _ in inside:
        await bus.arrived.acquire()
    report = asyncio.create_task(small.post("/reports/grid", content=a_body()))
    await bus.arrived.acquire()
    bus.gate.set()
    assert [(await each).status_code for each in (*inside, report)] == [202, 202, 202]


async def test_the_answer_is_seen_at_the_receipt(client: httpx.AsyncClient, ledger: FakeLedger) -> None:
    ledger.known[RECEIPT] = replace(AT_WORK, refusals=(a_refusal(Reason.AT_THE_TOP),))
    (action,) = (await client.get(f"/receipts/{RECEIPT}")).json()["actions"]
    assert (action["action_id"], action["done"], action["sentence"]) == ("a7", False, "已在最高一级")


async def test_the_door_counts_what_residents_ask(client: httpx.AsyncClient) -> None:
    await client.post(PATH, json=WORD)
    text = (await client.get("/metrics")).text
    assert 'xiaoshi_intake_resident_actions_total{outcome="accepted"}' in text
    assert 'xiaoshi_intake_resident_actions_total{outcome="not_sorted"}' in text


async def test_the_description_shows_what_may_be_asked_and_its_example_passes(
    client: httpx.AsyncClient,
) -> None:
    described = (await client.get("/openapi.json")).json()
    post = described["paths"]["/receipts/{code}/actions"]["post"]
    assert {"202", "400", "404", "409", "413", "415", "422", "429", "503"} <= post["responses"].keys()
    assert "security" not in post
    schemas = described["components"]["schemas"]
    assert set(schemas["ActionKind"]["enum"]) == {
        "book", "comment", "escalate", "rate", "reopen", "resume", "withdraw"
    }  # fmt: skip
    assert schemas["Asked"]["additionalProperties"] is False
    example = post["requestBody"]["content"]["application/json"]["example"]
    assert (await client.post(PATH, json=example)).status_code == 202


async def test_every_field_of_a_status_is_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    said = (await client.get(f"/receipts/{RECEIPT}")).json()
    assert said.keys() == described["components"]["schemas"]["Progress"]["properties"].keys()
