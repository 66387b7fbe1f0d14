"""A ledger as files: its documents, and the heads of its histories. One JSON value a line, matters by their ids."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from bson import json_util
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError

from shared.errors import InputInvalidError
from shared.store.check import Head
from shared.store.fold import Document

# as MongoDB's own tools read and write it
EXTENDED_JSON = json_util.JSONOptions(
    json_mode=json_util.JSONMode.RELAXED, tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)


def write_documents(documents: Iterable[Document], path: Path) -> int:
    """All or nothing; returns how many. Raises InputInvalidError when the file cannot be written."""
    count = 0
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as lines:
            for document in documents:
                lines.write(json_util.dumps(document, json_options=EXTENDED_JSON, ensure_ascii=False) + "\n")
                count += 1
        part.replace(path)
    except OSError as error:
        raise InputInvalidError(f"{path}: {error}") from error
    return count


def read_documents(path: Path) -> Iterator[Document]:
    """Raises InputInvalidError."""
    for number, line in _lines(path):
        try:
            document = json_util.loads(line, json_options=EXTENDED_JSON)
        except (ValueError, TypeError, LookupError, BSONError) as error:
            raise InputInvalidError(f"{path}, line {number}: {error}") from error
        if not isinstance(document, dict):
            raise InputInvalidError(f"{path}, line {number}: no document")
        yield document


def bytes_of_heads(heads: Mapping[str, Head]) -> bytes:
    """Two ledgers with the same histories give the same bytes."""
    return b"".join(msgspec.json.encode(head) + b"\n" for _, head in sorted(heads.items()))


def write_heads(heads: Mapping[str, Head], path: Path) -> None:
    """Raises InputInvalidError when the file cannot be written."""
    try:
        path.write_bytes(bytes_of_heads(heads))
    except OSError as error:
        raise InputInvalidError(f"{path}: {error}") from error


def read_heads(path: Path) -> dict[str, Head]:
    """Raises InputInvalidError."""
    heads: dict[str, Head] = {}
    for number, line in _lines(path):
        try:
            head = msgspec.json.decode(line, type=Head)
        except msgspec.DecodeError as error:
            raise InputInvalidError(f"{path}, line {number}: {error}") from error
        heads[head.matter_id] = head
    return heads


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from enumerate(lines, 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalidError(f"{path}: {error}") from error
