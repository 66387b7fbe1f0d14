"""Rows as the service would meet them: one after the other, each against what is open by then."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events import Because
from xiaoshi.evaluate.matching import Band, Compared, Found, Matching
from xiaoshi.evaluate.tables import Row


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a row. A matter goes by the key of its first row; unanswered, what is asked stays apart."""

    row: Row
    nth: int
    matter: str
    about: str | None
    band: Band
    score: float
    evidence: tuple[Because, ...]


class Streamed:
    """Every row decided, in the order of the file."""

    def __init__(self, rows: Sequence[Row], matching: Matching) -> None:
        self._matching = matching
        self._compared: dict[str, Compared] = {}
        self._closing: list[tuple[datetime, str]] = []
        self.by_key: dict[str, Decided] = {}
        for nth, row in enumerate(sorted(rows, key=lambda each: each.at)):
            if row.key not in self.by_key:  # the same report delivered again counts once
                self._close(row.at)
                self.by_key[row.key] = self._decide(row, nth)
        self.rows = [self.by_key[row.key] for row in rows]

    def between(self, a: Decided, b: Decided) -> Found:
        """What the two are to each other by themselves."""
        first, second = in_time(a, b)
        return self._matching.between(self._compared[first.row.key], self._compared[second.row.key])

    def _decide(self, row: Row, nth: int) -> Decided:
        compared = self._matching.compared(row)
        found = self._matching.match(compared)
        joined = found.matter_id if found.band is Band.JOIN else None
        about = found.matter_id if found.band is Band.ASK else None
        matter = joined or row.key
        self._compared[row.key] = compared
        self._matching.put(row.key, matter, compared)
        if row.closed is not None:
            heapq.heappush(self._closing, (row.closed, row.key))
        return Decided(row, nth, matter, about, found.band, found.score, found.evidence)

    def _close(self, now: datetime) -> None:
        """What was closed before; a report of the same instant is handled first, as routing does."""
        while self._closing and self._closing[0][0] < now:
            self._matching.drop(heapq.heappop(self._closing)[1])


def in_time(a: Decided, b: Decided) -> tuple[Decided, Decided]:
    return (a, b) if a.nth < b.nth else (b, a)
