"""Is a backup whole, and as it was written? Asked offline, of its files alone."""

from collections.abc import Iterator
from pathlib import Path

from shared.errors import InputInvalidError
from xiaoshi.backup import manifest as book
from xiaoshi.backup.manifest import Manifest, Part
from xiaoshi.backup.parts import digest_of, read_rows


def problems_of(folder: Path) -> Iterator[str]:
    """Everything that is wrong, a line each. Raises InputInvalidError where there is no backup at all."""
    manifest = book.read(folder)
    if not manifest.complete:
        yield "it was broken off: `xiaoshi backup` with the same folder goes on with it"
    for part in manifest.parts:
        yield from _of_part(folder, part)
    yield from _of_heads(folder, manifest)
    known = {folder / part.file for part in manifest.parts} | {folder / book.NAME, folder / book.HEADS}
    strange = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in known)
    yield from (f"{path.relative_to(folder)}: the manifest does not name it" for path in strange)


def _of_part(folder: Path, part: Part) -> Iterator[str]:
    try:
        if digest_of(folder / part.file) != part.sha256:
            yield f"{part.file}: is not as it was written"
            return
        count, last = 0, part.span.first - 1
        for row in read_rows(folder / part.file):
            if not last < row.offset < part.span.end:
                yield f"{part.file}: offset {row.offset} is not where it belongs"
            count, last = count + 1, row.offset
        if count != part.records:
            yield f"{part.file}: has {count} records, written were {part.records}"
    except InputInvalidError as error:
        yield str(error)


def _of_heads(folder: Path, manifest: Manifest) -> Iterator[str]:
    try:
        if manifest.heads is not None and digest_of(folder / book.HEADS) != manifest.heads:
            yield f"{book.HEADS}: is not as it was written"
    except InputInvalidError as error:
        yield str(error)
