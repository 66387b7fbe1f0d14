"""Settings from the environment: one frozen dataclass per service, read once.

    @dataclass(frozen=True)
    class RoutingSettings:
        kafka: settings.Kafka
        lanes: settings.Lanes = 8
        seal_key: Annotated[Secret, Must("32 bytes, base64")]
        patience: timedelta = timedelta(seconds=30)

    config = settings.read(RoutingSettings, "ROUTING_")

A field `patience` is the variable `ROUTING_PATIENCE`, unless `Env` names another. A variable that is set but
empty counts as not set. Understood: str, int, float, bool, enums, Literal, Path, timedelta ("500ms", "30s",
"5m", "2h", "1d"), Secret, tuple[str, ...] (by commas), each also `| None`, and msgspec.Meta limits.
"""

import os
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from shared.errors import SettingsInvalidError

T = TypeVar("T")

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,9})(ms|s|m|h|d)")


class Secret:
    """Text that no log line, repr or error shows; `reveal` is the one way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True)
class Env:
    """The variable of a field that is not called after its service."""

    name: str


@dataclass(frozen=True)
class Must:
    """What a variable must be, in words for who sets it."""

    be: str


@dataclass(frozen=True)
class Check:
    """What else must hold of the text: `holds` raises a ValueError where it does not."""

    holds: Callable[[str], object]


Kafka = Annotated[str, Env("XIAOSHI_KAFKA"), Must("the brokers, host:port, by commas"), Meta(pattern=r":\d+")]
Mongo = Annotated[
    str, Env("XIAOSHI_MONGO"), Must("the document store, mongodb://..."), Meta(pattern=r"^mongodb")
]
Lanes = Annotated[int, Env("XIAOSHI_LANES"), Must("the number of lanes, 1 to 4096"), Meta(ge=1, le=4096)]
Port = Annotated[int, Must("a port, 1 to 65535"), Meta(ge=1, le=65535)]


Time = Annotated[
    Literal["wall", "driven"],
    Env("XIAOSHI_TIME"),
    Must("wall, or driven: then senders stamp records and send the ticks, as simulators and replays do"),
]


@dataclass(frozen=True, kw_only=True)
class LaneSettings:
    """What every service with lanes needs: lane n belongs to the replica numbered n modulo replicas."""

    kafka: Kafka
    port: Port
    lanes: Lanes = 8
    replica: Annotated[int, Meta(ge=0)] = 0
    replicas: Annotated[int, Meta(ge=1)] = 1
    bind: Annotated[str, Env("XIAOSHI_BIND")] = "127.0.0.1"
    policy: Annotated[Path | None, Env("XIAOSHI_POLICY"), Must("a policy file")] = None
    time: Time = "wall"
    topic_replicas: Annotated[int, Env("XIAOSHI_TOPIC_REPLICAS"), Meta(ge=1)] = 1
    compression: Annotated[Literal["lz4", "zstd", "gzip"] | None, Env("XIAOSHI_COMPRESSION")] = None


def read(cls: type[T], prefix: str, environ: Mapping[str, str] | None = None) -> T:
    """The settings as the environment has them. Names every wrong variable at once: SettingsInvalidError."""
    given = os.environ if environ is None else environ
    hints = typing.get_type_hints(cls, include_extras=True)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in fields(cls):  # type: ignore[arg-type]
        kind, extras = _split(hints[field.name])
        name = next((each.name for each in extras if isinstance(each, Env)), prefix + field.name.upper())
        text = given.get(name, "").strip()
        if text:
            try:
                values[field.name] = _parse(text, kind, extras)
            except ValueError:
                shown = "what it is set to" if kind is Secret else repr(text)
                problems.append(f"{name} must be {_must_be(kind, extras)}, not {shown}")
        elif field.default is MISSING and field.default_factory is MISSING:
            problems.append(f"{name} must be set: {_must_be(kind, extras)}")
    if problems:
        raise SettingsInvalidError("; ".join(problems))
    return cls(**values)


def span(text: str) -> timedelta:
    """`30s`, `5m`, `500ms`, `2h`, `1d` as a length of time; ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"not a length of time: {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _split(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type and its notes; `X | None` is X, for an unset variable keeps the default."""
    extras: tuple[Any, ...] = ()
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            extras += hint.__metadata__
            hint = hint.__origin__
        elif origin in (typing.Union, types.UnionType):
            hint = next(each for each in typing.get_args(hint) if each is not type(None))
        else:
            return hint, extras


def _parse(text: str, kind: Any, extras: tuple[Any, ...]) -> Any:
    for each in extras:
        if isinstance(each, Check):
            each.holds(text)
    if kind is timedelta:
        return span(text)
    if kind is Secret or kind is Path:
        return kind(text)
    if typing.get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    limits = tuple(each for each in extras if isinstance(each, Meta))
    hint = Annotated[(kind, *limits)] if limits else kind  # type: ignore[valid-type,unused-ignore]
    return msgspec.convert(text, hint, strict=False)  # its ValidationError is a ValueError


def _must_be(kind: Any, extras: tuple[Any, ...]) -> str:
    words = [each.be for each in extras if isinstance(each, Must)]
    if words:
        return words[0]
    if kind is timedelta:
        return "a length of time, as in 500ms, 30s, 5m, 2h, 1d"
    if kind is bool:
        return "true or false"
    if kind is int or kind is float:
        return "a number" + "".join(f", {limit}" for each in extras if (limit := _limits(each)))
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(map(str, typing.get_args(kind)))
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return "one of " + ", ".join(member.value for member in kind)  # type: ignore[attr-defined]
    return {Path: "a path", Secret: "a secret"}.get(kind, "a text")


def _limits(meta: Any) -> str:
    if not isinstance(meta, Meta):
        return ""
    words = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
    return ", ".join(
        f"{word} {getattr(meta, name)}" for name, word in words if getattr(meta, name) is not None
    )
