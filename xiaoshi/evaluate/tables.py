"""The files that `xiaoshi evaluate duplicates` reads, as rows and pairs; what is wrong is said with row and column."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.routing.rules.nearness import Point
from shared.errors import InputInvalidError

MESSAGE = ("msg_id", "user", "title", "time", "text")
CASE = ("case_enquiry_id", "open_dt", "latitude", "longitude", "type")
LABELS = ("dup", "not", "unsure")


@dataclass(frozen=True, slots=True)
class Row:
    """A message, which has words, or a case, which has a place and a kind. Empty: not said."""

    key: str
    at: datetime
    closed: datetime | None = None
    user: str = ""
    title: str = ""
    text: str = ""
    kind: str = ""
    point: Point | None = None
    topic: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows of which somebody has said what they are to each other: a label of LABELS."""

    a: str
    b: str
    label: str


class Cells:
    """One row of a file by the names of its columns; the header is row 1."""

    def __init__(self, path: Path, number: int, cells: dict[str, str]) -> None:
        self._where = f"{path}: row {number}"
        self._cells = cells

    def text(self, column: str) -> str:
        return self._cells.get(column, "").strip()

    def key(self, column: str) -> str:
        if not self.text(column):
            raise self.wrong(column, "empty")
        return self.text(column)

    def instant(self, column: str) -> datetime:
        """Without an offset it is taken as UTC: only what lies between two counts."""
        try:
            at = datetime.fromisoformat(self.text(column))
        except ValueError as error:
            raise self.wrong(column, "not a date and time, as in 2026-03-02 09:10:00") from error
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def point(self) -> Point | None:
        """None where both are empty."""
        if not self.text("latitude") and not self.text("longitude"):
            return None
        return self._degrees("latitude", 90), self._degrees("longitude", 180)

    def wrong(self, column: str, what: str) -> InputInvalidError:
        return InputInvalidError(f"{self._where}, column {column}: {what}")

    def _degrees(self, column: str, most: float) -> float:
        try:
            value = float(self.text(column))
        except ValueError as error:
            raise self.wrong(column, "not a number of degrees") from error
        if not abs(value) <= most:  # so that NaN is refused too
            raise self.wrong(column, f"not within {most} degrees of 0")
        return value


def messages(path: Path) -> list[Row]:
    """In the order of the file. `topic` and `tier` may be missing."""
    return [
        Row(
            key=cells.key("msg_id"),
            at=cells.instant("time"),
            user=cells.text("user"),
            title=cells.text("title"),
            text=cells.text("text"),
            topic=cells.text("topic"),
            tier=cells.text("tier"),
        )
        for cells in _cells(path, MESSAGE)
    ]


def cases(path: Path) -> list[Row]:
    """In the order of the file. `closed_dt` may be missing, as whole or in a row."""
    return [
        Row(
            key=cells.key("case_enquiry_id"),
            at=cells.instant("open_dt"),
            closed=cells.instant("closed_dt") if cells.text("closed_dt") else None,
            kind=cells.text("type"),
            point=cells.point(),
        )
        for cells in _cells(path, CASE)
    ]


def message_pairs(path: Path) -> list[Pair]:
    """Without the ones that have no label: of them nothing is known."""
    found = []
    for cells in _cells(path, ("a", "b")):
        label = cells.text("label")
        if label and label not in LABELS:
            raise cells.wrong("label", f"none of {', '.join(LABELS)}")
        if label:
            found.append(Pair(cells.key("a"), cells.key("b"), label))
    return found


def case_pairs(path: Path) -> list[Pair]:
    """A case and the one it was found to repeat."""
    columns = ("case_enquiry_id", "parent_case")
    return [Pair(cells.key(columns[0]), cells.key(columns[1]), "dup") for cells in _cells(path, columns)]


def _cells(path: Path, columns: tuple[str, ...]) -> Iterator[Cells]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(path, csv.reader(file), columns)
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalidError(f"{path} cannot be read: {error}") from error


def _rows(path: Path, lines: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[Cells]:
    number = 1
    try:
        header = next(lines, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise InputInvalidError(f"{path}: row 1: no column {', '.join(missing)}")
        for number, line in enumerate(lines, 2):
            if not line:
                continue
            if len(line) > len(header):
                raise InputInvalidError(f"{path}: row {number}, column {len(header) + 1}: beyond the header")
            yield Cells(path, number, dict(zip(header, line, strict=False)))
    except csv.Error as error:
        raise InputInvalidError(f"{path}: row {number + 1}: {error}") from error
