"""The journal against a file of `xiaoshi replay`: the same lines, as often, in any order."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared import topics, wire
from shared.errors import InputInvalidError
from shared.wire import Out
from xiaoshi.commands.replay import line_of
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.log import Entry, digest

CHECK = "journal against replay"

Line = tuple[str, bytes]  # type and id, and what stands for the whole line


class Replayed:
    """`against` None: nobody asked for it."""

    def __init__(self, against: Path | None) -> None:
        self._against = against
        self._journal: Counter[Line] = Counter()

    def begin(self, lane: int) -> None:
        pass

    def take(self, entry: Entry) -> None:
        if self._against is None:
            return
        record = entry.record
        line = None
        if entry.event is not None:
            line = line_of(Out(record.topic, None, record.key, record.value, list(record.headers), 0))
        self._journal[(f"no event {entry.id}", b"") if line is None else _small(line)] += 1

    def end(self) -> None:
        pass

    def findings(self) -> list[Finding]:
        if self._against is None:
            return [not_compared(CHECK, "no --against")]
        tally = Tally(CHECK, compared=self._journal.total())
        replayed = Counter(map(_small, _journal_of(self._against)))
        only_here = Counter(key for key, _ in (self._journal - replayed).elements())
        only_there = Counter(key for key, _ in (replayed - self._journal).elements())
        for event in sorted(only_here.keys() | only_there.keys()):
            here, there = only_here[event], only_there[event]
            says = "is another" if here == there else f"only in the journal {here}, only in the file {there}"
            tally.differ(f"{event}: {says}", max(here, there))
        return [tally.finding()]


def _journal_of(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            lines = (_read(path, number, text) for number, text in enumerate(file, 1))
            yield from (line for line in lines if line["topic"] == topics.EVENTS.name)
    except OSError as error:
        raise InputInvalidError(f"{path} cannot be read: {error}") from error


def _read(path: Path, number: int, text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise InputInvalidError(f"{path}: line {number} is not JSON: {error}") from error
    if not isinstance(line, dict) or "topic" not in line:
        raise InputInvalidError(f"{path}: line {number} is no line of a replay")
    return line


def _small(line: dict[str, Any]) -> Line:
    kind = str(line.get("type")).removeprefix(wire.PREFIX)
    return f"{kind} {line.get('id')}", digest(json.dumps(line, sort_keys=True).encode())
