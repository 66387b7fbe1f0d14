"""Is it a report? Bytes in, the report or a refusal out; never an exception.

A refusal names everything that is wrong at once, each by a JSON pointer to the field as its sender called it, so
that who sends reports needs one round to mend them. It quotes no value: a value may be a name or a telephone number.
"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from services.intake.rules import explain
from services.intake.rules.explain import Problem
from services.intake.sources import Source, Tree
from shared import divisions
from shared.errors import NoDivisionAtTierError, UnknownDivisionError
from shared.matter import Report
from shared.old_codes import NONE, OldCodes
from shared.reasons import Reason

LIMIT_BYTES = 64 * 1024  # what every CloudEvents intermediary must forward
LIMIT_DEPTH = 16  # a report is three deep; an envelope adds one
AHEAD = timedelta(minutes=5)  # how far apart two honest clocks may be
FIRST_YEAR = 1900
FIRST_REPORT_YEAR = 2000  # no system that reports is older, and the bus stamps nothing before 1970

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _STEP.keys())
_PERSON = re.compile(r"(?:\+?86[ -]?)?1[3-9]\d{9}|\d{17}[\dXx]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not a report. `problems` is never empty; the first one's reason is the refusal's."""

    problems: tuple[Problem, ...]

    @property
    def reason(self) -> Reason:
        return self.problems[0].reason

    @property
    def detail(self) -> str:
        return "; ".join(f"{each.field}: {each.text}" if each.field else each.text for each in self.problems)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(each.field for each in self.problems if each.field)


class Given(NamedTuple):
    """What surrounds the bytes: the path or topic they came by, when, and the id of their envelope."""

    source: Source
    received_at: datetime
    source_id: str | None = None


def no_seal(_: str, __: str, ___: str) -> bool:
    """Sealed contact data are our own door's to send: nobody else's are taken."""
    return False


@dataclass(frozen=True, slots=True)
class Screen:
    """What a report is held against.

    `is_our_seal`: was this ciphertext made by us, for that source and id? `ahead`: how far a report's clock may be
    ahead of ours.
    """

    categories: Collection[str]
    is_our_seal: Callable[[str, str, str], bool] = no_seal
    ahead: timedelta = AHEAD
    codes: OldCodes = NONE

    def __call__(self, raw: bytes, given: Given) -> Report | Refusal:
        """The report with its divisions in the tree's own form, or all that is wrong with it."""
        tree = tree_of(raw)
        if isinstance(tree, Refusal):
            return tree
        mapped = {"source": given.source.name, **given.source.parse(tree)}
        if given.source_id is not None:
            mapped.setdefault("source_id", given.source_id)
        mapped = dict(self.codes.renewed(mapped))
        try:
            report = msgspec.convert(mapped, Report)
        except (msgspec.ValidationError, ValueError, OverflowError):
            values, problems = explain.fields_of(mapped, Report)
            readable = SimpleNamespace(**_DEFAULTS | values)
            return Refusal(_as_sent([*problems, *self._meaning(readable, given)], given.source, tree))
        problems = list(self._meaning(report, given))
        return Refusal(_as_sent(problems, given.source, tree)) if problems else _normalised(report)

    def _meaning(self, facts: Any, given: Given) -> Iterator[Problem]:
        """What no type can say. `facts` is a report, or what could be read of one: the rest is None."""
        if facts.source is not None and facts.source != given.source.name:
            yield Problem(Reason.SOURCE_MISMATCH, "/source", f"this is the way in of {given.source.name!r}")
        yield from _places(facts)
        if facts.category is not None and facts.category not in self.categories:
            yield Problem(Reason.CATEGORY_UNKNOWN, "/category", _near(facts.category, self.categories))
        yield from _times(facts.reported_at, facts.occurred_at, given.received_at, self.ahead)
        yield from _words(facts)
        sealed = facts.reporter.sealed if facts.reporter is not None else None
        if sealed is not None and not self.is_our_seal(sealed, given.source.name, facts.source_id or ""):
            yield Problem(Reason.FIELD_INVALID, "/reporter/sealed", "only our own door seals contact data")


_DEFAULTS: Tree = {each.name: None for each in structs.fields(Report)} | {"other_divisions": ()}


def too_much(raw: bytes) -> Refusal | None:
    """Refuses by size and depth before anything is parsed."""
    if len(raw) > LIMIT_BYTES:
        return refused(Reason.TOO_LARGE, f"{len(raw)} bytes, {LIMIT_BYTES} at most; send pictures as links")
    if is_deeper(raw, LIMIT_DEPTH):
        return refused(Reason.TOO_DEEP, f"nested more than {LIMIT_DEPTH} deep")
    return None


def is_deeper(raw: bytes, limit: int) -> bool:
    """If lists and objects nest deeper; brackets inside strings do not count."""
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", raw).translate(None, _NOT_BRACKETS)
    return any(depth > limit for depth in accumulate(map(_STEP.__getitem__, brackets)))


def tree_of(raw: bytes) -> Tree | Refusal:
    """The bytes as a JSON object."""
    refusal = too_much(raw)
    if refusal is not None:
        return refusal
    try:
        tree = msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _odd_values(raw)
    if not isinstance(tree, dict):
        return refused(Reason.NOT_JSON, "not a JSON object")
    return tree


def refused(reason: Reason, text: str, field: str = "") -> Refusal:
    return Refusal((Problem(reason, field, text),))


def _odd_values(raw: bytes) -> Refusal:
    """Broken JSON, or JSON with a value that only a lenient reader takes: NaN, 1e999, half a surrogate pair."""
    try:
        problems = tuple(explain.odd_values(json.loads(raw.decode())))
    except (ValueError, RecursionError):
        problems = ()
    return Refusal(problems) if problems else refused(Reason.NOT_JSON, "not JSON in UTF-8")


def _places(facts: Any) -> Iterator[Problem]:
    if facts.division is not None:
        yield from _place("/division", facts.division)
    for nth, code in enumerate(facts.other_divisions):
        yield from _place(f"/other_divisions/{nth}", code)
    if facts.about_body is not None:
        yield from _place("/about_body", facts.about_body.partition(":")[0])


def _place(field: str, code: str) -> Iterator[Problem]:
    try:
        divisions.county_of(code)
    except UnknownDivisionError as error:
        yield Problem(Reason.DIVISION_UNKNOWN, field, str(error))
    except NoDivisionAtTierError as error:
        yield Problem(Reason.FIELD_INVALID, field, str(error))


def _near(category: str, categories: Collection[str]) -> str:
    near = difflib.get_close_matches(category, categories, 1)
    return "no such category in the policy" + (f"; did you mean {near[0]}?" if near else "")


def _times(
    reported: datetime | None, occurred: datetime | None, received: datetime, ahead: timedelta
) -> Iterator[Problem]:
    """Exactly as far ahead as is allowed is still honest."""
    if reported is not None and reported.year < FIRST_REPORT_YEAR:
        yield Problem(Reason.FIELD_INVALID, "/reported_at", f"before {FIRST_REPORT_YEAR}")
    if occurred is not None and occurred.year < FIRST_YEAR:
        yield Problem(Reason.FIELD_INVALID, "/occurred_at", f"before {FIRST_YEAR}")
    if reported is not None and reported - received > ahead:
        minutes = f"more than {ahead.total_seconds() / 60:.0f} minutes after it was received"
        yield Problem(Reason.IN_THE_FUTURE, "/reported_at", minutes)
    if occurred is not None and reported is not None and occurred - reported > AHEAD:
        yield Problem(Reason.IN_THE_FUTURE, "/occurred_at", "more than 5 minutes after it was reported")


def _words(facts: Any) -> Iterator[Problem]:
    for field in ("source_id", "title", "text"):
        value = getattr(facts, field)
        if value is not None and not value.strip():
            yield Problem(Reason.FIELD_INVALID, f"/{field}", "is blank")
    if facts.reporter_ref is not None and _PERSON.fullmatch(facts.reporter_ref.strip()):
        text = "looks like a telephone or identity number: send a pseudonym, contact data go into reporter"
        yield Problem(Reason.FIELD_INVALID, "/reporter_ref", text)


def _normalised(report: Report) -> Report:
    changes: Tree = {}
    division = divisions.normalise(report.division)
    if division != report.division:
        changes["division"] = division
    if report.other_divisions:
        changes["other_divisions"] = tuple(map(divisions.normalise, report.other_divisions))
    if report.about_body is not None:
        place, colon, body = report.about_body.partition(":")
        changes["about_body"] = divisions.normalise(place) + colon + body
    return structs.replace(report, **changes) if changes else report


def _as_sent(problems: list[Problem], source: Source, tree: Tree) -> tuple[Problem, ...]:
    """The problems under the names the sender used, what is invalid before what is unknown."""
    names = {
        to.path: explain.pointer("", own)
        for own, to in source.fields.items()
        if own in tree and to.path.split("/")[1] not in tree
    }
    problems.sort(key=lambda each: each.reason is Reason.FIELD_UNKNOWN)
    return tuple(each._replace(field=names.get(each.field, each.field)) for each in problems)
