"""What the ledger answers, from a store: where a report is now, and what a desk may see."""

import uuid
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from shared import store as ledger
from shared import topics
from shared.backing import Store
from shared.events import MatterEvent, MatterJoined, MatterMerged, MatterOpened, MatterSplit, MatterWithdrawn
from shared.matter import Desk, Position, State, Value
from shared.store.connection import database
from tests import journal
from tests.every_event import an_event

ONE, TWO = journal.a_life(0, joins=0), journal.a_life(1, joins=0)
MERGED = journal.a_position(State.MERGED, None)


@pytest.fixture(autouse=True)
def projected(store: Store) -> Iterator[None]:
    """A database of this test alone."""
    name = f"t{uuid.uuid4().hex[:8]}"
    ledger.connect(store.url, name)
    ledger.prepare()
    yield
    database().client.drop_database(name)
    ledger.disconnect()


def project(*events: Value) -> None:
    ledger.project_events(journal.records(events))


def receipts(*numbers: int) -> None:
    given = [journal.a_receipt(number) for number in numbers]
    ledger.project_receipts(journal.records(given, topic=topics.RECEIVED.name))


def status(receipt: str) -> ledger.ReceiptStatus:
    found = ledger.status_of(receipt)
    assert found is not None
    return found


def test_a_receipt_nobody_gave_is_not_known() -> None:
    assert ledger.status_of("R0") is None


def test_a_report_that_is_being_sorted_has_no_matter_yet() -> None:
    receipts(0)
    found = status("R0")
    assert (found.report_id, found.county, found.matter_id) == ("r0", journal.COUNTY, None)
    assert found.position is None


def test_a_report_is_told_with_the_history_and_the_refusals_of_its_matter() -> None:
    receipts(0)
    refusal = journal.a_refusal(ONE[0].matter_id)
    project(*ONE[:2], refusal)
    found = status("R0")
    assert found.matter_id == ONE[0].matter_id
    assert found.history == tuple(ONE[:2])
    assert found.refusals == (refusal,)
    assert found.position == ONE[1].position
    assert not found.joined


def merged() -> list[MatterEvent]:
    """The second matter is merged into the first."""
    into = ONE[0].matter_id
    gone = an_event(
        MatterMerged, matter_id=TWO[0].matter_id, number=2, position=MERGED, into=into, reports=("r1",)
    )
    came = an_event(
        MatterJoined, matter_id=into, number=2, report_id="r1", reports=2, merged_from=TWO[0].matter_id
    )
    return [ONE[0], TWO[0], gone, came]


def test_a_report_of_a_merged_matter_is_in_the_other() -> None:
    receipts(0, 1)
    refusal = journal.a_refusal(TWO[0].matter_id)
    project(*merged(), refusal)
    found = status("R1")
    assert found.matter_id == ONE[0].matter_id
    assert found.joined
    assert found.earlier[0] == TWO[0]
    assert found.refusals == (refusal,)


def test_a_report_taken_out_again_is_in_its_own() -> None:
    receipts(0, 1)
    split = an_event(
        MatterSplit, matter_id=ONE[0].matter_id, number=3, report_id="r1", reports=1, other=TWO[0].matter_id
    )
    again = an_event(
        MatterSplit, matter_id=TWO[0].matter_id, number=3, report_id="r1", reports=1, other=ONE[0].matter_id
    )
    project(*merged(), split, again)
    assert status("R1").matter_id == TWO[0].matter_id
    assert status("R0").matter_id == ONE[0].matter_id
    assert not status("R0").joined


def test_a_report_taken_back_says_so() -> None:
    receipts(0)
    project(ONE[0], an_event(MatterWithdrawn, matter_id=ONE[0].matter_id, number=2, report_id="r0"))
    assert status("R0").gone


def opened(nth: int, position: Position, about_body: str | None = None) -> MatterOpened:
    first = journal.a_life(nth)[0]
    assert isinstance(first, MatterOpened)
    return replace(first, position=position, about_body=about_body)


def test_a_desk_lists_what_it_answers_for_and_what_it_was_offered_the_nearest_deadline_first() -> None:
    town = Desk(division="331122100", body="town_centre", role="x")
    own = journal.a_position(State.ROUTED, journal.START)
    later = journal.a_position(State.ROUTED, journal.START.replace(hour=9))
    project(
        opened(0, later),
        opened(1, own),
        opened(2, replace(own, desk=town)),
        opened(3, replace(later, desk=town, offered=journal.DESK)),
        opened(4, replace(own, state=State.CLOSED, due=None)),
    )
    listed = ledger.matters_of(journal.VILLAGE, "village_committee", oversight="city_oversight")
    assert [(row.matter_id, row.offered) for row in listed] == [
        ("331122-r1", False),
        ("331122-r0", False),
        ("331122-r3", True),
    ]


def test_a_desk_never_lists_a_complaint_about_itself() -> None:
    own = journal.a_position(State.ROUTED, journal.START)
    project(
        opened(0, own, "331122100201"),
        opened(1, own, "331122100201:village_committee"),
        opened(2, own, "331122100201:police_assistant"),
    )
    listed = ledger.matters_of(journal.VILLAGE, "village_committee", oversight="city_oversight")
    assert [row.matter_id for row in listed] == ["331122-r2"]
