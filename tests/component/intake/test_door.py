"""The HTTP door: yes only when it is on the bus; every no says which field and why."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from services.intake.config import IntakeSettings
from services.intake.openapi import EXAMPLE
from services.intake.ports import Ports
from services.intake.problems import MEDIA_TYPE
from shared import wire
from shared.receipts import receipt_of, report_id_of
from shared.wire import Out
from tests.component.intake.conftest import ALL_KEY, client_of
from tests.component.intake.fakes import FakeBus, FakeLedger
from tests.unit.intake.samples import COUNTY, NOW, a_body, a_tree
from tests.unit.intake.test_progress import AT_WORK

LINES = {"Content-Type": "application/x-ndjson"}
RECEIPT = receipt_of(report_id_of("grid", "7"), b"r" * 32)


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    assert "Traceback" not in response.text
    return body


async def test_a_report_is_accepted_once_it_is_on_the_bus(client: httpx.AsyncClient, bus: FakeBus) -> None:
    response = await client.post("/reports/grid", content=a_body())
    assert response.status_code == 202
    assert response.json() == {
        "status": "accepted",
        "report_id": report_id_of("grid", "7"),
        "receipt": RECEIPT,
    }
    (out,) = bus.outs
    assert (out.topic, out.key, out.timestamp) == ("reports.grid.v1", COUNTY.encode(), wire.millis(NOW))


async def test_the_same_report_again_gets_the_same_receipt(client: httpx.AsyncClient) -> None:
    first = await client.post("/reports/grid", content=a_body())
    assert (await client.post("/reports/grid", content=a_body())).json() == first.json()


async def test_no_contact_data_pass_the_door(client: httpx.AsyncClient, bus: FakeBus) -> None:
    response = await client.post("/reports/grid", content=a_body(reporter={"name": "某某", "phone": "000"}))
    assert "某某" not in response.text + str(bus.outs) + (bus.outs[0].value or b"").decode()


async def test_a_trace_of_the_caller_is_kept(client: httpx.AsyncClient, bus: FakeBus) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await client.post("/reports/grid", content=a_body(), headers={"traceparent": trace})
    assert wire.header(bus.outs[0].headers, "traceparent") == trace.encode()


async def test_a_refused_report_names_every_field_and_is_not_on_the_bus(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    problem = problem_of(await client.post("/reports/grid", content=a_body(title=None, zz=1)), 422)
    assert problem["reason"] == "field_invalid"
    assert [(each["pointer"], each["reason"]) for each in problem["errors"]] == [
        ("/title", "field_invalid"),
        ("/zz", "field_unknown"),
    ]
    assert bus.outs == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"{", 400, id="not JSON"),
        pytest.param(b"[" * 100_000, 400, id="too deep"),
        pytest.param(b'{"text": "' + b"x" * 65536 + b'"}', 413, id="a report over 64 KiB"),
        pytest.param(b"[]", 422, id="no reports"),
        pytest.param(b"[" + b",".join([b"{}"] * 1001) + b"]", 413, id="1,001 reports"),
    ],
)
async def test_a_wrong_body_is_a_problem(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    problem_of(await client.post("/reports/grid", content=body), status)


@pytest.mark.parametrize("is_lines", [False, True], ids=["a list", "lines"])
async def test_each_report_of_a_batch_has_its_own_answer(
    client: httpx.AsyncClient, bus: FakeBus, is_lines: bool
) -> None:
    bodies = [a_body(), a_body(title=None), a_body(), a_body(source_id="8")]
    content = b"\n".join(bodies) if is_lines else b"[" + b",".join(bodies) + b"]"
    response = await client.post("/reports/grid", content=content, headers=LINES if is_lines else {})
    assert response.status_code == 202
    said = response.json()
    assert (said["accepted"], said["refused"]) == (3, 1)
    items = said["items"]
    assert [each["status"] for each in items] == ["accepted", "refused", "duplicate", "accepted"]
    assert [each["index"] for each in items] == [0, 1, 2, 3]
    assert items[0]["receipt"] == items[2]["receipt"]
    assert items[1]["problem"]["errors"][0]["pointer"] == "/title"
    assert len(bus.outs) == 2


async def test_a_thousand_reports_pass_at_once(client: httpx.AsyncClient, bus: FakeBus) -> None:
    trees = [a_tree(source_id=str(nth)) for nth in range(1000)]
    response = await client.post("/reports/grid", content=msgspec.json.encode(trees))
    assert response.json()["accepted"] == 1000
    assert len(bus.outs) == 1000


async def test_a_batch_without_any_report_is_a_problem_with_all_answers(client: httpx.AsyncClient) -> None:
    problem = problem_of(await client.post("/reports/grid", content=b"[{}, 5]"), 422)
    assert [each["status"] for each in problem["items"]] == ["refused", "refused"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param("/reports/grid", {"X-API-Key": ""}, 401, id="no key"),
        pytest.param("/reports/grid", {"X-API-Key": "guess"}, 401, id="wrong key"),
        pytest.param("/reports/nowhere", {"X-API-Key": "guess"}, 401, id="wrong key learns no sources"),
        pytest.param("/reports/hotline", {}, 403, id="key for another source"),
        pytest.param("/reports/nowhere", {}, 404, id="no such source"),
        pytest.param("/nothing", {}, 404, id="no such path"),
        pytest.param("/reports/grid", {"Content-Type": "text/plain"}, 415, id="another type"),
        pytest.param(
            "/reports/grid", {"Content-Type": "application/json; charset=gbk"}, 415, id="another charset"
        ),
        pytest.param("/reports/grid", {"Content-Encoding": "gzip"}, 415, id="compressed"),
    ],
)
async def test_who_may_not_and_what_is_not_is_a_problem(
    client: httpx.AsyncClient, bus: FakeBus, path: str, headers: dict[str, str], status: int
) -> None:
    problem_of(await client.post(path, content=a_body(), headers=headers), status)
    assert bus.outs == []


async def test_another_method_is_a_problem(client: httpx.AsyncClient) -> None:
    problem_of(await client.get("/reports/grid"), 405)


async def test_a_key_for_all_sources_opens_each(client: httpx.AsyncClient) -> None:
    for source in ("app", "grid", "hotline"):
        response = await client.post(f"/reports/{source}", content=a_body(), headers={"X-API-Key": ALL_KEY})
        assert response.status_code == 202


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 100


@pytest.mark.parametrize(
    ("size", "status"),
    [pytest.param(1000, 202, id="at the limit"), pytest.param(1001, 413, id="a byte more")],
)
async def test_a_body_has_its_limit(small: httpx.AsyncClient, size: int, status: int) -> None:
    body = a_body()
    response = await small.post("/reports/grid", content=body + b" " * (size - len(body)))
    assert response.status_code == status


async def test_a_body_in_chunks_has_the_same_limit(small: httpx.AsyncClient) -> None:
    problem_of(await small.post("/reports/grid", content=chunks(11)), 413)


async def test_a_length_that_lies_does_not_help(small: httpx.AsyncClient) -> None:
    response = await small.post("/reports/grid", content=chunks(11), headers={"Content-Length": "10"})
    problem_of(response, 413)


async def test_a_declared_length_over_the_limit_is_not_read(small: httpx.AsyncClient) -> None:
    response = await small.post("/reports/grid", content=chunks(1), headers={"Content-Length": "1001"})
    problem_of(response, 413)


async def test_without_a_broker_nothing_is_promised(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.is_away = True
    response = await client.post("/reports/grid", content=a_body())
    assert "receipt" not in problem_of(response, 503)
    assert int(response.headers["retry-after"]) > 0


async def test_yes_is_not_said_before_the_bus_has_it(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.gate = asyncio.Event()
    posting = asyncio.create_task(client.post("/reports/grid", content=a_body()))
    await bus.arrived.acquire()
    assert not posting.done()
    bus.gate.set()
    assert (await posting).status_code == 202


async def test_more_at_a_time_than_the_door_holds_are_told_to_come_back(
    small: httpx.AsyncClient, bus: FakeBus
) -> None:
    bus.gate = asyncio.Event()
    inside = [
        asyncio.create_task(small.post("/reports/grid", content=a_body(source_id=str(n)))) for n in (1, 2)
    ]
    for _ in inside:
        await bus.arrived.acquire()
    turned = await small.post("/reports/grid", content=a_body(source_id="3"))
    problem_of(turned, 503)
    assert int(turned.headers["retry-after"]) > 0
    bus.gate.set()
    assert [(await each).status_code for each in inside] == [202, 202]
    assert (await small.post("/reports/grid", content=a_body(source_id="3"))).status_code == 202


async def test_more_bytes_at_a_time_than_the_door_holds_are_told_to_come_back(
    small: httpx.AsyncClient, bus: FakeBus
) -> None:
    bus.gate = asyncio.Event()
    body = a_body()
    inside = asyncio.create_task(small.post("/reports/grid", content=body + b" " * (1000 - len(body))))
    await bus.arrived.acquire()
    problem_of(await small.post("/reports/grid", content=body + b" " * (501 - len(body))), 503)
    bus.gate.set()
    assert (await inside).status_code == 202


async def test_an_error_of_ours_shows_nothing_of_us(
    client: httpx.AsyncClient, bus: FakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: list[Out]) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(bus, "publish", broken)
    response = await client.post("/reports/grid", content=a_body())
    assert "secret" not in problem_of(response, 500)["detail"]


async def test_by_the_stated_clock_a_report_is_received_when_it_was_made(
    intake_config: IntakeSettings, bus: FakeBus, ledger: FakeLedger
) -> None:
    stated = replace(intake_config, time="driven")
    async with client_of(stated, Ports(bus, ledger, lambda: NOW)) as client:
        response = await client.post("/reports/grid", content=a_body(reported_at="2030-01-01T00:00:00Z"))
    assert response.status_code == 202
    assert bus.outs[0].timestamp == 1893456000000


async def test_a_receipt_tells_how_far_the_report_has_come(
    client: httpx.AsyncClient, ledger: FakeLedger
) -> None:
    ledger.known[RECEIPT] = AT_WORK
    response = await client.get(f"/receipts/{RECEIPT.replace(' ', '-')}", headers={"Accept-Language": "en"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    said = response.json()
    assert (said["receipt"], said["tier"], said["state"]) == (RECEIPT, "town", "in_progress")
    assert "being worked on" in said["sentence"]


async def test_a_receipt_not_known_is_a_problem(client: httpx.AsyncClient) -> None:
    assert "not known yet" in problem_of(await client.get(f"/receipts/{RECEIPT}"), 404)["detail"]


@pytest.mark.parametrize("code", ["1234", RECEIPT[:-1] + str((int(RECEIPT[-1]) + 1) % 10), "密码"])
async def test_a_mistyped_receipt_is_a_problem(client: httpx.AsyncClient, code: str) -> None:
    problem_of(await client.get(f"/receipts/{code}"), 400)


async def test_without_the_store_a_receipt_says_come_back(
    client: httpx.AsyncClient, ledger: FakeLedger
) -> None:
    ledger.is_away = True
    response = await client.get(f"/receipts/{RECEIPT}")
    problem_of(response, 503)
    assert response.headers["retry-after"]


@pytest.mark.parametrize(
    ("is_away", "lanes", "status", "said"),
    [
        pytest.param(False, None, 200, {"broker": "ok", "lanes": "ok"}, id="all well"),
        pytest.param(True, None, 503, {"broker": "away", "lanes": "ok"}, id="broker away"),
        pytest.param(
            False, "lane 1: x", 503, {"broker": "ok", "lanes": "lane 1: x"}, id="a lane stands still"
        ),
    ],
)
async def test_ready_means_broker_and_lanes_and_says_which_is_not(
    intake_config: IntakeSettings,
    bus: FakeBus,
    ledger: FakeLedger,
    is_away: bool,
    lanes: str | None,
    status: int,
    said: dict[str, str],
) -> None:
    bus.is_away = is_away
    async with client_of(intake_config, Ports(bus, ledger, lambda: NOW, lambda: lanes)) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (status, said)
        assert (await client.get("/healthz")).status_code == 200


async def test_the_door_counts_by_source_and_outcome(client: httpx.AsyncClient) -> None:
    await client.post("/reports/grid", content=a_body(division="999999"))
    text = (await client.get("/metrics")).text
    assert 'xiaoshi_intake_reports_total{outcome="refused",source="hotline"} 0.0' in text
    assert 'xiaoshi_intake_refusals_total{reason="division_unknown",source="grid"}' in text


async def test_the_description_shows_the_contract_and_its_example_passes(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    schemas = described["components"]["schemas"]
    assert schemas["Report"]["additionalProperties"] is False
    assert "source" not in schemas["Report"]["required"]
    assert "sealed" not in schemas["Reporter"]["properties"]
    post = described["paths"]["/reports/{source}"]["post"]
    assert {"202", "401", "403", "413", "415", "422", "503"} <= post["responses"].keys()
    assert MEDIA_TYPE in post["responses"]["422"]["content"]
    refs = {part.split('"')[0] for part in json.dumps(described).split("#/components/schemas/")[1:]}
    assert refs <= schemas.keys()
    answer = await client.post("/reports/grid", content=msgspec.json.encode(EXAMPLE))
    assert answer.status_code == 202, answer.text
