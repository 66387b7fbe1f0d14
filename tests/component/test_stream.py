"""A batch is handled, retried in order, or buried; nothing is lost and nothing leaves."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import REGISTRY

from shared import pages, stream, topics, wire
from shared.errors import EventInvalidError, QuestionInvalidError, StoreUnavailableError
from shared.events import RecordBuried
from shared.outcomes import FIRST_WAIT, LONGEST_WAIT, Outcomes
from shared.reasons import Reason
from shared.wire import Out, Record

TOPIC = "t.events.v1"


def record(offset: int, value: bytes = b"good") -> Record:
    return Record(TOPIC, 0, offset, 1_700_000_000_000, b"331122", value, ())


class Bench:
    """An `Outcomes` with a handler that can be told to fail, and no real time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.time = 0.0
        self.handled: list[int] = []
        self.sent: list[Out] = []
        self.waits: list[float] = []
        self.handler_fails: list[Exception] = []
        self.send_fails: list[Exception] = []
        self.before_wait: Callable[[], None] = lambda: None
        self.outcomes = Outcomes(name, self.handle, self.send, wait=self.wait, now=lambda: self.time)

    def handle(self, records: list[Record]) -> None:
        if self.handler_fails:
            raise self.handler_fails.pop(0)
        for each in records:
            if each.value == b"invalid":
                raise EventInvalidError("not an event")
            if each.value == b"breaks":
                raise ZeroDivisionError("division by zero")
        self.handled += [each.offset for each in records]

    async def send(self, out: Out) -> None:
        if self.send_fails:
            raise self.send_fails.pop(0)
        self.sent.append(out)

    async def wait(self, seconds: float) -> None:
        self.before_wait()
        self.waits.append(seconds)
        self.time += seconds

    def count(self, outcome: str) -> float | None:
        labels = {"projection": self.name, "outcome": outcome}
        return REGISTRY.get_sample_value("xiaoshi_stream_events_total", labels)


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.node.name)


def test_every_outcome_is_counted_from_zero(bench: Bench) -> None:
    assert [bench.count(outcome) for outcome in ("handled", "retried", "buried")] == [0, 0, 0]


async def test_a_good_batch_is_handled_in_one_call_and_in_order(bench: Bench) -> None:
    await bench.outcomes.settle([record(n) for n in range(500)])
    assert bench.handled == list(range(500))
    assert bench.count("handled") == 500


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"invalid", Reason.EVENT_INVALID, id="refused-by-name"),
        pytest.param(b"breaks", Reason.HANDLER_FAILED, id="breaks-its-handler"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 17, 98, 99])
async def test_one_bad_record_is_buried_alone_wherever_it_lies(
    bench: Bench, place: int, value: bytes, reason: Reason
) -> None:
    await bench.outcomes.settle([record(n, value if n == place else b"good") for n in range(100)])
    assert bench.handled == [n for n in range(100) if n != place]
    [dead] = bench.sent
    assert dead.topic == topics.dead(TOPIC)
    letter = wire.decode(dead.value)
    assert isinstance(letter, RecordBuried)
    assert (letter.offset, letter.reason) == (place, reason)
    assert (bench.count("handled"), bench.count("buried")) == (99, 1)


async def test_a_batch_of_nothing_but_bad_records_is_buried_in_order(bench: Bench) -> None:
    await bench.outcomes.settle([record(n, b"invalid") for n in range(7)])
    letters = [wire.decode(out.value) for out in bench.sent]
    assert [letter.offset for letter in letters if isinstance(letter, RecordBuried)] == list(range(7))
    assert bench.handled == []


async def test_a_store_that_is_away_is_waited_for_and_the_same_batch_comes_again(bench: Bench) -> None:
    bench.handler_fails = [StoreUnavailableError("away")] * 9
    await bench.outcomes.settle([record(0), record(1)])
    assert bench.handled == [0, 1]
    assert bench.waits == [FIRST_WAIT * 2**n for n in range(6)] + [LONGEST_WAIT] * 3
    assert bench.count("retried") == 18
    assert bench.sent == []


async def test_a_stall_is_told_once_patience_is_over_and_not_before(bench: Bench) -> None:
    told: list[str | None] = []
    bench.before_wait = lambda: told.append(bench.outcomes.trouble())
    bench.handler_fails = [StoreUnavailableError("away")] * 12
    await bench.outcomes.settle([record(0)])
    first = next(n for n, trouble in enumerate(told) if trouble is not None)
    assert sum(bench.waits[:first]) >= 30 > sum(bench.waits[: first - 1])
    assert told[first] == f"waiting for {sum(bench.waits[:first]):.0f} s: away"
    assert bench.outcomes.trouble() is None


async def test_a_dead_letter_that_cannot_be_sent_is_sent_again_until_it_is(bench: Bench) -> None:
    bench.send_fails = [StoreUnavailableError("away"), RuntimeError("anything"), OSError("gone")]
    await bench.outcomes.settle([record(0, b"invalid"), record(1)])
    assert len(bench.sent) == 1
    assert bench.handled == [1]


async def test_a_batch_cut_off_by_the_end_of_the_process_is_not_settled(bench: Bench) -> None:
    bench.handler_fails = [StoreUnavailableError("away")]
    began = asyncio.Event()

    async def wait_for_ever(_: float) -> None:
        began.set()
        await asyncio.Event().wait()

    bench.outcomes._wait = wait_for_ever
    settling = asyncio.create_task(bench.outcomes.settle([record(0)]))
    await began.wait()
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling
    assert bench.handled == []


def test_a_host_reads_committed_records_only_and_waits_for_a_majority() -> None:
    app = stream.host("bench", bootstrap="127.0.0.1:1,127.0.0.1:2", web_port=1)
    assert app.conf.id == "bench-host"
    assert [url.port for url in app.conf.broker_consumer] == [1, 2]
    assert app.conf.producer_acks == -1
    assert app.conf.topic_disable_leader
    assert isinstance(app.transport, stream._Transport)


async def test_a_projection_answers_for_its_stall_on_the_ready_page() -> None:
    app = stream.host("bench", bootstrap="127.0.0.1:1", web_port=1)
    outcomes = stream.project(app, TOPIC, lambda _: None, name="bench-ready")
    assert app.checks["bench-ready"]() is None
    assert app.checks["bench-ready"] == outcomes.trouble


async def test_the_ready_page_says_what_is_wrong_and_where() -> None:
    checks: dict[str, Callable[[], str | None]] = {"lanes": lambda: None}
    site = pages.Pages("127.0.0.1", 0, checks)
    async with TestClient(TestServer(site.application())) as client:
        ready = await client.get("/readyz")
        assert (ready.status, await ready.json()) == (200, {"lanes": "ok"})
        checks["ledger"] = lambda: "waiting for 31 s: away"
        ready = await client.get("/readyz")
        assert ready.status == 503
        assert await ready.json() == {"lanes": "ok", "ledger": "waiting for 31 s: away"}
        assert (await client.get("/healthz")).status == 200
        assert "xiaoshi_stream_events_total" in await (await client.get("/metrics")).text()


async def test_a_question_is_answered_as_json_and_a_wrong_one_in_words() -> None:
    def tea(query: Mapping[str, str]) -> dict[str, str]:
        if "cup" not in query:
            raise QuestionInvalidError("which cup?")
        return {"cup": query["cup"]}

    site = pages.Pages("127.0.0.1", 0, {}, {"/tea": tea})
    async with TestClient(TestServer(site.application())) as client:
        right = await client.get("/tea", params={"cup": "茶"})
        assert (right.status, await right.json()) == (200, {"cup": "茶"})
        wrong = await client.get("/tea")
        assert (wrong.status, await wrong.text()) == (400, "which cup?\n")
        assert (await client.get("/coffee")).status == 404
