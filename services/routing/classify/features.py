"""Texts as weighted character n-grams and words, by array arithmetic over many texts at once.

Tokens with their stop words removed and the raw text have most single characters and pairs in common, and fewer of
the longer ones. Everything has a place by its hash, in a range of its own for each field: the n-grams of the whole
text, those of three characters above the others; the n-grams of its head; its words. Two that share a place are taken
for the same.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import rjieba
from numpy.typing import NDArray

from services.routing.classify.said import HEAD, said

RANGE_BITS = 20
UPPER = 1 << RANGE_BITS  # from here on the n-grams of three characters
HEADS = 2 << RANGE_BITS
WORDS = 3 << RANGE_BITS
PLACES_BITS = RANGE_BITS + 2
PLACES = 1 << PLACES_BITS
FIELDS = (0, HEADS, WORDS)  # where each begins
LONGEST = 3
TITLE = 4  # times more that what stands in the title counts
WHOLE = 500  # characters of a message that are read
READ = 120  # characters of a text that are cut into words
SEGMENTER = "jieba"  # what cuts texts into words: a model of other words is of no use

Message = tuple[str, str]
"""Title and text."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: the golden ratio of 2^64
_SHIFT = np.uint64(64 - RANGE_BITS)
_COUNTS = np.array([1, TITLE], np.float32)
_CODE_BITS = np.uint64(21)  # of a Unicode character
_NOTHING = np.empty(0, np.int64)


class Grams(NamedTuple):
    """What is said in how many places: `starts[n]` is where field n begins, each text having all of `FIELDS`; places
    rise within a text.
    """

    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    counts: NDArray[np.float32]


def grams(messages: Sequence[Message]) -> Grams:
    """Every n-gram and word of every text once, with its count."""
    texts = [(whole[:WHOLE], head) for whole, head in (said(title, text) for title, text in messages)]
    wholes = [whole for whole, _ in texts]
    # the title stands there again as a text of its own, counted for the same message
    titles = _grams_of([whole[:head] for whole, head in texts], _places) | 1
    heads = _grams_of([whole[: max(head, HEAD)] for whole, head in texts], _head_places)
    keys = np.sort(np.concatenate((_grams_of(wholes, _places), titles, heads, _words_of(wholes))))
    first = np.flatnonzero(np.diff(keys >> 1, prepend=-1))
    counts = np.add.reduceat(_COUNTS[keys & 1], first) if len(first) else np.empty(0, np.float32)
    keys = keys[first] >> 1
    return Grams(field_starts(keys, len(texts)), keys & (PLACES - 1), counts)


def field_starts(keys: NDArray[np.int64], texts: int) -> NDArray[np.int64]:
    """Where each field of each text begins among rising numbers of text and place, and where the last ends."""
    begins = (np.arange(texts)[:, None] << PLACES_BITS) + np.array(FIELDS)
    return np.append(np.searchsorted(keys, begins.ravel()), len(keys))


def spelled(whole: str, head: int, wanted: Container[int]) -> dict[int, str]:
    """What a plain text has at those of the wanted places; an n-gram of its head is marked by ^."""
    whole = whole[:WHOLE]
    top = whole[: max(head, HEAD)]
    spans = [*_spelled(whole, _places(whole), ""), *_spelled(top, _head_places(top), "^")]
    names = {place: name for place, name in spans if place in wanted}
    words = rjieba.cut(whole[:READ], hmm=False)
    places = _word_places(words).tolist()
    return names | {place: word for place, word in zip(places, words, strict=True) if place in wanted}


def _spelled(text: str, placed: Sequence[NDArray[np.int64]], mark: str) -> Iterator[tuple[int, str]]:
    for long, places in enumerate(placed, start=1):
        for at, place in enumerate(places.tolist()):
            yield place, mark + text[at : at + long]


def _grams_of(
    texts: Sequence[str], placed: Callable[[str], Sequence[NDArray[np.int64]]]
) -> NDArray[np.int64]:
    """Text and place of every n-gram in one number, with a last bit free; none goes over an end."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    text = np.repeat(np.arange(len(texts)) << (PLACES_BITS + 1), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(text))  # characters from here to the end
    keys = []
    for long, places in enumerate(placed("".join(texts)), start=1):
        fits = np.flatnonzero(left[: len(places)] >= long)
        keys.append(text[fits] | places[fits] << 1)
    return np.concatenate(keys)


def _words_of(wholes: Sequence[str]) -> NDArray[np.int64]:
    cut = [rjieba.cut(whole[:READ], hmm=False) for whole in wholes]
    many = np.fromiter(map(len, cut), np.int64, len(cut))
    text = np.repeat(np.arange(len(cut), dtype=np.int64) << (PLACES_BITS + 1), many)
    keys: NDArray[np.int64] = text | _word_places([word for words in cut for word in words]) << 1
    return keys


def _word_places(words: Sequence[str]) -> NDArray[np.int64]:
    """By a hash over all the characters of each word and where they stand in it."""
    if not words:
        return _NOTHING
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    starts = np.cumsum(lengths) - lengths
    nth = (np.arange(len(codes)) - np.repeat(starts, lengths)).astype(np.uint64)
    mixed = (codes + (nth << _CODE_BITS)) * _SPREAD
    return _hashed(np.add.reduceat(mixed ^ (mixed >> np.uint64(29)), starts)) + WORDS


def _places(whole: str) -> tuple[NDArray[np.int64], ...]:
    """Where each character, each pair and each three of neighbours have their place."""
    codes = np.frombuffer(whole.encode("utf-32-le"), np.uint32).astype(np.uint64)
    pairs = codes[:-1] << _CODE_BITS | codes[1:]
    threes = pairs[:-1] << _CODE_BITS | codes[2:]
    return _hashed(codes), _hashed(pairs), _hashed(threes) | UPPER


def _head_places(top: str) -> tuple[NDArray[np.int64], ...]:
    """All lengths in one range, for a head has few."""
    return tuple(places & (UPPER - 1) | HEADS for places in _places(top))


def _hashed(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((grams * _SPREAD) >> _SHIFT).astype(np.int64)
