"""Divisions that were merged or given another code (撤并、改码): which code an old one stands for, from which day on.

An operator's file, CSV in UTF-8:

    old,new,from
    430981,430902,2027-01-01
    430981006,430902104,2027-01-01

A row is of a county, a town or a village, and holds for all below it; the longest that fits comes first. What the tree
does not know under the new code, by its number and its name, is placed at the nearest division above that it knows:
with the tree of the year of the merger that is seldom. A report is renewed by the day in China on
which it was reported: the same report, sent again later, has the same county again and counts once.
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from shared import divisions
from shared.calendar import ZONE
from shared.errors import SettingsInvalidError, UnknownDivisionError

VARIABLE = "XIAOSHI_OLD_CODES"
COLUMNS = ["old", "new", "from"]
WIDTHS = (6, 9, 12)

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """`old` stands for `new` from that day on."""

    old: str
    new: str
    since: date


@dataclass(frozen=True)
class OldCodes:
    """Rows without a cycle, so that following them ends."""

    rows: tuple[Row, ...] = ()

    @cached_property
    def _by_old(self) -> dict[str, Row]:
        return {row.old: row for row in self.rows}

    def code(self, code: str, day: date) -> str:
        """What the code stands for on that day; itself if nothing is said of it, or for intake to refuse."""
        if len(code) not in (*WIDTHS, 15) or not code.isdecimal():
            return code
        found = code
        while (row := self._row(found, day)) is not None:
            if _name(row.old) is not None and _name(found) is None:
                return code
            found = _placed(row, found)
        return found

    def _row(self, code: str, day: date) -> Row | None:
        for width in reversed(WIDTHS):
            row = self._by_old.get(code[:width]) if len(code) >= width else None
            if row is not None and row.since <= day:
                return row
        return None

    def renewed(self, tree: Tree) -> Tree:
        """A report's fields, by the contract's names, with the codes of its day; what is no report is left as it is."""
        day = _day(tree.get("reported_at"))
        if not self.rows or day is None:
            return tree
        changes: dict[str, Any] = {}
        if isinstance(division := tree.get("division"), str):
            changes["division"] = self.code(division, day)
        if isinstance(others := tree.get("other_divisions"), list):
            changes["other_divisions"] = [
                self.code(each, day) if isinstance(each, str) else each for each in others
            ]
        if isinstance(body := tree.get("about_body"), str):
            place, colon, name = body.partition(":")
            changes["about_body"] = self.code(place, day) + colon + name
        return {**tree, **changes}

    def counties_before(self, county: str) -> list[str]:
        """The counties that were merged into it: their centres' topics go on until their matters are closed."""
        last = max((row.since for row in self.rows), default=date.min)
        return sorted(
            row.old for row in self.rows if len(row.old) == 6 and self.code(row.old, last)[:6] == county
        )


NONE = OldCodes()


def load(path: Path | None) -> OldCodes:
    """Raises SettingsInvalidError with everything that is wrong; no path is no rows."""
    if path is None:
        return NONE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalidError(f"{path} cannot be read: {error}") from error
    try:
        return of_text(text)
    except SettingsInvalidError as error:
        raise SettingsInvalidError(f"{path}: {error}") from error


def of_text(text: str) -> OldCodes:
    """Raises SettingsInvalidError."""
    reader = csv.reader(StringIO(text))
    if next(reader, None) != COLUMNS:
        raise SettingsInvalidError(f"line 1 must be {','.join(COLUMNS)}")
    rows: list[Row] = []
    problems: list[str] = []
    for fields in filter(None, reader):
        problem = _wrong(fields, {row.old for row in rows})
        if problem:
            problems.append(f"line {reader.line_num}: {problem}")
        else:
            rows.append(Row(fields[0], fields[1], date.fromisoformat(fields[2])))
    problems += [f"{row.old} comes back to itself" for row in rows if _is_in_cycle(row, rows)]
    if problems:
        raise SettingsInvalidError("; ".join(problems))
    return OldCodes(tuple(rows))


def _wrong(fields: Sequence[str], known: Collection[str]) -> str | None:
    if len(fields) != len(COLUMNS):
        return "must have three columns"
    old, new, since = fields
    if len(old) != len(new) or len(old) not in WIDTHS or not (old + new).isdecimal():
        return "both codes must have 6, 9 or 12 digits, as many the one as the other"
    if old in known:
        return f"{old} has a row before"
    try:
        date.fromisoformat(since)
        if divisions.normalise(new) != new:
            return f"{new} is not as the tree writes it"
    except ValueError:
        return f"{since!r} is no day, as in 2027-01-01"
    except UnknownDivisionError as error:
        return str(error)
    return None


def _is_in_cycle(row: Row, rows: Sequence[Row]) -> bool:
    """By where a row may lead, whatever lies below: rather refused than followed for ever."""
    seen: set[str] = set()
    waiting = [row]
    while waiting:
        for after in _after(waiting.pop(), rows):
            if after is row:
                return True
            if after.old not in seen:
                seen.add(after.old)
                waiting.append(after)
    return False


def _after(row: Row, rows: Sequence[Row]) -> Iterator[Row]:
    return (each for each in rows if each.old.startswith(row.new) or row.new.startswith(each.old))


def _placed(row: Row, code: str) -> str:
    """The new code with what is below the old one, as far down as both are the same place.

    Two counties may each have a town of one number: where the tree still knows the old one, the names must agree.
    """
    placed = row.new
    for width in (9, 12, 15):
        if len(row.old) < width <= len(code):
            below = row.new + code[len(row.old) : width]
            if not _is_same(code[:width], below):
                break
            placed = divisions.normalise(below)
    return placed


def _is_same(old: str, new: str) -> bool:
    was, now = _name(old), _name(new)
    return now is not None and was in (None, now)


def _name(code: str) -> str | None:
    try:
        return divisions.find(code).name
    except UnknownDivisionError:
        return None


def _day(reported_at: object) -> date | None:
    """In China; None for what no report says."""
    try:
        at = msgspec.convert(reported_at, datetime)
    except msgspec.ValidationError:
        return None
    return at.astimezone(ZONE).date() if at.tzinfo is not None else None
