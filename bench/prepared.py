"""The input of every bench: real texts of the simulator, made once, as records for the bus."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import cycle, islice

import msgspec

from shared import divisions, topics, wire
from shared.catalogue import Policy
from shared.events import ReportReceived
from shared.matter import Report
from shared.wire import Out, Record
from xiaoshi.player import raw
from xiaoshi.road import makers
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.sent import Sent

COUNTY = "430981"
FIRST_DAY = date(2026, 3, 2)
A_DAY = 3000  # reports of a county in a day: so many are near each other as in life, whatever the count


@lru_cache(maxsize=1)
def submissions(count: int, policy: Policy, first: date = FIRST_DAY) -> tuple[Sent, ...]:
    """The first `count` submissions of one county, day after day; redelivered and malformed ones among them."""
    days = (
        each
        for nth in range(-(-count // A_DAY))
        for each in make_day(COUNTY, first + timedelta(days=nth), nth + 1, A_DAY, policy).sent
    )
    return tuple(islice(days, count))


@lru_cache(maxsize=1)
def received(sent: tuple[Sent, ...], policy: Policy) -> tuple[Out, ...]:
    """What intake makes of them for routing: its own core, run once in memory."""
    core = makers(policy, 1)["intake"](0)
    outs: list[Out] = []
    for offset, out in enumerate(map(raw, sent)):
        record = Record(out.topic, 0, offset, out.timestamp, out.key, out.value, out.headers)
        outs += [each for each in core.feed(record).outs if each.topic == topics.RECEIVED.name]
    return tuple(outs)


def elsewhere(outs: Sequence[Out], county: str) -> Iterator[Out]:
    """The same reports from the villages of another county: other matters, as like each other as the first."""
    theirs = cycle(each.code for each in divisions.descendants(county) if len(each.code) == 12)
    moved: dict[str, str] = {}
    decoder = msgspec.json.Decoder(ReportReceived)
    for out in outs:
        event = decoder.decode(out.value or b"")
        report = event.report
        village = moved.setdefault(report.division, next(theirs))
        yield _moved(out, event, report, county, village)


def _moved(out: Out, event: ReportReceived, report: Report, county: str, village: str) -> Out:
    report_id = wire.event_id(event.report_id, county)
    there = msgspec.structs.replace(report, division=village, other_divisions=(), about_body=None)
    moved = msgspec.structs.replace(event, report_id=report_id, county=county, report=there)
    return out._replace(key=county.encode(), value=wire.encode(moved))
