"""Is a ledger what its own events say? Asked offline, of its documents alone, without the bus.

Found for certain: an event changed, removed, added or moved before the end of its history, and a document that is
not the fold of its events. Found only with heads that an earlier check saved: a history whose end was cut off,
altered or written anew, and a matter that is gone. Not found: a changed `event_id`, which is in no event's text, and
a refusal taken away together with its place in `revision`, for refusals have no number and are in no chain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from msgspec import Meta

from shared import wire
from shared.chain import links
from shared.errors import EventInvalidError, HistoryGapError
from shared.store.fold import Document, fold, matter_of


class _Row(msgspec.Struct):
    """What is needed of a row of `history` or `refusals` to make the document again."""

    event_id: str
    event: str


class Head(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last event of a matter's history."""

    matter_id: str
    number: Annotated[int, Meta(ge=1)]
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


@dataclass
class Checked:
    """`broken`: by matter, all that is wrong with it. `heads`: of the matters that have a history."""

    matters: int = 0
    events: int = 0
    unchained: int = 0
    broken: dict[str, list[str]] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)


def check(documents: Iterable[Document], earlier: Mapping[str, Head] | None = None) -> Checked:
    """Every document held against its own events, and against the heads of an earlier check."""
    earlier = earlier or {}
    checked = Checked()
    for document in documents:
        matter_id = str(document.get("_id"))
        checked.matters += 1
        again = matter_id in checked.heads or matter_id in checked.broken
        wrong = ["is there twice"] if again else _check(checked, matter_id, document, earlier.get(matter_id))
        if wrong:
            checked.broken.setdefault(matter_id, []).extend(wrong)
    for matter_id in sorted(earlier.keys() - checked.heads.keys() - checked.broken.keys()):
        checked.broken[matter_id] = ["was there before and is gone"]
    return checked


def _check(checked: Checked, matter_id: str, document: Document, earlier: Head | None) -> list[str]:
    try:
        history = _rows(document, "history")
        refusals = _rows(document, "refusals")
    except msgspec.ValidationError as error:
        return [f"has rows that cannot be read: {error}"]
    if not history:
        return ["has no history"]
    chain = list(links(matter_id, (row.event for row in history)))
    checked.events += len(chain)
    checked.unchained += sum(not link.chained and not link.wrong for link in chain)
    checked.heads[matter_id] = Head(matter_id, len(chain), chain[-1].digest)
    wrong = [f"event {link.place} {what}" for link in chain for what in link.wrong]
    if earlier is not None and len(chain) < earlier.number:
        wrong.append(f"had {earlier.number} events before and has {len(chain)}")
    elif earlier is not None and chain[earlier.number - 1].digest != earlier.digest:
        wrong.append(f"event {earlier.number} is not the one that was there before")
    return wrong + _differing(matter_id, document, [*history, *refusals])


def _rows(document: Document, name: str) -> list[_Row]:
    return msgspec.convert(document.get(name), list[_Row])


def _differing(matter_id: str, document: Document, rows: Iterable[_Row]) -> list[str]:
    """How it is not the fold of its rows. Where refusals stood among the events makes no difference to that."""
    folded: Document | None = None
    try:
        for row in rows:
            event = wire.decode(row.event.encode(errors="surrogatepass"))
            if matter_of(event) == matter_id:
                folded = fold(folded, event, row.event_id, row.event)
    except (EventInvalidError, HistoryGapError):
        return ["cannot be made again from its events"]
    made: Document = folded or {}
    names = sorted(
        name for name in made.keys() | document.keys() if made.get(name, ...) != document.get(name, ...)
    )
    return [f"is not what its events make of it in {', '.join(names)}"] if names else []
