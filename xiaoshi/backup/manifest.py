"""What a backup holds, said by the backup itself: `manifest.json`, written anew after each part."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from shared import topics
from shared.errors import InputInvalidError
from shared.matter import Value

NAME = "manifest.json"
HEADS = "heads.jsonl"
FORMAT = 1


class Span(Value, frozen=True):
    """One partition at the moment of the backup: its first offset, and the one after its last."""

    topic: str
    partition: int
    first: int
    end: int

    @property
    def is_state(self) -> bool:
        return topics.topic_of(self.topic).key == "state"

    @property
    def keeps_offsets(self) -> bool:
        """Whether a record must lie at its old offset again.

        Refusals, dead letters, what was moved and what was replayed name records by their places. What lanes write in
        each transaction nobody names but readers' positions: there the gaps between transactions are left out.
        """
        topic = topics.topic_of(self.topic)
        return topic not in PACKED and not self.is_state


PACKED = (topics.RECEIVED, topics.EVENTS, topics.ROUTED, topics.CONTACTS)


class Place(Value, frozen=True):
    """How far a reader had come. `lane`: by the state of the service's lane, else by a consumer group."""

    reader: str
    topic: str
    partition: int
    offset: int
    lane: bool


class Part(Value, frozen=True):
    """One partition's file. `before`: how many of its records lie before an offset that a reader had come to."""

    span: Span
    file: str
    records: int
    bytes: int
    sha256: str
    before: Mapping[int, int] = msgspec.field(default_factory=dict)


class Manifest(Value, frozen=True):
    """`complete` False: it was broken off. `heads`: SHA-256 of the heads of all histories, where a ledger was named."""

    program: str
    taken_at: datetime
    lanes: int
    recorded_time: bool
    spans: tuple[Span, ...]
    places: tuple[Place, ...] = ()
    parts: tuple[Part, ...] = ()
    heads: str | None = None
    complete: bool = False
    format: int = FORMAT

    @property
    def states_are_there(self) -> bool:
        """States are compacted while time passes, so that only all of one moment are of use; logs stay as they are."""
        done = {part.span for part in self.parts}
        return all(span in done for span in self.spans if span.is_state)


def read(folder: Path) -> Manifest:
    """Raises InputInvalidError for a folder without a manifest, or with one of another format."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except OSError as error:
        raise InputInvalidError(f"{folder} is no backup: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise InputInvalidError(f"{folder / NAME} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise InputInvalidError(f"{folder} is of format {manifest.format}, this program reads {FORMAT}")
    return manifest


def write(folder: Path, manifest: Manifest) -> None:
    part = folder / f"{NAME}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    part.replace(folder / NAME)
