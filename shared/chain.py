"""A matter's history as a chain: each event holds the digest of the one before it. Pure.

Whoever changes, removes, adds or moves an event must write every later one anew. What a chain alone cannot show:
that its end was cut off or altered, or that all of it from some event on was written anew. For these, keep its head
(number and digest of the last event) where whoever writes the ledger cannot reach it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared import wire
from shared.errors import EventInvalidError
from shared.events import MatterEvent


@dataclass(frozen=True)
class Link:
    """The event at one place of a history, counted from 1. `wrong`: all that does not fit there.

    `chained`: it is the first, or names the one before it. Events from before there were digests name none.
    """

    place: int
    digest: str
    chained: bool
    wrong: tuple[str, ...] = ()


def digest_of(value: bytes) -> str:
    """Of an event's bytes as they are on the bus: 32 hex digits."""
    return hashlib.blake2b(value, digest_size=16).hexdigest()


def links(matter_id: str, texts: Iterable[bytes | str]) -> Iterator[Link]:
    """Every event of one history, held against the one before it."""
    before: Link | None = None
    for place, text in enumerate(texts, 1):
        value = text.encode(errors="surrogatepass") if isinstance(text, str) else text
        before = _link(matter_id, place, value, before)
        yield before


def _link(matter_id: str, place: int, value: bytes, before: Link | None) -> Link:
    digest = digest_of(value)
    try:
        event = wire.decode(value)
    except EventInvalidError:
        return Link(place, digest, False, ("cannot be read",))
    if not isinstance(event, MatterEvent):
        return Link(place, digest, False, ("is no event of a matter",))
    wrong = []
    if event.matter_id != matter_id:
        wrong.append("is of another matter")
    if event.number != place:
        wrong.append(f"has number {event.number}")
    if event.previous and event.previous != (before.digest if before else ""):
        wrong.append("names another event before it")
    if not event.previous and before is not None and before.place > 1 and before.chained:
        wrong.append("names none before it, as only events older than the chain do")
    return Link(place, digest, before is None or event.previous != "", tuple(wrong))
