"""Backing services that the environment names."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping

from shared.backing.found import Broker, Started, Store
from shared.backing.probes import mongo_answers, port_accepts
from shared.errors import BackingUnavailableError

KAFKA = "XIAOSHI_KAFKA"
MONGO = "XIAOSHI_MONGO"
_PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.2


def broker_from_environment(
    environ: Mapping[str, str] = os.environ, *, seconds: float = _PATIENCE_SECONDS
) -> Started[Broker] | None:
    """The broker at XIAOSHI_KAFKA, None when it is not set.

    Only a listener is asked for: how to speak to it (TLS, SASL) is the services' own setting.
    """
    bootstrap = environ.get(KAFKA, "").strip()
    if not bootstrap:
        return None
    addresses = [_host_and_port(address) for address in bootstrap.split(",")]
    _wait(lambda: any(port_accepts(host, port) for host, port in addresses), KAFKA, bootstrap, seconds)
    return Started(Broker(bootstrap, "environment", f"broker: {bootstrap}, named by {KAFKA}"), _leave)


def store_from_environment(
    environ: Mapping[str, str] = os.environ, *, seconds: float = _PATIENCE_SECONDS
) -> Started[Store] | None:
    """The document store at XIAOSHI_MONGO, None when it is not set."""
    url = environ.get(MONGO, "").strip()
    if not url:
        return None
    shown = re.sub(r"//[^@/]*@", "//", url)
    if not url.startswith(("mongodb://", "mongodb+srv://")):
        raise BackingUnavailableError(f"{MONGO} must be a mongodb:// address, not {shown}")
    _wait(lambda: mongo_answers(url), MONGO, shown, seconds)
    return Started(Store(url, "environment", f"store: {shown}, named by {MONGO}"), _leave)


def _host_and_port(address: str) -> tuple[str, int]:
    host, colon, port = address.strip().rpartition(":")
    if not colon or not host or not port.isdigit():
        raise BackingUnavailableError(f"{KAFKA} must be host:port[,host:port...], not {address!r}")
    return host.strip("[]"), int(port)


def _wait(answers: Callable[[], bool], variable: str, shown: str, seconds: float) -> None:
    """A service that starts beside us gets some time; one that is not there is never passed over."""
    until = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > until:
            raise BackingUnavailableError(f"{variable} names {shown}, but nothing answers there")
        time.sleep(_POLL_SECONDS)


def _leave() -> None:
    """What others started, others stop."""
