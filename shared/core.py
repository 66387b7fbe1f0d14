"""The fold every lane is: a record in, outputs and state changes out. No broker, no clock.

Live lanes (`shared.lane`), `xiaoshi replay` and `xiaoshi verify` run this same code, so the same log gives the
same bytes. A service brings its `Logic`; `Core` keeps its state and lets no exception out.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

import msgspec

from shared import topics, wire
from shared.errors import BuryError
from shared.events import RecordBuried
from shared.matter import Value
from shared.reasons import Reason
from shared.wire import Out, Record

PROGRAM = f"xiaoshi {version('xiaoshi')}"


@dataclass(slots=True)
class Decision:
    """What one record, or one thing fallen due, leads to. `puts`: new state by key, None forgets it."""

    outs: list[Out] = field(default_factory=list)
    puts: list[tuple[str, Value | None]] = field(default_factory=list)
    outcome: str = "handled"


class Logic(Protocol):
    """A service's rules over its state. `decide` and `overdue` read the state and never change it."""

    state_type: Any

    def decide(self, record: Record) -> Decision:
        """Raises a BuryError for a record that can never be handled."""

    def overdue(self) -> Decision | None:
        """The next thing that fell due by the recorded time, in order, or None."""

    def index(self, key: str, old: Any, new: Any) -> None:
        """Keep the lookups that `decide` needs; called for every change, also while restoring."""

    def committed(self) -> None:
        """All that was decided so far is on the bus, or was restored from it: what shows it may do so."""


class Core:
    """One lane's state and the rules over it."""

    def __init__(self, logic: Logic, state: dict[str, Any]) -> None:
        self.logic = logic
        self.state = state
        self._decoder = msgspec.json.Decoder(logic.state_type)

    def feed(self, record: Record) -> Decision:
        """Handle one record; one that cannot be handled becomes a dead letter. Never raises."""
        try:
            decision = self.logic.decide(record)
        except BuryError as error:
            decision = bury(record, error.reason, str(error))
        except Exception as error:  # the lane's promise: a bad record never stops the next one
            decision = bury(record, Reason.HANDLER_FAILED, f"{type(error).__name__}: {error}")
        self._apply(decision)
        return decision

    def fall_due(self) -> Decision | None:
        """Let the next due thing happen, if one is due by the recorded time."""
        decision = self.logic.overdue()
        if decision is not None:
            self._apply(decision)
        return decision

    def restore(self, key: str, value: bytes | None) -> None:
        """Take one changelog entry back in."""
        self._put(key, None if value is None else self._decoder.decode(value))

    def _apply(self, decision: Decision) -> None:
        for key, value in decision.puts:
            self._put(key, value)

    def _put(self, key: str, value: Any) -> None:
        old = self.state.get(key)
        if value is None:
            self.state.pop(key, None)
        else:
            self.state[key] = value
        if old is not None or value is not None:
            self.logic.index(key, old, value)


def bury(
    record: Record, reason: Reason, detail: str, *, topic: str | None = None, fields: tuple[str, ...] = ()
) -> Decision:
    """The record as a dead letter, on `<topic>.dead` unless another topic is named."""
    event = RecordBuried(
        reason=reason,
        detail=detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at=wire.instant(record.timestamp),
        program=PROGRAM,
        original=base64.b64encode(record.value or b"").decode(),
        key=None if record.key is None else base64.b64encode(record.key).decode(),
        headers=tuple((name, base64.b64encode(value or b"").decode()) for name, value in record.headers),
        fields=fields,
    )
    cause = f"{record.topic}/{record.partition}/{record.offset}"
    key = record.key.decode(errors="replace") if record.key else ""
    out = wire.out(
        event,
        "/xiaoshi",
        topic or topics.dead(record.topic),
        None,
        cause=cause,
        subject=cause,
        county=key,
        at=event.at,
    )
    return Decision([out], [], "refused" if topic else "buried")


def state_bytes(puts: Mapping[str, Value | None]) -> list[tuple[bytes, bytes | None]]:
    """The changelog entries of a batch: the last change of each key."""
    return [(key.encode(), None if value is None else wire.encode(value)) for key, value in puts.items()]
