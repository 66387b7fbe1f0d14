"""The tally of the chaos suite finds what is lost and what came twice: it must be able to fail."""

from datetime import date

from shared import catalogue, topics, wire
from shared.wire import Out, Record
from tests.chaos.tally import ROUTED, Tally
from xiaoshi.player import raw
from xiaoshi.road import Road
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.sent import Day

POLICY = catalogue.load()
COUNTY, LANES, REPORTS = "430981", 1, 60


def _day() -> Day:
    return make_day(COUNTY, date(2026, 3, 2), seed=3, reports=REPORTS, policy=POLICY)


def _written(day: Day) -> list[Record]:
    road = Road(POLICY, LANES)
    outs = [out for sent in day.sent for out in road.take(raw(sent))]
    return [_record(out, offset) for offset, out in enumerate(outs)]


def _record(out: Out, offset: int) -> Record:
    lane = wire.partition_of(out.key or b"", LANES) if out.partition is None else out.partition
    return Record(out.topic, lane, offset, out.timestamp, out.key, out.value, out.headers)


def _tally(day: Day, records: list[Record]) -> Tally:
    tally = Tally()
    for sent in day.sent:
        tally.owe(sent)
    tally.hear(records)
    return tally


def test_a_day_that_came_through_has_nothing_lost_and_nothing_twice() -> None:
    day = _day()
    tally = _tally(day, _written(day))
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.told[topics.routed(COUNTY)].count > 0


def test_a_report_that_is_in_no_matter_is_lost() -> None:
    day = _day()
    opened = [
        r for r in _written(day) if (wire.header(r.headers, "ce_type") or b"").endswith(b"matter.opened")
    ]
    gone = wire.header(opened[0].headers, "ce_causationid")
    rest = [r for r in _written(day) if wire.header(r.headers, "ce_causationid") != gone]
    assert _tally(day, rest).lost == 1


def test_an_event_that_comes_again_on_a_centres_topic_is_doubled() -> None:
    day = _day()
    records = _written(day)
    again = next(record for record in records if record.topic.startswith(ROUTED))
    assert _tally(day, [*records, again]).doubled == 1


def test_a_report_that_is_placed_again_is_doubled() -> None:
    day = _day()
    records = _written(day)
    first = next(r for r in records if r.topic == topics.EVENTS.name)
    other = [(name, b"other" if name == "ce_id" else value) for name, value in first.headers]
    assert _tally(day, [*records, first._replace(headers=other)]).doubled == 1
