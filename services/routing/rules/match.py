"""Which open matter a report belongs to, if any (事项合并): a shared name and a shared trouble, never one alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from services.routing.rules.candidate import Candidate, Read
from services.routing.rules.features import Features
from services.routing.rules.nearness import metres_between, nearness, point_of
from services.routing.rules.rarity import Rarity
from services.routing.rules.troubles import names_of
from shared.catalogue import UNCLEAR
from shared.events import Band, Because
from shared.policy_file import Join
from shared.reasons import Reason

# The score is a logistic of what was found; its weights were fitted to labelled pairs of reports.
NONE = -3.3  # nothing is alike
COVERED = 4.6  # the share of both titles, by rarity, that the other side says too
BESIDE = 3.7  # the same without the longest part they have in common, which as a rule is the name
SAME_TROUBLE = 2.2  # one trouble, and how rare the name is that both have
OTHER_TROUBLE = 0.7  # less by this where neither touches the other's
PER_VOICE = 2.0  # per e-fold of those who tell of it: of two matters of one name the larger is likelier
PER_DOUBLING = -0.2  # for every doubling of the months (one is added) since the matter's last report
UNSAID = -2.0  # a side names a place that the other does not say, which may be there or anywhere
OTHER_NUMBER = -2.0  # both titles count one thing, as in 3号线, and no number is the same
OTHER_KIND = -0.5  # both categories are known and differ: guessed ones err

RESENT, COPIED = 0.75, 0.85  # texts this alike are one text sent again, by the same reporter or by another
KINDRED = 0.2  # one kind of two troubles: kinds are wide
TITLES = 8  # so many of a matter's latest titles are compared
RARE = 0.5  # from here on the end of a stem is a name: 1 is in no matter, 0 in all
ALONE = 0.3  # what the weightiest common part counts as a name, where a side names a place that the other does not say
UNNAMED = 0.6  # and where neither names one
SMOOTH = 8.0  # about the weight of a word of middling rarity: keeps what is beside a name from one lucky pair
DIGITS = "0123456789一二三四五六七八九十"
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Match:
    """The matter it joins, or that a person is asked about; None when apart. The score is 0 to 1.

    `like`: the report of that matter it is most like.
    """

    matter_id: str | None
    score: float
    evidence: tuple[Because, ...]
    reason: Reason
    band: Band
    like: str | None = None


class Found(NamedTuple):
    """What speaks for one matter, each 0 to 1 but `trouble`, which is -1 where both are about something else.

    `like`: the report whose title says it. `near`: by place and time alone, where that says more than the words.
    """

    covered: float
    beside: float
    common: str
    name: float
    known: bool
    trouble: float
    resent: float
    like: str = ""
    near: float = 0.0


class Beside(NamedTuple):
    """The nearest report of a matter, by its key, and how near it is."""

    near: float
    key: str


NOTHING = Found(0.0, 0.0, "", 0.0, False, 0.0, 0.0)
NONE_NEAR = Match(None, 0.0, (), Reason.OPENED_NEW, Band.APART)
"""Where nothing is compared."""


def match(report: Read, candidates: Sequence[Candidate], now: datetime, rule: Join, rarity: Rarity) -> Match:
    """The likeliest of the candidates; of equals the one whose id comes last.

    What a report cannot join is never weighed: a complaint about another body, a matter in another town or village,
    one that names another place of the same sort.
    """
    weighed = [
        each
        for each in candidates
        if not is_excluded(report, each.reports) and not _is_elsewhere(report, each, rarity)
    ]
    if not weighed:
        return NONE_NEAR
    best, best_id, found, kept = 0.0, "", NOTHING, weighed[0]
    weights = rarity.weights(report.title)
    whole = sum(weights)
    mine = np.frombuffer(report.features.words, np.uint16)
    rarity.marked.put(mine, True)
    try:
        for candidate in weighed:
            what = _found(report, weights, whole, candidate, rarity)
            score = score_of(what, report, candidate, now)
            beside = _beside(report, candidate, rule) if what.trouble >= 0 else None
            if beside is not None and beside.near > score:
                score, what = beside.near, what._replace(near=beside.near, like=beside.key)
            if (score, candidate.matter_id) > (best, best_id):
                best, best_id, found, kept = score, candidate.matter_id, what, candidate
    finally:
        rarity.marked.put(mine, False)
    if best < rule.ask:
        return Match(None, best, (), Reason.OPENED_NEW, Band.APART)
    evidence = _evidence(found, report, kept)
    if best < rule.join:
        return Match(best_id, best, evidence, Reason.ASKED_SAME_MATTER, Band.ASK, found.like)
    return Match(best_id, best, evidence, Reason.JOINED_SAME_MATTER, Band.JOIN, found.like)


def score_of(found: Found, report: Read, candidate: Candidate, now: datetime) -> float:
    """0 to 1; a text sent again is as alike as its words."""
    months = max(timedelta(0), now - candidate.last) / MONTH
    logit = NONE + COVERED * found.covered + BESIDE * math.sqrt(found.beside)
    logit += PER_DOUBLING * math.log2(1 + months)
    if found.trouble > 0:
        logit += SAME_TROUBLE * found.name * found.trouble
        if found.known:
            logit += PER_VOICE * found.name * math.log(candidate.voices)
    else:
        logit += OTHER_TROUBLE * found.trouble
    if not found.known and (report.names or candidate.names):
        logit += UNSAID
    if _other_number(report.features.numbers, candidate.numbers):
        logit += OTHER_NUMBER
    if _other_kind(report, candidate):
        logit += OTHER_KIND
    return max(1 / (1 + math.exp(-logit)), found.resent)


def is_excluded(report: Read, reports: Sequence[Read]) -> bool:
    """By body or by division of a matter's reports; a shorter code does not contradict a longer one below it."""
    if report.features.about_body != reports[0].features.about_body:
        return True
    mine = report.features.division
    for each in reports:
        theirs = each.features.division
        if mine != theirs and not mine.startswith(theirs) and not theirs.startswith(mine):
            return True
    return False


def _is_elsewhere(report: Read, candidate: Candidate, rarity: Rarity) -> bool:
    """Both name a place of one sort, and neither says the other's anywhere."""
    for sort, ends in report.places.items():
        if not (known := candidate.places.get(sort)):
            continue
        theirs = [end for end in known if rarity.of(end) >= RARE]
        if not theirs or any(end in report.words for end in theirs):
            continue
        mine = [end for end in ends if rarity.of(end) >= RARE]
        if mine and not any(end in candidate.words for end in mine):
            return True
    return False


def _found(report: Read, weights: list[float], whole: float, candidate: Candidate, rarity: Rarity) -> Found:
    words, mine = candidate.words, report.words
    if not words or not mine:
        return NOTHING._replace(like=candidate.reports[-1].key)
    said = [nth for nth, word in enumerate(report.title) if word in words]
    covered, beside, start, end = _side(weights, whole, said)
    back, like = (0.0, 0.0), candidate.reports[-1].key
    for other in candidate.reports[-TITLES:]:
        if both := [nth for nth, word in enumerate(other.title) if word in mine]:
            theirs = rarity.weights(other.title)
            side = _side(theirs, sum(theirs), both)
            if side[0] + side[1] > back[0] + back[1]:
                back, like = side[:2], other.key
    name = 0.0
    for ending in candidate.names:
        if ending in mine:
            name = max(name, rarity.of(ending))
    for ending in report.names:
        if ending in words:
            name = max(name, rarity.of(ending))
    known = name >= RARE
    if not known:
        run = sum(weights[start:end]) / (3 * rarity.whole**2)
        name = min(1.0, run) * (ALONE if report.names or candidate.names else UNNAMED)
    return Found(
        covered=(covered + back[0]) / 2,
        beside=(beside + back[1]) / 2,
        common=report.features.title[start : end + 1] if end else "",
        name=name,
        known=known,
        trouble=_trouble(report.features, candidate),
        resent=_resent(report, candidate, rarity),
        like=like,
    )


def _side(weights: Sequence[float], whole: float, said: Sequence[int]) -> tuple[float, float, int, int]:
    """The share of a title that is said on the other side; that without the weightiest run; where the run is.

    `whole`: the weight of the title.
    """
    covered = run = top = 0.0
    start = first = end = 0
    before = -2
    for nth in said:
        if nth != before + 1:
            run, first = 0.0, nth
        before = nth
        run += weights[nth]
        covered += weights[nth]
        if run > top:
            top, start, end = run, first, nth + 1
    share = covered / (whole or 1.0)
    return share, (covered - top + SMOOTH * share) / (whole - top + SMOOTH), start, end


def _beside(report: Read, candidate: Candidate, rule: Join) -> Beside | None:
    """The report of the matter that is nearest in place and time, where both have coordinates."""
    point, mine = point_of(report.features.location), report.features
    if point is None:
        return None
    found = None
    for other in candidate.reports:
        theirs = other.features
        there = point_of(theirs.location)
        if there is None:
            continue
        same = mine.category == theirs.category and mine.category != UNCLEAR
        near = nearness(metres_between(point, there), mine.at - theirs.at, rule.join, rule.ask, same)
        if found is None or near > found.near:
            found = Beside(near, other.key)
    return found


def _trouble(mine: Features, theirs: Candidate) -> float:
    same_kind = mine.category is not None and mine.category in theirs.categories
    if not mine.troubles or not theirs.troubles:
        return 1.0 if same_kind else 0.0
    if mine.troubles & theirs.troubles:
        return 1.0
    touched = bool(mine.troubles & theirs.touched) + bool(theirs.troubles & mine.touched)
    return KINDRED if same_kind and not touched else (-1.0, 0.2, 0.5)[touched]


def _other_number(mine: Sequence[str], theirs: frozenset[str]) -> bool:
    if not mine or not theirs or not theirs.isdisjoint(mine):
        return False
    units = {number.lstrip(DIGITS) for number in theirs}
    return any(number.lstrip(DIGITS) in units for number in mine)


def _other_kind(report: Read, candidate: Candidate) -> bool:
    mine = report.features.category
    return mine not in (None, UNCLEAR, *candidate.categories) and bool(candidate.categories)


def _resent(report: Read, candidate: Candidate, rarity: Rarity) -> float:
    """How sure it is that the text is one of the matter's sent again; of the same reporter less will do."""
    best = mine = 0.0
    reporter = report.features.reporter_ref
    for other in _half_said(candidate.reports, rarity):
        mine = mine or sum(rarity.weights(report.words))
        theirs = rarity.weights(other.words)
        both = sum([weight for word, weight in zip(other.words, theirs, strict=True) if word in report.words])
        alike = both / math.sqrt(mine * sum(theirs) or 1.0)
        is_same = reporter is not None and reporter == other.features.reporter_ref
        if is_same and alike >= RESENT:
            best = max(best, (1 + alike) / 2)
        elif alike >= COPIED:
            best = max(best, alike)
    return min(best, 1.0)


def _half_said(reports: Sequence[Read], rarity: Rarity) -> Sequence[Read]:
    """Those of which the report that is compared says half of the words: no other can be it sent again."""
    if len(reports) == 1:
        both = rarity.marked.take(np.frombuffer(reports[0].features.words, np.uint16))
        return reports if 2 * np.count_nonzero(both) >= len(both) else ()
    ends = list(accumulate([len(each.words) for each in reports], initial=0))
    slots = np.frombuffer(b"".join([each.features.words for each in reports]), np.uint16)
    said = np.concatenate(([0], np.cumsum(rarity.marked.take(slots))))[ends].tolist()
    return [
        each
        for each, from_, to, start, end in zip(reports, said, said[1:], ends, ends[1:], strict=False)
        if 2 * (to - from_) >= end - start
    ]


def _evidence(found: Found, report: Read, candidate: Candidate) -> tuple[Because, ...]:
    """In the order in which a person asks: where, what kind, what words, which name, which trouble, who."""
    mine = report.features
    rows = []
    if mine.division in candidate.divisions:
        rows.append(Because(rule="place", fact=f"same division {mine.division}"))
    if mine.category in candidate.categories:
        rows.append(Because(rule="category", fact=f"{mine.category}"))
    if found.covered:
        rows.append(
            Because(rule="words", fact=f"{found.covered:.0%} of both titles is said on the other side too")
        )
    if found.near:
        rows.append(Because(rule="near", fact=f"{found.near:.2f} by metres and hours apart"))
    if found.common:
        rows.append(Because(rule="name", fact=f"{found.common}, a name by {found.name:.2f}"))
    if troubles := names_of(mine.troubles & (candidate.troubles | candidate.touched)):
        rows.append(Because(rule="trouble", fact=", ".join(troubles)))
    if found.resent:
        rows.append(Because(rule="text", fact=f"sent again, by {found.resent:.2f}"))
    return tuple(rows)
