"""What the ways to a backing service hand back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, Self, TypeVar

BrokerKind = Literal["environment", "docker", "jvm", "emulator"]
StoreKind = Literal["environment", "docker", "wheel"]


@dataclass(frozen=True)
class Broker:
    """A broker that answers. `passed_over` says, a line each, why no better way was taken."""

    bootstrap: str
    kind: BrokerKind
    describe: str
    passed_over: tuple[str, ...] = ()

    @property
    def is_real(self) -> bool:
        """Apache Kafka itself, or whatever the environment vouches for."""
        return self.kind != "emulator"

    def after(self, refusals: tuple[str, ...]) -> Self:
        """The same broker, knowing what was tried before it."""
        return replace(self, passed_over=refusals)


@dataclass(frozen=True)
class Store:
    """A document store that answers. Connect with `url` as it stands; name the database apart."""

    url: str
    kind: StoreKind
    describe: str
    passed_over: tuple[str, ...] = ()

    @property
    def is_real(self) -> bool:
        """MongoDB itself, or whatever the environment vouches for."""
        return self.kind != "wheel"

    def after(self, refusals: tuple[str, ...]) -> Self:
        """The same store, knowing what was tried before it."""
        return replace(self, passed_over=refusals)


Service = TypeVar("Service", Broker, Store)


@dataclass(frozen=True)
class Started(Generic[Service]):
    """A service and the one call that ends it. Stopping twice is harmless."""

    service: Service
    stop: Callable[[], None]
