"""The centre's client on a real broker: the same promises as on the fake, and a kill at the worst moments."""

import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

import xiaoshi.centre
from shared import topics
from shared.backing import Broker
from shared.log_reader import read_topic
from shared.topic_admin import ensure_topics
from shared.wire import Record
from tests.centre_contract import COUNTY, LIFE, OTHER, ActContract, Bus, FollowContract
from xiaoshi.centre import Centre, Event

pytestmark = pytest.mark.live

# A killed member keeps its partition until the session ends; six seconds are the least a broker allows.
Consumer = partial(KafkaConsumer, session_timeout_ms=6_000, heartbeat_interval_ms=500)


class RealBus(Bus):
    """Topics of this test alone: the client's names are changed for it, since a county has only one topic."""

    def __init__(self, seen: Path, bootstrap: str, run: str) -> None:
        super().__init__(seen)
        self.bootstrap, self.run = bootstrap, run
        self.routed = xiaoshi.centre.ROUTED.format(county=COUNTY)
        self.producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
        declared = {self.routed: topics.ROUTED, xiaoshi.centre.ACTIONS: topics.ACTIONS}
        ensure_topics(bootstrap, declared, lanes=3, replicas=1)

    def put(self, value: bytes) -> None:
        self.producer.send(self.routed, key=COUNTY.encode(), value=value).get(30)

    def centre(self, county: str = COUNTY, *, group: str | None = "g", seen: str | None = None) -> Centre:
        own = group and f"{group}-{self.run}"
        return Centre(county, self.bootstrap, own, seen or self.seen, consumer=Consumer)

    def actions(self) -> list[Record]:
        return list(read_topic(self.bootstrap, xiaoshi.centre.ACTIONS))


@pytest.fixture
def bus(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealBus]:
    run = uuid.uuid4().hex[:8]
    monkeypatch.setattr(xiaoshi.centre, "ROUTED", f"t{run}.{xiaoshi.centre.ROUTED}")
    monkeypatch.setattr(xiaoshi.centre, "ACTIONS", f"t{run}.{xiaoshi.centre.ACTIONS}")
    real = RealBus(tmp_path, broker.bootstrap, run)
    with closing(real.producer):
        yield real


class TestFollowOnKafka(FollowContract):
    pass


class TestActOnKafka(ActContract):
    pass


def note(event: Event, db: sqlite3.Connection) -> None:
    """What a centre's own books would be: written with the mark, and able to hold an event twice."""
    db.execute("CREATE TABLE IF NOT EXISTS books (matter TEXT, number INTEGER)")
    db.execute("INSERT INTO books VALUES (?, ?)", (event.matter_id, event.number))


def books(path: str) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT matter, number FROM books").fetchall()


KILLED = """
import os, signal, sys
import xiaoshi.centre
from tests.live.test_centre import Consumer, note
from xiaoshi.centre import Centre

where, xiaoshi.centre.ROUTED, bootstrap, group, seen = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def in_callback(event, db):
    note(event, db)
    if event.number == 2:
        die()

centre = Centre("430981", bootstrap, group, seen, consumer=Consumer)
if where == "before the commit to Kafka":
    centre._commit = die
centre.follow(in_callback if where == "in the callback" else note)
"""


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        pytest.param("in the callback", 1, id="between the callback and the mark"),
        pytest.param("before the commit to Kafka", 3, id="between the mark and the commit"),
    ],
)
def test_a_kill_loses_nothing_and_hands_nothing_twice(bus: RealBus, where: str, kept: int) -> None:
    bus.tell(*LIFE[:3])
    told = [where, xiaoshi.centre.ROUTED, bus.bootstrap, f"g-{bus.run}", bus.seen]
    killed = subprocess.run([sys.executable, "-c", KILLED, *told], timeout=60, check=False)
    assert killed.returncode == -9
    assert len(books(bus.seen)) == kept
    bus.tell(OTHER[0])
    with bus.centre() as centre:
        met = centre.follow(note, limit=4 - kept)
    assert met.repeated == kept
    assert books(bus.seen) == [*((e.matter_id, e.number) for e in LIFE[:3]), (OTHER[0].matter_id, 1)]


def test_what_a_writer_took_back_never_happened(bus: RealBus) -> None:
    writer = KafkaProducer(bootstrap_servers=bus.bootstrap, transactional_id=f"w-{bus.run}")
    with closing(writer):
        writer.init_transactions()
        writer.begin_transaction()
        writer.send(bus.routed, key=b"430981", value=b"poison, if it could be read")
        writer.flush()
        writer.abort_transaction()
    bus.tell(LIFE[0])
    with bus.centre() as centre:
        met = centre.follow(note, limit=1)
    assert (met.handed, met.poison) == (1, 0)


@pytest.fixture
def command(bus: RealBus, tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """`xiaoshi centre ...` as its own process, on this test's topics."""
    named = f"import xiaoshi.centre as c; c.ROUTED={xiaoshi.centre.ROUTED!r}; c.ACTIONS={xiaoshi.centre.ACTIONS!r};"
    asked = "import sys, argparse; from xiaoshi.commands import centre as v; p = argparse.ArgumentParser(); v.add(p);"

    def start(*words: str) -> "subprocess.Popen[str]":
        code = f"{named}{asked}sys.exit(v.run(p.parse_args(sys.argv[1:])))"
        place = ["--county", COUNTY, "--kafka", bus.bootstrap]
        return subprocess.Popen(
            [sys.executable, "-c", code, words[0], *place, *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path.cwd()), "PYTHONUTF8": "1"},
            cwd=tmp_path,
        )

    return start


def test_the_command_follows_until_it_is_asked_to_end(
    bus: RealBus, command: Callable[..., "subprocess.Popen[str]"]
) -> None:
    bus.tell(*LIFE[:2])
    follow = command("follow")
    assert follow.stdout is not None
    first, second = follow.stdout.readline(), follow.stdout.readline()
    follow.terminate()
    out, said = follow.communicate(timeout=30)
    assert "#1" in first
    assert "#2" in second
    assert second.rstrip().endswith("路灯不亮")  # a later event does not say it: it was kept
    assert (out, follow.returncode) == ("", 0)
    assert "2 events, 0 seen before, 0 could not be read" in said


def test_the_command_acts_and_says_what_became_of_it(
    bus: RealBus, command: Callable[..., "subprocess.Popen[str]"]
) -> None:
    act = command("act", "--matter", "430981-r0", "--kind", "accept", "--desk", "430981:county_centre",
                  "--action-id", "a0-1", "--wait", "30")  # fmt: skip
    assert act.stdout is not None
    assert act.stdout.readline() == "action a0-1 is on the bus\n"
    bus.tell(*LIFE[:3])
    out, _ = act.communicate(timeout=60)
    assert "accepted 受理" in out
    assert act.returncode == 0
