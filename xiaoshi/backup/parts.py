"""A partition as a file: gzip of records in msgpack, each after its length in four bytes. Never all in memory."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shared.errors import InputInvalidError
from shared.wire import Record

LENGTH_BYTES = 4
BUFFER_BYTES = 256 * 1024


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A record without the name of its partition."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def row_of(record: Record) -> Row:
    return Row(record.offset, record.timestamp, record.key, record.value, list(record.headers))


def write_rows(rows: Iterable[Row], path: Path) -> int:
    """All or nothing; how many."""
    encoder, count = msgspec.msgpack.Encoder(), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with (
        part.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        io.BufferedWriter(packed, BUFFER_BYTES) as out,
    ):
        for row in rows:
            body = encoder.encode(row)
            out.write(len(body).to_bytes(LENGTH_BYTES))
            out.write(body)
            count += 1
    part.replace(path)
    return count


def read_rows(path: Path) -> Iterator[Row]:
    """Raises InputInvalidError for a file that is not there, cut off or changed."""
    decoder = msgspec.msgpack.Decoder(Row)
    try:
        with gzip.open(path, "rb") as packed:
            while length := packed.read(LENGTH_BYTES):
                size = int.from_bytes(length)
                body = packed.read(size)
                if len(length) < LENGTH_BYTES or len(body) < size:
                    raise EOFError("it ends within a record")
                yield decoder.decode(body)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise InputInvalidError(f"{path}: {error}") from error


def digest_of(path: Path) -> str:
    """Raises InputInvalidError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputInvalidError(f"{path}: {error.strerror}") from error
