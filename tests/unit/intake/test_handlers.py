"""Each report passes once, however it is delivered; nothing refused is lost; the same log gives the same bytes."""

import base64
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.handlers import FORGOTTEN_AT_ONCE, IntakeLogic, Seen
from shared import topics, wire
from shared.core import Core, Decision
from shared.events import ContactSealed, RecordBuried, ReportReceived
from shared.matter import Report, Reporter
from shared.reasons import Reason
from shared.receipts import receipt_of, report_id_of
from shared.sealing import open_sealed, seal
from shared.wire import Out, Record
from tests.unit.intake.samples import CATEGORIES, COUNTY, KEYS, LANE, LANES, NOW, a_lane, a_record

REPORT_ID = report_id_of("grid", "7")
DAY = timedelta(days=1)
TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def received(out: Out) -> ReportReceived:
    event = wire.decode(out.value)
    assert isinstance(event, ReportReceived)
    return event


def contact(out: Out) -> ContactSealed:
    event = wire.decode(out.value)
    assert isinstance(event, ContactSealed)
    return event


def buried(decision: Decision) -> RecordBuried:
    (out,) = decision.outs
    event = wire.decode(out.value)
    assert isinstance(event, RecordBuried)
    return event


def test_a_report_is_received_in_its_county_at_the_time_of_its_record() -> None:
    decision = a_lane().feed(a_record(at=NOW + timedelta(milliseconds=7)))
    (out,) = decision.outs
    assert (out.topic, out.partition, out.key) == (topics.RECEIVED.name, None, COUNTY.encode())
    event = received(out)
    assert (event.report_id, event.county) == (REPORT_ID, COUNTY)
    assert event.received_at == NOW + timedelta(milliseconds=7)
    assert event.receipt == receipt_of(REPORT_ID, KEYS.receipt)
    assert decision.outcome == "handled"


def test_contact_data_go_their_own_way_and_only_sealed() -> None:
    decision = a_lane().feed(a_record(reporter={"name": "某某", "phone": "000"}))
    first, second = decision.outs
    assert received(first).report.reporter is None
    assert (second.topic, second.key) == (topics.CONTACTS.name, REPORT_ID.encode())
    assert open_sealed(contact(second).sealed, KEYS.contact, REPORT_ID) == Reporter(name="某某", phone="000")
    assert "某某".encode() not in b"".join(out.value or b"" for out in decision.outs)


def test_contact_data_sealed_at_the_door_are_passed_on_as_they_are() -> None:
    sealed = seal(Reporter(name="某某"), KEYS.contact, REPORT_ID)
    decision = a_lane().feed(a_record(reporter={"sealed": sealed}))
    assert contact(decision.outs[1]).sealed == sealed


def test_a_seal_of_another_report_is_refused() -> None:
    sealed = seal(Reporter(name="某某"), KEYS.contact, report_id_of("grid", "8"))
    decision = a_lane().feed(a_record(reporter={"sealed": sealed}))
    assert buried(decision).fields == ("/reporter/sealed",)


def test_an_empty_reporter_leaves_no_contact() -> None:
    assert len(a_lane().feed(a_record(reporter={})).outs) == 1


def test_a_trace_is_passed_on_and_a_missing_one_follows_from_the_report() -> None:
    (kept,) = a_lane().feed(a_record(headers=[TRACE])).outs
    (new,) = a_lane().feed(a_record()).outs
    assert wire.header(kept.headers, "traceparent") == TRACE[1]
    assert REPORT_ID.encode() in (wire.header(new.headers, "traceparent") or b"")


def test_a_refused_record_is_kept_with_reason_fields_and_its_bytes() -> None:
    record = a_record(title=None, zz=1, headers=[("h", b"\xff")])
    decision = a_lane().feed(record)
    event = buried(decision)
    assert decision.outcome == "refused"
    assert decision.outs[0].topic == topics.REJECTED.name
    assert (event.reason, event.fields) == (Reason.FIELD_INVALID, ("/title", "/zz"))
    assert base64.b64decode(event.original) == record.value
    assert base64.b64decode(event.headers[0][1]) == b"\xff"


def test_a_null_value_is_refused_and_stops_nothing() -> None:
    record = a_record()._replace(value=None)
    assert buried(a_lane().feed(record)).reason is Reason.NOT_JSON


def test_the_same_report_again_is_dropped() -> None:
    lane = a_lane()
    lane.feed(a_record())
    again = lane.feed(a_record(offset=1, title="别的标题"))
    assert (again.outcome, again.outs, again.puts) == ("duplicate", [], [])


def test_the_same_id_of_another_source_is_another_report() -> None:
    lane = a_lane()
    lane.feed(a_record())
    assert lane.feed(a_record(source="app", offset=1)).outcome == "handled"


def test_a_record_in_a_lane_not_its_countys_is_moved_there_as_it_came() -> None:
    elsewhere = (LANE + 1) % LANES
    record = a_record(lane=elsewhere, at=NOW + DAY, headers=[TRACE])
    decision = a_lane(elsewhere).feed(record)
    (out,) = decision.outs
    assert decision.outcome == "moved"
    assert (out.topic, out.key, out.value) == (record.topic, COUNTY.encode(), record.value)
    assert out.timestamp == record.timestamp
    arrived = Record(out.topic, LANE, 0, out.timestamp, out.key, out.value, out.headers)
    assert a_lane().feed(arrived).outs == a_lane().feed(record).outs


def test_a_record_moved_once_is_not_moved_for_ever() -> None:
    elsewhere = (LANE + 1) % LANES
    record = a_record(lane=elsewhere, headers=[("xiaoshi_moved", b"1/5")])
    decision = a_lane(elsewhere).feed(record)
    assert buried(decision).reason is Reason.PARTITION_WRONG


@pytest.mark.parametrize(
    ("days", "left"),
    [pytest.param(30, {"old", "new"}, id="thirty days"), pytest.param(31, {"new"}, id="a day more")],
)
def test_a_report_is_remembered_for_thirty_days(days: int, left: set[str]) -> None:
    lane = a_lane()
    lane.feed(a_record(source_id="old"))
    later = NOW + days * DAY
    lane.feed(a_record(source_id="new", at=later))
    assert lane.state.keys() == {report_id_of("grid", name) for name in left}


def test_only_a_few_are_forgotten_at_a_time_the_oldest_first() -> None:
    lane = a_lane()
    for nth in range(5):
        lane.feed(a_record(source_id=str(nth)))
    decision = lane.feed(a_record(source_id="new", at=NOW + 40 * DAY))
    gone = [key for key, value in decision.puts if value is None]
    assert gone == [report_id_of("grid", str(nth)) for nth in range(FORGOTTEN_AT_ONCE)]


def test_duplicates_and_refusals_forget_nothing() -> None:
    lane = a_lane()
    lane.feed(a_record())
    lane.feed(a_record(at=NOW + 40 * DAY))
    lane.feed(a_record(title=None, at=NOW + 40 * DAY))
    assert REPORT_ID in lane.state


def restored(changelog: list[tuple[str, Seen | None]]) -> Core:
    lane = a_lane()
    for key, value in changelog:
        lane.restore(key, None if value is None else msgspec.json.encode(value))
    return lane


# A delivery: which report, on which day, and whether the lane is restarted before it.
deliveries = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 45), st.booleans()), max_size=60)


@settings(max_examples=150, deadline=None)
@given(deliveries)
def test_each_report_passes_once_in_thirty_days_in_any_order_with_restarts(
    order: list[tuple[int, int, bool]],
) -> None:
    whole, broken = a_lane(), a_lane()
    changelog: list[tuple[str, Seen | None]] = []
    passed: dict[str, int] = {}
    for offset, (report, day, restart) in enumerate(sorted(order, key=lambda each: each[1])):
        record = a_record(source_id=str(report), offset=offset, at=NOW + day * DAY)
        if restart:
            broken = restored(changelog)
        decision = broken.feed(record)
        assert decision == whole.feed(record)
        changelog += decision.puts  # type: ignore[arg-type]
        if decision.outs:
            report_id = received(decision.outs[0]).report_id
            assert day - passed.get(report_id, -99) > 30
            passed[report_id] = day
    assert passed.keys() == {report_id_of("grid", str(report)) for report, _, _ in order}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_each_report_passes_exactly_once_however_often_it_is_delivered(order: list[int]) -> None:
    lane = a_lane()
    outs = [lane.feed(a_record(source_id=str(report), offset=nth)).outs for nth, report in enumerate(order)]
    ids = [received(out).report_id for each in outs for out in each]
    assert sorted(ids) == sorted({report_id_of("grid", str(report)) for report in order})


def test_state_given_at_the_start_is_indexed_like_a_restored_one() -> None:
    state = {REPORT_ID: Seen(day=0)}
    lane = Core(IntakeLogic(CATEGORIES, KEYS, state, LANE, LANES), state)
    assert (REPORT_ID, None) in lane.feed(a_record(source_id="new")).puts


def test_a_received_report_is_itself_a_report_of_the_contract() -> None:
    (out,) = a_lane().feed(a_record(category="utility.water")).outs
    assert isinstance(received(out).report, Report)
