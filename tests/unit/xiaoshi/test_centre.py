"""The centre's client on a fake of kafka-python, and how the command prints."""

import ast
import sys
from collections import defaultdict
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from kafka import TopicPartition
from kafka.errors import CommitFailedError

import xiaoshi.centre
from shared import topics, wire
from shared.matter import ActionKind, Way
from shared.wire import Record
from tests.centre_contract import COUNTY, DESK, LIFE, ROUTED, SAID, ActContract, Bus, FollowContract, told
from tests.journal import a_refusal
from xiaoshi.centre import KINDS, WAYS, Centre, Event
from xiaoshi.commands.centre import line

PARTITIONS = {ROUTED: 1, topics.ACTIONS.name: 3}


class FakeKafka:
    """Logs and committed offsets; the two clients below are all that reads and writes them."""

    def __init__(self) -> None:
        self.logs: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.committed: dict[tuple[str, TopicPartition], int] = {}
        self.commits_fail = False

    def append(self, topic: str, key: bytes, value: bytes | None, headers: Any) -> Record:
        partition = wire.partition_of(key, PARTITIONS[topic])
        log = self.logs[TopicPartition(topic, partition)]
        log.append(Record(topic, partition, len(log), 0, key, value, tuple(headers)))
        return log[-1]


class FakeConsumer:
    def __init__(self, kafka: FakeKafka, **settings: Any) -> None:
        assert settings["isolation_level"] == "read_committed"
        assert settings["enable_auto_commit"] is False
        self._kafka = kafka
        self._group = settings["group_id"]
        self._at: dict[TopicPartition, int] = {}

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(PARTITIONS[topic])) if topic in PARTITIONS else None

    def subscribe(self, names: list[str]) -> None:
        assert self._group is not None
        self._at = {
            (part := TopicPartition(name, 0)): self._kafka.committed.get((self._group, part), 0)
            for name in names
        }

    def assign(self, parts: list[TopicPartition]) -> None:
        self._at = dict.fromkeys(parts, 0)

    def seek(self, part: TopicPartition, offset: int) -> None:
        self._at[part] = offset

    def seek_to_beginning(self) -> None:
        self._at = dict.fromkeys(self._at, 0)

    def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {part: len(self._kafka.logs[part]) for part in parts}

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Record]]:
        polled = {part: self._kafka.logs[part][at:] for part, at in self._at.items()}
        self._at = {part: len(self._kafka.logs[part]) for part in self._at}
        return {part: records for part, records in polled.items() if records}

    def commit(self, offsets: dict[TopicPartition, Any]) -> None:
        if self._kafka.commits_fail:
            raise CommitFailedError("rebalanced")
        for part, told_of in offsets.items():
            self._kafka.committed[self._group, part] = told_of.offset

    def close(self, autocommit: bool) -> None:
        assert autocommit is False


class FakeProducer:
    def __init__(self, kafka: FakeKafka, **settings: Any) -> None:
        assert settings["acks"] == "all"
        self._kafka = kafka

    def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        record = self._kafka.append(topic, key, value, headers)
        return SimpleNamespace(get=lambda timeout: record)

    def close(self) -> None:
        pass


class FakeBus(Bus):
    def __init__(self, seen: Path) -> None:
        super().__init__(seen)
        self.kafka = FakeKafka()

    def put(self, value: bytes) -> None:
        self.kafka.append(ROUTED, COUNTY.encode(), value, ())

    def centre(self, county: str = COUNTY, *, group: str | None = "g", seen: str | None = None) -> Centre:
        consumer, producer = partial(FakeConsumer, self.kafka), partial(FakeProducer, self.kafka)
        return Centre(county, "none:1", group, seen or self.seen, consumer=consumer, producer=producer)

    def actions(self) -> list[Record]:
        return [
            record
            for part, log in self.kafka.logs.items()
            for record in log
            if part.topic == topics.ACTIONS.name
        ]


@pytest.fixture
def bus(tmp_path: Path) -> FakeBus:
    return FakeBus(tmp_path)


class TestFollowOnTheFake(FollowContract):
    pass


class TestActOnTheFake(ActContract):
    pass


def test_what_was_done_but_not_committed_is_not_handed_again(bus: FakeBus) -> None:
    heard: list[str] = []
    bus.tell(*LIFE[:2])
    bus.kafka.commits_fail = True
    with bus.centre() as centre:
        centre.follow(told(heard), limit=2)
        bus.tell(LIFE[2])
        met = centre.follow(told(heard), limit=1)
    assert heard == SAID[:3]
    assert met.repeated == 2


def test_the_two_refusals_of_a_matter_are_two_events(bus: FakeBus) -> None:
    heard: list[str] = []
    bus.tell(a_refusal("430981-r0", nth=1, county=COUNTY), a_refusal("430981-r0", nth=2, county=COUNTY))
    with bus.centre() as centre:
        assert centre.follow(told(heard), limit=2).handed == 2


def test_a_citys_centre_acts_in_the_name_of_the_matters_county(bus: FakeBus) -> None:
    PARTITIONS[topics.routed("430900")] = 1
    with bus.centre("430900") as centre:
        centre.act("430981-r1", "accept", "430900:city_centre")
    assert bus.actions()[0].key == b"430981"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param({"kind": "open"}, "an action is one of", id="kind"),
        pytest.param({"desk": "the desk"}, "a desk is", id="desk"),
        pytest.param({"way": "by force"}, "a way to settle is one of", id="way"),
        pytest.param({"at": datetime(2026, 3, 2)}, "offset", id="time without an offset"),  # noqa: DTZ001
    ],
)
def test_an_action_the_bus_could_not_read_is_refused_here(
    bus: FakeBus, wrong: dict[str, Any], why: str
) -> None:
    action: dict[str, Any] = {"matter_id": "430981-r1", "kind": "accept", "desk": DESK} | wrong
    with bus.centre() as centre, pytest.raises(ValueError, match=why):
        centre.act(**action)
    assert bus.actions() == []


def test_it_imports_nothing_but_python_and_kafka_python() -> None:
    tree = ast.parse(Path(xiaoshi.centre.__file__).read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or "."] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
    }
    assert imported - sys.stdlib_module_names == {"kafka"}


def test_its_words_are_the_vocabularys() -> None:
    assert tuple(ActionKind) == KINDS
    assert tuple(Way) == WAYS
    assert topics.ACTIONS.name == xiaoshi.centre.ACTIONS
    assert topics.ROUTED.name == xiaoshi.centre.ROUTED


def an_event(value: bytes) -> Event:
    body = msgspec.json.decode(value)
    return Event("id", body["type"], body["matter_id"], body.get("number", 0), body, 0, 0)


def test_a_line_says_time_matter_number_tier_desk_due_and_title() -> None:
    assert " ".join(line(an_event(wire.encode(LIFE[0]))).split()) == (
        "2026-03-02 16:00 430981-r0 #1 opened 新事项 village 村 331122100201:village_committee "
        "accept due 2026-03-03 16:00 路灯不亮"
    )


def test_a_line_of_a_refusal_says_why() -> None:
    printed = line(an_event(wire.encode(a_refusal("430981-r0", county=COUNTY))))
    assert "refused" in printed
    assert a_refusal("430981-r0").reason in printed


@pytest.mark.parametrize("event", [pytest.param(e, id=wire.kind_of(e)) for e in LIFE])
def test_every_event_of_a_life_has_a_line(event: Any) -> None:
    assert event.matter_id in line(an_event(wire.encode(event)))
