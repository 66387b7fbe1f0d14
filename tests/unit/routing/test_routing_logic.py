"""Routing's fold: each report in exactly one matter, actions and ticks each once in the journal."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.handlers import RoutingLogic
from shared import catalogue, topics, wire
from shared.core import Core
from shared.events import ActionReceived, Band, ClockTicked, Event, MatterOpened, RecordBuried, ReportMatched
from shared.matter import State
from shared.reasons import Reason
from shared.wire import Out, Record
from tests.builders import (
    COUNTY,
    MONDAY,
    SAME_TOWN,
    VILLAGE,
    a_received,
    a_record,
    action_record,
    an_action,
    received_record,
    tick_record,
)

POLICY = catalogue.load()
LANES = 1


def core() -> Core:
    logic = RoutingLogic(POLICY, {}, 0, LANES)
    return Core(logic, logic.state)


def journal(outs: list[Out]) -> list[Event]:
    return [wire.decode(out.value) for out in outs if out.topic == topics.EVENTS.name]


def feed(lane: Core, *records: Record) -> list[Out]:
    return [out for record in records for out in lane.feed(record).outs]


def test_a_first_report_opens_a_matter_with_tier_desk_and_deadline() -> None:
    outs = feed(core(), received_record(a_received()))
    (event,) = journal(outs)
    assert isinstance(event, MatterOpened)
    assert (event.number, event.position.state, event.position.tier) == (1, State.ROUTED, "village")
    assert event.position.desk.division == VILLAGE
    assert event.position.due is not None
    assert event.position.due.at > MONDAY
    assert event.reason is Reason.OPENED_NEW


def test_the_centre_is_told_the_same_bytes_as_the_journal() -> None:
    first, told = feed(core(), received_record(a_received()))
    assert told.topic == f"matters.routed.{COUNTY}.v1"
    assert (told.value, told.headers) == (first.value, first.headers)


def test_the_same_report_again_leads_to_nothing() -> None:
    lane = core()
    feed(lane, received_record(a_received()))
    again = lane.feed(received_record(a_received()))
    assert (again.outs, again.outcome) == ([], "duplicate")


def test_the_same_matter_reported_by_another_is_matched_not_opened() -> None:
    lane = core()
    feed(lane, received_record(a_received()))
    outs = feed(
        lane,
        received_record(a_received(source="app", source_id="2", text="第三盏路灯坏了，晚上走路看不清。")),
    )
    (event,) = journal(outs)
    assert isinstance(event, ReportMatched)
    assert event.matter_id == f"{COUNTY}-{a_received().report_id}"
    assert (event.band, event.like) == (Band.JOIN, a_received().report_id)
    assert event.evidence


def test_a_joined_report_carries_the_window_on() -> None:
    lane = core()
    window = POLICY.windows["city.street_light"]
    for nth in range(3):
        at = MONDAY + nth * (window - timedelta(hours=1))
        outs = feed(lane, received_record(a_received(at, source_id=str(nth), reported_at=at)))
    assert isinstance(journal(outs)[0], ReportMatched)


def test_the_same_words_in_another_village_stay_apart() -> None:
    lane = core()
    feed(lane, received_record(a_received()))
    outs = feed(lane, received_record(a_received(source_id="2", division=SAME_TOWN)))
    assert isinstance(journal(outs)[0], MatterOpened)


def test_one_who_comes_back_in_other_words_is_told_to_escalation_which_knows_what_is_closed() -> None:
    lane = core()
    (first,) = journal(feed(lane, received_record(a_received(reporter_ref="p1"))))
    other = a_received(
        source_id="2", title="广场电线杆", text="文化广场上电线杆歪了没人管", reporter_ref="p1"
    )
    (second,) = journal(feed(lane, received_record(other)))
    assert isinstance(first, MatterOpened)
    assert isinstance(second, ReportMatched)
    assert (second.band, second.like, second.earlier) == (Band.APART, None, first.report_id)


def test_a_complaint_about_a_county_body_is_told_to_the_city_alone() -> None:
    outs = feed(core(), received_record(a_received(about_body=COUNTY)))
    assert [out.topic for out in outs] == [topics.EVENTS.name, "matters.routed.430900.v1"]


def test_an_action_takes_its_place_in_the_journal_once() -> None:
    lane = core()
    outs = feed(lane, action_record(an_action()), action_record(an_action()))
    assert journal(outs) == [ActionReceived(action=an_action())]


def test_an_action_in_the_wrong_partition_is_buried_with_the_reason() -> None:
    logic = RoutingLogic(POLICY, {}, 0, 64)
    lane = Core(logic, logic.state)
    assert wire.partition_of(COUNTY.encode(), 64) != 0
    (out,) = feed(lane, action_record(an_action()))
    event = wire.decode(out.value)
    assert isinstance(event, RecordBuried)
    assert (out.topic, event.reason) == (f"{topics.ACTIONS.name}.dead", Reason.PARTITION_WRONG)


def test_what_is_no_event_is_buried_and_the_next_record_is_handled() -> None:
    lane = core()
    broken = received_record(a_received())._replace(value=b'{"type":"report.received"')
    buried, opened, _ = feed(lane, broken, received_record(a_received()))
    event = wire.decode(buried.value)
    assert isinstance(event, RecordBuried)
    assert event.reason is Reason.EVENT_INVALID
    assert buried.topic == f"{topics.RECEIVED.name}.dead"
    assert isinstance(wire.decode(opened.value), MatterOpened)


def test_time_goes_forward_only_and_a_leap_is_noticed() -> None:
    lane = core()
    times = [0, 60, 60, 30, 60 + 3600, 60 + 3600 + 3601]
    decisions = [lane.feed(tick_record(MONDAY + timedelta(seconds=s))) for s in times]
    assert [each.outcome for each in decisions] == [
        "handled", "handled", "duplicate", "backward", "handled", "leapt",
    ]  # fmt: skip
    ticks = [event.at for each in decisions for event in journal(each.outs) if isinstance(event, ClockTicked)]
    assert all(earlier < later for earlier, later in pairwise(ticks))


def test_what_is_past_its_time_is_forgotten_bit_by_bit() -> None:
    lane = core()
    for nth in range(5):
        feed(
            lane, received_record(a_received(source_id=str(nth), text=f"第{nth}件完全不同的事情{nth * 977}"))
        )
    later = MONDAY + timedelta(days=400)
    for nth in range(5, 10):
        feed(lane, received_record(a_received(later, source_id=str(nth), reported_at=later)))
    old = [key for key, kept in lane.state.items() if kept.at < later]
    assert old == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), max_size=40))
def test_each_report_is_in_exactly_one_matter_and_restoring_changes_nothing(
    sent: list[tuple[int, int, bool]],
) -> None:
    """Whatever is sent how often, and wherever the lane is rebuilt from its changelog in between."""
    lane, outs = core(), list[Out]()
    log: dict[str, bytes | None] = {}
    for number, place, restart in sent:
        if restart:
            lane = core()
            for key, value in log.items():
                lane.restore(key, value)
        village = f"43098100600{place + 1}"
        decision = lane.feed(received_record(a_received(source_id=f"{number}", division=village)))
        log |= {key: None if put is None else wire.encode(put) for key, put in decision.puts}
        outs += decision.outs
    placed = [e.report_id for e in journal(outs) if isinstance(e, MatterOpened | ReportMatched)]
    assert sorted(placed) == sorted({a_received(source_id=f"{number}").report_id for number, _, _ in sent})


def test_a_journal_event_of_another_topic_is_buried() -> None:
    (out,) = feed(core(), a_record(topics.TICKS.name, a_received()))
    assert out.topic == f"{topics.TICKS.name}.dead"
