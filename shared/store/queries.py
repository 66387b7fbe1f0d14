"""What the ledger is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson.codec_options import DatetimeConversion
from pymongo.collection import Collection

from shared import wire
from shared.events import ActionRefused, MatterEvent
from shared.matter import ENDED, Position, State
from shared.store.connection import asking, database
from shared.store.documents import Matter, Receipt
from shared.store.fold import Document

AT_ONCE = 50  # the embedded store holds each document against each id it was asked for
WIDTHS = (2, 4, 6, 9, 12)  # of the codes of a division and of all above it
SEEN = ("county", "state", "confidential", "about_body", "reports", "history", "refusals")


@dataclass(frozen=True)
class ReceiptStatus:
    """What the ledger knows of a report and the matter it is in. `matter_id` None: received, and still being sorted.

    `joined`: others reported the same matter; `gone`: this report was taken back; `earlier`: the history of matters it
    was in before these were merged. What of it all whoever holds the receipt may be told is the door's to say.
    """

    receipt: str
    report_id: str
    received_at: datetime
    county: str
    matter_id: str | None = None
    joined: bool = False
    gone: bool = False
    confidential: bool = False
    about_body: str | None = None
    history: tuple[MatterEvent, ...] = ()
    earlier: tuple[MatterEvent, ...] = ()
    refusals: tuple[ActionRefused, ...] = ()

    @property
    def position(self) -> Position | None:
        """Where the matter is."""
        return self.history[-1].position if self.history else None


def count_of_matters() -> int:
    """About how many there are: the store need not look at each."""
    with asking():
        return database()[Matter._get_collection_name()].estimated_document_count()


def status_of(receipt: str) -> ReceiptStatus | None:
    """None when no such receipt is in the ledger. Raises StoreUnavailableError.

    Of a report that was merged into another matter, or taken out of one, the matter it is in now.
    """
    with asking():
        noted = database()[Receipt._get_collection_name()].find_one({"_id": receipt})
        if noted is None:
            return None
        rows = database()[Matter._get_collection_name()]
        found = list(rows.find({"reports.report_id": noted["report_id"]}, dict.fromkeys(SEEN, 1)))
    # one that was merged keeps its reports, as a trace; what they are part of is the other
    found.sort(key=lambda matter: matter["state"] == State.MERGED)
    return _status(noted, found)


def _status(noted: Document, found: list[Document]) -> ReceiptStatus:
    told = (noted["_id"], noted["report_id"], noted["received_at"], noted["county"])
    if not found:
        return ReceiptStatus(*told)
    matter, *merged = found
    own = next(row for row in matter["reports"] if row["report_id"] == noted["report_id"])
    return ReceiptStatus(
        *told,
        matter_id=matter["_id"],
        joined=len(matter["reports"]) > 1,
        gone=own["gone"],
        confidential=matter["confidential"],
        about_body=matter["about_body"],
        history=tuple(_events(matter["history"])),
        earlier=tuple(event for each in merged for event in _events(each["history"])),
        refusals=tuple(event for each in found for event in _events(each["refusals"])),
    )


def _events(rows: list[Document]) -> list[Any]:
    return [wire.decode(row["event"].encode()) for row in rows]


@dataclass(frozen=True)
class Listed:
    """A matter in a desk's list. `offered`: it has still to be accepted, or returned."""

    matter_id: str
    title: str
    state: State
    due_at: datetime | None
    offered: bool


def matters_of(division: str, body: str, *, oversight: str) -> list[Listed]:
    """What a desk answers for or was offered, the nearest deadline first; never a complaint about that desk.

    `oversight`: the policy's body for complaints. No index is kept for it, so it reads all matters. Raises
    StoreUnavailableError.
    """
    theirs = [{"desk_division": division, "desk_body": body}, {"offered": f"{division}:{body}"}]
    asked = {"$or": theirs, "state": {"$nin": sorted(ENDED)}} | visible_to(division, body, oversight)
    fields = ("title", "state", "due_at", "desk_division", "desk_body", "offered")
    with asking():
        rows = database()[Matter._get_collection_name()].find(asked, dict.fromkeys(fields, 1))
        found = list(rows.sort([("due_at", 1), ("_id", 1)]))
    key = f"{division}:{body}"
    return [
        Listed(row["_id"], row["title"], State(row["state"]), row["due_at"], row["offered"] == key)
        for row in found
    ]


def visible_to(division: str, body: str, oversight: str) -> dict[str, Any]:
    """The condition on documents that a body may see: none that complains of it (`shared.never_home.concerns`).

    Whoever complains of a whole division means all bodies in it and below, but for the oversight body.
    """
    hidden = [f"{division}:{body}"]
    if body != oversight:
        hidden += [division[:width] for width in WIDTHS if width <= len(division)]
    return {"about_body": {"$nin": hidden}}


def documents_of(rows: Collection[dict[str, Any]], ids: Sequence[str]) -> dict[str, Document]:
    """Those of the documents that are there, by id."""
    asked = (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
    return {row["_id"]: row for some in asked for row in rows.find({"_id": {"$in": some}})}


def matters() -> Iterator[Document]:
    """Every matter in the order of their ids, also one with an instant that no calendar has."""
    with asking():
        rows = database()[Matter._get_collection_name()]
        options = rows.codec_options.with_options(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
        yield from rows.with_options(codec_options=options).find().sort("_id", 1)
