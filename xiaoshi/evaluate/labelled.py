"""Messages with what somebody said they are about, from files: CSV, or JSON lines as people's corrections are kept."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any, NamedTuple

from shared.errors import InputInvalidError
from xiaoshi.evaluate.corrections import last_words

_CARRIAGE_RETURN = "_x000D_"  # as spreadsheets write it


class Labelled(NamedTuple):
    """`key`: the row's own name, its `row` or `msg_id`, or its number from 0. `label`: "" for not known."""

    key: str
    title: str
    text: str
    label: str
    group: str = ""
    on: date | None = None


def read(path: Path, passed_over: Counter[str] | None = None) -> list[Labelled]:
    """CSV with title,text,label or tokens,label; `.jsonl` with the same names, or `category` for the label, or with
    what people corrected, as `xiaoshi.evaluate.corrections` finds it. What it passes over is counted there.
    """
    passed = Counter() if passed_over is None else passed_over
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = (
                last_words(_objects(file, path), path, passed)
                if path.suffix == ".jsonl"
                else _table(file, path)
            )
            found = [_row(row, nth, path) for nth, row in enumerate(rows)]
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalidError(f"{path} cannot be read: {error}") from error
    if not found:
        raise InputInvalidError(f"{path} holds no row{told(passed)}")
    return found


def read_all(paths: Iterable[Path], passed_over: Counter[str] | None = None) -> list[Labelled]:
    """Those of several files that have a label. A group is one within its file only."""
    return [
        row._replace(group=f"{path} {row.group}" if row.group else "")
        for path in paths
        for row in read(path, passed_over)
        if row.label
    ]


def told(passed: Counter[str]) -> str:
    """What was passed over, most of it first; "" for nothing."""
    return (
        "; passed over: " + ", ".join(f"{n:,} {kind}" for kind, n in passed.most_common()) if passed else ""
    )


def _table(file: IO[str], path: Path) -> Iterator[dict[str, Any]]:
    lines = csv.DictReader(file)
    if not {"text", "tokens"} & set(lines.fieldnames or ()):
        raise InputInvalidError(f"{path}: neither a column `text` nor `tokens`")
    try:
        yield from lines
    except csv.Error as error:
        raise InputInvalidError(f"{path}: line {lines.line_num}: {error}") from error


def _objects(file: IO[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each with the number of its line."""
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputInvalidError(f"{path}: line {number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputInvalidError(f"{path}: line {number}: not an object")
        yield number, row


def _row(row: dict[str, Any], nth: int, path: Path) -> Labelled:
    told = {name: str(value) for name, value in row.items() if value is not None and isinstance(name, str)}
    if "text" not in told and "tokens" not in told:
        raise InputInvalidError(f"{path}: row {nth}: neither `text` nor `tokens`")
    if "text" in told:
        title, text = told.get("title", ""), told["text"]
    else:
        title, text = "", told["tokens"].replace(" ", "")
    return Labelled(
        key=told.get("row") or told.get("msg_id") or str(nth),
        title=title.replace(_CARRIAGE_RETURN, ""),
        text=text.replace(_CARRIAGE_RETURN, ""),
        label=(told.get("label") or told.get("category") or "").strip(),
        group=told.get("group", ""),
        on=_date(told.get("time") or told.get("at") or ""),
    )


def _date(told: str) -> date | None:
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        return None
