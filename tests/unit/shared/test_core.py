"""The fold's promise: no record stops the next one, and what is buried is all there."""

import base64

from shared import wire
from shared.core import Core, Decision
from shared.errors import EventInvalidError
from shared.events import ClockTicked, RecordBuried
from shared.reasons import Reason
from shared.wire import Record
from tests.builders import MONDAY

RECORD = Record("matters.actions.v1", 3, 7, wire.millis(MONDAY), b"430981", b"\xff\x00odd", [("h", b"\xfe")])


class Moody:
    """Fails as its next mood says, and keeps what it is told."""

    state_type = ClockTicked

    def __init__(self) -> None:
        self.mood: Exception | None = None
        self.indexed: list[tuple[str, object, object]] = []

    def decide(self, record: Record) -> Decision:
        if self.mood is not None:
            raise self.mood
        return Decision([], [("a", ClockTicked(at=MONDAY)), ("a", None), ("b", ClockTicked(at=MONDAY))])

    def overdue(self) -> Decision | None:
        return None

    def index(self, key: str, old: object, new: object) -> None:
        self.indexed.append((key, old, new))

    def committed(self) -> None:
        pass


def _buried(mood: Exception) -> RecordBuried:
    logic = Moody()
    core = Core(logic, {})
    logic.mood = mood
    decision = core.feed(RECORD)
    assert decision.outcome == "buried"
    (out,) = decision.outs
    assert out.topic == "matters.actions.v1.dead"
    event = wire.decode(out.value)
    assert isinstance(event, RecordBuried)
    logic.mood = None
    assert core.feed(RECORD).outcome == "handled"
    return event


def test_a_record_that_is_no_event_is_buried_with_all_its_bytes_and_the_next_is_handled() -> None:
    event = _buried(EventInvalidError("why"))
    assert (event.reason, event.detail) == (Reason.EVENT_INVALID, "why")
    assert (event.topic, event.partition, event.offset) == ("matters.actions.v1", 3, 7)
    assert base64.b64decode(event.original) == RECORD.value
    assert base64.b64decode(event.key or "") == RECORD.key
    assert [(name, base64.b64decode(value)) for name, value in event.headers] == RECORD.headers


def test_a_handler_that_breaks_says_what_broke() -> None:
    event = _buried(ZeroDivisionError("by zero"))
    assert (event.reason, event.detail) == (Reason.HANDLER_FAILED, "ZeroDivisionError: by zero")


def test_a_stamp_that_no_calendar_has_is_buried_like_any_other() -> None:
    logic = Moody()
    logic.mood = EventInvalidError("odd")
    (out,) = Core(logic, {}).feed(RECORD._replace(timestamp=2**62)).outs
    assert isinstance(wire.decode(out.value), RecordBuried)


def test_state_follows_the_puts_in_order_and_the_index_hears_of_each() -> None:
    logic = Moody()
    core = Core(logic, {})
    core.feed(RECORD)
    assert list(core.state) == ["b"]
    assert [(key, old is None, new is None) for key, old, new in logic.indexed] == [
        ("a", True, False), ("a", False, True), ("b", True, False),
    ]  # fmt: skip


def test_a_restored_state_is_the_state_that_was() -> None:
    first, second = Core(Moody(), {}), Core(Moody(), {})
    for key, value in first.feed(RECORD).puts:
        second.restore(key, None if value is None else wire.encode(value))
    assert second.state == first.state
