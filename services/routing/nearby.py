"""Which open matters a report is compared with: few, however many a county has."""

from bisect import bisect, bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, islice
from operator import add

from services.routing.rules.candidate import Candidate, Read, candidate_of, read
from services.routing.rules.features import Features
from services.routing.rules.match import NONE_NEAR, Match, is_excluded, match
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

Heard = tuple[datetime, str]
"""A matter by its last report: when that was received, and the matter's id."""


class _ByKey:
    """Matters by what they have. Most keys have one matter: it stands there itself, not in a set of one."""

    def __init__(self) -> None:
        self.at: dict[str, str | set[str]] = {}

    def put(self, keys: Iterable[str], matter_id: str) -> None:
        for key in keys:
            there = self.at.setdefault(key, matter_id)
            if isinstance(there, set):
                there.add(matter_id)
            elif there != matter_id:
                self.at[key] = {there, matter_id}

    def drop(self, keys: Iterable[str], matter_id: str) -> None:
        for key in keys:
            there = self.at.get(key)
            if isinstance(there, set):
                there.discard(matter_id)
                if len(there) == 1:
                    (self.at[key],) = there
            elif there == matter_id:
                del self.at[key]

    def few(self, keys: Iterable[str]) -> list[Collection[str]]:
        """The matters of each key that has some, but not more than are looked at."""
        found: list[Collection[str]] = []
        for there in map(self.at.get, keys):
            if there is not None:
                if isinstance(there, str):
                    found.append((there,))
                elif len(there) <= LOOKED_AT:
                    found.append(there)
        return found


@dataclass(slots=True)
class _Matter:
    """An open matter: all its reports by key, and what of the latest is compared.

    `words`: of these, each once. `keys`: the places they name, alone and with each trouble.
    """

    matter_id: str
    reports: dict[str, Read] = field(default_factory=dict)
    latest: tuple[Read, ...] = ()
    words: str = ""
    keys: frozenset[str] = frozenset()
    heard: Heard | None = None
    candidate: Candidate | None = None

    def compared(self) -> Candidate:
        """Made when it is asked for: of most matters nobody ever does."""
        if self.candidate is None:
            self.candidate = candidate_of(self.matter_id, self.latest, self.words)
        return self.candidate


class _County:
    """The open matters of a county, and how they are found: by words of their titles, by a few of their texts'
    (`sketches`), by the places they name, alone and with each trouble, in the order in which they were heard of last,
    and by where they are.
    """

    def __init__(self) -> None:
        self.rarity = Rarity()
        self.matters: dict[str, _Matter] = {}
        self.titles = _ByKey()
        self.sketches = _ByKey()
        self.places: dict[str, list[Heard]] = {}
        self.cells: dict[Cell, dict[str, tuple[str, Features]]] = {}

    def put(self, matter_id: str, report: Read) -> None:
        if (matter := self.matters.get(matter_id)) is None:
            matter = self.matters[matter_id] = _Matter(matter_id)
        matter.reports[report.key] = report
        point = point_of(report.features.location)
        if point is not None:
            self.cells.setdefault(cell_of(point), {})[report.key] = matter_id, report.features
        self._renew(matter)

    def drop(self, key: str, matter_id: str) -> None:
        matter = self.matters[matter_id]
        point = point_of(matter.reports.pop(key).features.location)
        if point is not None:
            cell = cell_of(point)
            del self.cells[cell][key]
            if not self.cells[cell]:
                del self.cells[cell]
        self._renew(matter)
        if not matter.reports:
            del self.matters[matter_id]

    def _renew(self, matter: _Matter) -> None:
        """Its latest reports stand for a matter: what came among them or went is found from now on, or no more."""
        before = {each.key for each in matter.latest}
        latest = tuple(islice(reversed(matter.reports.values()), LATEST))[::-1]
        now = {each.key for each in latest}
        came = [each for each in latest if each.key not in before]
        gone = [each for each in matter.latest if each.key not in now]
        if not matter.latest:
            self.rarity.add("")
        matter.latest, matter.candidate = latest, None
        self._find_by_words(matter, came)
        if gone:
            self._lose_by_words(matter, gone)
        self._find_by_places(matter)
        if not latest:
            self.rarity.drop("")

    def _find_by_words(self, matter: _Matter, came: Iterable[Read]) -> None:
        for each in came:
            fresh = each.words
            if matter.words:
                fresh = "".join([word for word in fresh if word not in matter.words])
            self.rarity.more(fresh)
            matter.words += fresh
            self.titles.put(_pairs(each.features.title), matter.matter_id)
            self.sketches.put(each.words[:SKETCH], matter.matter_id)

    def _lose_by_words(self, matter: _Matter, gone: Sequence[Read]) -> None:
        titles = "\n".join([each.features.title for each in matter.latest])
        sketches = "".join([each.words[:SKETCH] for each in matter.latest])
        words = "".join([each.words for each in matter.latest])
        for each in gone:
            pairs = [pair for pair in _pairs(each.features.title) if pair not in titles]
            self.titles.drop(pairs, matter.matter_id)
            sketch = [word for word in each.words[:SKETCH] if word not in sketches]
            self.sketches.drop(sketch, matter.matter_id)
        stale = "".join([word for word in matter.words if word not in words])
        self.rarity.fewer(stale)
        matter.words = "".join([word for word in matter.words if word not in stale])

    def _find_by_places(self, matter: _Matter) -> None:
        keys = frozenset[str]().union(*[_places(each) for each in matter.latest])
        heard = None
        if matter.latest:
            heard = max([each.features.at for each in matter.latest]), matter.matter_id
        if (keys, heard) == (matter.keys, matter.heard):
            return
        if matter.heard is not None:
            for key in matter.keys:
                bucket = self.places[key]
                del bucket[bisect_left(bucket, matter.heard)]
                if not bucket:
                    del self.places[key]
        if heard is not None:
            for key in keys:
                insort(self.places.setdefault(key, []), heard)
        matter.keys, matter.heard = keys, heard

    def near(self, report: Read, rule: Join) -> list[Candidate]:
        """The matters that have enough and rare keys in common with it, those with the most first."""
        shared: dict[str, float] = {}
        for keys, at_most in ((_about(report), ABOUT), (report.names, NAMED)):
            for key in keys:
                bucket = self.places.get(key)
                if bucket and len(bucket) <= LOOKED_AT:
                    for _, matter_id in bucket[-at_most:]:
                        shared[matter_id] = ENOUGH
        for matter_id, near in self._beside(report.features, rule):
            shared[matter_id] = max(shared.get(matter_id, 0.0), ENOUGH + near)
        self._count_words(report, shared)
        best = [(rare, matter_id) for matter_id, rare in shared.items() if rare >= ENOUGH]
        best.sort(reverse=True)
        likeliest = [self.matters[matter_id] for _, matter_id in best[:COMPARED]]
        return [matter.compared() for matter in likeliest if not is_excluded(report, matter.latest)]

    def _count_words(self, report: Read, shared: dict[str, float]) -> None:
        """Add up what the words say, the rarest first, but not of matters that can no longer have enough.

        Of the title all words count, of the text some few that two texts much alike have in common.
        """
        buckets = self.titles.few(_pairs(report.features.title))
        buckets += self.sketches.few(report.words[:SKETCH])
        buckets.sort(key=len)
        sizes = [len(bucket) for bucket in buckets]
        looked_at = bisect(list(accumulate(sizes)), LOOKED_AT)
        rares = [_RARE[size] for size in sizes[:looked_at]]
        rest = sum(rares) + HAIR
        for bucket, rare in zip(buckets, rares, strict=False):
            if rest >= ENOUGH:
                for matter_id in bucket:
                    shared[matter_id] = shared.get(matter_id, 0.0) + rare
            elif shared:
                for matter_id in shared.keys() & bucket:
                    shared[matter_id] += rare
            else:
                return
            rest -= rare

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


_RARE = [0.0, *(size**-0.5 for size in range(1, LOOKED_AT + 1))]


def _pairs(title: str) -> Iterable[str]:
    """The pairs of neighbouring letters, each once, in an order that every process has: sums of floats go by it.

    As they are, not as slots: two pairs that share one would make each other look frequent.
    """
    return filter(str.isalnum, dict.fromkeys(map(add, title, title[1:])))


def _about(report: Read) -> list[str]:
    """Each name with each trouble: what a large estate is asked about by many differs by its trouble."""
    troubles = [chr(nth) for nth in bits_of(report.features.troubles)] if report.names else ()
    return [name + trouble for name in report.names for trouble in troubles]


def _places(report: Read) -> list[str]:
    return [*report.names, *_about(report)]


class Nearby:
    """The open reports of a lane, of all its counties. The same puts and drops give the same answers."""

    def __init__(self) -> None:
        self._counties: dict[str, _County] = {}
        self._placed: dict[str, tuple[str, str]] = {}
        self._last: Read | None = None

    def put(self, key: str, matter_id: str, features: Features) -> None:
        """A report that others may join; under a known key it takes the place of the one before."""
        if key in self._placed:
            self.drop(key)
        self._placed[key] = (features.county, matter_id)
        if (county := self._counties.get(features.county)) is None:
            county = self._counties[features.county] = _County()
        county.put(matter_id, self._ready(features)._replace(key=key))

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
        report = self._ready(features)
        if not (candidates := county.near(report, rule)):
            return NONE_NEAR
        return match(report, candidates, now, rule, county.rarity)

    def _ready(self, features: Features) -> Read:
        """What was just matched is put next, as a rule: it is read once."""
        if self._last is None or self._last.features is not features:
            self._last = read(features)
        return self._last
