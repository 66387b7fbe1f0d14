"""Which open matter a report belongs to, if any (事项合并)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import add

from rapidfuzz import fuzz

from shared.events import Because
from shared.reasons import Reason

NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Features:
    """What is compared of a report. `village` is 12 digits, or empty where no village is known."""

    village: str
    category: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The matter it joins, or None; the score is of the best candidate, 0 to 1."""

    matter_id: str | None
    score: float
    evidence: tuple[Because, ...]
    reason: Reason


def words_of(title: str, text: str) -> str:
    """Title and text as pairs of neighbouring characters: Chinese has no blanks to split at."""
    plain = NO_WORD.sub("", f"{title}{text}"[:400])
    return " ".join(map(add, plain, plain[1:]))


def match(
    report: Features, candidates: Iterable[tuple[str, Features]], window: timedelta | None, threshold: float
) -> Match:
    """The most similar candidate of the same village and category within the window.

    A candidate is a matter's id with the features of one of its reports. The window's end is outside it, and it
    reaches both ways: what was received earlier may be read later.
    """
    if not report.village:
        return Match(None, 0.0, (), Reason.OPENED_NO_VILLAGE)
    best_id, best = None, 0.0
    for matter_id, other in candidates:
        if (other.village, other.category) != (report.village, report.category):
            continue
        if window is None or abs(report.at - other.at) >= window:
            continue
        score = fuzz.token_set_ratio(report.words, other.words, score_cutoff=100 * max(best, 0.01)) / 100
        if score > best:
            best_id, best = matter_id, score
    if best_id is None or best < threshold:
        return Match(None, best, (), Reason.OPENED_NEW)
    evidence = (
        Because("place", f"same village {report.village}"),
        Because("category", report.category),
        Because("words", f"similarity {best:.3f}, from {threshold:.2f} on it joins"),
    )
    return Match(best_id, best, evidence, Reason.JOINED_SAME_MATTER)
