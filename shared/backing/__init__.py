"""Finds or starts the backing services and says which it took; nothing else knows.

An address in the environment wins, then a Docker engine that answers, then what runs here without one.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from shared.backing.containers import start_docker_broker, start_docker_store
from shared.backing.found import Broker, BrokerKind, Started, Store, StoreKind
from shared.backing.guard import guarded
from shared.backing.nodes import Cluster, start_jvm_broker
from shared.backing.processes import stop_leftovers
from shared.backing.surroundings import broker_from_environment, store_from_environment
from shared.backing.wheels import start_wheel_broker, start_wheel_store
from shared.errors import BackingUnavailableError

__all__ = [
    "Broker",
    "BrokerKind",
    "Cluster",
    "Started",
    "Store",
    "StoreKind",
    "broker",
    "cluster",
    "start_broker",
    "start_store",
    "stop_leftovers",
    "store",
]

_log = logging.getLogger(__name__)
_Service = TypeVar("_Service", Broker, Store)
_Way = Callable[[Path], Started[_Service]]

BROKER_WAYS: tuple[_Way[Broker], ...] = (start_docker_broker, start_jvm_broker, start_wheel_broker)
STORE_WAYS: tuple[_Way[Store], ...] = (start_docker_store, start_wheel_store)


def start_broker(run_dir: Path, ways: Sequence[_Way[Broker]] = BROKER_WAYS) -> Started[Broker]:
    """The best broker there is; it outlives us unless stopped, by itself or by `stop_leftovers(run_dir)`.

    Its files lie in a fresh folder below `run_dir`.
    """
    return _start_broker(_fresh(run_dir, "broker"), ways)


def start_store(run_dir: Path, ways: Sequence[_Way[Store]] = STORE_WAYS) -> Started[Store]:
    """The best document store there is, on the same terms."""
    return _start_store(_fresh(run_dir, "store"), ways)


@contextmanager
def broker(*, run_dir: Path, ways: Sequence[_Way[Broker]] = BROKER_WAYS) -> Iterator[Broker]:
    """The best broker there is, for as long as this lasts and no longer, however we end."""
    home = _fresh(run_dir, "broker")
    with guarded(home), _until_done(_start_broker(home, ways)) as service:
        yield service


@contextmanager
def store(*, run_dir: Path, ways: Sequence[_Way[Store]] = STORE_WAYS) -> Iterator[Store]:
    """The best document store there is, on the same terms."""
    home = _fresh(run_dir, "store")
    with guarded(home), _until_done(_start_store(home, ways)) as service:
        yield service


@contextmanager
def cluster(*, run_dir: Path, nodes: int = 3) -> Iterator[Cluster]:
    """Several Kafka nodes on local JVMs, to lose one of, on the same terms."""
    home = _fresh(run_dir, "cluster")
    with guarded(home):
        started = Cluster(home, nodes)
        started.start()
        try:
            yield started
        finally:
            started.stop()


def _start_broker(home: Path, ways: Sequence[_Way[Broker]]) -> Started[Broker]:
    return broker_from_environment() or _first("broker", home, ways)


def _start_store(home: Path, ways: Sequence[_Way[Store]]) -> Started[Store]:
    return store_from_environment() or _first("store", home, ways)


@contextmanager
def _until_done(started: Started[_Service]) -> Iterator[_Service]:
    try:
        yield started.service
    finally:
        started.stop()


def _fresh(run_dir: Path, what: str) -> Path:
    """A folder that no earlier run and no neighbour uses."""
    run_dir.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{what}-", dir=run_dir.resolve()))


def _first(what: str, home: Path, ways: Sequence[_Way[_Service]]) -> Started[_Service]:
    """The first way that works; a stand-in is taken with a warning that says why."""
    refusals: list[str] = []
    for way in ways:
        try:
            started = way(home)
        except (BackingUnavailableError, OSError) as refusal:
            refusals.append(str(refusal))
            continue
        service = started.service.after(tuple(refusals))
        (_log.info if service.is_real else _log.warning)("%s; %s", service.describe, "; ".join(refusals))
        return Started(service, started.stop)
    raise BackingUnavailableError(f"no {what}: " + "; ".join(refusals))
