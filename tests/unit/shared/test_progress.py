"""What is no progress: by virtual time, the instant itself still well, a microsecond later no more."""

import uuid
from collections.abc import Callable

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from shared.progress import PATIENCE, Pulse, Seen, Watch

TP = TopicPartition("t.v1", 3)
OTHER = TopicPartition("u.v1", 3)
AFTER = 1e-6


class Bench:
    """A watch over one partition, and time moved by hand. Every look at it is a new answer unless said otherwise."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.answers = 0
        self.reader = uuid.uuid4().hex
        self.watch = Watch(self.reader, lambda: self.time)
        self.watch.begin(TP)

    def see(self, position: int, stable: int, end: int | None = None, *, is_news: bool = True) -> None:
        self.answers += is_news
        self.watch.see(TP, Seen(position, stable, stable if end is None else end, self.answers))

    def metric(self, name: str) -> float | None:
        labels = {"reader": self.reader, "topic": TP.topic, "partition": str(TP.partition)}
        return REGISTRY.get_sample_value(f"xiaoshi_input_{name}", labels)


@pytest.fixture
def bench() -> Bench:
    return Bench()


Look = Callable[[Bench, int], None]


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda bench, _: bench.see(7, 7), id="idle at the end, and answered"),
        pytest.param(lambda bench, nth: bench.see(nth, 1_000_000), id="far behind, but moving"),
        pytest.param(
            lambda bench, nth: bench.see(nth, 1_000_000, is_news=False), id="moving through what was fetched"
        ),
        pytest.param(lambda bench, _: bench.see(7, 7, 9), id="at the end, somebody's transaction open"),
    ],
)
def test_who_moves_or_has_nothing_to_do_is_well_for_ever(bench: Bench, look: Look) -> None:
    for nth in range(100):
        look(bench, nth)
        bench.time += PATIENCE
        assert bench.watch.trouble() is None


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda bench, _: bench.see(7, 9), id="records are there, none comes"),
        pytest.param(lambda bench, nth: bench.see(7, 9 + nth), id="more and more are there, none comes"),
        pytest.param(lambda bench, _: bench.see(7, 7, is_news=False), id="the broker answers nothing more"),
        pytest.param(lambda bench, _: bench.watch.see(TP, None), id="nothing is known of it"),
        pytest.param(lambda _bench, _nth: None, id="nobody looks any more"),
    ],
)
def test_who_goes_round_without_progress_is_found_out_when_patience_is_over(bench: Bench, look: Look) -> None:
    bench.see(7, 7)
    for nth in range(29):
        bench.time += 1
        look(bench, nth)
    bench.time += 1
    look(bench, 29)
    assert bench.watch.trouble() is None
    bench.time += AFTER
    look(bench, 30)
    assert bench.watch.trouble() == "not moving, with records to read or no answer: t.v1/3 for 30 s"
    assert bench.metric("still_seconds") == pytest.approx(30)


def test_one_record_handled_is_progress_again(bench: Bench) -> None:
    bench.see(7, 9)
    bench.time += 31
    bench.see(7, 9)
    assert bench.watch.trouble() is not None
    bench.see(8, 9)
    assert bench.watch.trouble() is None
    assert (bench.metric("position"), bench.metric("end"), bench.metric("still_seconds")) == (8, 9, 0)


def test_a_reader_at_work_on_what_it_read_does_not_stand_still(bench: Bench) -> None:
    bench.see(7, 9)
    bench.time += 31
    bench.watch.go_on()
    assert bench.watch.trouble() is None


def test_a_transaction_left_open_shows_and_is_not_the_readers_fault(bench: Bench) -> None:
    bench.see(7, 7)
    for _ in range(61):
        bench.time += 1
        bench.see(7, 7, 9)
    assert bench.watch.trouble() is None
    assert bench.metric("blocked_seconds") == 61
    bench.see(7, 10)
    assert bench.metric("blocked_seconds") == 0


def test_a_partition_that_is_somebody_elses_now_is_no_longer_told_of(bench: Bench) -> None:
    bench.see(7, 9)
    bench.time += 31
    bench.watch.keep({OTHER: None})
    assert bench.watch.trouble() is None
    assert bench.metric("position") is None
    bench.time += 30 + AFTER
    assert bench.watch.trouble() == "not moving, with records to read or no answer: u.v1/3 for 30 s"


def test_a_pulse_is_missed_when_its_patience_is_over_and_not_before() -> None:
    time = [0.0]
    pulse = Pulse("no pass", 5, lambda: time[0])
    time[0] = 5
    assert pulse.trouble() is None
    time[0] += AFTER
    assert pulse.trouble() == "no pass for 5 s"
    pulse.beat()
    assert pulse.trouble() is None
