"""Backups without a bus: the files and their check, the moment, and how places are told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from msgspec import structs

from shared import topics
from shared.errors import BusNotStillError, InputInvalidError
from xiaoshi.__main__ import main
from xiaoshi.backup import manifest as book
from xiaoshi.backup import take as taking
from xiaoshi.backup.check import problems_of
from xiaoshi.backup.manifest import Manifest, Place, Span
from xiaoshi.backup.moment import Picture, Seen, still_moment
from xiaoshi.backup.parts import Row, read_rows, write_rows
from xiaoshi.backup.restore import offset_of
from xiaoshi.backup.writer import Writer

EVENTS, RAW, TICKS, STATE = topics.EVENTS.name, topics.raw("grid"), topics.TICKS.name, "routing.state.v1"
AT = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = [
    Row(3, 1_700_000_000_000, b"430981", b'{"a":1}', [("ce_id", b"x\xff"), ("ce_id", b"twice"), ("n", None)]),
    Row(4, -1, None, None, []),
    Row(9, 0, b"", b"", []),
]


def a_backup(folder: Path, **changes: Any) -> Manifest:
    """One partition of the journal, from offset 3 to 10."""
    span = Span(EVENTS, 0, 3, 10)
    part = taking._part(folder, span, ROWS, [0, 4, 9, 10])
    manifest = Manifest("xiaoshi 1", AT, 1, False, (span,), (), (part,), complete=True)
    manifest = structs.replace(manifest, **changes)
    book.write(folder, manifest)
    return manifest


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    assert write_rows(ROWS, tmp_path / "a" / "0.gz") == 3
    assert list(read_rows(tmp_path / "a" / "0.gz")) == ROWS


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rows(ROWS, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_backup_that_is_whole_has_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = a_backup(tmp_path)
    assert list(problems_of(tmp_path)) == []
    assert book.read(tmp_path) == manifest


def _cut(folder: Path) -> None:
    path = folder / EVENTS / "0.gz"
    path.write_bytes(path.read_bytes()[:-9])


def _flip(folder: Path) -> None:
    path = folder / EVENTS / "0.gz"
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(_cut, "is not as it was written", id="cut off"),
        pytest.param(_flip, "is not as it was written", id="one bit"),
        pytest.param(lambda folder: (folder / EVENTS / "0.gz").unlink(), "No such file", id="gone"),
        pytest.param(lambda folder: (folder / "more").write_text(""), "does not name it", id="one too many"),
        pytest.param(lambda folder: a_backup(folder, complete=False), "was broken off", id="broken off"),
        pytest.param(lambda folder: a_backup(folder, heads="0" * 64), "heads.jsonl", id="heads gone"),
    ],
)
def test_whatever_became_of_the_files_is_told(
    tmp_path: Path, harm: Callable[[Path], object], says: str
) -> None:
    a_backup(tmp_path)
    harm(tmp_path)
    [problem] = problems_of(tmp_path)
    assert says in problem


def test_a_part_whose_count_is_another_is_told(tmp_path: Path) -> None:
    [part] = a_backup(tmp_path).parts
    a_backup(tmp_path, parts=(structs.replace(part, records=4),))
    assert list(problems_of(tmp_path)) == [f"{EVENTS}/0.gz: has 3 records, written were 4"]


def test_a_folder_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match="is no backup"):
        list(problems_of(tmp_path))


@pytest.mark.parametrize(
    ("words", "code"),
    [pytest.param(["check"], 0, id="check"), pytest.param(["look"], None, id="no such word")],
)
def test_the_command_says_what_it_found(
    tmp_path: Path, words: list[str], code: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    a_backup(tmp_path)
    assert main(["backup", *words, str(tmp_path)]) == (2 if code is None else code)
    if code == 0:
        assert capsys.readouterr().out.endswith("nothing wrong\n")


def test_a_whole_backup_is_not_written_over(tmp_path: Path) -> None:
    a_backup(tmp_path)
    with pytest.raises(InputInvalidError, match="holds a whole backup"):
        taking.take(tmp_path, "127.0.0.1:1", None, 0, print)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(InputInvalidError, match="not empty, and no backup"):
        taking.take(tmp_path, "127.0.0.1:1", None, 0, print)
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_one_that_was_broken_off_is_gone_on_with_once_its_states_are_there(tmp_path: Path) -> None:
    journal, state = Span(EVENTS, 0, 3, 10), Span(STATE, 0, 0, 5)
    broken = a_backup(tmp_path, complete=False, spans=(journal,))
    assert taking._begun(tmp_path) == broken
    a_backup(tmp_path, complete=False, spans=(journal, state))
    assert taking._begun(tmp_path) is None, "its states are of another moment by now"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("offset", "before"),
    [
        pytest.param(0, 0, id="at the beginning"),
        pytest.param(4, 1, id="at a record"),
        pytest.param(9, 2, id="behind a gap"),
        pytest.param(10, 3, id="at the end"),
    ],
)
def test_a_place_is_told_by_how_many_records_lie_before_it(tmp_path: Path, offset: int, before: int) -> None:
    manifest = a_backup(tmp_path)
    assert offset_of(Place("escalation", EVENTS, 0, offset, lane=True), manifest) == before


def test_a_place_in_a_topic_that_keeps_its_offsets_stays(tmp_path: Path) -> None:
    manifest = a_backup(tmp_path, spans=(Span(RAW, 0, 3, 10),))
    assert offset_of(Place("intake", RAW, 0, 7, lane=True), manifest) == 7


def test_what_names_records_by_their_places_keeps_them() -> None:
    kept = {name for name in topics.declared(("grid",)) if Span(name, 0, 0, 0).keeps_offsets}
    packed = {name for name in topics.declared(("grid",)) if name not in kept}
    states = {topics.state_of(service).name for service in topics.SERVICES_WITH_STATE}
    assert packed == {EVENTS, topics.RECEIVED.name, topics.CONTACTS.name} | states


STILL: Picture = {(EVENTS, 0): Seen(5, 5), (RAW, 0): Seen(7, 7), (TICKS, 0): Seen(9, 9)}


def pictures(*changes: dict[tuple[str, int], Seen]) -> Callable[[], Picture]:
    taken: Iterator[Picture] = iter([{**STILL, **change} for change in changes])
    return lambda: next(taken)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({}, id="nothing moved"),
        pytest.param({(RAW, 0): Seen(8, 8)}, id="a report came"),
        pytest.param({(TICKS, 0): Seen(9, 11)}, id="a sender of ticks is at it"),
    ],
)
def test_a_moment_is_still_whatever_comes_from_outside(second: dict[tuple[str, int], Seen]) -> None:
    assert still_moment(pictures({}, second), 0) == {**STILL, **second}


def test_the_first_two_pictures_that_agree_are_taken() -> None:
    writing = {(EVENTS, 0): Seen(5, 6)}
    after = {(EVENTS, 0): Seen(7, 7)}
    assert still_moment(pictures({}, writing, after, after), 60) == {**STILL, **after}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({}, {(EVENTS, 0): Seen(6, 6)}, id="an event was written"),
        pytest.param({(EVENTS, 0): Seen(5, 6)}, {(EVENTS, 0): Seen(6, 6)}, id="one was being written"),
        pytest.param({}, {(EVENTS, 0): Seen(5, 6)}, id="one is being written"),
        pytest.param({}, {(RAW, 0): Seen(7, 8)}, id="a report is being moved"),
        pytest.param({}, {(topics.routed("430981"), 0): Seen(0, 0)}, id="a county is new"),
    ],
)
def test_a_moment_in_which_a_lane_writes_is_none(first: dict[Any, Seen], second: dict[Any, Seen]) -> None:
    with pytest.raises(BusNotStillError, match="no moment without a write"):
        still_moment(pictures(first, second), -1)


class Partition:
    """One partition of a broker, as three clients of it see it: offsets, marks of transactions, what was taken back."""

    def __init__(self) -> None:
        self.log: list[Row | None] = []
        self._open: list[int] | None = None

    def create_batch(self) -> "Batch":
        return Batch()

    async def send_batch(self, batch: "Batch", topic: str, partition: int) -> Any:
        if self._open is not None:
            self._open += range(len(self.log), len(self.log) + len(batch.rows))
        self.log += batch.rows
        return _done()

    async def begin_transaction(self) -> None:
        self._open = []

    async def commit_transaction(self) -> None:
        self._open = None
        self.log.append(None)

    async def abort_transaction(self) -> None:
        for at in self._open or ():
            self.log[at] = None
        await self.commit_transaction()

    def transaction(self) -> "Transaction":
        return Transaction(self)

    async def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {part: len(self.log) for part in parts}

    def seen(self, front: int) -> list[tuple[int, Row]]:
        return [(at, row) for at, row in enumerate(self.log) if row is not None and at >= front]


async def _done() -> None:
    return None


class Batch:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, *, timestamp: int, key: bytes, value: bytes, headers: list[Any]) -> object:
        if len(self.rows) == 4:
            return None
        self.rows.append(Row(0, timestamp, key, value, headers))
        return self


class Transaction:
    def __init__(self, of: Partition) -> None:
        self._of = of

    async def __aenter__(self) -> None:
        await self._of.begin_transaction()

    async def __aexit__(self, *_: object) -> None:
        await self._of.commit_transaction()


def rows_at(*offsets: int) -> list[Row]:
    return [Row(at, at, b"k", str(at).encode(), []) for at in offsets]


@pytest.mark.parametrize(
    ("first", "offsets"),
    [
        pytest.param(0, [*range(9)], id="without a gap"),
        pytest.param(0, [0, 2, 4, 5, 7], id="a mark after each transaction"),
        pytest.param(0, [0, 3, 4, 9], id="what was taken back"),
        pytest.param(0, [4, 5], id="taken back before the first"),
        pytest.param(7, [7, 8, 10], id="its first are gone"),
        pytest.param(7, [8, 9], id="a mark is the first that is left"),
        pytest.param(7, [], id="all are gone"),
        pytest.param(0, [*range(4001), *range(4002, 4005)], id="a mark after more than one run"),
    ],
)
async def test_records_lie_at_their_old_offsets_again(first: int, offsets: list[int]) -> None:
    broker, part = Partition(), TopicPartition(RAW, 0)
    end, front = await Writer(broker, broker, broker).exact(part, first, rows_at(*offsets))
    assert [(at, row.value) for at, row in broker.seen(front)] == [(at, str(at).encode()) for at in offsets]
    assert end == len(broker.log) == (offsets[-1] + 1 if offsets else first)


async def test_packed_records_follow_one_another() -> None:
    broker = Partition()
    end = await Writer(broker, broker, broker).packed(TopicPartition(EVENTS, 0), rows_at(3, 9, 11))
    assert (end, [(at, row.value) for at, row in broker.seen(0)]) == (3, [(0, b"3"), (1, b"9"), (2, b"11")])
