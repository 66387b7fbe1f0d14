"""What is compared: a report made ready, and an open matter by its latest reports."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np

from services.routing.rules.features import SORT_OF, WAY, Features, pairs_in, word_of, words_of
from services.routing.rules.troubles import bits_of
from shared.catalogue import UNCLEAR

SHARED = 3  # a name, word or trouble is the matter's if one in so many of its reports has it


class Read(NamedTuple):
    """Features made ready to be compared, slots as characters. `words`: each once. `title`: in order, with breaks.

    `places`: the ends of the stems of its names, by sort of place; of the title's where it names one. `names`: all.
    """

    features: Features
    words: str
    title: str
    places: Mapping[str, str]
    names: frozenset[str]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open matter by its latest reports. `voices`: reports by one reporter are one.

    `names`, `troubles`, `touched`: what one in `SHARED` of them has.
    """

    matter_id: str
    reports: Sequence[Read]
    words: str
    last: datetime
    divisions: frozenset[str]
    reporters: frozenset[str]
    voices: int
    places: Mapping[str, str]
    names: frozenset[str]
    troubles: int
    touched: int
    categories: frozenset[str]
    numbers: frozenset[str]


_Each = TypeVar("_Each", int, str)


def read(features: Features, key: str = "") -> Read:
    """What a comparison needs, worked out once for each report. `key`: which report it is."""
    words = words_of(np.frombuffer(features.words, np.uint16))
    places, told = _ends(features.named), _ends(features.mentioned)
    names = frozenset(chain(*places.values(), *told.values()))
    for sort, ends in told.items():
        if sort not in WAY:
            places.setdefault(sort, ends)
    return Read(features, words, pairs_in(features.title), places, names, key)


def _ends(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        stem, _, ending = name.partition("/")
        sort = SORT_OF[ending]
        found[sort] = found.get(sort, "") + word_of(stem[-2], stem[-1])
    return found


def candidate_of(matter_id: str, reports: Sequence[Read], words: str) -> Candidate:
    """A matter by its latest reports, at least one of them. `words`: those of all of them, each once."""
    features = [each.features for each in reports]
    reporters = frozenset([each.reporter_ref for each in features if each.reporter_ref])
    places = reports[0].places
    if len(reports) > 1:
        ends: dict[str, dict[str, None]] = {}
        for each in reports:
            for sort, theirs in each.places.items():
                ends.setdefault(sort, {}).update(dict.fromkeys(theirs))
        places = {sort: "".join(found) for sort, found in ends.items()}
    return Candidate(
        matter_id=matter_id,
        reports=reports,
        words=words,
        last=max([each.at for each in features]),
        divisions=frozenset([each.division for each in features]),
        reporters=reporters,
        voices=len(reporters) + sum([not each.reporter_ref for each in features]),
        places=places,
        names=frozenset(_often([each.names for each in reports])),
        troubles=_bits([each.troubles for each in features]),
        touched=_bits([each.touched for each in features]),
        categories=frozenset([each.category for each in features if each.category not in (None, UNCLEAR)]),
        numbers=frozenset([number for each in features for number in each.numbers]),
    )


def _often(sets: Sequence[Iterable[_Each]]) -> Iterable[_Each]:
    if len(sets) == 1:
        return sets[0]
    counts = Counter(chain.from_iterable(sets))
    return [each for each, count in counts.items() if SHARED * count >= len(sets)]


def _bits(masks: Sequence[int]) -> int:
    first = masks[0]
    if masks.count(first) == len(masks):
        return first
    return sum([1 << nth for nth in _often([bits_of(mask) for mask in masks])])
