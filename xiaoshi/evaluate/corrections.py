"""What people said a matter is about: `matter.categorised` among the lines of a journal or of an exported ledger."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from shared import wire
from shared.errors import InputInvalidError
from shared.events import MatterCategorised

CORRECTION = str(MatterCategorised.__struct_config__.tag)
UNCORRECTED = "matter without a correction"
NOT_THE_LAST = f"{CORRECTION}, not the last of its matter"

Row = dict[str, Any]


class _Sheet(msgspec.Struct, frozen=True):
    title: str
    text: str
    category: str


class _Correction(msgspec.Struct, frozen=True):
    """As much of the event as is learnt from, whatever its version says besides."""

    matter_id: str
    at: str
    sheet: _Sheet


class _Entry(msgspec.Struct, frozen=True):
    kind: str
    event: str


class _Matter(msgspec.Struct, frozen=True):
    """As much of a matter in the ledger; each event is the text that was on the bus."""

    history: tuple[_Entry, ...]


def last_words(rows: Iterable[tuple[int, Row]], path: Path, passed_over: Counter[str]) -> Iterator[Row]:
    """Rows that were not recorded as they are, then one for each corrected matter, by its last correction in the file.

    Recorded is an event, a line of `xiaoshi replay`, or a matter of `xiaoshi ledger export`. What is no correction is
    counted. Raises InputInvalidError for one that cannot be read.
    """
    said: dict[str, Row] = {}
    for number, row in rows:
        if not _is_recorded(row):
            yield row
            continue
        try:
            for event in _corrections(row, passed_over):
                read = msgspec.convert(event, _Correction)
                if read.matter_id in said:
                    passed_over[NOT_THE_LAST] += 1
                said[read.matter_id] = msgspec.to_builtins(read.sheet) | {
                    "row": read.matter_id,
                    "at": read.at,
                }
        except msgspec.MsgspecError as error:
            raise InputInvalidError(f"{path}: line {number}: a correction cannot be read: {error}") from error
    yield from said.values()


def _is_recorded(row: Row) -> bool:
    """A labelled message may have a `type` too; an event has no label beside its sheet."""
    return _is_matter(row) or ("type" in row and not row.keys() & {"label", "category"})


def _is_matter(row: Row) -> bool:
    return "history" in row and "_id" in row


def _corrections(row: Row, passed_over: Counter[str]) -> Iterator[Any]:
    if _is_matter(row):
        history = msgspec.convert(row, _Matter).history
        events = [entry.event for entry in history if entry.kind == CORRECTION]
        if not events:
            passed_over[UNCORRECTED] += 1
        yield from map(msgspec.json.decode, events)
        return
    kind = str(row["type"]).removeprefix(wire.PREFIX)
    if kind == CORRECTION:
        yield row.get("data", row)
    else:
        passed_over[kind] += 1
