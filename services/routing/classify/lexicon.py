"""The shipped classifier: the words of each category's row in the policy, added up."""

from collections import defaultdict
from collections.abc import Mapping
from math import exp, sqrt

from services.routing.classify.guess import MOST, Guess
from services.routing.classify.matcher import Matcher
from services.routing.classify.said import plain, said
from shared.policy_file import Category

# What a word of each strength adds for its category; in the title it counts three times.
STRENGTHS = {"sure": 4.0, "plain": 2.0, "weak": 1.0, "against": -3.0}
TITLE = 3.0

# Points to shares: the root of a category's points, e times as likely for every so much of it, against a category that
# is none of all and has so much. Calibrated on the benchmark's development rows, by their first-level class.
ROOT = 0.9
NONE = 2.0

SHOWN = 6


class Lexicon:
    """Explainable and without training: every point is a word that somebody can read and dispute."""

    def __init__(self, categories: Mapping[str, Category]) -> None:
        entries: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for code, row in categories.items():
            for strength, points in STRENGTHS.items():
                for word in getattr(row.words, strength):
                    entries[plain(word)].append((code, points))
        self._entries = dict(entries)
        self._matcher = Matcher(entries)

    def guess(self, title: str, text: str) -> tuple[Guess, ...]:
        """At most three categories for which more speaks than against them."""
        found = self._found(title, text)
        shares = _shares(self._points(found))
        best = sorted(shares, key=lambda code: -shares[code])[:MOST]
        return tuple(
            Guess(category=code, confidence=shares[code], because=self._because(code, found)) for code in best
        )

    def shares(self, title: str, text: str) -> dict[str, float]:
        """The confidence in every category for which more speaks than against it."""
        return _shares(self._points(self._found(title, text)))

    def _found(self, title: str, text: str) -> dict[str, float]:
        """How much each word counts: the root of how often it is said, more in the title."""
        whole, head = said(title, text)
        times: dict[str, int] = {}
        titled = set()
        for word, at in self._matcher.found(whole):
            times[word] = times.get(word, 0) + 1
            if at < head:
                titled.add(word)
        return {word: sqrt(many) * (TITLE if word in titled else 1) for word, many in times.items()}

    def _points(self, found: Mapping[str, float]) -> dict[str, float]:
        points: dict[str, float] = {}
        for word, much in found.items():
            for code, each in self._entries[word]:
                points[code] = points.get(code, 0.0) + each * much
        return points

    def _because(self, code: str, found: Mapping[str, float]) -> tuple[str, ...]:
        spoke = [
            (each * much, word)
            for word, much in found.items()
            for other, each in self._entries[word]
            if other == code
        ]
        spoke.sort(key=lambda row: -abs(row[0]))
        return tuple(f"{word} {points:+.1f}" for points, word in spoke[:SHOWN])


def _shares(points: Mapping[str, float]) -> dict[str, float]:
    weights = {code: exp(sqrt(much) / ROOT) for code, much in points.items() if much > 0}
    whole = exp(NONE / ROOT) + sum(weights.values())
    return {code: weight / whole for code, weight in weights.items()}
