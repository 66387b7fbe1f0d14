"""The broker and the store for tests, and what becomes of tests that need real ones where there are none."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NoReturn

import hypothesis
import pytest
from _pytest.nodeid import NodeId
from kafka.net.inet import KafkaNetSocket

from shared import backing
from shared.backing import Broker, Store
from shared.errors import BackingUnavailableError

# how long an example takes says nothing on a machine that others use too
hypothesis.settings.register_profile("xiaoshi", deadline=None)
hypothesis.settings.load_profile("xiaoshi")


class ClosedWhenLetGo(socket.socket):
    """kafka-python 3.0.12 lets go of a socket, unclosed, when a client is closed while it connects.

    Python then warns of it in whatever test runs when it is collected. Ours to close are all others.
    """

    def __del__(self) -> None:
        self.close()


KafkaNetSocket.socket = staticmethod(ClosedWhenLetGo)

NOT_REAL = "no real Apache Kafka"
_found = pytest.StashKey[list[str]]()
_FOUND = "found"  # the same lines on their way from a worker of a parallel run


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What uses the broker or the store goes to one worker of a parallel run: each other would start its own."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        used = item.fixturenames if isinstance(item, pytest.Function) else ()
        if item.get_closest_marker("live") is not None or not {"broker", "store"}.isdisjoint(used):
            item.add_marker(pytest.mark.xdist_group("live"))
            # xdist 3.8 writes the group where pytest 9.2 no longer reads it (pytest-xdist, issue 1386)
            item._id = NodeId.parse(f"{item.nodeid}@live")


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: no search for garbage need pass them again."""
    gc.freeze()


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The best broker there is, one for the session: use names of your own for topics and groups."""
    with ExitStack() as services:
        try:
            found = services.enter_context(backing.broker(run_dir=tmp_path_factory.mktemp("backing")))
        except BackingUnavailableError as refusal:
            _refuse(f"{NOT_REAL}, nor a stand-in: {refusal}")
        _note(request.config, found)
        if _must_be_real() and not found.is_real:
            _refuse_stand_in(found)
        yield found


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The best document store there is, one for the session: use a database of your own."""
    with ExitStack() as services:
        try:
            found = services.enter_context(backing.store(run_dir=tmp_path_factory.mktemp("backing")))
        except BackingUnavailableError as refusal:
            _refuse(f"no document store: {refusal}")
        _note(request.config, found)
        yield found


@pytest.fixture(autouse=True)
def _live_means_real(request: pytest.FixtureRequest) -> None:
    """A test marked `live` never runs on a stand-in."""
    if request.node.get_closest_marker("live") is not None:
        found: Broker = request.getfixturevalue("broker")
        if not found.is_real:
            _refuse_stand_in(found)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker's tests ran on is said by the one who sums up."""
    sent: dict[str, list[str]] = getattr(node, "workeroutput", {})  # one that crashed sends nothing
    node.config.stash.setdefault(_found, []).extend(sent.get(_FOUND, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says what the tests ran on, and loudly how many did not run."""
    for line in config.stash.get(_found, []):
        terminalreporter.write_line(line)
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NOT_REAL in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_sep(
            "!", f"{len(skipped)} LIVE TESTS DID NOT RUN: {NOT_REAL}", red=True, bold=True
        )


def _note(config: pytest.Config, found: Broker | Store) -> None:
    lines = [found.describe, *(f"  rather than {refusal}" for refusal in found.passed_over)]
    config.stash.setdefault(_found, []).extend(lines)
    if hasattr(config, "workeroutput"):
        config.workeroutput.setdefault(_FOUND, []).extend(lines)


def _refuse_stand_in(found: Broker) -> NoReturn:
    _refuse(f"{NOT_REAL}, only {found.describe}: {'; '.join(found.passed_over)}")


def _refuse(reason: str) -> NoReturn:
    """Skip; fail where REQUIRE_LIVE says that a missing service is a fault."""
    if _must_be_real():
        pytest.fail(f"REQUIRE_LIVE is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def _must_be_real() -> bool:
    return os.environ.get("REQUIRE_LIVE", "") not in ("", "0")
