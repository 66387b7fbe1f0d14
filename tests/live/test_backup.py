"""A day on a real system, backed up, put on a new broker, gone on with; and what the doctor says on the way."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from services.intake.sources import sources
from shared import backing, catalogue, timeline, topics
from shared.backing import Store
from shared.log_reader import read_topic
from shared.wire import Out, Record
from xiaoshi.__main__ import main
from xiaoshi.centre import Centre
from xiaoshi.drive import Drive
from xiaoshi.player import Player, raw
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.sent import Day
from xiaoshi.system import System, write_note
from xiaoshi.verify import check_all
from xiaoshi.verify.findings import Finding

COUNTY, DAY, REPORTS = "430981", date(2026, 3, 2), 120
JOURNAL, ACTIONS = topics.EVENTS.name, topics.ACTIONS.name
NAMED = (
    *(topics.raw(source) for source in sources()), ACTIONS, topics.RESIDENTS.name, topics.TICKS.name,
    topics.REJECTED.name, topics.dead(ACTIONS),
)  # fmt: skip
"""Whose records others name by their places."""
PACKED = (JOURNAL, topics.RECEIVED.name, topics.routed(COUNTY), topics.CONTACTS.name)


def played(system: System, day: Day, days: int) -> None:
    """Reports, actions and ticks, and time after them."""
    drive = Drive(system.addresses.kafka, system.addresses.lanes)
    try:
        drive.settle()  # what was there before is nobody's to act on
        player = Player(system.addresses, drive, day, Desks(3, catalogue.load()))
        until = day.sent[-1].at + timedelta(days=days)
        player.play(timedelta(hours=2), timedelta(hours=6), until, lambda _: None)
    finally:
        drive.close()


def broken_promises(system: System) -> list[Finding]:
    findings = check_all(
        system.addresses.kafka,
        policy=catalogue.load(),
        metrics=[system.addresses.url("metrics", "/metrics")],
        mongo=system.addresses.mongo,
        patience=120,
    )
    return [finding for finding in findings if not finding.ok]


def doctored(system: System, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The verdicts by check. Nobody audits here."""
    folder.mkdir(exist_ok=True)
    write_note(folder, system.addresses)
    capsys.readouterr()
    main(["doctor", "--run-dir", str(folder), "--audit", "http://127.0.0.1:1", "--json"])
    return {line["check"]: line["verdict"] for line in map(json.loads, capsys.readouterr().out.splitlines())}


@contextmanager
def ticking(system: System, since: datetime) -> Iterator[None]:
    """Time goes on, a tick a second on every lane, as it does by the wall clock."""
    done = threading.Event()

    def tick() -> None:
        with closing(KafkaProducer(bootstrap_servers=system.addresses.kafka)) as producer:
            for nth in count(1):
                for lane in range(system.addresses.lanes):
                    out = timeline.tick(since + timedelta(seconds=nth), lane)
                    producer.send(
                        out.topic, out.value, headers=out.headers, partition=lane, timestamp_ms=out.timestamp
                    )
                producer.flush()
                if done.wait(1.0):
                    return

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def is_beginning(kafka: str, old: str, topic: str, *, place: bool) -> bool:
    """What was restored is what there was up to the moment; time went on after it."""
    restored, there = told(read(kafka, topic), place=place), told(read(old, topic), place=place)
    return all(
        (mine := [row for row in restored if row[0] == lane])
        == [row for row in there if row[0] == lane][: len(mine)]
        for lane in {row[0] for row in there}
    )


def follow(kafka: str, seen: Path, events: int) -> list[tuple[str, int]]:
    """The next events of the county's centre, by matter and number."""
    found: list[tuple[str, int]] = []
    with Centre(COUNTY, kafka, "centre-430981", str(seen)) as centre:
        centre.follow(lambda event, _: found.append((event.matter_id, event.number)), limit=events)
    return found


def told(records: list[Record], *, place: bool) -> list[tuple[Any, ...]]:
    return [
        (r.partition, r.offset if place else None, r.timestamp, r.key, r.value, tuple(r.headers))
        for r in records
    ]


def read(kafka: str, topic: str) -> list[Record]:
    return sorted(read_topic(kafka, topic), key=lambda record: (record.partition, record.offset))


def count_of(kafka: str, kind: str) -> int:
    return sum(
        ("ce_type", f"org.xiaoshi.{kind}".encode()) in record.headers for record in read(kafka, JOURNAL)
    )


@pytest.mark.live
def test_a_bus_that_is_restored_goes_on_and_knows_what_it_has_had(
    system: System, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = make_day(COUNTY, DAY, seed=3, reports=REPORTS, policy=catalogue.load())
    played(system, day, days=4)
    assert broken_promises(system) == []
    verdicts = doctored(system, tmp_path / "old", capsys)
    assert {check for check, verdict in verdicts.items() if verdict == "wrong"} == set(), verdicts

    old, folder = system.addresses, tmp_path / "backup"
    followed = follow(old.kafka, tmp_path / "seen", 3)
    before = {topic: len(read(old.kafka, topic)) for topic in (*NAMED, *PACKED)}
    with ticking(system, day.sent[-1].at + timedelta(days=5)):
        taken = main(["backup", str(folder), "--kafka", old.kafka, "--mongo", old.mongo, "--wait", "120"])
    assert taken == 0, capsys.readouterr().err
    assert main(["backup", "check", str(folder)]) == 0
    system.children["metrics"].signal(signal.SIGKILL)
    while system.children["metrics"].is_running():
        pass
    verdicts = doctored(system, tmp_path / "old", capsys)
    assert (verdicts["services ready"], verdicts["lanes"]) == ("wrong", "wrong")
    system.stop()

    with backing.broker(run_dir=tmp_path / "new") as broker:
        kafka, mongo = broker.bootstrap, f"{old.mongo}_new"
        assert main(["restore", str(folder), "--kafka", kafka]) == 0, capsys.readouterr().err
        for topic in (*NAMED, *PACKED):
            assert len(read(kafka, topic)) >= before[topic], topic
            assert is_beginning(kafka, old.kafka, topic, place=topic in NAMED), topic
        assert follow(kafka, tmp_path / "seen-anew", 3) == follow(old.kafka, tmp_path / "seen", 3) != followed
        assert main(["restore", str(folder), "--kafka", kafka]) == 2, "a cluster that is not empty"
        assert main(["ledger", "rebuild", "--kafka", kafka, "--mongo", mongo]) == 0
        heads = str(folder / "heads.jsonl")
        assert main(["ledger", "check", "--mongo", mongo, "--heads", heads]) == 0

        new = System(tmp_path / "services2", kafka, mongo, time="driven", lanes=old.lanes)
        new._environ |= {key: system._environ[key] for key in ("INTAKE_CONTACT_KEY", "INTAKE_RECEIPT_KEY")}
        new.start()
        try:
            _goes_on(new, day, tmp_path, capsys)
        finally:
            new.stop()


def _goes_on(new: System, day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kafka = new.addresses.kafka
    assert broken_promises(new) == []
    received, acted = len(read(kafka, topics.RECEIVED.name)), count_of(kafka, "action.received")
    changed = len(read(kafka, topics.routed(COUNTY)))
    refused = count_of(kafka, "action.refused")
    drive = Drive(kafka, new.addresses.lanes)
    try:
        drive.send(raw(each) for each in day.sent if each.truth.expect != "refused" and each.road != "http")
        drive.settle()
        assert len(read(kafka, topics.RECEIVED.name)) == received, "a report was taken for another"
        drive.send([_again(record) for record in read(kafka, ACTIONS)])
        drive.settle()
        assert count_of(kafka, "action.refused") == refused, "an action that is known is answered once"
        assert len(read(kafka, topics.routed(COUNTY))) == changed, "an action was done twice"
        assert count_of(kafka, "action.received") == acted, "an action that is known took its place again"
    finally:
        drive.close()
    played(
        new, make_day(COUNTY, DAY + timedelta(days=8), seed=5, reports=40, policy=catalogue.load()), days=2
    )
    assert len(read(kafka, topics.RECEIVED.name)) > received
    assert broken_promises(new) == []
    verdicts = doctored(new, tmp_path / "note", capsys)
    assert {check for check, verdict in verdicts.items() if verdict == "wrong"} == set(), verdicts


def _again(record: Record) -> Out:
    return Out(record.topic, None, record.key, record.value, list(record.headers), record.timestamp)
