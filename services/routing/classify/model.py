"""The trained classifier: a linear model on n-grams and words, in one file that is data and never code (npz)."""

import io
import zlib
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.routing.classify.features import (
    FIELDS,
    LONGEST,
    PLACES,
    READ,
    SEGMENTER,
    TITLE,
    WHOLE,
    Grams,
    Message,
    grams,
    spelled,
)
from services.routing.classify.guess import MOST, Guess
from services.routing.classify.said import HEAD, said
from shared.errors import InputInvalidError
from shared.matter import Value

SCHEMA_VERSION = 2
SHOWN = 6
# Of the fields of a text: its head and its words weigh half as much as its n-grams, and all together have length 1.
LENGTHS = np.sqrt(np.array([4, 1, 1], np.float32) / 6)
AT_ONCE = 64  # texts whose arrays stay in the processor's cache

Floats = NDArray[np.float32]


class Settings(Value, frozen=True):
    """How texts become features. A model is used with the settings it was trained with, or not at all."""

    places: int = PLACES
    longest: int = LONGEST
    title: int = TITLE
    head: int = HEAD
    words: str = SEGMENTER
    whole: int = WHOLE
    read: int = READ


class Facts(Value, frozen=True):
    """What a model was made of. `digest`: of the rows; `macro_f1`: cross-validated, a message's like kept together.

    `left_out`: rows that were to be asked about; `too_few`: labels that were not learnt, with their rows.
    """

    schema_version: int
    labels: tuple[str, ...]
    rows: dict[str, int]
    trained_at: date | None
    settings: Settings
    digest: str
    folds: int
    macro_f1: float
    left_out: int
    too_few: dict[str, int]


class Weighed(NamedTuple):
    """The rows of what has one, their values, each field of its length, and where each text starts."""

    rows: NDArray[np.int32]
    values: Floats
    starts: NDArray[np.int64]


def weighed(some: Grams, row_of: NDArray[np.int32], rarity: Floats) -> Weighed:
    """`row_of`: of every place, -1 for none. Said often counts by its logarithm, said by few by `rarity`."""
    rows = row_of[some.places]
    known = rows >= 0
    fields = np.concatenate(([0], np.cumsum(known)))[some.starts]
    rows = rows[known]
    values = (1 + np.log(some.counts[known])) * rarity[rows]
    squares = np.append(values * values, np.float32(0))
    lengths = np.sqrt(np.add.reduceat(squares, fields[:-1]))
    lengths /= np.resize(LENGTHS, len(lengths))
    return Weighed(rows, values / np.repeat(lengths, np.diff(fields)), fields[:: len(FIELDS)])


class Model:
    """`scale`: what decision values are multiplied with, so that the shares they give are shares that are right.

    `places`: those that have a weight, rising; `rarity` and `weights` have a row for each of them.
    """

    def __init__(
        self,
        facts: Facts,
        places: NDArray[np.uint32],
        rarity: Floats,
        weights: NDArray[np.float16],
        bias: Floats,
        scale: float,
    ) -> None:
        self.facts = facts
        self.labels = facts.labels
        self._places, self._rarity = places, rarity
        self._bias, self._scale = bias, scale
        self._rows = np.full(PLACES, -1, np.int32)
        self._rows[places] = np.arange(len(places), dtype=np.int32)
        self._weights = weights.astype(np.float32)

    def guess(self, title: str, text: str) -> tuple[Guess, ...]:
        """The three most likely labels. What is not like anything learnt has low shares for all of them."""
        rows, values, _ = self._weighed([(title, text)])
        spoke = self._weights[rows] * values[:, None]
        shares = shares_of((spoke.sum(axis=0, keepdims=True) + self._bias) * self._scale)[0]
        best = np.argsort(-shares, kind="stable")[:MOST]
        strongest = np.argsort(-spoke[:, best], axis=0, kind="stable")[:SHOWN].T
        places = self._places[rows]
        names = spelled(*said(title, text), frozenset(places[strongest].ravel().tolist()))
        return tuple(
            Guess(
                category=self.labels[nth],
                confidence=float(shares[nth]),
                because=tuple(f"{names[int(places[at])]} {spoke[at, nth]:+.2f}" for at in ats.tolist()),
            )
            for nth, ats in zip(best.tolist(), strongest, strict=True)
        )

    def shares(self, messages: Sequence[Message]) -> Floats:
        """The confidence in every label, a row for each message."""
        some = [self._some(messages[at : at + AT_ONCE]) for at in range(0, len(messages), AT_ONCE)]
        return np.concatenate(some) if some else np.empty((0, len(self.labels)), np.float32)

    def _some(self, messages: Sequence[Message]) -> Floats:
        rows, values, starts = self._weighed(messages)
        decided = np.zeros((len(messages), len(self.labels)), np.float32)
        for nth, (start, end) in enumerate(pairwise(starts.tolist())):
            decided[nth] = values[start:end] @ self._weights[rows[start:end]]
        return shares_of((decided + self._bias) * self._scale)

    def _weighed(self, messages: Sequence[Message]) -> Weighed:
        return weighed(grams(messages), self._rows, self._rarity)

    def saved(self) -> bytes:
        """The file's content."""
        content = io.BytesIO()
        np.savez_compressed(
            content,
            facts=np.frombuffer(msgspec.json.encode(self.facts), np.uint8),
            places=self._places,
            rarity=self._rarity,
            weights=self._weights.astype(np.float16),
            bias=self._bias,
            scale=np.float64(self._scale),
        )
        return content.getvalue()


def shares_of(decided: Floats) -> Floats:
    """Decision values as shares that add up to 1 (softmax)."""
    powers = np.exp(decided - decided.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def load(path: Path) -> Model:
    """Raises InputInvalidError where the file is none of ours, damaged, of a newer schema or of other settings."""
    try:
        return loaded(path.read_bytes())
    except OSError as error:
        raise InputInvalidError(f"{path} cannot be read: {error.strerror}") from error
    except InputInvalidError as error:
        raise InputInvalidError(f"{path}: {error}") from error


def loaded(content: bytes) -> Model:
    """The model of a file's content. No pickles are read."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        facts = _facts(found["facts"].tobytes())
        return _checked(facts, found)
    except (BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, msgspec.DecodeError) as error:
        raise InputInvalidError(f"not a model, or damaged: {error}") from error


def _facts(content: bytes) -> Facts:
    version: Any = msgspec.json.decode(content).get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise InputInvalidError(f"schema {version!r} is newer than {SCHEMA_VERSION}, which is known here")
    if version < SCHEMA_VERSION:
        raise InputInvalidError(f"schema {version} is older than {SCHEMA_VERSION}; train it again")
    facts = msgspec.json.decode(content, type=Facts)
    if facts.settings != Settings():
        raise InputInvalidError(f"made for other features: {facts.settings}; train it again")
    return facts


def _checked(facts: Facts, found: dict[str, Any]) -> Model:
    places, rarity, weights = found["places"], found["rarity"], found["weights"]
    bias, scale = found["bias"], float(found["scale"])
    many = len(facts.labels)
    kinds = ((places, np.uint32), (rarity, np.float32), (weights, np.float16), (bias, np.float32))
    fits = (
        places.ndim == 1
        and rarity.shape == places.shape
        and weights.shape == (len(places), many)
        and bias.shape == (many,)
        and all(each.dtype == kind for each, kind in kinds)
    )
    if not fits or (len(places) and (places.max() >= PLACES or not (np.diff(places.astype(int)) > 0).all())):
        raise InputInvalidError("not a model, or damaged: its parts do not fit each other")
    if not (np.isfinite(weights).all() and np.isfinite(bias).all() and np.isfinite(scale)):
        raise InputInvalidError("not a model, or damaged: a weight is no number")
    return Model(facts, places, rarity, weights, bias, scale)
