"""Topics made, records buried, listed, shown and put back, on a real broker."""

import argparse
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from shared import core, topics
from shared.backing import Broker
from shared.errors import TopicWrongError
from shared.log_reader import read_topic
from shared.reasons import Reason
from shared.topic_admin import ensure_topics, existing_topics
from shared.wire import Record
from xiaoshi.commands import dead, publish
from xiaoshi.commands.dead import REPLAYED

pytestmark = pytest.mark.live

BROKEN = b'{"title": "\xff half'
KEY = b"430981"
HEADERS = [("content-type", b"application/json"), ("ce_id", b"x\xff"), ("ce_id", b"twice")]

Run = Callable[..., int]


class Grave:
    """A source of this test alone, and one refused record of it, and one that broke its handler."""

    def __init__(self, bootstrap: str, producer: Any) -> None:
        self.bootstrap, self.producer = bootstrap, producer
        self.raw = topics.raw(f"t{uuid.uuid4().hex[:8]}")
        self.dead = topics.dead(self.raw)
        declared = {self.raw: topics.RAW, self.dead: topics.DEAD, topics.REJECTED.name: topics.REJECTED}
        ensure_topics(bootstrap, declared, lanes=3, replicas=1)
        for topic, reason in ((None, Reason.HANDLER_FAILED), (topics.REJECTED.name, Reason.NOT_JSON)):
            self.bury(topic, reason)

    def bury(self, topic: str | None, reason: Reason) -> None:
        told = self.producer.send(self.raw, key=KEY, value=BROKEN, headers=HEADERS).get(30)
        record = Record(self.raw, told.partition, told.offset, told.timestamp, KEY, BROKEN, HEADERS)
        (out,) = core.bury(record, reason, "half an object", topic=topic).outs
        self.producer.send(out.topic, key=out.key, value=out.value, headers=out.headers).get(30)

    def records(self) -> list[Record]:
        return list(read_topic(self.bootstrap, self.raw))


@pytest.fixture
def grave(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grave]:
    own = replace(topics.REJECTED, name=f"t{uuid.uuid4().hex[:8]}.rejected.v1")
    monkeypatch.setattr(topics, "REJECTED", own)
    with closing(KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")) as producer:
        yield Grave(broker.bootstrap, producer)


@pytest.fixture
def run(broker: Broker) -> Run:
    def go(command: Any, *words: object) -> int:
        parser = argparse.ArgumentParser()
        command.add(parser)
        return int(command.run(parser.parse_args([*map(str, words), "--kafka", broker.bootstrap])))

    return go


def addresses(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split()[0] for line in capsys.readouterr().out.splitlines()[:-1]]


def test_lists_the_buried_wherever_they_lie(
    grave: Grave, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(dead, "list", "--topic", grave.raw) == 0
    *listed, count = capsys.readouterr().out.splitlines()
    second, first = sorted(listed)
    assert first.startswith(topics.REJECTED.name + "/")
    assert second.startswith(f"{grave.dead}/0/0  ")
    assert "handler_failed" in second
    assert count == "2 buried"


def test_shows_one_and_writes_its_bytes(
    grave: Grave, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(dead, "show", f"{grave.dead}/0/0", "--raw", tmp_path / "raw") == 0
    assert (tmp_path / "raw").read_bytes() == BROKEN
    assert "key: 430981" in capsys.readouterr().out
    assert run(dead, "show", f"{grave.dead}/0/0") == 0
    assert capsys.readouterr().out.splitlines()[-1] == BROKEN.hex()


def test_puts_one_back_byte_for_byte(grave: Grave, run: Run) -> None:
    assert run(dead, "replay", f"{grave.dead}/0/0") == 0
    *_, last = grave.records()
    assert (last.key, last.value) == (KEY, BROKEN)
    assert list(last.headers) == [*HEADERS, (REPLAYED, f"{grave.dead}/0/0".encode())]


def test_puts_none_back_twice_unless_told_to(grave: Grave, run: Run) -> None:
    assert run(dead, "replay", f"{grave.dead}/0/0") == 0
    assert run(dead, "replay", f"{grave.dead}/0/0") == 1
    assert len(grave.records()) == 3
    assert run(dead, "replay", f"{grave.dead}/0/0", "--again") == 0
    assert len(grave.records()) == 4


def test_puts_back_all_of_a_reason(grave: Grave, run: Run) -> None:
    grave.bury(None, Reason.EVENT_INVALID)
    grave.bury(None, Reason.HANDLER_FAILED)
    assert run(dead, "replay", "--all", "--topic", grave.raw, "--reason", "handler_failed") == 0
    marks = [value for record in grave.records() for name, value in record.headers if name == REPLAYED]
    assert marks == [f"{grave.dead}/0/0".encode(), f"{grave.dead}/0/2".encode()]


def test_puts_a_mended_one_in_place_of_the_refused(
    grave: Grave, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mended.json").write_bytes(b'{"title": "half"}')
    run(dead, "list", "--topic", grave.raw, "--reason", "not_json")
    (refused,) = addresses(capsys)
    assert run(dead, "replay", refused, "--with", tmp_path / "mended.json") == 0
    assert grave.records()[-1].value == b'{"title": "half"}'


def test_topics_are_made_once_and_left_alone_then(broker: Broker) -> None:
    name = f"t{uuid.uuid4().hex[:8]}.v1"
    declared = {name: topics.EVENTS, topics.dead(name): topics.DEAD}
    assert ensure_topics(broker.bootstrap, declared, lanes=3, replicas=1).made == tuple(declared)
    again = ensure_topics(broker.bootstrap, declared, lanes=3, replicas=1)
    assert (again.made, again.kept) == ((), tuple(declared))
    there = existing_topics(broker.bootstrap)
    assert (there[name], there[topics.dead(name)]) == (3, 1)


@pytest.mark.parametrize(
    ("made_as", "lanes", "why"),
    [
        pytest.param(topics.EVENTS, 4, "has 3 partitions where 4 are declared", id="partitions"),
        pytest.param(topics.state_of("routing"), 3, "has cleanup.policy=compact", id="compacted"),
        pytest.param(topics.RAW, 3, "has retention.ms=2592000000", id="kept too short"),
    ],
)
def test_a_topic_that_is_not_as_declared_is_refused_and_nothing_made(
    broker: Broker, made_as: topics.Topic, lanes: int, why: str
) -> None:
    name = f"t{uuid.uuid4().hex[:8]}.v1"
    ensure_topics(broker.bootstrap, {name: made_as}, lanes=3, replicas=1)
    with pytest.raises(TopicWrongError, match=why):
        ensure_topics(
            broker.bootstrap, {name: topics.EVENTS, f"{name}.more": topics.DEAD}, lanes=lanes, replicas=1
        )
    assert f"{name}.more" not in existing_topics(broker.bootstrap)


def test_publishes_a_file_in_order_as_of_the_time_reported(
    broker: Broker, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = f"t{uuid.uuid4().hex[:8]}"
    declared = {topics.raw(source): topics.RAW}
    ensure_topics(broker.bootstrap, declared, lanes=3, replicas=1, recorded_time=True)
    report = '{"source": "%s", "source_id": "s%d", "division": "430981", "reported_at": "2018-05-17T08:32:0%d+08:00"}'
    lines = [report % (source, nth, nth) for nth in range(4)]
    (tmp_path / "reports.jsonl").write_text("\n".join(lines))
    assert run(publish, tmp_path / "reports.jsonl", "--at", "reported") == 0
    assert capsys.readouterr().out == f"{source}: 4 read, 4 confirmed\n"
    read = list(read_topic(broker.bootstrap, topics.raw(source)))
    assert [(record.value or b"").decode() for record in read] == lines
    assert [record.timestamp for record in read] == [1526517120000 + 1000 * nth for nth in range(4)]
