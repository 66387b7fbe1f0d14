"""How the matter stood that an action of the past was on: as the log tells, or as the old policy says once more."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection

from shared import wire
from shared.errors import EventInvalidError
from shared.events import MatterEvent
from shared.matter import Action, Position, Value
from shared.wire import Out, Record
from xiaoshi.trial.address import THENS, Then, then_of
from xiaoshi.trial.course import Course, Stage
from xiaoshi.trial.figures import Figures
from xiaoshi.trial.lane import Lane
from xiaoshi.trial.past import Input, Past

CHUNK = 4096
ID = 32
"""Letters of an event's id: a cause begins with them."""


class _Said:
    """A byte for each input, in order, as soon as it is known of all before."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._known = bytearray()

    def say(self, then: Then) -> None:
        self._known.append(then)
        if len(self._known) == CHUNK:
            self.end()

    def end(self) -> None:
        if self._known:
            self._pipe.send_bytes(self._known)
            self._known.clear()


class _Awaited:
    """An input, and, where that is an action, how its matter stood when it was answered."""

    __slots__ = ("action", "then")

    def __init__(self, action: Action | None) -> None:
        self.action = action
        self.then: Then | None = THENS[0] if action is None else None

    def stood(self, positions: Mapping[str, Position]) -> Then:
        if self.then is None:
            assert self.action is not None
            self.then = then_of(self.action, positions.get(self.action.matter_id))
        return self.then


def told(past: Past, lane: int, recorded: Figures, pipe: Connection) -> Figures:
    """The past as the log tells it: says a byte for each input, and returns the figures of all that it tells.

    Escalation may have answered an action long after routing passed it on, and it is by the state of then that it did.
    What was never answered stands as the log leaves it.
    """
    said, waiting = _Said(pipe), deque[_Awaited]()
    unanswered: dict[bytes, _Awaited] = {}
    positions: dict[str, Position] = {}
    for item in past.read(lane):
        if isinstance(item, Input):
            waiting.append(awaited := _Awaited(item.action))
            if item.action is not None:
                unanswered[wire.header(item.record.headers, "ce_id") or b""] = awaited
        else:
            # whatever else was written with that name follows from nothing
            with suppress(EventInvalidError):
                event = wire.event_of(item)
                cause = wire.header(item.headers, "ce_causationid") or b""
                if (answered := unanswered.pop(cause[:ID], None)) is not None:
                    answered.stood(positions)
                if isinstance(event, MatterEvent):
                    positions[event.matter_id] = event.position
                recorded.hear(event)
        while waiting and (then := waiting[0].then) is not None:
            waiting.popleft()
            said.say(then)
    for each in waiting:
        said.say(each.stood(positions))
    said.end()
    return recorded


class _Written:
    """What the old run wrote last, by its bytes: nearly all that the log tells was just written once more.

    To find an event here takes a fraction of the time to read it from the bytes.
    """

    def __init__(self) -> None:
        self._events: dict[bytes | None, Value] = {}

    def add(self, out: Out) -> Value:
        event = wire.event_of(out)
        if len(self._events) == CHUNK:
            self._events.clear()
        self._events[out.value] = event
        return event

    def take(self, record: Record) -> Value:
        """Raises EventInvalidError."""
        return self._events.pop(record.value, None) or wire.event_of(record)


def run_again(
    past: Past, lane: int, run: Lane, old: Figures, recorded: Figures | None, pipe: Connection
) -> tuple[Figures, Figures | None]:
    """The past under its own policy: says a byte for each input, and returns its figures, and those of the log."""
    course, said = Course(old.stretch), _Said(pipe)
    written, has_begun, buried = _Written(), False, 0
    for item in past.read(lane):
        if not isinstance(item, Input):
            with suppress(EventInvalidError):
                if recorded is not None:
                    recorded.hear(written.take(item))
            continue
        then, stage = THENS[0], course.stage(item)
        if stage is not Stage.OVER:
            if not has_begun and stage is not Stage.BEFORE:
                has_begun, buried = True, run.buried
            if item.action is not None:
                then = then_of(item.action, run.position(item.action.matter_id))
            for out in run.feed(item.record):
                old.hear(written.add(out))
        said.say(then)
    said.end()
    old.buried += run.buried - buried if has_begun else 0
    return old, recorded


def with_then(past: Past, lane: int, said: Iterator[bytes]) -> Iterator[tuple[Input, Then]]:
    """The inputs in order, with what another process says of them; it ends with the shorter of the two."""
    inputs = (item for item in past.read(lane) if isinstance(item, Input))
    stood = (THENS[byte] for chunk in said for byte in chunk)
    yield from zip(inputs, stood, strict=False)
