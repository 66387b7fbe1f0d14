"""What is counted of decided rows, against what people have said of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from xiaoshi.evaluate.matching import Band
from xiaoshi.evaluate.stream import Decided, Streamed, in_time
from xiaoshi.evaluate.tables import Pair

STRICT = "strict"
DECOY = "decoy"


@dataclass(frozen=True, slots=True)
class Told:
    """All rows, whatever is known of them."""

    rows: int
    matters: int
    joined: int
    asked: int


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs: `right` and `wrong` are in one matter, `missed` are not and should be; of these one is `asked` about."""

    right: int
    wrong: int
    missed: int
    asked: int = 0

    @property
    def precision(self) -> float | None:
        return _ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        return _ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        return _ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pairs with a label of which both are among the rows; `absent` are those that are not."""

    score: Score
    not_pairs: int
    unsure: int
    unsure_joined: int
    absent: int


@dataclass(frozen=True, slots=True)
class Topic:
    """Messages of one matter, and pairs of them; wrong is a pair of one of them and one that is of another matter."""

    name: str
    strict: int
    matters: int
    score: Score


@dataclass(frozen=True, slots=True)
class Tier:
    """Decoys of one kind, and how many of them are in one matter with a message of their topic."""

    name: str
    rows: int
    joined: int


@dataclass(frozen=True, slots=True)
class Error:
    """Two rows that should, or should not, be one matter, the earlier first."""

    first: Decided
    second: Decided

    @property
    def is_joined(self) -> bool:
        return self.first.matter == self.second.matter


def told(streamed: Streamed) -> Told:
    rows = streamed.by_key.values()
    return Told(
        rows=len(rows),
        matters=len({each.matter for each in rows}),
        joined=sum(each.band is Band.JOIN for each in rows),
        asked=sum(each.band is Band.ASK for each in rows),
    )


def labelled(streamed: Streamed, pairs: Sequence[Pair]) -> tuple[Labelled, list[Error]]:
    """The figures, and the pairs that are not as labelled."""
    by_label: dict[str, list[Error]] = {"dup": [], "not": [], "unsure": []}
    for pair in pairs:
        a, b = streamed.by_key.get(pair.a), streamed.by_key.get(pair.b)
        if a is not None and b is not None:
            by_label[pair.label].append(Error(*in_time(a, b)))
    figures = Labelled(
        score=_score(by_label["dup"], by_label["not"]),
        not_pairs=len(by_label["not"]),
        unsure=len(by_label["unsure"]),
        unsure_joined=sum(each.is_joined for each in by_label["unsure"]),
        absent=len(pairs) - sum(map(len, by_label.values())),
    )
    return figures, _errors(by_label["dup"], by_label["not"])


def topics(streamed: Streamed) -> tuple[list[Topic], list[Error]]:
    """By topic, the last over all of them; and the pairs that are wrong or missed."""
    rows = [each for each in streamed.by_key.values() if each.row.topic]
    alike, unlike = [], []
    for a, b in combinations(rows, 2):
        if is_strict(a) and is_strict(b) and a.row.topic == b.row.topic:
            alike.append(Error(*in_time(a, b)))
        elif are_unlike(a, b):
            unlike.append(Error(*in_time(a, b)))
    strict = [each for each in rows if is_strict(each)]
    names = sorted({each.row.topic for each in strict})
    found = [_topic(name, strict, alike, unlike, _touches(name)) for name in names]
    if len(names) > 1:
        found.append(_topic("all", strict, alike, unlike, lambda _: True))
    return found, _errors(alike, unlike)


def tiers(streamed: Streamed) -> list[Tier]:
    """Every kind of decoy, as the file names it."""
    rows = streamed.by_key.values()
    taken = {(each.matter, each.row.topic) for each in rows if each.row.topic and is_strict(each)}
    decoys = [each for each in rows if each.row.topic and each.row.tier.startswith(DECOY)]
    all_of = Counter(each.row.tier for each in decoys)
    joined = Counter(each.row.tier for each in decoys if (each.matter, each.row.topic) in taken)
    return [Tier(name, count, joined[name]) for name, count in sorted(all_of.items())]


def is_strict(each: Decided) -> bool:
    """Certainly of its topic's matter; without tiers every message of a topic is."""
    return each.row.tier in ("", STRICT)


def are_unlike(a: Decided, b: Decided) -> bool:
    """A message of a matter with a decoy of it, or with a message of another topic's matter."""
    if is_strict(a) and is_strict(b):
        return a.row.topic != b.row.topic
    decoys = a.row.tier.startswith(DECOY) or b.row.tier.startswith(DECOY)
    return decoys and (is_strict(a) or is_strict(b)) and a.row.topic == b.row.topic


def _topic(
    name: str,
    strict: Sequence[Decided],
    alike: Iterable[Error],
    unlike: Iterable[Error],
    is_of: Callable[[Decided], bool],
) -> Topic:
    of = [each for each in strict if is_of(each)]
    return Topic(
        name=name,
        strict=len(of),
        matters=len({each.matter for each in of}),
        score=_score(
            [each for each in alike if is_of(each.first)],
            [each for each in unlike if is_of(each.first) or is_of(each.second)],
        ),
    )


def _touches(name: str) -> Callable[[Decided], bool]:
    return lambda each: each.row.topic == name and is_strict(each)


def _score(alike: Sequence[Error], unlike: Sequence[Error]) -> Score:
    right = sum(each.is_joined for each in alike)
    return Score(
        right=right,
        wrong=sum(each.is_joined for each in unlike),
        missed=len(alike) - right,
        asked=sum(_is_asked(each) for each in alike),
    )


def _is_asked(pair: Error) -> bool:
    """Would the answer to a question put them together?"""
    return not pair.is_joined and (
        pair.second.about == pair.first.matter or pair.first.about == pair.second.matter
    )


def _errors(alike: Iterable[Error], unlike: Iterable[Error]) -> list[Error]:
    return [each for each in alike if not each.is_joined] + [each for each in unlike if each.is_joined]


def _ratio(part: int, whole: int) -> float | None:
    """None where there is nothing to divide by: it says nothing, neither 0 nor 1."""
    return part / whole if whole else None
