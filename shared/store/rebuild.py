"""The ledger made anew from the log, beside the one that is there, and compared with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from shared import topics
from shared.errors import BrokerUnavailableError, LedgerBusyError, StoreUnavailableError
from shared.log_reader import read_topic
from shared.store.connection import add_indexes, asking, database
from shared.store.documents import Matter, Receipt
from shared.store.projection import Rows, project_events, project_receipts
from shared.wire import Record

BATCH = 50_000  # the larger, the fewer times a matter is written
COLLECTIONS = (Matter._get_collection_name(), Receipt._get_collection_name())


@dataclass(frozen=True)
class Comparison:
    """One collection, as it was and as the log has it. The ids are of documents that are not equal."""

    collection: str
    documents: int
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return not (self.only_old or self.only_new or self.differing)


@dataclass(frozen=True)
class Rebuilt:
    """`buried`: places of records that no ledger can take, `topic/partition/offset`."""

    matters: Comparison
    receipts: Comparison
    buried: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return self.matters.equal and self.receipts.equal


def rebuild(bootstrap: str, *, beside: str) -> Rebuilt:
    """Build `matters.<beside>` and `receipts.<beside>` from the whole log, and compare them with the live ones."""
    ends: dict[str, dict[int, int]] = {}
    buried: list[str] = []
    projections: tuple[tuple[str, str, Callable[[list[Record], str], None]], ...] = (
        (topics.EVENTS.name, COLLECTIONS[0], project_events),
        (topics.RECEIVED.name, COLLECTIONS[1], project_receipts),
    )
    for topic, collection, project in projections:
        into = name_beside(collection, beside)
        _fresh(into)
        buried += _replay(bootstrap, topic, partial(_into, project, into), ends.setdefault(topic, {}))
    # what came while that lasted, so that a ledger that has kept up is found equal
    for topic, collection, project in projections:
        buried += _replay(
            bootstrap, topic, partial(_into, project, name_beside(collection, beside)), ends[topic]
        )
    return Rebuilt(compare(COLLECTIONS[0], beside), compare(COLLECTIONS[1], beside), tuple(buried))


def adopt(beside: str) -> None:
    """Put the rebuilt collections in the place of the live ones. Nothing may be projecting meanwhile."""
    with asking():
        for name in COLLECTIONS:
            database()[name_beside(name, beside)].rename(name, dropTarget=True)


def discard(beside: str) -> None:
    with asking():
        for name in COLLECTIONS:
            database()[name_beside(name, beside)].drop()


def ensure_idle(bootstrap: str, group: str) -> None:
    """Raises LedgerBusyError while a member of the group projects: it would meet matters older than it left them."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))
        try:
            members = admin.describe_groups([group])[group].get("members") or []
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokerUnavailableError(f"asking {bootstrap} for {group}: {error}") from error
    if members:
        raise LedgerBusyError(
            f"{len(members)} members of {group} are projecting: stop them, and wait ten seconds, or use --into"
        )


def compare(collection: str, beside: str) -> Comparison:
    """Both collections side by side in the order of their ids, never all in memory."""
    with asking():
        old = _in_order(database()[collection])
        new = _in_order(database()[name_beside(collection, beside)])
        return _compared(collection, old, new)


def name_beside(collection: str, beside: str) -> str:
    return f"{collection}.{beside}"


def _compared(collection: str, old: Iterator[dict[str, Any]], new: Iterator[dict[str, Any]]) -> Comparison:
    only_old: list[str] = []
    only_new: list[str] = []
    differing: list[str] = []
    documents = 0
    a, b = next(old, None), next(new, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a["_id"] < b["_id"]):
            assert a is not None
            only_old.append(a["_id"])
            a = next(old, None)
            continue
        documents += 1
        if a is None or b["_id"] < a["_id"]:
            only_new.append(b["_id"])
            b = next(new, None)
            continue
        if a != b:
            differing.append(b["_id"])
        a, b = next(old, None), next(new, None)
    return Comparison(collection, documents, tuple(only_old), tuple(only_new), tuple(differing))


def _in_order(rows: Rows) -> Iterator[dict[str, Any]]:
    return iter(rows.find().sort("_id", 1))


def _fresh(collection: str) -> None:
    """Empty, and with the indexes of the collection it is to replace."""
    with asking():
        database().drop_collection(collection)
        rows = database().create_collection(collection)  # even an empty one can be renamed then
        if collection.startswith(COLLECTIONS[0]):
            add_indexes(rows)


def _replay(
    bootstrap: str, topic: str, project: Callable[[list[Record]], None], ends: dict[int, int]
) -> list[str]:
    """Project all from `ends` on, and move `ends`. Returns what had to be left out."""
    buried: list[str] = []
    records = read_topic(bootstrap, topic, starts=dict(ends))
    while batch := list(islice(records, BATCH)):
        buried += _project(project, batch)
        ends.update({record.partition: record.offset + 1 for record in batch})
    return buried


def _project(project: Callable[[list[Record]], None], batch: list[Record]) -> list[str]:
    """As the live projection does: the record that is to blame is left out, all others are kept in order."""
    try:
        project(batch)
    except StoreUnavailableError:
        raise
    except Exception:
        if len(batch) == 1:
            return [f"{batch[0].topic}/{batch[0].partition}/{batch[0].offset}"]
        middle = len(batch) // 2
        return _project(project, batch[:middle]) + _project(project, batch[middle:])
    return []


def _into(project: Callable[[list[Record], str], None], into: str, records: list[Record]) -> None:
    project(records, into)
