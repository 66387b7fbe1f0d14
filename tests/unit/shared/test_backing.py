"""Which backing service is taken, and that nothing of it is left behind. No broker runs here."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared import backing
from shared.backing import Broker, Started
from shared.backing.surroundings import broker_from_environment, store_from_environment
from shared.errors import BackingUnavailableError

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


def refuse(reason: str) -> Callable[[Path], Started[Broker]]:
    def way(_home: Path) -> Started[Broker]:
        raise BackingUnavailableError(reason)

    return way


def offer(broker: Broker) -> Callable[[Path], Started[Broker]]:
    return lambda _home: Started(broker, lambda: None)


JVM = Broker("127.0.0.1:1", "jvm", "broker: Kafka on a JVM")
EMULATOR = Broker("127.0.0.1:2", "emulator", "broker: emulator")


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XIAOSHI_KAFKA", "XIAOSHI_MONGO", "XIAOSHI_MAVEN_REPOSITORY", "REQUIRE_LIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def listener() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_an_address_in_the_environment_wins(
    listener: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOSHI_KAFKA", listener)
    started = backing.start_broker(tmp_path, ways=[offer(JVM)])
    assert started.service == Broker(listener, "environment", f"broker: {listener}, named by XIAOSHI_KAFKA")
    assert started.service.is_real


def test_a_silent_address_in_the_environment_is_an_error_and_never_passed_over() -> None:
    with pytest.raises(
        BackingUnavailableError, match=r"XIAOSHI_KAFKA names 127\.0\.0\.1:1, but nothing answers"
    ):
        broker_from_environment({"XIAOSHI_KAFKA": "127.0.0.1:1"}, seconds=0)


@pytest.mark.parametrize("address", ["kafka", "kafka:", ":9092", "kafka:9092,other"])
def test_a_broker_address_without_host_and_port_is_refused(address: str) -> None:
    with pytest.raises(BackingUnavailableError, match="must be host:port"):
        broker_from_environment({"XIAOSHI_KAFKA": address}, seconds=0)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param(
            "mongodb://u:secret@127.0.0.1:1/?serverSelectionTimeoutMS=1", "nothing answers", id="silent"
        ),
        pytest.param("http://u:secret@127.0.0.1:1", "must be a mongodb:// address", id="not_mongodb"),
    ],
)
def test_a_store_that_does_not_answer_is_refused_without_telling_its_password(url: str, says: str) -> None:
    with pytest.raises(BackingUnavailableError, match=says) as refusal:
        store_from_environment({"XIAOSHI_MONGO": url}, seconds=0)
    assert "secret" not in str(refusal.value)


def test_the_first_way_that_works_is_taken_and_knows_what_was_passed_over(tmp_path: Path) -> None:
    ways = [refuse("no engine"), offer(JVM), offer(EMULATOR)]
    assert backing.start_broker(tmp_path, ways).service == JVM.after(("no engine",))


def test_a_stand_in_is_taken_with_a_warning_that_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    started = backing.start_broker(tmp_path, [refuse("no engine"), refuse("no Java"), offer(EMULATOR)])
    assert not started.service.is_real
    [(_, level, text)] = caplog.record_tuples
    assert (level, text) == (logging.WARNING, "broker: emulator; no engine; no Java")


def test_without_any_way_the_error_names_every_reason(tmp_path: Path) -> None:
    with pytest.raises(BackingUnavailableError, match="no broker: no engine; no Java"):
        backing.start_broker(tmp_path, [refuse("no engine"), refuse("no Java")])


def test_a_service_ends_with_its_block_also_when_the_block_fails(tmp_path: Path) -> None:
    ended: list[str] = []
    way = lambda _home: Started(JVM, lambda: ended.append("ended"))  # noqa: E731
    with pytest.raises(ZeroDivisionError), backing.broker(run_dir=tmp_path, ways=[way]):
        raise ZeroDivisionError
    assert ended == ["ended"]


# what becomes of tests that need a real broker


Inner = Callable[..., pytest.RunResult]


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    """Two live tests, one other test of `broker` and one of nothing, with the project's own conftest."""
    pytester.makeini(
        "[pytest]\nmarkers = live: needs a real broker\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text())
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.live\ndef test_live(broker): assert broker.is_real\n"
        "@pytest.mark.live\ndef test_live_too(): pass\n"
        "def test_other(broker): assert broker.bootstrap\n"
        "def test_pure(): pass\n"
    )
    return pytester


@pytest.fixture
def run_tests(inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    def run(found: Broker | None) -> pytest.RunResult:
        @contextmanager
        def fake_broker(*, run_dir: Path) -> Iterator[Broker]:
            if found is None:
                raise BackingUnavailableError(f"nothing for {run_dir.name}")
            yield found

        monkeypatch.setattr(backing, "broker", fake_broker)
        return inner.runpytest_inprocess()

    return run


def test_on_a_real_broker_all_runs_and_the_summary_says_on_what(run_tests: Inner) -> None:
    result = run_tests(JVM.after(("no engine",)))
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["broker: Kafka on a JVM", "  rather than no engine"])
    result.stdout.no_fnmatch_line("*DID NOT RUN*")


def test_on_the_emulator_live_tests_are_skipped_loudly_with_a_count(run_tests: Inner) -> None:
    result = run_tests(EMULATOR.after(("no Java",)))
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines(["*2 LIVE TESTS DID NOT RUN: no real Apache Kafka*"])
    assert result.ret == 0


def test_without_any_broker_all_that_need_one_are_skipped_loudly(run_tests: Inner) -> None:
    result = run_tests(None)
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["*3 LIVE TESTS DID NOT RUN: no real Apache Kafka*"])


@pytest.mark.parametrize("found", [EMULATOR, None], ids=["emulator", "nothing"])
def test_with_require_live_a_missing_real_broker_fails_the_run(
    found: Broker | None, run_tests: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_LIVE", "1")
    result = run_tests(found)
    result.assert_outcomes(passed=1, errors=3)
    result.stdout.fnmatch_lines(["*REQUIRE_LIVE is set, but no real Apache Kafka*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("value", ["", "0"])
def test_require_live_can_be_switched_off(
    value: str, run_tests: Inner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_LIVE", value)
    run_tests(EMULATOR).assert_outcomes(passed=2, skipped=2)


def test_in_a_parallel_run_one_worker_takes_the_broker_and_the_summary_says_which(
    inner: pytest.Pytester, listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOSHI_KAFKA", listener)
    result = inner.runpytest_inprocess("-n2", "--dist=loadgroup")
    result.assert_outcomes(passed=4)
    assert result.outlines.count(f"broker: {listener}, named by XIAOSHI_KAFKA") == 1
    result.stdout.no_fnmatch_line("*DID NOT RUN*")


@pytest.mark.parametrize(
    ("must", "outcomes", "said"),
    [
        pytest.param("", {"passed": 1, "skipped": 3}, "*3 LIVE TESTS DID NOT RUN*", id="left out"),
        pytest.param("1", {"passed": 1, "errors": 3}, "*REQUIRE_LIVE is set, but no real*", id="required"),
    ],
)
def test_a_broker_that_a_worker_misses_is_told_as_loudly(
    must: str, outcomes: dict[str, int], said: str, inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOSHI_KAFKA", "nowhere")
    monkeypatch.setenv("REQUIRE_LIVE", must)
    result = inner.runpytest_inprocess("-n1")
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines([said])
