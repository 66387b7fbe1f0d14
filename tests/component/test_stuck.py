"""A worker that is stuck cannot look healthy: each way to be stuck, in virtual time, and what readiness says then."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from services.escalation.ticker import MISSED, Ticker
from services.intake.bus import Confirmed
from shared import stream, topics
from shared.core import Core, Decision
from shared.lane import Bus, Lane, LaneKind
from shared.outcomes import Outcomes
from shared.progress import Seen, seen_by
from shared.wire import Out, Record
from xiaoshi.audit import Audit, felt, pulse_of

NOWHERE = "127.0.0.1:1"
TP = TopicPartition(topics.EVENTS.name, 0)
AFTER = 1e-6


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A real one that was never started: what the broker would have told it is written in by hand."""

    def told(self, position: int | None, stable: int | None, answer: int | None) -> None:
        known = self._subscription.subscription.assignment.state_value(TP)
        known._position, known.lso, known.highwater, known.timestamp = position, stable, stable, answer

    async def getmany(self, *_: Any, **__: Any) -> dict[TopicPartition, Any]:
        return {}


class Nothing:
    """The rules of a lane that never gets anything."""

    state: dict[str, Any]
    state_type: Any = dict

    def __init__(self) -> None:
        self.state = {}

    def decide(self, record: Record) -> Decision:
        raise AssertionError(record)

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: Any, new: Any) -> None:
        raise AssertionError(key)

    def committed(self) -> None:
        pass


@pytest.fixture
async def consumer() -> AsyncIterator[Consumer]:
    made = Consumer(bootstrap_servers=NOWHERE, isolation_level="read_committed")
    made.assign([TP])
    yield made
    await made.stop()


@pytest.fixture
def lane(clock: Clock, consumer: Consumer) -> Lane:
    kind = LaneKind("stuck", (TP.topic,), lambda _: Core(Nothing(), {}))
    made = Lane(kind, 0, Bus(NOWHERE, 1), clock)
    made._consumer = consumer
    return made


def test_a_lane_that_is_not_restored_says_so(lane: Lane) -> None:
    assert lane.trouble() == "not restored yet"


async def test_an_idle_lane_is_well_for_an_hour(lane: Lane, consumer: Consumer, clock: Clock) -> None:
    lane._begin()
    for nth in range(3600):
        clock.time += 1
        consumer.told(5, 5, nth)
        await lane._round()
        assert lane.trouble() is None


@pytest.mark.parametrize(
    ("position", "stable", "is_answered"),
    [
        pytest.param(5, 9, True, id="fetch never brings them"),
        pytest.param(5, 5, False, id="broker answers nothing"),
        pytest.param(None, None, True, id="position never found"),
    ],
)
async def test_a_lane_that_goes_round_and_handles_nothing_is_found_out(
    lane: Lane, consumer: Consumer, clock: Clock, position: int | None, stable: int | None, is_answered: bool
) -> None:
    lane._begin()
    consumer.told(5, 5, 1)
    await lane._round()
    for nth in range(30):
        clock.time += 1
        consumer.told(position, stable, nth + 2 if is_answered else 1)
        await lane._round()
    assert lane.trouble() is None
    clock.time += AFTER
    await lane._round()
    assert lane.trouble() == f"not moving, with records to read or no answer: {TP.topic}/0 for 30 s"


async def test_a_partition_that_was_paused_is_found_out_even_without_records(
    lane: Lane, consumer: Consumer, clock: Clock
) -> None:
    lane._begin()
    consumer.told(5, 5, 1)
    await lane._round()
    consumer.pause(TP)  # aiokafka fetches it no more, so no answer comes
    clock.time += 30 + AFTER
    await lane._round()
    assert lane.trouble() is not None


async def test_a_lane_that_does_not_go_round_is_found_out(lane: Lane, clock: Clock) -> None:
    lane._begin()
    clock.time += 30
    assert lane.trouble() is None
    clock.time += AFTER
    assert lane.trouble() == "has not gone round for 30 s"


async def test_nothing_is_known_of_a_partition_before_the_broker_has_told_it(consumer: Consumer) -> None:
    assert seen_by(consumer, TP) is None
    assert seen_by(consumer, TopicPartition("never.heard.of", 0)) is None
    consumer.told(5, 9, 1)
    assert seen_by(consumer, TP) == Seen(5, 9, 9, 1)


async def nowhere(_: Out) -> None:
    raise AssertionError


def outcomes_of(clock: Clock, name: str) -> Outcomes:
    return Outcomes(name, lambda _: None, nowhere, now=clock)


def test_a_projection_with_nothing_to_do_is_well_for_an_hour(clock: Clock) -> None:
    outcomes = outcomes_of(clock, "stuck-idle")
    for nth in range(1800):
        outcomes.see({TP: Seen(5, 5, 5, nth)})
        clock.time += 2
        assert outcomes.trouble() is None


def test_a_projection_that_was_given_no_partition_is_well(clock: Clock) -> None:
    outcomes = outcomes_of(clock, "stuck-none")
    clock.time += 31
    outcomes.see({})
    assert outcomes.trouble() is None


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        pytest.param(None, "has not been fed for 30 s", id="not in its group"),
        pytest.param({TP: Seen(5, 9, 9, 1)}, "not moving", id="records are there, none is handed on"),
        pytest.param({TP: Seen(5, 5, 5, 0)}, "not moving", id="no round of its reader, no answer"),
        pytest.param({TP: None}, "not moving", id="nothing is known of it"),
    ],
)
def test_a_projection_that_is_not_fed_is_found_out(
    clock: Clock, mine: dict[TopicPartition, Seen | None] | None, said: str
) -> None:
    outcomes = outcomes_of(clock, "stuck-unfed")
    outcomes.see({TP: Seen(5, 5, 5, 0)})
    for _ in range(30):
        clock.time += 1
        outcomes.see(mine)
        assert outcomes.trouble() is None or clock.time == 1030
    clock.time += AFTER
    trouble = outcomes.trouble()
    assert trouble is not None
    assert trouble.startswith(said)


async def test_a_handler_that_never_comes_back_is_found_out(clock: Clock) -> None:
    gate = asyncio.Event()
    outcomes = outcomes_of(clock, "stuck-handler")

    async def hangs(*_: Any) -> None:
        await gate.wait()

    outcomes._handle = hangs  # type: ignore[method-assign,assignment]  # a thread that hangs could not be ended
    settling = asyncio.create_task(outcomes.settle([Record(TP.topic, 0, 0, 0, b"", b"", ())]))
    await asyncio.sleep(0)
    clock.time += 30 - AFTER
    assert outcomes.trouble() is None
    clock.time += 1
    assert outcomes.trouble() == "a batch has been in hand for 31 s"
    gate.set()
    await settling
    outcomes.see({TP: Seen(1, 1, 1, 1)})
    assert outcomes.trouble() is None


def test_a_projection_stands_where_the_first_record_does_that_is_not_settled() -> None:
    class Message:
        def __init__(self, offset: int, acked: bool) -> None:
            self.tp, self.offset, self.acked = tuple(TP), offset, acked

    class Thread:
        def standing(self) -> dict[TopicPartition, Seen | None]:
            other = TopicPartition("other", 0)
            return {TP: Seen(9, 9, 9, 1), other: Seen(1, 1, 1, 1), TopicPartition(TP.topic, 1): None}

    class Held:
        _thread = Thread()
        unacked = (Message(4, True), Message(6, False), Message(5, False))

    standing = stream._settled(Held(), TP.topic)
    assert standing == {TP: Seen(5, 9, 9, 1), TopicPartition(TP.topic, 1): None}


def test_a_bus_on_which_nothing_is_confirmed_is_found_out_and_tried_again_later(clock: Clock) -> None:
    confirmed = Confirmed(clock)
    for _ in range(3):
        confirmed.failed()
        assert confirmed.trouble() is None
        clock.time += 10
    assert confirmed.trouble() == "has confirmed nothing for 30 s, whatever was sent"
    clock.time += 20 - AFTER
    assert confirmed.trouble() is not None
    clock.time += 2 * AFTER
    assert confirmed.trouble() is None, "who is never asked again cannot find that it works again"
    confirmed.failed()
    assert confirmed.trouble() is not None
    confirmed.through()
    assert confirmed.trouble() is None


def test_a_bus_that_nobody_uses_is_well(clock: Clock) -> None:
    confirmed = Confirmed(clock)
    clock.time += 3600
    assert confirmed.trouble() is None


class Producer:
    """Answers what it is told to, or never."""

    def __init__(self) -> None:
        self.answers: dict[int, Exception | None] = {}

    async def send(self, _: str, __: bytes, *, partition: int, **___: Any) -> "asyncio.Future[None]":
        ack: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if partition in self.answers:
            error = self.answers[partition]
            ack.set_exception(error) if error is not None else ack.set_result(None)
        return ack


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({0: None}, id="no answer"),
        pytest.param({0: None, 1: KafkaTimeoutError()}, id="an error each time"),
    ],
)
async def test_ticks_that_nobody_confirms_are_found_out(
    clock: Clock, answers: dict[int, Exception | None]
) -> None:
    ticker = Ticker(NOWHERE, [0, 1], timedelta(seconds=10), clock)
    producer = ticker._producer = Producer()
    producer.answers = {0: None, 1: None}
    await tick(ticker)
    producer.answers = answers
    for _ in range(MISSED):
        clock.time += 10
        await tick(ticker)
    assert ticker.trouble() is None
    clock.time += AFTER
    assert ticker.trouble() == "no tick on lane 1 for 30 s"
    producer.answers = {0: None, 1: None}
    await tick(ticker)
    assert ticker.trouble() is None


async def tick(ticker: Ticker) -> None:
    await ticker._tick_all()
    await asyncio.sleep(0)


def test_an_auditor_whose_reading_hangs_is_found_out_and_one_that_reads_for_hours_is_not(
    clock: Clock,
) -> None:
    pulse = pulse_of(timedelta(minutes=1), clock)

    def slow(_: dict[int, int]) -> Iterable[Record]:
        for offset in range(50):
            clock.time += 180
            assert pulse.trouble() is None
            yield Record(TP.topic, 0, offset, 0, b"", b"no event", ())

    for _ in felt(slow, pulse)({}):
        pass
    clock.time += 180 + AFTER
    assert pulse.trouble() == "nothing was read to its end for 180 s"
    assert Audit(felt(lambda _: [], pulse)).audit(None).open_matters == 0
