"""A matter's document from its events: pure, so that a ledger can be compared with the log without a store.

A document is made of what BSON can hold: instants to the millisecond in UTC, and each event as the very text
that was on the bus (whose keys and numbers BSON might refuse).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared import wire
from shared.errors import HistoryGapError
from shared.events import (
    ActionRefused,
    MatterCategorised,
    MatterClosed,
    MatterEvent,
    MatterGraded,
    MatterJoined,
    MatterOpened,
    MatterSplit,
    MatterWithdrawn,
)
from shared.matter import State, Value, key_of
from shared.wire import Record

Document = dict[str, Any]


def matter_of(event: Value) -> str | None:
    """Whose history an event belongs to; None for the passing of time, actions still to be decided, and reports."""
    if isinstance(event, MatterEvent | ActionRefused):
        return event.matter_id
    return None


def fold(document: Document | None, event: Value, event_id: str, text: str) -> Document | None:
    """The document after the event, whose text is kept; the same document when it has that event already.

    Raises HistoryGapError when an event before this one is missing. An action refused for want of the matter, or
    in another county's journal, is in nobody's history.
    """
    if isinstance(event, ActionRefused):
        return _refused(document, event, event_id, text)
    if not isinstance(event, MatterEvent):
        return document
    stored = 0 if document is None else document["number"]
    if event.number <= stored:
        return document
    if event.number != stored + 1 or (document is None) != isinstance(event, MatterOpened):
        raise HistoryGapError(f"matter {event.matter_id} is at {stored}, and here is {event.number}")
    before = _opened(event) if isinstance(event, MatterOpened) else document
    assert before is not None
    return _revised(before | _changes(before, event, event_id, text))


def fold_all(documents: dict[str, Document], records: Iterable[Record]) -> dict[str, Document]:
    """The documents that the records change. `documents` holds them as they were, absent ones left out."""
    changed: dict[str, Document] = {}
    for record in records:
        event = wire.decode(record.value)
        matter_id = matter_of(event)
        if matter_id is None:
            continue
        before = changed.get(matter_id, documents.get(matter_id))
        after = fold(before, event, event_id_of(record), text_of(record))
        if after is not None and after is not before:
            changed[matter_id] = after
    return changed


def text_of(record: Record) -> str:
    return (record.value or b"").decode()


def event_id_of(record: Record) -> str:
    return (wire.header(record.headers, "ce_id") or b"").decode()


def instant(at: datetime) -> datetime:
    """As BSON keeps it."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _opened(event: MatterOpened) -> Document:
    sheet = event.sheet
    return {
        "_id": event.matter_id,
        "county": event.county,
        "town": sheet.division[:9] if len(sheet.division) >= 9 else None,
        "division": sheet.division,
        "title": sheet.title,
        "category": sheet.category,
        "grade": event.grade.value,
        "policy": event.policy,
        "confidential": event.confidential,
        "about_body": event.about_body,
        "sources": [],
        "opened_at": instant(event.at),
        "closed_at": None,
        "reports": [],
        "history": [],
        "refusals": [],
    }


def _changes(before: Document, event: MatterEvent, event_id: str, text: str) -> Document:
    position = event.position
    row = {
        "number": event.number,
        "kind": wire.kind_of(event),
        "at": instant(event.at),
        "event_id": event_id,
        "event": text,
    }
    changes: Document = {
        "number": event.number,
        "changed_at": instant(event.at),
        "state": position.state.value,
        "tier": position.tier.value,
        "desk_division": position.desk.division,
        "desk_body": position.desk.body,
        "desk_role": position.desk.role,
        "offered": None if position.offered is None else key_of(position.offered),
        "due_at": None if position.due is None else instant(position.due.at),
        "due_what": None if position.due is None else position.due.what,
        "closed_at": before["closed_at"] if position.state is State.CLOSED else None,
        "history": [*before["history"], row],
    }
    if isinstance(event, MatterOpened):
        changes |= _with_report(before, event.report_id, event.sheet.source, event.at)
    elif isinstance(event, MatterJoined):
        changes |= _with_report(before, event.report_id, event.source, event.at, event.merged_from)
    elif isinstance(event, MatterCategorised):
        changes |= {"category": event.sheet.category, "confidential": event.confidential}
    elif isinstance(event, MatterGraded):
        changes["grade"] = event.grade.value
    elif isinstance(event, MatterClosed):
        changes["closed_at"] = instant(event.at)
    elif isinstance(event, MatterWithdrawn):
        changes["reports"] = [
            row | {"gone": row["gone"] or row["report_id"] == event.report_id} for row in before["reports"]
        ]
    elif isinstance(event, MatterSplit) and before["state"] != State.MERGED:
        changes["reports"] = _left(before, event)
    return changes


def _with_report(
    before: Document, report_id: str, source: str, at: datetime, origin: str | None = None
) -> Document:
    row = {"report_id": report_id, "source": source, "at": instant(at), "origin": origin, "gone": False}
    return {"reports": [*before["reports"], row], "sources": sorted({*before["sources"], source})}


def _left(before: Document, event: MatterSplit) -> list[Document]:
    """Without the report that was taken out, and all that had come with it from the other matter."""
    return [
        row
        for row in before["reports"]
        if row["report_id"] != event.report_id and row["origin"] != event.other
    ]


def _refused(document: Document | None, event: ActionRefused, event_id: str, text: str) -> Document | None:
    if document is None or document["county"] != event.county:
        return document
    if any(row["event_id"] == event_id for row in document["refusals"]):
        return document
    row = {
        "at": instant(event.at),
        "action_id": event.action_id,
        "kind": event.kind.value,
        "by": event.by,
        "reason": event.reason.value,
        "event_id": event_id,
        "event": text,
    }
    return _revised(document | {"refusals": [*document["refusals"], row]})


def _revised(document: Document) -> Document:
    """`revision` moves with every change, and is the same however the document came about."""
    return document | {"revision": len(document["history"]) + len(document["refusals"])}
