"""Which open matters a report is compared with: few, however many a county has."""

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from itertools import accumulate
from operator import add

import numpy as np

from services.routing.rules.features import SLOTS, Features, ends_of
from services.routing.rules.match import NONE_NEAR, Candidate, Match, Read, candidate_of, match, read
from services.routing.rules.nearness import (
    WITHIN,
    Cell,
    cell_of,
    cells_around,
    metres_between,
    nearness,
    point_of,
)
from services.routing.rules.rarity import Rarity
from services.routing.rules.troubles import bits_of
from shared.catalogue import UNCLEAR
from shared.policy_file import Join

LOOKED_AT = 64  # entries of buckets looked at for one report, those of the rarest keys
NAMED = 2  # matters that name a place are compared, the latest ones,
ABOUT = 6  # and so are those that name it for one trouble
ENOUGH = 1.8  # keys in common, each counted by rarity: a matter is compared from here on
HAIR = 1e-9  # more than what rounding takes from a sum of so few
COMPARED = 4  # matters compared with a report at most
LATEST = 16  # reports of a matter that stand for it
SKETCH = 8  # of a text's words are keys: two texts much alike have one of them in common

Key = str | int


@dataclass(slots=True)
class _Matter:
    """An open matter: all its reports by key, and what of the latest is compared."""

    reports: dict[str, Read] = field(default_factory=dict)
    keys: frozenset[Key] = frozenset()
    candidate: Candidate | None = None


class _County:
    """The open matters of a county, and under which keys they are found."""

    def __init__(self) -> None:
        self.rarity = Rarity()
        self.matters: dict[str, _Matter] = {}
        self.buckets: dict[Key, dict[str, None]] = {}
        self.cells: dict[Cell, dict[str, tuple[str, Features]]] = {}

    def put(self, key: str, matter_id: str, report: Read) -> None:
        matter = self.matters.setdefault(matter_id, _Matter())
        matter.reports[key] = report
        point = point_of(report.features.location)
        if point is not None:
            self.cells.setdefault(cell_of(point), {})[key] = matter_id, report.features
        self._renew(matter_id, matter)

    def drop(self, key: str, matter_id: str) -> None:
        matter = self.matters[matter_id]
        point = point_of(matter.reports.pop(key).features.location)
        if point is not None:
            cell = cell_of(point)
            del self.cells[cell][key]
            if not self.cells[cell]:
                del self.cells[cell]
        self._renew(matter_id, matter)
        if not matter.reports:
            del self.matters[matter_id]

    def _renew(self, matter_id: str, matter: _Matter) -> None:
        if matter.candidate is not None:
            self.rarity.drop(matter.candidate.words)
        latest = tuple(matter.reports.values())[-LATEST:]
        matter.candidate = candidate_of(matter_id, latest) if latest else None
        if matter.candidate is not None:
            self.rarity.add(matter.candidate.words)
        keys = frozenset[Key]().union(*map(_keys, latest))
        for key in matter.keys - keys:
            self._leave(key, matter_id)
        for key in keys - matter.keys:
            self.buckets.setdefault(key, {})[matter_id] = None
        matter.keys = keys

    def _leave(self, key: Key, matter_id: str) -> None:
        bucket = self.buckets.get(key, {})
        bucket.pop(matter_id, None)
        if not bucket:
            self.buckets.pop(key, None)

    def near(self, features: Features, rule: Join) -> list[Candidate]:
        """The matters that have enough and rare keys in common with it, those with the most first."""
        shared: dict[str, float] = {}
        ends = ends_of(features)
        for keys, at_most in ((_about(ends, features.troubles), ABOUT), (_names(ends), NAMED)):
            for key in keys:
                bucket = self.buckets.get(key)
                if bucket and len(bucket) <= LOOKED_AT:
                    for matter_id in self._latest(bucket, at_most):
                        shared[matter_id] = ENOUGH
        for matter_id, near in self._beside(features, rule):
            shared[matter_id] = max(shared.get(matter_id, 0.0), ENOUGH + near)
        self._count_words(features, shared)
        best = [(rare, matter_id) for matter_id, rare in shared.items() if rare >= ENOUGH]
        best.sort(reverse=True)
        candidates = (self.matters[matter_id].candidate for _, matter_id in best[:COMPARED])
        return [candidate for candidate in candidates if candidate is not None]

    def _count_words(self, features: Features, shared: dict[str, float]) -> None:
        """Add up what the words say, the rarest first, but not of matters that can no longer have enough."""
        found = self.buckets.get
        buckets = [bucket for key in _words(features) if (bucket := found(key)) and len(bucket) <= LOOKED_AT]
        buckets.sort(key=len)
        sizes = list(accumulate(map(len, buckets)))
        del buckets[bisect(sizes, LOOKED_AT) :]
        rares = [len(bucket) ** -0.5 for bucket in buckets]
        rest = sum(rares) + HAIR
        for bucket, rare in zip(buckets, rares, strict=True):
            for matter_id in bucket if rest >= ENOUGH else bucket.keys() & shared.keys():
                shared[matter_id] = shared.get(matter_id, 0.0) + rare
            rest -= rare

    def _latest(self, bucket: Collection[str], at_most: int) -> Iterable[str]:
        """Those heard of last, whatever the order in which they came into the bucket."""
        if len(bucket) <= at_most:
            return bucket
        heard = [
            (candidate.last, matter_id)
            for matter_id in bucket
            if (candidate := self.matters[matter_id].candidate) is not None
        ]
        return [matter_id for _, matter_id in nlargest(at_most, heard)]

    def _beside(self, mine: Features, rule: Join) -> Iterator[tuple[str, float]]:
        """The matters with a report within the reach of place and time, and how near that is."""
        point = point_of(mine.location)
        if point is None:
            return
        for cell in cells_around(point):
            for matter_id, theirs in reversed(self.cells.get(cell, {}).values()):
                if mine.at - theirs.at > 2 * WITHIN:
                    break  # reports come nearly in the order of time: what was put before is older still
                there = point_of(theirs.location)
                if there is not None and abs(mine.at - theirs.at) <= WITHIN:
                    same = mine.category == theirs.category != UNCLEAR
                    apart = mine.at - theirs.at
                    yield matter_id, nearness(metres_between(point, there), apart, rule.join, rule.ask, same)


def _keys(report: Read) -> set[Key]:
    features = report.features
    return {*_words(features), *_names(report.names), *_about(report.names, features.troubles)}


def _words(features: Features) -> list[Key]:
    """Of the title all, of the text some few that two texts much alike have in common.

    Each once, and in an order that every process has: sums of floats go by it.
    """
    title = features.title
    pairs = filter(str.isalnum, dict.fromkeys(map(add, title, title[1:])))
    return [*pairs, *np.frombuffer(features.words, np.uint16)[:SKETCH].tolist()]


def _names(ends: Collection[int]) -> list[Key]:
    return [-end for end in ends]


def _about(ends: Collection[int], troubles: int) -> list[Key]:
    """Each name with each trouble: what a large estate is asked about by many differs by its trouble."""
    if not ends:
        return []
    bits = bits_of(troubles)
    return [-(end << 6 | nth) - SLOTS for end in ends for nth in bits]


class Nearby:
    """The open reports of a lane, of all its counties. The same puts and drops give the same answers."""

    def __init__(self) -> None:
        self._counties: dict[str, _County] = {}
        self._placed: dict[str, tuple[str, str]] = {}

    def put(self, key: str, matter_id: str, features: Features) -> None:
        """A report that others may join; under a known key it takes the place of the one before."""
        if key in self._placed:
            self.drop(key)
        self._placed[key] = (features.county, matter_id)
        if (county := self._counties.get(features.county)) is None:
            county = self._counties[features.county] = _County()
        county.put(key, matter_id, read(features, key))

    def drop(self, key: str) -> None:
        """Forget a report; one that is not known is none."""
        if (placed := self._placed.pop(key, None)) is None:
            return
        county, matter_id = placed
        self._counties[county].drop(key, matter_id)
        if not self._counties[county].matters:
            del self._counties[county]

    def match(self, features: Features, now: datetime, rule: Join) -> Match:
        """The likeliest of the county's matters for this report."""
        if (county := self._counties.get(features.county)) is None:
            return NONE_NEAR
        if not (candidates := county.near(features, rule)):
            return NONE_NEAR
        return match(read(features), candidates, now, rule, county.rarity)
