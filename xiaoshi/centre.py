"""A county centre (综治中心) on the bus: hears of its matters, each event once, and says what its desks did.

Made to be copied: this file needs Python and kafka-python and nothing else of this project.

    with Centre("430981", "kafka:9092", group="centre-430981", seen_path="seen.sqlite3") as centre:
        centre.follow(lambda event, db: print(event.type, event.matter_id, event.number))

Once, also when the process dies. Per event, in this order: (1) begin an sqlite transaction, (2) mark the event as
seen, (3) run the callback, (4) commit sqlite, (5) commit the offset to Kafka. Death before 4 undoes the mark and
whatever the callback wrote through `db`, and the event comes again; death between 4 and 5 brings it again too, and
the mark drops it. So what is written through `db` (never committed by the callback) is written exactly once. An
effect elsewhere, a print or a call to another system, can happen twice for the one event in flight: make that
harmless by `event.id`.
One seen file per group; the processes of a group share it.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CommitFailedError
from kafka.structs import OffsetAndMetadata

log = logging.getLogger(__name__)

ROUTED = "matters.routed.{county}.v1"
ACTIONS = "matters.actions.v1"
ACTION_TYPE = "org.xiaoshi.action.taken"
KINDS: dict[str, tuple[str, ...]] = {
    "accept": (), "start": (), "resolve": ("way",), "visit": ("visit",), "close": (),
    "return": ("ground",), "uphold": (), "redispatch": ("to",), "transfer": ("to",), "comment": ("outcome",),
    "pause": ("ground",), "resume": (), "ask_extension": (), "approve_extension": (), "refuse_extension": (),
    "whistle": ("to",), "answer_whistle": (), "escalate": (), "send_down": ("ground",), "rate": ("rating",),
    "reopen": (), "withdraw": (), "join": ("into",), "split": ("taken_out",),
    "to_court": (), "court_decision": ("confirmed",),
    "book": ("session",), "hold": ("session_id",), "miss": ("session_id",), "grant_wish": ("resource",),
    "acknowledge": (), "arrive": (), "support": (), "stand_down": (),
    "alarm": (), "keep_apart": (), "categorise": ("category",),
}  # fmt: skip
"""Every kind of action, and what the bus refuses it without. `outcome`, in words, goes with any of them."""
RESIDENTS = ("escalate", "rate", "withdraw")
"""Kinds that are a resident's alone: of a desk the bus refuses them."""
WAYS = (
    "peoples_mediation", "administrative_mediation", "judicial_mediation", "industry_mediation",
    "online_mediation", "counselling", "court_confirmation", "handled",
)  # fmt: skip
GROUNDS = {
    "return": ("not_our_subject", "not_our_area", "not_in_our_power", "incomplete"),
    "pause": ("waits_for_resident", "waits_for_expert", "waits_for_court"),
    "send_down": ("can_be_settled_below", "rose_by_mistake"),
}
SESSIONS = ("reception", "appointment", "mediation")
DESK, WORD = r"\d{4,12}:[a-z_]+", r"[a-z]+(_[a-z]+)*"
POLL_MS = 500
SEEN = (
    "CREATE TABLE IF NOT EXISTS seen (matter TEXT, number TEXT, PRIMARY KEY (matter, number)) WITHOUT ROWID"
)

Callback = Callable[["Event", sqlite3.Connection], None]
Check = tuple[Callable[[Any], bool], str]


@dataclass(frozen=True)
class Event:
    """One event of a matter, or the refusal of an action (`number` 0). `body` is the JSON as it came."""

    id: str
    type: str
    matter_id: str
    number: int
    body: dict[str, Any]
    offset: int
    timestamp: int


@dataclass
class Followed:
    """What a call of `follow` met: given to the callback, seen before, and not to be read."""

    handed: int = 0
    repeated: int = 0
    poison: int = 0


class Centre:
    """One county's side of the bus. `security` is passed to kafka-python: security_protocol, ssl_cafile, ...

    Without a `group` it reads from the first event each time and leaves no trace on the broker.
    """

    def __init__(
        self,
        county: str,
        bootstrap: str,
        group: str | None = None,
        seen_path: str = ":memory:",
        *,
        consumer: Callable[..., Any] = KafkaConsumer,
        producer: Callable[..., Any] = KafkaProducer,
        **security: Any,
    ) -> None:
        if not re.fullmatch(r"\d{6}", county):
            raise ValueError(f"a county has six digits: {county!r}")
        self.county = county
        self.topic = ROUTED.format(county=county)
        self._group = group
        self._seen_path = seen_path
        self._new_consumer, self._new_producer = consumer, producer
        self._client = {
            "bootstrap_servers": bootstrap.split(","),
            "allow_auto_create_topics": False,
        } | security
        self._actions: Any = None
        self._asked_at: dict[str, int] = {}

    def __enter__(self) -> Centre:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._actions is not None:
            self._actions.close()

    def follow(
        self,
        callback: Callback,
        *,
        from_beginning: bool = False,
        limit: int | None = None,
        stop: threading.Event | None = None,
    ) -> Followed:
        """Give each event to `callback`, until `stop` is set or `limit` were given.

        A message that cannot be read is logged with its offset, counted and passed over. What the callback raises
        ends this call: the event is not marked, its offset not committed, and the next call begins with it.
        """
        met, ended = Followed(), stop or threading.Event()
        with self._consumer(self._group) as consumer, closing(self._open_seen()) as db:
            self._begin(consumer, from_beginning)
            while not ended.is_set() and met.handed != limit:
                for partition, records in consumer.poll(timeout_ms=POLL_MS).items():
                    done = None
                    for record in records:
                        if ended.is_set() or met.handed == limit:
                            break
                        self._hand(record, callback, db, met)
                        done = record.offset + 1
                    if done is not None:
                        self._commit(consumer, partition, done)
        return met

    def act(
        self,
        matter_id: str,
        kind: str,
        desk: str,
        *,
        action_id: str | None = None,
        at: datetime | None = None,
        timeout: float = 30,
        **more: Any,
    ) -> str:
        """Publish what a desk (`430981001002:committee`) did; its id, once all replicas of the broker hold it.

        `more`: what the kind asks for, as in `FIELDS`. Raises ValueError for what the bus could not read, and
        KafkaError when it is not known to have arrived: then send it again with the same `action_id`, `at` and all.
        """
        at = at or datetime.now(UTC)
        action_id = action_id or str(uuid.uuid4())
        body: dict[str, Any] = {"action_id": action_id, "matter_id": matter_id}
        body |= {"county": self._county_of(matter_id), "kind": kind, "desk": desk, "at": at}
        body |= {name: value for name, value in more.items() if value is not None}
        _check(body)
        body["at"] = at.isoformat()
        self._asked_at.setdefault(action_id, self._end())
        self._producer().send(
            ACTIONS,
            key=body["county"].encode(),  # the default partitioner finds the county's lane by it
            value=json.dumps(body, ensure_ascii=False, default=datetime.isoformat).encode(),
            headers=self._headers(body),
        ).get(timeout)
        return action_id

    def answer(self, action_id: str, timeout: float) -> Event | None:
        """What became of an action: an event of the matter, or `action.refused`; None when not known in time.

        Looks from where the topic ended when this object published it, for an older one from the beginning.
        """
        until = time.monotonic() + timeout
        partition = TopicPartition(self.topic, 0)
        with self._consumer(None) as consumer:
            consumer.assign([partition])
            consumer.seek(partition, self._asked_at.get(action_id, 0))
            while (left := until - time.monotonic()) > 0:
                polled = consumer.poll(timeout_ms=max(1, min(POLL_MS, int(left * 1000))))
                for record in polled.get(partition, ()):
                    if action_id.encode() in (record.value or b""):  # cheap: most are about other actions
                        event = self._read_or_none(record)
                        if event is not None and event.body.get("action_id") == action_id:
                            return event
        return None

    def _hand(self, record: Any, callback: Callback, db: sqlite3.Connection, met: Followed) -> None:
        """Steps 1 to 4."""
        event = self._read_or_none(record)
        if event is None:
            met.poison += 1
            return
        with _transaction(db):
            if not _mark(db, event):
                met.repeated += 1
                return
            callback(event, db)
        met.handed += 1

    def _commit(self, consumer: Any, partition: Any, offset: int) -> None:
        """Step 5. When another process of the group has taken over meanwhile, the marks hold there too."""
        if self._group is None:
            return
        try:
            consumer.commit({partition: OffsetAndMetadata(offset, "", -1)})
        except CommitFailedError as error:
            log.warning("%s: offset %d was not committed: %s", self.topic, offset, error)

    def _read_or_none(self, record: Any) -> Event | None:
        """The event in a record; the log never shows what it says, only where it lies."""
        try:
            return self._read(record)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = error if type(error) is ValueError else type(error).__name__
            log.error("%s offset %d cannot be read and is passed over: %s", record.topic, record.offset, what)
            return None

    def _read(self, record: Any) -> Event:
        body = json.loads(record.value)
        kind, matter_id, county = body["type"], body["matter_id"], body["county"]
        number = body.get("number", 0)
        if not all(isinstance(text, str) for text in (kind, matter_id, county)) or type(number) is not int:
            raise TypeError
        if county != self.county and not self._is_city_of(county):
            raise ValueError("of another county")
        if number == 0 and kind != "action.refused":
            raise ValueError("without a number")
        headers = dict(record.headers)
        event_id = headers.get("ce_id", b"").decode() or f"{record.topic}/{record.offset}"
        return Event(event_id, kind, matter_id, number, body, record.offset, record.timestamp)

    def _is_city_of(self, county: str) -> bool:
        return self.county.endswith("00") and county.startswith(self.county[:4])

    def _county_of(self, matter_id: str) -> str:
        """Whose matter it is: a city's centre acts on those of its counties."""
        county = matter_id.partition("-")[0]
        return county if self._is_city_of(county) else self.county

    def _begin(self, consumer: Any, from_beginning: bool) -> None:
        if self._group is not None and not from_beginning:
            consumer.subscribe([self.topic])
            return
        consumer.assign([TopicPartition(self.topic, 0)])
        consumer.seek_to_beginning()

    @contextmanager
    def _consumer(self, group: str | None) -> Iterator[Any]:
        consumer = self._new_consumer(
            group_id=group,
            isolation_level="read_committed",  # what a writer took back never happened
            enable_auto_commit=False,  # the offset is step 5, not a timer's
            auto_offset_reset="earliest",  # a centre that comes late has missed nothing
            max_poll_records=100,
            **self._client,
        )
        try:
            if not consumer.partitions_for_topic(self.topic):
                raise LookupError(f"the broker has no topic {self.topic}, or does not let us read it")
            yield consumer
        finally:
            consumer.close(autocommit=False)

    def _end(self) -> int:
        with self._consumer(None) as consumer:
            partition = TopicPartition(self.topic, 0)
            return int(consumer.end_offsets([partition])[partition])

    def _producer(self) -> Any:
        if self._actions is None:
            self._actions = self._new_producer(acks="all", enable_idempotence=True, **self._client)
        return self._actions

    def _headers(self, body: dict[str, Any]) -> list[tuple[str, bytes]]:
        """CloudEvents 1.0, Kafka binding, binary mode."""
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": body["action_id"],
            "ce_type": ACTION_TYPE,
            "ce_source": f"/centres/{self.county}",
            "ce_time": body["at"],
            "ce_subject": body["matter_id"],
            "ce_partitionkey": body["county"],
            "content-type": "application/json",
        }
        return [(name, value.encode()) for name, value in attributes.items()]

    def _open_seen(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._seen_path, timeout=30, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        # Kafka's commit comes after: what sqlite said must be on the disk
        db.execute("PRAGMA synchronous=FULL")
        db.execute(SEEN)
        return db


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _mark(db: sqlite3.Connection, event: Event) -> bool:
    """Whether this is the first time. An event is its matter and number; a refusal has its own id."""
    number = str(event.number or event.id)
    added = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (event.matter_id, number))
    return added.rowcount == 1


def _is_one_of(words: Iterable[str]) -> Check:
    known = tuple(words)
    return lambda value: value in known, f"one of {', '.join(known)}"


def _is_like(pattern: str, says: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, says


def _is_text(longest: int, shortest: int = 1) -> Check:
    says = f"a text of {shortest} to {longest} characters"
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest, says


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime) and value.utcoffset() is not None


def _is_visit(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() <= {"reached", "resolved", "satisfied"}:
        return False
    said = {name: answer for name, answer in value.items() if answer is not None}
    return "reached" in said and all(isinstance(answer, bool) for answer in said.values())


def _is_session(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"kind", "venue", "at"}:
        return False
    is_word = isinstance(value["venue"], str) and re.fullmatch(WORD, value["venue"]) is not None
    return value["kind"] in SESSIONS and is_word and _is_time(value["at"])


_DESK = _is_like(DESK, "division:body, 430981001002:committee")
_NAME = _is_text(128)
FIELDS: dict[str, Check] = {
    "action_id": _NAME,
    "matter_id": _NAME,
    "county": _is_like(r"\d{6}", "six digits"),
    "kind": _is_one_of(KINDS),
    "desk": _DESK,
    "at": (_is_time, "a time with its offset from UTC"),
    "way": _is_one_of(WAYS),
    "outcome": _is_text(2000, 0),
    "visit": (_is_visit, "reached, resolved, satisfied: yes or no; reached must be said"),
    "report_id": _NAME,
    "ground": _is_one_of(ground for some in GROUNDS.values() for ground in some),
    "to": _DESK,
    "into": _NAME,
    "taken_out": _NAME,
    "confirmed": (lambda value: isinstance(value, bool), "yes or no"),
    "rating": (lambda value: type(value) is int and 1 <= value <= 5, "one to five"),
    "session": (_is_session, f"a kind ({', '.join(SESSIONS)}), a venue and a time with its offset"),
    "session_id": _NAME,
    "resource": _is_like(WORD, "a resource of the policy, repair_team"),
    "category": _is_like(r"[a-z]+\.[a-z_]+", "a category of the policy, city.street_light"),
}


def _check(body: dict[str, Any]) -> None:
    """What the bus could not even read would be buried there, and no answer would ever come."""
    for name, value in body.items():
        if name not in FIELDS:
            raise ValueError(f"an action has no `{name}`; it has {', '.join(FIELDS)}")
        is_right, says = FIELDS[name]
        if not is_right(value):
            raise ValueError(f"`{name}` is {says}; not {value!r}")
