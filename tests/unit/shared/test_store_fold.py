"""The ledger's document is a fold of the matter's events."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import wire
from shared.errors import EventInvalidError, HistoryGapError
from shared.events import (
    ClockTicked,
    DangerAsked,
    MatterAlike,
    MatterEvent,
    MatterJoined,
    MatterKeptApart,
    MatterMerged,
    MatterSplit,
    MatterTransferred,
    MatterWithdrawn,
)
from shared.matter import State, Value
from shared.store.fold import Document, fold, fold_all, instant
from shared.wire import Record
from tests import journal
from tests.every_event import an_event

LIFE = journal.a_life(joins=2, looked_at=True)
MATTER = LIFE[0].matter_id
STORY: list[Value] = [
    LIFE[0],
    journal.a_refusal(MATTER, nth=1),
    *LIFE[1:5],
    journal.a_refusal(MATTER, nth=2),
    *LIFE[5:],
]
RECORDS = journal.records(STORY)


def folded(records: list[Record]) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    for record in records:
        documents |= fold_all(documents, [record])
    return documents


WHOLE = folded(RECORDS)[MATTER]


def test_the_document_says_where_the_matter_is() -> None:
    half = folded(RECORDS[:1])[MATTER]
    assert {
        key: half[key]
        for key in (
            "_id",
            "county",
            "town",
            "state",
            "tier",
            "desk_division",
            "desk_body",
            "number",
            "sources",
        )
    } == {
        "_id": MATTER,
        "county": journal.COUNTY,
        "town": "331122100",
        "state": "routed",
        "tier": "village",
        "desk_division": journal.VILLAGE,
        "desk_body": "village_committee",
        "number": 1,
        "sources": ["grid"],
    }
    assert half["due_at"] == instant(journal.START + timedelta(days=1))
    assert half["closed_at"] is None


def test_the_whole_history_is_kept_with_the_text_of_each_event() -> None:
    assert [row["number"] for row in WHOLE["history"]] == list(range(1, len(LIFE) + 1))
    assert [wire.decode(row["event"].encode()) for row in WHOLE["history"]] == LIFE
    assert WHOLE["history"][0]["event_id"] == wire.header(RECORDS[0].headers, "ce_id").decode()  # type: ignore[union-attr]


def test_an_event_is_kept_as_it_was_written_whoever_wrote_it() -> None:
    spaced = b" " + (RECORDS[0].value or b"")
    assert folded([RECORDS[0]._replace(value=spaced)])[MATTER]["history"][0]["event"] == spaced.decode()


def test_a_closed_matter_owes_nothing_and_says_when_it_closed() -> None:
    assert WHOLE["state"] == State.CLOSED
    assert WHOLE["due_at"] is None
    assert WHOLE["closed_at"] == instant(LIFE[-1].at)


def test_every_report_of_a_joined_matter_is_in_it() -> None:
    assert [row["report_id"] for row in WHOLE["reports"]] == ["r0", "r0-0", "r0-1"]
    assert WHOLE["sources"] == ["grid", "hotline"]


def a_joined(number: int, report_id: str, merged_from: str | None = None) -> MatterEvent:
    return an_event(
        MatterJoined,
        matter_id=MATTER,
        number=number,
        report_id=report_id,
        reports=number,
        merged_from=merged_from,
    )


def reports_after(*events: MatterEvent) -> list[tuple[str, bool]]:
    document = folded(journal.records([LIFE[0], *events]))[MATTER]
    return [(row["report_id"], row["gone"]) for row in document["reports"]]


def test_a_report_taken_back_is_marked() -> None:
    withdrawn = an_event(MatterWithdrawn, matter_id=MATTER, number=3, report_id="r0", remaining=1)
    assert reports_after(a_joined(2, "r1"), withdrawn) == [("r0", True), ("r1", False)]


def test_a_report_taken_out_is_in_the_matter_no_more() -> None:
    split = an_event(MatterSplit, matter_id=MATTER, number=4, report_id="r1", reports=2, other="331122-r1")
    assert reports_after(a_joined(2, "r1"), a_joined(3, "r2"), split) == [("r0", False), ("r2", False)]


def test_all_that_came_with_a_matter_goes_with_it() -> None:
    joins = [a_joined(2, "r1"), a_joined(3, "r2", "331122-r2"), a_joined(4, "r3", "331122-r2")]
    split = an_event(MatterSplit, matter_id=MATTER, number=5, report_id="r3", reports=2, other="331122-r2")
    assert reports_after(*joins, split) == [("r0", False), ("r1", False)]


def test_a_matter_that_was_merged_has_its_reports_again_when_it_is_taken_out() -> None:
    ended = journal.a_position(State.MERGED, None)
    merged = an_event(
        MatterMerged, matter_id=MATTER, number=2, position=ended, into="331122-r9", reports=("r0",)
    )
    split = an_event(MatterSplit, matter_id=MATTER, number=3, report_id="r0", reports=1, other="331122-r9")
    assert reports_after(merged) == [("r0", False)]
    assert reports_after(merged, split) == [("r0", False)]


def test_the_document_says_whom_it_is_offered_to_and_whom_it_complains_of() -> None:
    about = msgspec.structs.replace(LIFE[0], about_body="331122100")
    assert folded(journal.records([about]))[MATTER]["about_body"] == "331122100"
    position = msgspec.structs.replace(LIFE[1].position, offered=journal.DESK)
    sent_on = an_event(MatterTransferred, matter_id=MATTER, number=2, position=position)
    document = folded(journal.records([about, sent_on]))[MATTER]
    assert document["offered"] == f"{journal.VILLAGE}:village_committee"
    assert WHOLE["offered"] is None


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        pytest.param("category", "service.lighting", "tip.gang", id="category"),
        pytest.param("grade", "small", "big", id="grade"),
        pytest.param("confidential", False, True, id="who-may-read-it"),
    ],
)
def test_the_document_follows_what_people_say_of_the_matter(field: str, before: Any, after: Any) -> None:
    assert folded(RECORDS[:1])[MATTER][field] == before
    assert WHOLE[field] == after


def test_what_is_only_asked_changes_nothing_but_the_history() -> None:
    asked = [
        n for n, event in enumerate(LIFE) if isinstance(event, DangerAsked | MatterAlike | MatterKeptApart)
    ]
    told = {"history", "number", "changed_at", "due_at", "revision"}
    for n in asked:
        one, two = (folded(journal.records(LIFE[:end]))[MATTER] for end in (n, n + 1))
        assert {key for key in two if two[key] != one[key]} <= told


def test_refused_actions_are_kept_without_a_number() -> None:
    assert [row["action_id"] for row in WHOLE["refusals"]] == ["refused-1", "refused-2"]
    assert WHOLE["number"] == len(LIFE)


def test_instants_are_kept_to_the_millisecond() -> None:
    assert WHOLE["opened_at"].microsecond == 123000


@given(st.lists(st.tuples(st.integers(0, len(RECORDS)), st.integers(0, len(RECORDS))), max_size=6))
def test_delivering_any_stretch_again_changes_nothing(again: list[tuple[int, int]]) -> None:
    delivered: list[Record] = []
    reached = 0
    for start, end in sorted(again, key=lambda pair: pair[1]):
        delivered += RECORDS[min(start, reached) : end]
        reached = max(reached, end)
    delivered += RECORDS[reached:]
    assert folded(delivered)[MATTER] == WHOLE


@given(st.lists(st.integers(1, len(RECORDS) - 1), max_size=4, unique=True).map(sorted))
def test_however_the_log_is_cut_into_batches_the_documents_are_equal(cuts: list[int]) -> None:
    documents: dict[str, Document] = {}
    for start, end in zip([0, *cuts], [*cuts, len(RECORDS)], strict=True):
        documents |= fold_all(documents, RECORDS[start:end])
    assert documents[MATTER] == WHOLE


def test_a_fold_leaves_the_document_before_it_as_it_was() -> None:
    before = folded(RECORDS[:3])[MATTER]
    copy: dict[str, Any] = before | {"history": list(before["history"]), "reports": list(before["reports"])}
    fold(before, LIFE[2], "x", "{}")
    assert before == copy


@pytest.mark.parametrize(
    ("reached", "arrives"),
    [
        pytest.param(0, 1, id="a-matter-that-never-opened"),
        pytest.param(2, 3, id="one-event-missing"),
        pytest.param(1, 6, id="many-missing"),
    ],
)
def test_a_gap_in_a_history_is_buried(reached: int, arrives: int) -> None:
    document = folded(journal.records(LIFE[:reached])).get(MATTER)
    with pytest.raises(HistoryGapError, match=f"is at {reached}, and here is {arrives + 1}"):
        fold(document, LIFE[arrives], "x", "{}")


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(ClockTicked(at=journal.START), id="time-passing"),
        pytest.param(journal.a_refusal("331122-unknown"), id="a-refusal-for-a-matter-nobody-knows"),
    ],
)
def test_what_is_nobodys_history_changes_no_document(event: Any) -> None:
    assert fold_all({}, journal.records([event])) == {}


def test_a_refusal_in_another_countys_journal_is_not_in_the_matters_own_list() -> None:
    document = folded(RECORDS[:1])[MATTER]
    elsewhere = journal.a_refusal(MATTER, county="330000")
    assert fold(document, elsewhere, "x", "{}") is document


def test_a_record_that_is_no_event_is_refused() -> None:
    with pytest.raises(EventInvalidError):
        fold_all({}, [RECORDS[0]._replace(value=b"{")])
