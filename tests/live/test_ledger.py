"""The ledger against a real broker and a store: killed, poisoned, cut off and made anew, it is as the log says."""

import argparse
import asyncio
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared import store as ledger_store
from shared import topics, wire
from shared.backing import Broker, Store
from shared.backing.probes import free_ports, mongo_answers
from shared.errors import LedgerBusyError, StoreUnavailableError
from shared.events import RecordBuried
from shared.log_reader import read_topic
from shared.matter import State, Value
from shared.store.check import check
from shared.store.connection import database
from shared.store.fold import Document, fold_all
from shared.store.projection import _write
from shared.store.queries import matters
from shared.store.rebuild import ensure_idle
from shared.topic_admin import ensure_topics
from shared.wire import Record
from tests import journal
from xiaoshi.commands import ledger as verb

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Ledger:
    """One test's own group, database and county; the topics are everybody's."""

    def __init__(self, kafka: str, mongo: str) -> None:
        self.kafka = kafka
        self.mongo = f"{mongo.rstrip('/')}/ledger_{uuid.uuid4().hex[:8]}"
        self.name = f"ledger-{uuid.uuid4().hex[:8]}"
        self.county = f"9{uuid.uuid4().int % 100_000:05d}"
        self.sent: list[Record] = []
        ledger_store.connect(self.mongo)

    async def skip_what_is_there(self) -> None:
        """Let this test's group begin at the end of what other tests wrote."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, group_id=f"{self.name}-host", enable_auto_commit=False
        )
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await asyncio.gather(consumer.start(), producer.start())
        try:
            for topic in (topics.EVENTS.name, topics.RECEIVED.name):
                parts = [TopicPartition(topic, n) for n in await producer.partitions_for(topic)]
                consumer.assign(parts)
                await consumer.commit(await consumer.end_offsets(parts))
        finally:
            await asyncio.gather(consumer.stop(), producer.stop())

    @contextmanager
    def projecting(self) -> Iterator[subprocess.Popen[bytes]]:
        """A process that projects; killed at the end if it still runs."""
        [port] = free_ports(1)
        command = [sys.executable, "-m", "tests.live.ledger_process"]
        process = subprocess.Popen([*command, self.kafka, self.mongo, self.name, str(port)], cwd=ROOT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    async def write(
        self,
        batches: list[list[Value | bytes]],
        *,
        abort: tuple[int, ...] = (),
        topic: str = topics.EVENTS.name,
    ) -> None:
        """A transaction a batch, all in the partition of the county; what is aborted never happened."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, transactional_id=self.name)
        await producer.start()
        try:
            partitions = len(await producer.partitions_for(topic))
            partition = wire.partition_of(self.county.encode(), partitions)
            for number, batch in enumerate(batches):
                await producer.begin_transaction()
                for each in batch:
                    record = self._record(each, topic, partition)
                    headers = list(record.headers)
                    await producer.send(
                        topic, record.value, key=record.key, partition=partition, headers=headers
                    )
                    if number not in abort:
                        self.sent.append(record)
                if number in abort:
                    await producer.flush()
                    await producer.abort_transaction()
                else:
                    await producer.commit_transaction()
        finally:
            await producer.stop()

    def _record(self, each: Value | bytes, topic: str, partition: int) -> Record:
        if isinstance(each, bytes):
            return Record(topic, partition, 0, 0, self.county.encode(), each, ())
        return journal.a_record(each, len(self.sent), topic=topic, partition=partition)

    def expected(self) -> dict[str, Document]:
        return fold_all({}, [record for record in self.sent if record.topic == topics.EVENTS.name])

    def documents(self) -> dict[str, Document]:
        return {row["_id"]: row for row in database()["matters"].find({"county": self.county})}

    def has_stored(self, events: int) -> bool:
        stages: list[dict[str, Any]] = [
            {"$match": {"county": self.county}},
            {"$group": {"_id": None, "events": {"$sum": "$number"}}},
        ]
        rows = list(database()["matters"].aggregate(stages))
        return bool(rows) and int(rows[0]["events"]) >= events

    def lives(self, matters: int, *, joins: int = 1) -> list[list[Value | bytes]]:
        """All events of that many matters, a transaction each of a hundred."""
        events = journal.interleaved(
            [journal.a_life(n, county=self.county, joins=joins) for n in range(matters)]
        )
        story: list[Value | bytes] = list(events)
        return [story[start : start + 100] for start in range(0, len(story), 100)]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    verb.add(parser)
    return verb.run(parser.parse_args(arguments))


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.1)


@pytest.fixture
async def ledger(broker: Broker, store: Store) -> AsyncIterator[Ledger]:
    ensure_topics(broker.bootstrap, topics.declared(()), 8, 1)
    given = Ledger(broker.bootstrap, store.url)
    await given.skip_what_is_there()
    yield given
    ledger_store.disconnect()


async def test_each_committed_event_is_in_the_ledger_and_no_aborted_one(ledger: Ledger) -> None:
    batches = ledger.lives(60)
    ghost = journal.a_life(999, county=ledger.county)
    await ledger.write([batches[0], [*ghost], *batches[1:]], abort=(1,))
    with ledger.projecting() as process:
        until(lambda: ledger.documents() == ledger.expected(), "ledger equals the fold of the log")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


async def test_a_killed_projector_goes_on_where_it_was_and_the_documents_are_equal(ledger: Ledger) -> None:
    await ledger.write(ledger.lives(150))
    total = len(ledger.sent)
    for part in (total // 5, total // 2):
        with ledger.projecting() as process:
            until(partial(ledger.has_stored, part), f"{part} events projected")
            process.kill()
    with ledger.projecting():
        until(lambda: ledger.has_stored(total), "all projected")
    assert ledger.documents() == ledger.expected()
    checked = check(matters())
    assert (checked.events, checked.broken) == (total, {})


async def test_a_poisoned_record_is_buried_and_the_next_one_handled(ledger: Ledger) -> None:
    first, second = ledger.lives(20)[:2]
    await ledger.write([[*first[:7], b'{"type":', *first[7:], b""], second])
    ledger.sent = [record for record in ledger.sent if record.headers]
    with ledger.projecting():
        until(lambda: ledger.documents() == ledger.expected(), "all but the poison projected")
        until(lambda: len(letters(ledger)) == 2, "the poison buried")
    assert [letter.original for letter in letters(ledger)] == ["eyJ0eXBlIjo=", ""]


async def test_a_projector_told_to_stop_while_the_store_is_away_loses_nothing(
    ledger: Ledger, broker: Broker, tmp_path: Path
) -> None:
    with StoreProcess(tmp_path) as own:
        given = Ledger(broker.bootstrap, own.url)
        await given.skip_what_is_there()
        await given.write(given.lives(100))
        total = len(given.sent)
        with given.projecting() as process:
            until(lambda: given.has_stored(1), "projecting")
            own.kill()
            await asyncio.sleep(3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
        own.start()
        with given.projecting():
            until(lambda: given.has_stored(total), "all projected")
        assert given.documents() == given.expected()


async def test_a_store_killed_and_restarted_midway_loses_nothing(broker: Broker, tmp_path: Path) -> None:
    ensure_topics(broker.bootstrap, topics.declared(()), 8, 1)
    with StoreProcess(tmp_path) as own:
        given = Ledger(broker.bootstrap, own.url)
        await given.skip_what_is_there()
        await given.write(given.lives(150))
        total = len(given.sent)
        with given.projecting():
            for part in (total // 10, total // 2):
                until(partial(given.has_stored, part), f"{part} events projected")
                own.kill()
                await asyncio.sleep(2)
                own.start()
            until(lambda: given.has_stored(total), "all projected")
        assert given.documents() == given.expected()


async def test_what_was_projected_outlives_the_store_being_killed(tmp_path: Path) -> None:
    first, *rest = zip(*(journal.a_life(nth) for nth in range(60)), strict=True)
    with StoreProcess(tmp_path) as own:
        ledger_store.connect(own.url)
        ledger_store.prepare()
        recent = ledger_store.Recent()
        for events in (first, [event for step in rest for event in step]):
            ledger_store.project_events(journal.records(events), recent=recent)
            own.kill()
            own.start()
            assert sum(row["number"] for row in matters()) == (60 if events is first else 60 + len(events))
    ledger_store.disconnect()


async def test_a_rebuilt_ledger_equals_the_old_one_and_heals_a_damaged_one(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("rebuild", "--kafka", ledger.kafka, "--mongo", ledger.mongo)
    assert run(*command) == 0  # a ledger of what other tests left on the topics
    capsys.readouterr()
    await ledger.write(ledger.lives(40))
    await ledger.write([[journal.a_refusal(f"{ledger.county}-r1", county=ledger.county)]])
    receipts = [journal.a_receipt(n, county=ledger.county) for n in range(40)]
    await ledger.write([[*receipts]], topic=topics.RECEIVED.name)
    with ledger.projecting() as process:
        until(lambda: ledger.documents() == ledger.expected(), "matters projected")
        until(lambda: ledger_store.status_of(receipts[-1].receipt) is not None, "receipts projected")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
    assert run(*command) == 0
    assert capsys.readouterr().out.count("equal to the old ones") == 2

    whole = ledger.documents()
    rows = database()["matters"]
    rows.update_one({"_id": f"{ledger.county}-r3"}, {"$set": {"state": "routed"}})
    rows.delete_one({"_id": f"{ledger.county}-r4"})
    rows.insert_one({"_id": f"{ledger.county}-never", "county": ledger.county})
    assert run(*command, "--into", "trial") == 1
    told = capsys.readouterr().out
    assert f"differs: {ledger.county}-r3" in told
    assert f"missing in the old ledger: {ledger.county}-r4" in told
    assert f"only in the old ledger: {ledger.county}-never" in told
    assert run(*command) == 0
    assert "the rebuilt ledger is now the ledger" in capsys.readouterr().out
    assert ledger.documents() == whole
    assert run(*command) == 0


async def test_a_ledger_that_is_being_written_is_not_replaced(ledger: Ledger) -> None:
    with ledger.projecting():
        until(lambda: _is_busy(ledger), "the group has a member")
    with pytest.raises(LedgerBusyError):
        ensure_idle(ledger.kafka, f"{ledger.name}-host")


def _is_busy(ledger: Ledger) -> bool:
    try:
        ensure_idle(ledger.kafka, f"{ledger.name}-host")
    except LedgerBusyError:
        return True
    return False


async def test_a_receipt_tells_where_its_report_is(ledger: Ledger) -> None:
    told = journal.a_receipt(7, county=ledger.county, report_id="r0-0")
    waiting = journal.a_receipt(8, county=ledger.county, report_id="nowhere")
    ledger_store.project_receipts(journal.records([told, waiting, told], topic=topics.RECEIVED.name))
    ledger_store.project_events(journal.records(journal.a_life(0, county=ledger.county)[:3]))
    status = ledger_store.status_of("R7")
    assert status is not None
    assert status.position is not None
    assert (status.position.state, status.position.desk.body) == (State.ACCEPTED, "village_committee")
    assert status.joined
    sorting = ledger_store.status_of("R8")
    assert sorting is not None
    assert sorting.matter_id is None
    assert ledger_store.status_of("R9") is None


async def test_a_projector_that_is_late_cannot_undo_what_another_wrote(ledger: Ledger) -> None:
    life = journal.a_life(0, county=ledger.county)
    ledger_store.project_events(journal.records(life[:2]))
    before = ledger.documents()
    late = fold_all(before, [journal.a_record(life[2], 2)])
    ledger_store.project_events([journal.a_record(event, n) for n, event in enumerate(life)])
    with pytest.raises(StoreUnavailableError):
        _write(database()["matters"], before, late)
    assert ledger.documents()[life[0].matter_id]["number"] == len(life)


def letters(ledger: Ledger) -> list[RecordBuried]:
    dead = read_topic(ledger.kafka, topics.dead(topics.EVENTS.name))
    events = [wire.decode(record.value) for record in dead if record.key == ledger.county.encode()]
    return [event for event in events if isinstance(event, RecordBuried)]


class StoreProcess(ExitStack):
    """A store of the test's own, to be killed and started again on the same files."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        [port] = free_ports(1)
        self.url = f"mongodb://127.0.0.1:{port}"
        (folder / "store.toml").touch()
        where = ["--config", str(folder / "store.toml"), "--storage-path", str(folder / "data")]
        self._command = [sys.executable, "-m", "secantus", *where, "--host", "127.0.0.1", "--port", str(port)]
        self._folder = folder
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._folder)
        self.callback(self.kill)
        until(lambda: mongo_answers(self.url), "the store answers")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
