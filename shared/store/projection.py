"""The ledger as a projection of the log: idempotent, a few round trips a batch, never half a matter.

Every write names the revision it read. Two processes that project the same partition for a moment (the
neighbours of a hand-over) cannot undo each other: the late one finds its revision gone, and reads again.

When this returns, all of it is on disk. The embedded store alone also shows what another process wrote in the
same moment and has not flushed yet, so there a batch with nothing left to write can rest on that.
"""

from typing import Any

from pymongo import InsertOne, ReplaceOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from shared import wire
from shared.errors import EventInvalidError, StoreUnavailableError
from shared.events import ReportReceived
from shared.store.connection import asking, database
from shared.store.documents import Matter, Receipt
from shared.store.fold import Document, fold_all, instant, matter_of
from shared.store.queries import documents_of
from shared.store.recent import Recent
from shared.wire import Record

DUPLICATE_KEY = 11000
AT_ONCE = 1000  # so that a slow store answers within the connection's patience
REPLICATED = WriteConcern(w="majority")  # a MongoDB has it in its journal too; the embedded store has not

Rows = Collection[dict[str, Any]]


def project_events(records: list[Record], into: str | None = None, recent: Recent | None = None) -> None:
    """Bring the matters of these records of `matters.events.v1` up to date. `into`: another collection.

    `recent`: what earlier calls for the same collection have written. Raises EventInvalidError and HistoryGapError
    before anything is written, and StoreUnavailableError.
    """
    recent = Recent(0) if recent is None else recent
    with asking():
        rows = database()[into or Matter._get_collection_name()]
        concerned = {matter_of(wire.decode(record.value)) for record in records} - {None}
        stored = recent.take(map(str, concerned))
        stored |= documents_of(rows, sorted(map(str, concerned - stored.keys())))
        changed = fold_all(stored, records)
        _write(rows, stored, changed)
        recent.keep(stored | changed)


def project_receipts(records: list[Record], into: str | None = None) -> None:
    """Note the receipt codes of these records of `reports.received.v1`."""
    receipts = {receipt["_id"]: receipt for receipt in map(receipt_of, records)}
    with asking():
        rows = database()[into or Receipt._get_collection_name()]
        try:
            rows.insert_many(list(receipts.values()), ordered=False)
        except BulkWriteError as error:
            _only_duplicates(error)


def receipt_of(record: Record) -> Document:
    event = wire.decode(record.value)
    if not isinstance(event, ReportReceived):
        raise EventInvalidError(f"a {type(event).__name__} among received reports")
    return {
        "_id": event.receipt,
        "report_id": event.report_id,
        "county": event.county,
        "received_at": instant(event.received_at),
    }


def _write(rows: Rows, before: dict[str, Document], after: dict[str, Document]) -> None:
    if not after:
        return
    writes: list[InsertOne[Document] | ReplaceOne[Document]] = [
        ReplaceOne({"_id": key, "revision": before[key]["revision"]}, document)
        if key in before
        else InsertOne(document)
        for key, document in after.items()
    ]
    # a store's journal is in order: with the last write on disk all are, and the embedded store flushes but once
    *most, last = writes
    unflushed = rows.with_options(write_concern=REPLICATED)
    try:
        done = [
            unflushed.bulk_write(most[start : start + AT_ONCE], ordered=False)
            for start in range(0, len(most), AT_ONCE)
        ]
        done.append(rows.bulk_write([last]))
    except BulkWriteError as error:
        _only_duplicates(error)
        raise StoreUnavailableError("matters were opened by another projector meanwhile") from error
    if sum(part.inserted_count + part.matched_count for part in done) != len(writes):
        raise StoreUnavailableError("matters were written by another projector meanwhile")


def _only_duplicates(error: BulkWriteError) -> None:
    """Any other error goes on as it is."""
    codes = {each["code"] for each in error.details["writeErrors"]}
    if codes != {DUPLICATE_KEY} or error.details["writeConcernErrors"]:
        raise error
