"""A report under a code that was merged goes to the new county, once, whenever it is sent again."""

from services.intake.handlers import MOVED, IntakeLogic, Seen
from services.intake.rules.screen import Screen
from shared import wire
from shared.core import Core
from shared.events import ReportReceived
from shared.matter import Report
from shared.old_codes import of_text
from tests.unit.intake.samples import CATEGORIES, KEYS, LANES, a_body, a_record, given_by

CODES = of_text("old,new,from\n430981,430902,2026-03-01\n")
NEW = wire.partition_of(b"430902", LANES)


def a_lane(number: int) -> Core:
    state: dict[str, Seen] = {}
    return Core(IntakeLogic(CATEGORIES, KEYS, state, number, LANES, CODES), state)


def test_the_screen_renews_the_codes_before_it_looks_at_them() -> None:
    since = Screen(CATEGORIES, codes=CODES)(a_body(reported_at="2026-03-01T00:00:00+08:00"), given_by())
    before = Screen(CATEGORIES, codes=CODES)(a_body(reported_at="2026-02-28T23:59:59+08:00"), given_by())
    assert isinstance(since, Report)
    assert isinstance(before, Report)
    assert (since.division, before.division) == ("430902", "430981")


def test_it_is_moved_to_the_lane_of_the_new_county_and_counts_once_there() -> None:
    old = wire.partition_of(b"430981", LANES)
    assert old != NEW
    moved = a_lane(old).feed(a_record(lane=old))
    assert moved.outcome == "moved"
    (out,) = moved.outs
    assert (out.key, wire.header(out.headers, MOVED)) == (b"430902", f"{old}/0".encode())
    lane, record = a_lane(NEW), a_record(out.value, lane=NEW, headers=list(out.headers))
    received = wire.decode(lane.feed(record).outs[0].value)
    assert isinstance(received, ReportReceived)
    assert (received.county, received.report.division) == ("430902", "430902")
    assert lane.feed(record).outcome == "duplicate"
