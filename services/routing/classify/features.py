"""Texts as weighted character n-grams, by array arithmetic over many texts at once.

Tokens with their stop words removed and the raw text have most single characters and pairs in common, and fewer of
the longer ones. Each n-gram has a place by its hash, those of three characters in the upper half; two that share a
place are taken for the same.
"""

from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.routing.classify.said import said

PLACES_BITS = 21
PLACES = 1 << PLACES_BITS
UPPER = PLACES >> 1  # from here on the n-grams of three characters
LONGEST = 3
TITLE = 4  # times more that what stands in the title counts

Message = tuple[str, str]
"""Title and text."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: the golden ratio of 2^64
_SHIFT = np.uint64(64 - PLACES_BITS + 1)
_COUNTS = np.array([1, TITLE], np.float32)
_CODE_BITS = np.uint64(21)  # of a Unicode character


class Grams(NamedTuple):
    """What is said in how many places: `starts[n]` is where text n begins; within a text, places rise."""

    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    counts: NDArray[np.float32]


def grams(messages: Sequence[Message]) -> Grams:
    """Every n-gram of every text once, with its count."""
    texts = [said(title, text) for title, text in messages]
    texts = [(whole, min(head, len(whole))) for whole, head in texts]
    # the title stands there again as a text of its own, counted for the same message
    parts = [whole for whole, _ in texts] + [whole[:head] for whole, head in texts]
    lengths = np.fromiter(map(len, parts), np.int64, len(parts))
    keys = np.sort(_keys("".join(parts), lengths))
    first = np.flatnonzero(np.diff(keys >> 1, prepend=-1))
    counts = np.add.reduceat(_COUNTS[keys & 1], first) if len(first) else np.empty(0, np.float32)
    keys = keys[first] >> 1
    starts = np.searchsorted(keys, np.arange(len(texts) + 1) << PLACES_BITS)
    return Grams(starts, keys & (PLACES - 1), counts)


def spelled(whole: str, wanted: Container[int]) -> dict[int, str]:
    """The n-grams at those of the wanted places that a plain text has."""
    return {
        place: whole[at : at + long]
        for long, places in enumerate(_places(whole), start=1)
        for at, place in enumerate(places.tolist())
        if place in wanted
    }


def _keys(whole: str, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Text, place and whether it is the title's, of every n-gram, in one number; none goes over an end."""
    half = len(lengths) // 2
    text = np.repeat(np.tile(np.arange(half) << (PLACES_BITS + 1), 2), lengths)
    text[lengths[:half].sum() :] |= 1
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(text))  # characters from here to the end
    keys = []
    for long, places in enumerate(_places(whole), start=1):
        fits = np.flatnonzero(left[: len(places)] >= long)
        keys.append(text[fits] | places[fits] << 1)
    return np.concatenate(keys)


def _places(whole: str) -> tuple[NDArray[np.int64], ...]:
    """Where each character, each pair and each three of neighbours have their place."""
    codes = np.frombuffer(whole.encode("utf-32-le"), np.uint32).astype(np.uint64)
    pairs = codes[:-1] << _CODE_BITS | codes[1:]
    threes = pairs[:-1] << _CODE_BITS | codes[2:]
    return _hashed(codes), _hashed(pairs), _hashed(threes) | UPPER


def _hashed(grams: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((grams * _SPREAD) >> _SHIFT).astype(np.int64)
