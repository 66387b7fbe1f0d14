"""Learning from a centre's own history. Needs scikit-learn; what it makes does not."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from services.routing.classify.features import (
    FIELDS,
    HEADS,
    PLACES,
    UPPER,
    Grams,
    Message,
    field_starts,
    grams,
)
from services.routing.classify.model import SCHEMA_VERSION, Facts, Floats, Model, Settings, shares_of, weighed
from services.routing.classify.said import plain
from shared.errors import InputInvalidError

FOLDS = 5
PENALTY = 1.0  # C of the support vector machine
TOLERANCE = 0.01  # of its optimum: a finer one gave the same macro-F1 in a third more time
KNOWN_FROM = 2  # rows that say an n-gram, before it counts
THREE_KNOWN_FROM = 4  # the same of one of three characters,
THREE = 0.6  # which counts for less, for tokens lack many of those that the raw text has
SCALES = np.linspace(0.5, 8, 76)
# An n-gram that few rows say tells one message from others: one row in so many, but 2 at least and 20 at most. Two rows
# are one message if they share so many of those, and from such a cosine on. Of 740 raw messages of the benchmark, 98 %
# were so found to be the same as their own tokens, and no more than 10 rows hung together.
FEW, FEW_AT_LEAST, FEW_AT_MOST = 450, 2, 20
SHARED = 6
SAME = 0.35


class Row(NamedTuple):
    """A message with what somebody said it is about. `group`: rows that belong together, "" for not known."""

    title: str
    text: str
    label: str
    group: str = ""


def trained(rows: Sequence[Row], trained_at: date | None = None, left_out: int = 0) -> Model:
    """A model of all rows, its confidence and macro-F1 from models that had not seen the row nor its like.

    A label that fewer than five rows have is not learnt, and the facts say so.
    """
    many = Counter(row.label for row in rows)
    too_few = {label: count for label, count in sorted(many.items()) if count < FOLDS}
    rows = [row for row in rows if row.label not in too_few]
    labels = tuple(sorted({row.label for row in rows}))
    if len(labels) < 2:
        raise InputInvalidError(f"at least two labels, with {FOLDS} rows each, are needed to learn from")
    counted = _counted([(row.title, row.text) for row in rows])
    wanted = np.array([labels.index(row.label) for row in rows])
    decided = _unseen(counted, wanted, _grouped(rows, counted), len(labels))
    facts = Facts(
        schema_version=SCHEMA_VERSION,
        labels=labels,
        rows={label: many[label] for label in labels},
        too_few=too_few,
        trained_at=trained_at,
        settings=Settings(),
        digest=digest_of(rows),
        folds=FOLDS,
        macro_f1=round(float(f1_score(wanted, decided.argmax(axis=1), average="macro")), 4),
        left_out=left_out,
    )
    places, rarity = _known(counted)
    weights, bias = _learnt(_values(counted, places, rarity), wanted)
    return Model(facts, places, rarity, weights.astype(np.float16), bias, _scale(decided, wanted))


def digest_of(rows: Sequence[Row]) -> str:
    """Of messages and labels, whatever their order."""
    lines = sorted(f"{row.label}\t{plain(row.title)}\t{plain(row.text)}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def groups_of(rows: Sequence[Row]) -> NDArray[np.int32]:
    """A number for each row; rows of one group, and rows that are the same message told twice, have the same.

    So a message and its tokens, or a message sent again, are never both learnt from and asked about.
    """
    return _grouped(rows, _counted([(row.title, row.text) for row in rows]))


def _grouped(rows: Sequence[Row], counted: csr_matrix) -> NDArray[np.int32]:
    counted = counted[:, :HEADS]  # what the head says is said in the text
    said_by = np.bincount(counted.indices, minlength=HEADS)
    most = min(max(len(rows) // FEW, FEW_AT_LEAST), FEW_AT_MOST)
    few = np.flatnonzero((said_by > 1) & (said_by <= most))
    rare = counted[:, few].astype(bool).astype(np.float32)
    many = np.sqrt(np.maximum(np.diff(rare.indptr), 1))
    shared = (rare @ rare.T).tocoo()
    alike = (shared.data >= SHARED) & (shared.data >= SAME * many[shared.row] * many[shared.col])
    nths = np.arange(len(rows))
    same = _firsts([plain(row.title + row.text) for row in rows])
    grouped = _firsts([row.group or nth for nth, row in enumerate(rows)])
    here = np.concatenate((shared.row[alike], nths, nths))
    there = np.concatenate((shared.col[alike], same, grouped))
    links = coo_matrix((np.ones(len(here), np.int8), (here, there)), shape=(len(rows), len(rows)))
    found: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return found


def _firsts(names: Sequence[object]) -> list[int]:
    """For each name, where it is first."""
    first: dict[object, int] = {}
    return [first.setdefault(name, nth) for nth, name in enumerate(names)]


def _counted(messages: Sequence[Message]) -> csr_matrix:
    some = grams(messages)
    return csr_matrix((some.counts, some.places, some.starts[:: len(FIELDS)]), shape=(len(messages), PLACES))


def _known(counted: csr_matrix) -> tuple[NDArray[np.uint32], Floats]:
    """The places that have a weight, and how rare each is: the usual inverse document frequency."""
    said_by = np.bincount(counted.indices, minlength=PLACES)
    is_three = (np.arange(PLACES) >= UPPER) & (np.arange(PLACES) < HEADS)
    places = np.flatnonzero(said_by >= np.where(is_three, THREE_KNOWN_FROM, KNOWN_FROM))
    rarity = np.log((1 + counted.shape[0]) / (1 + said_by[places])) + 1
    rarity[is_three[places]] *= THREE
    return places.astype(np.uint32), rarity.astype(np.float32)


def _values(counted: csr_matrix, places: NDArray[np.uint32], rarity: Floats) -> csr_matrix:
    """As the model itself weighs them."""
    row_of = np.full(PLACES, -1, np.int32)
    row_of[places] = np.arange(len(places), dtype=np.int32)
    texts = np.repeat(np.arange(counted.shape[0], dtype=np.int64), np.diff(counted.indptr))
    starts = field_starts(texts * PLACES + counted.indices, counted.shape[0])
    some = Grams(starts, counted.indices, counted.data)
    rows, values, starts = weighed(some, row_of, rarity)
    return csr_matrix((values, rows, starts), shape=(counted.shape[0], len(places)))


def _learnt(values: csr_matrix, wanted: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Weights with a column for each label, and their bias."""
    machine = LinearSVC(C=PENALTY, tol=TOLERANCE, class_weight="balanced", random_state=0).fit(values, wanted)
    weights, bias = machine.coef_.T, machine.intercept_
    if weights.shape[1] == 1:  # of two labels the machine has the second's only
        weights, bias = np.hstack((-weights, weights)), np.concatenate((-bias, bias))
    return weights.astype(np.float32), bias.astype(np.float32)


def _unseen(counted: csr_matrix, wanted: NDArray[np.int64], groups: NDArray[np.int32], labels: int) -> Floats:
    """Decision values of every row by a model of the rows of other groups."""
    if len(np.unique(groups)) < FOLDS:
        raise InputInvalidError("too few different messages to learn from")
    decided = np.full((counted.shape[0], labels), -1, np.float32)  # a label not seen is plainly denied
    for seen, unseen in GroupKFold(FOLDS, shuffle=True, random_state=0).split(counted, groups=groups):
        if len(np.unique(wanted[seen])) < 2:
            raise InputInvalidError("too few different messages to learn from")
        places, rarity = _known(counted[seen])
        weights, bias = _learnt(_values(counted[seen], places, rarity), wanted[seen])
        told = _values(counted[unseen], places, rarity) @ weights + bias
        decided[np.ix_(unseen, np.unique(wanted[seen]))] = told
    return decided


def _scale(decided: Floats, wanted: NDArray[np.int64]) -> float:
    """Under which the shares tell best what was right (the least log loss)."""
    right = np.arange(len(wanted)), wanted
    losses = [-np.log(shares_of(decided * np.float32(scale))[right] + 1e-9).mean() for scale in SCALES]
    return float(SCALES[int(np.argmin(losses))])
