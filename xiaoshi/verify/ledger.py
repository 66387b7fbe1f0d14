"""The ledger and its receipts against the documents that the log leads to. Events are kept as digests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from shared.errors import HistoryGapError
from shared.events import ActionRefused
from shared.store.connection import DATABASE, PATIENCE_MS, asking
from shared.store.fold import Document, fold, matter_of, text_of
from shared.store.projection import receipt_of
from shared.store.queries import documents_of
from shared.wire import Record
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.log import Entry, digest
from xiaoshi.verify.patience import once_equal

BATCH = 500
MATTERS, RECEIPTS = "matters", "receipts"

Store = Database[Document]


@contextmanager
def reading(url: str) -> Iterator[Store]:
    """A connection of its own: whoever calls may have named another store."""
    client: MongoClient[Document] = MongoClient(url, tz_aware=True, serverSelectionTimeoutMS=PATIENCE_MS)
    try:
        yield client.get_default_database(DATABASE)  # one named in the URL wins
    finally:
        client.close()


class Ledger:
    """`store` None: nobody asked for it."""

    def __init__(self, store: Store | None, patience: float) -> None:
        self._store = store
        self._patience = patience
        self._folded: dict[str, dict[str, Document]] = {MATTERS: {}, RECEIPTS: {}}

    def hear(self, record: Record) -> None:
        """One received report."""
        if self._store is not None:
            receipt = receipt_of(record)
            self._folded[RECEIPTS].setdefault(receipt["_id"], receipt)

    def begin(self, lane: int) -> None:
        pass

    def take(self, entry: Entry) -> None:
        if self._store is None or entry.event is None or (key := matter_of(entry.event)) is None:
            return
        documents = self._folded[MATTERS]
        before = documents.get(key)
        try:
            after = fold(before, entry.event, entry.id, text_of(entry.record))
        except HistoryGapError:
            return  # the projection buries it too
        if after is not None and after is not before:
            rows = after["refusals" if isinstance(entry.event, ActionRefused) else "history"]
            rows[-1] = _small(rows[-1])
            documents[key] = after

    def end(self) -> None:
        pass

    def findings(self) -> list[Finding]:
        checks = (("ledger", MATTERS), ("receipts", RECEIPTS))
        if self._store is None:
            return [not_compared(check, "no --mongo") for check, _ in checks]
        return [
            once_equal(partial(compare, check, self._store, name, self._folded.pop(name)), self._patience)
            for check, name in checks
        ]


def compare(check: str, store: Store, collection: str, folded: dict[str, Document]) -> Finding:
    """Every document of the log, and that the store has no others."""
    tally = Tally(check, compared=len(folded))
    rows = store[collection]
    keys = iter(sorted(folded))
    with asking():
        while some := list(islice(keys, BATCH)):
            stored = documents_of(rows, some)
            for key in some:
                if key not in stored:
                    tally.differ(f"{key} is not in the store")
                elif parts := _parts(folded[key], _bare(stored[key])):
                    tally.differ(f"{key} differs in {', '.join(parts)}")
        if rows.count_documents({}) != len(folded):
            for row in rows.find({}, {"_id": 1}):
                if row["_id"] not in folded:
                    tally.differ(f"{row['_id']} is in the store and not in the log")
    return tally.finding()


def _parts(folded: Document, stored: Document) -> list[str]:
    return sorted(name for name in folded.keys() | stored.keys() if folded.get(name) != stored.get(name))


def _bare(stored: Document) -> Document:
    many = {name: [_small(row) for row in stored[name]] for name in ("history", "refusals") if name in stored}
    return stored | many


def _small(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"event": digest(str(row.get("event")).encode())}
