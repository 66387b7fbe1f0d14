"""Connecting to the document store, and what its errors mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mongoengine
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from shared.errors import StoreUnavailableError
from shared.store.documents import Matter

DATABASE = "xiaoshi"
PATIENCE_MS = 2000
# what a server answers when a document is refused by its schema, or over 16 MiB
FOR_GOOD = {121, 10334, 17419, 17420}


def connect(url: str, database: str = DATABASE) -> None:
    """Name the store that `shared.store` talks to; nothing is sent before the first question.

    A write is answered when a majority has it on disk: offsets move past it.
    """
    mongoengine.disconnect()
    mongoengine.connect(
        db=database,
        host=url,
        serverSelectionTimeoutMS=PATIENCE_MS,
        connectTimeoutMS=PATIENCE_MS,
        socketTimeoutMS=15_000,
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        journal=True,
        retryWrites=False,  # our own writes are repeatable, and not every store knows these
    )


def disconnect() -> None:
    mongoengine.disconnect()


def database() -> Database[dict[str, Any]]:
    """The database by its bare driver, for what is done in bulk."""
    with asking():
        return mongoengine.get_db()  # type: ignore[no-any-return]


def prepare() -> None:
    """Make the indexes; harmless when they are there."""
    with asking():
        add_indexes(database()[Matter._get_collection_name()])


def add_indexes(rows: Collection[dict[str, Any]]) -> None:
    """What `Matter` declares. One way to make them: a store refuses an index that differs by one option."""
    for spec in Matter._meta["index_specs"]:
        rows.create_index(spec["fields"], name=spec["name"])


def missing_indexes() -> list[str]:
    """Names of those that `Matter` declares and the store does not have."""
    with asking():
        there = database()[Matter._get_collection_name()].index_information()
    return [spec["name"] for spec in Matter._meta["index_specs"] if spec["name"] not in there]


@contextmanager
def asking() -> Iterator[None]:
    """Whatever the store says is StoreUnavailableError, but for a document that it can never take.

    A full disk or a lost permission must stall a projection, not have it bury record after record.
    """
    try:
        yield
    except PyMongoError as error:
        if isinstance(error, OperationFailure) and _codes(error) & FOR_GOOD:
            raise
        raise StoreUnavailableError(f"{type(error).__name__}: {str(error)[:200]}") from error


def _codes(error: OperationFailure) -> set[int]:
    if isinstance(error, BulkWriteError):
        return {each["code"] for each in error.details["writeErrors"]}
    return {error.code or 0}
