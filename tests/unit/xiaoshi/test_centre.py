"""The centre's client on a fake of kafka-python, and how the command prints."""

import argparse
import ast
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import msgspec
import pytest
from kafka import TopicPartition
from kafka.errors import CommitFailedError

import xiaoshi.centre
from services.escalation.rules.life import RESIDENT, TABLE
from shared import topics, wire
from shared.catalogue import What
from shared.events import FastStep
from shared.limits import NEVER_URGED
from shared.matter import Action, ActionKind, Awaits, SessionKind, Way
from shared.reasons import Reason
from shared.standing import Colour
from shared.wire import Record
from tests.centre_contract import COUNTY, DESK, LIFE, ROUTED, SAID, ActContract, Bus, FollowContract, told
from tests.journal import a_refusal
from xiaoshi import centre_words
from xiaoshi.centre import FIELDS, GROUNDS, KINDS, RESIDENTS, SESSIONS, WAYS, Centre
from xiaoshi.commands import centre as command

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
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


LATER = datetime(2026, 3, 3, 9, tzinfo=UTC)
NAIVE = datetime(2026, 3, 2)  # noqa: DTZ001
MEETING = {"kind": "mediation", "venue": "tea_room", "at": LATER}
FITS = [
    pytest.param("visit", {"visit": {"reached": False}}, id="visit"),
    pytest.param(
        "visit", {"visit": {"reached": True, "resolved": None, "satisfied": True}}, id="visit-unsaid"
    ),
    pytest.param("visit", {"visit": {"reached": False}, "report_id": "r2"}, id="report"),
    pytest.param("categorise", {"category": "city.street_light"}, id="category"),
    pytest.param("return", {"ground": "incomplete", "outcome": ""}, id="ground"),
    pytest.param("transfer", {"to": "430981001:police_post"}, id="to"),
    pytest.param("join", {"into": "x" * 128}, id="into"),
    pytest.param("split", {"taken_out": "r"}, id="taken-out"),
    pytest.param("court_decision", {"confirmed": False}, id="confirmed"),
    pytest.param("rate", {"rating": 5}, id="rating"),
    pytest.param("book", {"session": MEETING}, id="session"),
    pytest.param("hold", {"session_id": "s", "outcome": "x" * 2000}, id="session-id"),
    pytest.param("grant_wish", {"resource": "repair_team"}, id="resource"),
    pytest.param("resolve", {"way": "handled"}, id="way"),
]
WRONG = [
    pytest.param({"kind": "open"}, "`kind` is one of", id="kind"),
    pytest.param({"matter_id": ""}, "`matter_id` is a text", id="matter"),
    pytest.param({"action_id": "x" * 129}, "`action_id` is a text", id="action-id"),
    pytest.param({"desk": "the desk"}, "`desk` is division:body", id="desk"),
    pytest.param({"way": "by force"}, "`way` is one of", id="way"),
    pytest.param({"ground": "no wish"}, "`ground` is one of", id="ground"),
    pytest.param({"to": "430981"}, "`to` is division:body", id="to"),
    pytest.param({"into": "x" * 129}, "`into` is a text", id="into"),
    pytest.param({"taken_out": 5}, "`taken_out` is a text", id="taken-out"),
    pytest.param({"report_id": ""}, "`report_id` is a text", id="report"),
    pytest.param({"category": "lamp"}, "`category` is a category", id="category"),
    pytest.param({"rating": 0}, "`rating` is one to five", id="rating-too-low"),
    pytest.param({"rating": 6}, "`rating` is one to five", id="rating-too-high"),
    pytest.param({"rating": True}, "`rating` is one to five", id="rating-no-number"),
    pytest.param({"confirmed": "yes"}, "`confirmed` is yes or no", id="confirmed"),
    pytest.param({"visit": {"resolved": True}}, "`visit` is reached", id="visit-not-reached"),
    pytest.param({"visit": {"reached": 1}}, "`visit` is reached", id="visit-a-number"),
    pytest.param({"visit": {"reached": True, "happy": True}}, "`visit` is reached", id="visit-unknown"),
    pytest.param({"session": MEETING | {"kind": "party"}}, "`session` is a kind", id="session-kind"),
    pytest.param({"session": MEETING | {"venue": "Tea Room"}}, "`session` is a kind", id="session-venue"),
    pytest.param({"session": MEETING | {"at": NAIVE}}, "`session` is a kind", id="session-time"),
    pytest.param({"session": {"kind": "mediation"}}, "`session` is a kind", id="session-half"),
    pytest.param({"session_id": ""}, "`session_id` is a text", id="session-id"),
    pytest.param({"resource": "5 men"}, "`resource` is a resource", id="resource"),
    pytest.param({"outcome": "x" * 2001}, "`outcome` is a text", id="outcome"),
    pytest.param({"at": NAIVE}, "offset", id="time without an offset"),
    pytest.param({"tea": 1}, "no `tea`", id="unknown field"),
]


@pytest.mark.parametrize(("kind", "more"), FITS)
def test_an_action_of_any_field_is_one_the_bus_can_read(
    bus: FakeBus, kind: str, more: dict[str, Any]
) -> None:
    with bus.centre() as centre:
        centre.act("430981-r1", kind, DESK, at=LATER, **more)
    action = msgspec.json.decode(bus.actions()[0].value or b"", type=Action)
    given = {"action_id": action.action_id, "matter_id": "430981-r1", "kind": kind}
    assert action == msgspec.convert(BASE | given | more, Action)


BASE = {"action_id": "a", "matter_id": "m", "county": COUNTY, "desk": DESK, "at": LATER}


@pytest.mark.parametrize(("wrong", "why"), WRONG)
def test_an_action_the_bus_could_not_read_is_refused_here(
    bus: FakeBus, wrong: dict[str, Any], why: str
) -> None:
    action: dict[str, Any] = {"matter_id": "430981-r1", "kind": "accept", "desk": DESK} | wrong
    with bus.centre() as centre, pytest.raises(ValueError, match=why) as caught:
        centre.act(**action)
    assert "\n" not in str(caught.value)
    assert bus.actions() == []
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(BASE | {"kind": "accept"} | wrong, Action)


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


def test_the_words_import_nothing_but_python() -> None:
    tree = ast.parse(Path(centre_words.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert {str(name).partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_its_words_are_the_vocabularys() -> None:
    assert tuple(KINDS) == tuple(ActionKind)
    assert tuple(Way) == WAYS
    assert tuple(SessionKind) == SESSIONS
    assert topics.ACTIONS.name == xiaoshi.centre.ACTIONS
    assert topics.ROUTED.name == xiaoshi.centre.ROUTED
    assert set(FIELDS) == set(Action.__struct_fields__)


@pytest.mark.parametrize("kind", ActionKind)
def test_a_kind_asks_for_what_the_life_of_a_matter_asks_for(kind: ActionKind) -> None:
    row = TABLE[kind]
    assert KINDS[kind] == row.needs + (("ground",) if row.grounds else ())
    assert set(GROUNDS.get(kind, ())) == set(row.grounds)
    assert (kind in RESIDENTS) == (row.who == RESIDENT)


def test_there_are_words_for_all_that_is_heard() -> None:
    assert set(centre_words.HAPPENED) == {str(kind.__struct_config__.tag) for kind in topics.ROUTED.events}
    assert set(centre_words.AWAITED) == set(map(str, Awaits))
    assert set(centre_words.COLOURS) == set(map(str, Colour))
    others = {reason for row in TABLE.values() for reason in row.others}
    rest = {
        Reason.DESK_WRONG,
        Reason.RESIDENT_ONLY,
        Reason.STATE_WRONG,
        Reason.WAY_MISSING,
        Reason.VISIT_MISSING,
    }
    rest |= {Reason.FIELD_MISSING, Reason.GROUND_WRONG, Reason.MATTER_UNKNOWN, Reason.COUNTY_WRONG}
    placed = {reason for reason in Reason if reason.name.startswith("OPENED_")}
    assert others | rest | placed <= set(centre_words.REASONS)
    steps = {*get_args(What), *NEVER_URGED} - {"extension"}  # which is time added to a step
    assert steps | set(map(str, FastStep)) == set(centre_words.STEPS)


def acted(*words: str) -> dict[str, Any]:
    """The fields that the words of a command line say."""
    parser = argparse.ArgumentParser()
    command.add(parser)
    named = ("act", "--county", COUNTY, "--matter", "m", "--desk", DESK, "--kind", "accept")
    fields = command._fields(parser.parse_args([*named, *words]))
    return {name: value for name, value in fields.items() if value is not None}


def test_every_field_of_an_action_has_its_option() -> None:
    words = "--way handled --outcome ok --reached yes --resolved no --ground incomplete --to 430981:police --into m2"
    more = "--taken-out r --confirmed no --rating 4 --session mediation --venue tea_room"
    last = f"--session-at {LATER.isoformat()} --session-id s --resource repair_team"
    new = "--report r2 --category city.street_light"
    assert acted(*words.split(), *more.split(), *last.split(), *new.split()) == {
        "way": "handled",
        "outcome": "ok",
        "visit": {"reached": True, "resolved": False},
        "ground": "incomplete",
        "to": "430981:police",
        "into": "m2",
        "taken_out": "r",
        "confirmed": False,
        "rating": 4,
        "session": MEETING,
        "session_id": "s",
        "resource": "repair_team",
        "report_id": "r2",
        "category": "city.street_light",
    }


def test_no_option_is_no_field() -> None:
    assert acted() == {}


def test_the_help_lists_every_kind_with_what_it_asks_for() -> None:
    told = command._kinds()
    assert all(f"  {kind:<17}".rstrip() in told for kind in KINDS)
    assert "--ground (waits_for_resident, waits_for_expert, waits_for_court)" in told
