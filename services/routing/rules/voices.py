"""Who came before, and which report of several was received last."""

import hashlib
from bisect import bisect_left, insort
from collections.abc import Hashable
from datetime import datetime

from shared.catalogue import UNCLEAR


class ByTime:
    """Reports by what they have in common, each with when it was received; whichever was read or forgotten first."""

    def __init__(self) -> None:
        self._reports: dict[Hashable, list[tuple[datetime, str]]] = {}

    def put(self, common: Hashable, at: datetime, key: str) -> None:
        insort(self._reports.setdefault(common, []), (at, key))

    def drop(self, common: Hashable, at: datetime, key: str) -> None:
        reports = self._reports[common]
        del reports[bisect_left(reports, (at, key))]
        if not reports:
            del self._reports[common]

    def latest(self, common: Hashable) -> tuple[datetime, str] | None:
        reports = self._reports.get(common)
        return reports[-1] if reports else None


def voice_of(matter_id: str, ref: str) -> str:
    """The same person again within a matter, and nobody anywhere else: no history of a person can be made of it."""
    return hashlib.blake2b(f"{matter_id} {ref}".encode(), digest_size=8).hexdigest()


def heard_as(county: str, ref: str | None, category: str) -> tuple[str, str, str] | None:
    """Under what a resident who comes back is known; None: nobody is, or nobody has said yet what it is about."""
    return (county, ref, category) if ref and category != UNCLEAR else None
