"""What a centre's client promises, on whatever bus the fixture `bus` brings: a fake, or Kafka itself."""

import json
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import topics, wire
from shared.events import ActionRefused, MatterEvent
from shared.matter import Action, ActionKind, Visit, Way
from shared.wire import Record
from tests.journal import a_life, a_refusal
from xiaoshi.centre import Centre, Event

COUNTY = "430981"
DESK = "430981001002:village_committee"


class Bus(ABC):
    """One county's topics, and centres on them. `seen` is where a centre keeps what it had."""

    def __init__(self, seen: Path) -> None:
        self.seen = str(seen / "seen.sqlite3")

    @abstractmethod
    def put(self, value: bytes) -> None: ...

    @abstractmethod
    def centre(self, county: str = COUNTY, *, group: str | None = "g", seen: str | None = None) -> Centre: ...

    @abstractmethod
    def actions(self) -> list[Record]: ...

    def tell(self, *events: MatterEvent | ActionRefused) -> None:
        for event in events:
            self.put(wire.encode(event))


def told(into: list[str]) -> Callable[[Event, sqlite3.Connection], None]:
    def note(event: Event, _db: sqlite3.Connection) -> None:
        into.append(f"{event.matter_id} {event.number} {event.type}")

    return note


LIFE = a_life(county=COUNTY)
SAID = [f"{event.matter_id} {event.number} {wire.kind_of(event)}" for event in LIFE]
OTHER = a_life(1, county=COUNTY)


class FollowContract:
    def test_hands_each_event_once_in_order_over_two_runs(self, bus: Bus) -> None:
        heard: list[str] = []
        bus.tell(*LIFE)
        with bus.centre() as centre:
            assert centre.follow(told(heard), limit=len(LIFE)).handed == len(LIFE)
            bus.tell(OTHER[0])
            centre.follow(told(heard), limit=1)
        assert heard == [*SAID, f"{OTHER[0].matter_id} 1 matter.opened"]

    def test_hands_an_event_that_lies_twice_on_the_topic_once(self, bus: Bus) -> None:
        heard: list[str] = []
        bus.tell(LIFE[0], LIFE[1], LIFE[0], LIFE[1], LIFE[2])
        with bus.centre() as centre:
            met = centre.follow(told(heard), limit=3)
        assert heard == SAID[:3]
        assert met.repeated == 2

    def test_goes_on_after_the_limit_where_it_stopped(self, bus: Bus) -> None:
        heard: list[str] = []
        bus.tell(*LIFE[:4])
        with bus.centre() as centre:
            centre.follow(told(heard), limit=1)
            met = centre.follow(told(heard), limit=3)
        assert heard == SAID[:4]
        assert met.repeated == 0

    def test_a_callback_that_raises_ends_it_and_gets_the_event_again(self, bus: Bus) -> None:
        heard: list[str] = []

        def fail_at_two(event: Event, db: sqlite3.Connection) -> None:
            db.execute("CREATE TABLE IF NOT EXISTS mine (number INTEGER)")
            db.execute("INSERT INTO mine VALUES (?)", (event.number,))
            if event.number == 2:
                raise RuntimeError("no paper")

        bus.tell(*LIFE[:3])
        with bus.centre() as centre:
            with pytest.raises(RuntimeError, match="no paper"):
                centre.follow(fail_at_two)
            centre.follow(told(heard), limit=2)
        assert heard == SAID[1:3]
        with sqlite3.connect(bus.seen) as db:
            assert db.execute("SELECT number FROM mine").fetchall() == [(1,)]
        db.close()

    @pytest.mark.parametrize(
        ("poison", "why"),
        [
            pytest.param(b'{"type":"\xff"}', "UnicodeDecodeError", id="not text"),
            pytest.param(b"{", "JSONDecodeError", id="half an object"),
            pytest.param(b"[1]", "TypeError", id="a list"),
            pytest.param(b"[" * 100_000, "RecursionError", id="too deep"),
            pytest.param(b'{"type":"matter.opened"}', "KeyError", id="no matter"),
            pytest.param(wire.encode(a_life(county="430982")[0]), "of another county", id="another county's"),
            pytest.param(
                b'{"type":"matter.opened","matter_id":"430981-x","county":"430981"}',
                "without a number",
                id="no number",
            ),
        ],
    )
    def test_passes_over_what_cannot_be_read_and_says_where_it_lies(
        self, bus: Bus, caplog: pytest.LogCaptureFixture, poison: bytes, why: str
    ) -> None:
        heard: list[str] = []
        bus.tell(LIFE[0])
        bus.put(poison)
        bus.tell(LIFE[1])
        with bus.centre() as centre, caplog.at_level(logging.ERROR, "xiaoshi.centre"):
            met = centre.follow(told(heard), limit=2)
        assert heard == SAID[:2]
        assert met.poison == 1
        (line,) = [record.getMessage() for record in caplog.records if record.name == "xiaoshi.centre"]
        assert "offset 1 cannot be read" in line
        assert line.endswith(why)

    def test_hands_all_again_from_the_beginning_to_who_kept_nothing(self, bus: Bus) -> None:
        heard: list[str] = []
        bus.tell(*LIFE[:2])
        with bus.centre() as centre:
            centre.follow(told([]), limit=2)
        with bus.centre(seen=":memory:") as centre:
            centre.follow(told(heard), from_beginning=True, limit=2)
        assert heard == SAID[:2]

    def test_hands_an_event_of_a_later_kind_as_it_came(self, bus: Bus) -> None:
        heard: list[Event] = []
        body = {"type": "matter.paused", "matter_id": "430981-x", "county": COUNTY, "number": 1, "until": "x"}
        bus.put(json.dumps(body).encode())
        with bus.centre() as centre:
            centre.follow(lambda event, _: heard.append(event), limit=1)
        assert heard[0].body == body

    def test_refuses_to_wait_on_a_topic_that_is_not_there(self, bus: Bus) -> None:
        with bus.centre("999999") as centre, pytest.raises(LookupError, match=r"matters\.routed\.999999\.v1"):
            centre.follow(told([]))


AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))


class ActContract:
    def test_publishes_an_action_that_the_bus_can_read(self, bus: Bus) -> None:
        more: dict[str, Any] = {"way": "counselling", "outcome": "握手言和"}
        with bus.centre() as centre:
            action_id = centre.act("430981-r1", "resolve", DESK, at=AT, action_id="a1", **more)
        (record,) = bus.actions()
        assert msgspec.json.decode(record.value or b"", type=Action) == Action(
            action_id=action_id,
            matter_id="430981-r1",
            county=COUNTY,
            kind=ActionKind.RESOLVE,
            desk=DESK,
            at=AT,
            way=Way.COUNSELLING,
            outcome="握手言和",
        )
        assert record.key == COUNTY.encode()
        assert dict(record.headers) == {
            "ce_specversion": b"1.0",
            "ce_id": b"a1",
            "ce_type": b"org.xiaoshi.action.taken",
            "ce_source": b"/centres/430981",
            "ce_time": b"2026-03-02T09:30:00+08:00",
            "ce_subject": b"430981-r1",
            "ce_partitionkey": b"430981",
            "content-type": b"application/json",
        }

    def test_publishes_a_visit_as_the_resident_answered(self, bus: Bus) -> None:
        with bus.centre() as centre:
            centre.act("430981-r1", "visit", DESK, visit={"reached": True, "satisfied": False})
        action = msgspec.json.decode(bus.actions()[0].value or b"", type=Action)
        assert action.visit == Visit(reached=True, satisfied=False)

    def test_puts_an_action_where_its_county_lies(self, bus: Bus) -> None:
        with bus.centre() as centre:
            centre.act("430981-r1", "accept", DESK)
        assert bus.actions()[0].partition == wire.partition_of(COUNTY.encode(), 3)

    def test_hears_what_became_of_an_action(self, bus: Bus) -> None:
        bus.tell(*LIFE)  # older events of other actions
        with bus.centre() as centre:
            centre.act("430981-r1", "accept", DESK, action_id="a1-1")
            bus.put(b"poison that names a1-1")
            bus.tell(*OTHER)
            answer = centre.answer("a1-1", 30)
        assert answer is not None
        assert (answer.matter_id, answer.number, answer.type) == (OTHER[2].matter_id, 3, "matter.accepted")

    def test_hears_of_a_refusal_with_its_reason(self, bus: Bus) -> None:
        with bus.centre() as centre:
            centre.act("430981-r0", "close", DESK, action_id="refused-0")
            bus.tell(a_refusal("430981-r0", county=COUNTY))
            answer = centre.answer("refused-0", 30)
        assert answer is not None
        assert answer.type == "action.refused"
        assert answer.body["reason"]

    def test_says_so_when_no_answer_came_in_time(self, bus: Bus) -> None:
        with bus.centre() as centre:
            assert centre.answer("a9", 0.05) is None


ROUTED = topics.routed(COUNTY)
