"""What the projection remembers is never more than what the store has confirmed."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from shared import store as ledger_store
from shared.backing import Store
from shared.errors import HistoryGapError, StoreUnavailableError
from shared.store import Recent, project_events
from shared.store.connection import database
from shared.store.fold import Document, fold_all
from tests import journal

LIVES = [journal.a_life(nth) for nth in range(3)]
FIRST, SECOND, THIRD = (life[0].matter_id for life in LIVES)
EVENTS = journal.records(list(journal.interleaved(LIVES)))


def open_after(events: int, nth: int = 0) -> dict[str, Document]:
    return fold_all({}, journal.records(LIVES[nth][:events]))


def test_what_was_kept_is_taken_out_once() -> None:
    recent = Recent()
    kept = open_after(3)
    recent.keep(kept)
    assert recent.take([FIRST, SECOND]) == kept
    assert recent.take([FIRST]) == {}


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        pytest.param(7, [FIRST, SECOND], id="all-its-rows-taken"),
        pytest.param(6, [SECOND], id="one-row-too-many"),
        pytest.param(3, [], id="a-matter-longer-than-all-of-it"),
    ],
)
def test_the_oldest_gives_way(rows: int, left: list[str]) -> None:
    recent = Recent(rows)
    recent.keep(open_after(3))
    recent.keep(open_after(4, nth=1))
    assert list(recent.take([FIRST, SECOND])) == left


def test_a_matter_kept_again_counts_once() -> None:
    recent = Recent(4)
    for events in (1, 2, 3, 4):
        recent.keep(open_after(events))
    assert recent.take([FIRST]) == open_after(4)


def test_a_closed_matter_is_not_kept() -> None:
    recent = Recent()
    recent.keep(open_after(len(LIVES[0]) - 1))
    recent.keep(open_after(len(LIVES[0])))
    assert len(recent) == 0


@pytest.fixture
def rows(store: Store) -> Iterator[Any]:
    ledger_store.connect(store.url, f"recent_{uuid.uuid4().hex[:8]}")
    ledger_store.prepare()
    yield database()["matters"]
    ledger_store.disconnect()


def stored(rows: Any) -> dict[str, Document]:
    return {row["_id"]: row for row in rows.find()}


@pytest.mark.parametrize("size", [1, 4, len(EVENTS)])
@pytest.mark.parametrize("most", [0, 5, 100])
def test_whatever_is_remembered_the_documents_are_the_fold_of_the_log(
    rows: Any, size: int, most: int
) -> None:
    recent = Recent(most)
    for start in range(0, len(EVENTS), size):
        for _ in ("once", "and delivered again"):
            project_events(EVENTS[start : start + size], recent=recent)
    assert stored(rows) == fold_all({}, EVENTS)


def test_a_remembered_document_is_not_read_again(rows: Any) -> None:
    recent = Recent()
    project_events(EVENTS[:3], recent=recent)
    rows.update_many({}, {"$set": {"title": "written by somebody else"}})
    project_events(EVENTS[3:6], recent=recent)
    assert stored(rows) == fold_all({}, EVENTS[:6])


def test_what_another_projector_wrote_meanwhile_is_read_by_the_next_try(rows: Any) -> None:
    late = Recent()
    project_events(EVENTS[:6], recent=late)
    project_events(EVENTS)
    with pytest.raises(StoreUnavailableError):
        project_events(EVENTS[6:9], recent=late)
    assert len(late) == 0
    project_events(EVENTS[6:9], recent=late)
    assert stored(rows) == fold_all({}, EVENTS)


def test_of_a_batch_that_could_not_be_stored_nothing_is_remembered(rows: Any) -> None:
    recent = Recent()
    project_events(EVENTS[:3], recent=recent)
    with pytest.raises(HistoryGapError):
        project_events([*EVENTS[3:6], EVENTS[12]], recent=recent)
    assert len(recent) == 0
    assert stored(rows) == fold_all({}, EVENTS[:3])
    project_events(EVENTS[3:6], recent=recent)
    assert stored(rows) == fold_all({}, EVENTS[:6])
