"""A recorded log, every way to break it on purpose, and the check that must see each."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from services.escalation.handlers import SOURCE as OPENED_BY
from services.metrics.collector import FigureCollector
from services.metrics.figures import scraped
from services.metrics.handlers import INPUTS, MetricsLogic
from shared import topics, wire
from shared.core import Core
from shared.events import Band
from shared.store.fold import fold_all
from shared.store.projection import receipt_of
from shared.wire import Record
from tests.unit.xiaoshi.recorded import LANES, MemoryLog, sent, the_policy
from xiaoshi.commands.replay import write_lines
from xiaoshi.road import Road
from xiaoshi.verify import Finding
from xiaoshi.verify.walk import Asked, walk

EVENTS = topics.EVENTS.name
RECEIVED = topics.RECEIVED.name
ROUTING, ESCALATION = "routing again", "escalation again"
ONE, JOINS, NUMBERS = "each report in one matter", "each match joined once", "numbers without gap"
TWICE, ROUTED, DEADLINES = "no event twice", "routed topics", "deadlines"
ACCEPTED, REFUSED, CONTACTS, DEAD = (
    "reports accepted",
    "reports refused",
    "contact data sealed",
    "dead letters",
)

Break = Callable[[MemoryLog], None]


def found(log: MemoryLog, **asked: Any) -> dict[str, Finding]:
    findings = walk(log, Asked(the_policy(), **asked))
    return {finding.check: finding for finding in findings}


def broken(log: MemoryLog, **asked: Any) -> set[str]:
    return {name for name, finding in found(log, **asked).items() if not finding.ok}


def event_of(record: Record) -> Any:
    return wire.decode(record.value)


def places(log: MemoryLog, wanted: Callable[[Record], bool]) -> Iterator[tuple[list[Record], int]]:
    for rows in log.records.values():
        yield from ((rows, at) for at, record in enumerate(rows) if wanted(record))


def remove(log: MemoryLog, wanted: Callable[[Record], bool]) -> int:
    """From every topic; how many there were."""
    before = sum(map(len, log.records.values()))
    for rows in log.records.values():
        rows[:] = [record for record in rows if not wanted(record)]
    return before - sum(map(len, log.records.values()))


def rewrite(rows: list[Record], at: int, **changes: Any) -> None:
    """Other contents under the same id."""
    changed = msgspec.structs.replace(event_of(rows[at]), **changes)
    rows[at] = rows[at]._replace(value=wire.encode(changed))


def rewrite_all(log: MemoryLog, event_id: str, **changes: Any) -> None:
    for rows, at in places(log, lambda record: id_of(record) == event_id):
        rewrite(rows, at, **changes)


def id_of(record: Record) -> str:
    return (wire.header(record.headers, "ce_id") or b"").decode()


def kind_of(record: Record) -> str:
    return (wire.header(record.headers, "ce_type") or b"").decode().removeprefix(wire.PREFIX)


def is_of(record: Record, matter_id: str) -> bool:
    return wire.header(record.headers, "ce_subject") == matter_id.encode()


def drop(topic: str, kind: str, nth: int = 0) -> Break:
    def broke(log: MemoryLog) -> None:
        rows, at = log.find(topic, kind, nth)
        del rows[at]

    return broke


def double(topic: str, kind: str) -> Break:
    def broke(log: MemoryLog) -> None:
        rows, at = log.find(topic, kind)
        rows.insert(at + 1, rows[at])

    return broke


def lose_what_was_opened_after_all(log: MemoryLog) -> None:
    """A report that has to do with another and is a matter of its own is opened by escalation."""
    rows, at = next(
        places(
            log,
            lambda r: (
                r.topic == EVENTS
                and kind_of(r) == "matter.opened"
                and wire.header(r.headers, "ce_source") == OPENED_BY.encode()
            ),
        )
    )
    del rows[at]


def swap_two_of_a_matter(log: MemoryLog) -> None:
    """Which both leave the deadline as it was."""
    rows, at = log.find(EVENTS, "matter.accepted")
    matter_id = event_of(rows[at]).matter_id
    then = next(
        n
        for n in range(at + 1, len(rows))
        if kind_of(rows[n]) == "matter.started" and is_of(rows[n], matter_id)
    )
    rows[at], rows[then] = rows[then], rows[at]


def change_a_byte_of_escalation(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.resolved")
    rewrite_all(log, id_of(rows[at]), outcome="something else")


def change_a_byte_of_routing(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.opened")
    rewrite_all(log, id_of(rows[at]), policy="another")


def change_a_byte_for_the_centre(log: MemoryLog) -> None:
    rows, at = log.find(topics.routed("430981"), "matter.resolved")
    rewrite(rows, at, outcome="something else")


def change_a_header(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "action.received")
    headers = [(name, b"x" if name == "ce_source2" else value) for name, value in rows[at].headers]
    rows[at] = rows[at]._replace(headers=[*headers, ("traceparent", b"made up")])


def number_twice(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.closed")
    event = event_of(rows[at])
    rewrite_all(log, id_of(rows[at]), number=event.number - 1)


def lose_a_joined_report(log: MemoryLog) -> None:
    """The match, and all that it led to; of a report that no other is said to be like."""
    rows, _ = log.find(EVENTS, "report.matched")
    matched = [event_of(row) for row in rows if kind_of(row) == "report.matched"]
    liked = {event.like for event in matched}
    joined = next(each for each in matched if each.band is Band.JOIN and each.report_id not in liked)
    report_id = joined.report_id.encode()
    kinds = ("report.matched", "matter.joined")
    assert remove(log, lambda r: kind_of(r) in kinds and report_id in (r.value or b"")) >= 3


def join_elsewhere(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "report.matched")
    matter_id = event_of(rows[at]).matter_id
    other = next(
        event_of(row) for row in rows if kind_of(row) == "matter.opened" and not is_of(row, matter_id)
    )
    rewrite(rows, at, matter_id=other.matter_id, like=other.report_id)


def match_a_report_twice(log: MemoryLog) -> None:
    """Under an id of its own, as a rule gone wrong would write it."""
    rows, at = log.find(EVENTS, "report.matched")
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.insert(at + 1, rows[at]._replace(headers=headers))


def invent_a_report(log: MemoryLog) -> None:
    rows, at = log.find(RECEIVED, "report.received", 30)
    made_up = msgspec.structs.replace(event_of(rows[at]), report_id="0" * 32)
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.append(rows[at]._replace(value=wire.encode(made_up), headers=headers, offset=10_000))


def change_a_received_report(log: MemoryLog) -> None:
    """Who sent it: by that routing knows who has reported a matter."""
    rows, at = log.find(RECEIVED, "report.received")
    report = event_of(rows[at]).report
    changed = msgspec.structs.replace(report, reporter_ref="nobody else's")
    rewrite(rows, at, report=changed)


def skip_a_deadline(log: MemoryLog) -> None:
    """The order and all after it, as if the timer had died for one matter."""
    for nth in range(100):
        rows, at = log.find(EVENTS, "matter.ordered", nth)
        matter_id = event_of(rows[at]).matter_id
        later = [r for r in rows[at:] if is_of(r, matter_id) and kind_of(r) != "action.received"]
        if not {kind_of(r) for r in later} & {"matter.joined", "action.refused"}:
            break
    gone = {id_of(r) for r in later}
    assert remove(log, lambda record: id_of(record) in gone)


def fire_twice(log: MemoryLog) -> None:
    """The same limit named by another order, under an id of its own."""
    rows, at = log.find(EVENTS, "matter.ordered")
    headers = [(name, b"f" * 32 if name == "ce_id" else value) for name, value in rows[at].headers]
    rows.insert(at + 2, rows[at]._replace(headers=headers))


def name_another_limit(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.ordered")
    missed = event_of(rows[at]).missed
    earlier = msgspec.structs.replace(missed, at=missed.at - timedelta(microseconds=1))
    rewrite_all(log, id_of(rows[at]), missed=earlier)


def owe_nothing(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "matter.accepted")
    position = msgspec.structs.replace(event_of(rows[at]).position, due=None)
    rewrite_all(log, id_of(rows[at]), position=position)


def lose_an_action(log: MemoryLog) -> None:
    """And its answer: for escalation it never was."""
    rows, at = log.find(EVENTS, "action.refused")
    action_id = event_of(rows[at]).action_id.encode()
    kinds = ("action.received", "action.refused")
    assert remove(log, lambda r: kind_of(r) in kinds and action_id in (r.value or b"")) >= 3


def put_back_time(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "clock.ticked", 3)
    rows[at], rows[at - 1] = rows[at - 1], rows[at]


def lose_contact_data(log: MemoryLog) -> None:
    rows, at = log.find(topics.CONTACTS.name, "contact.sealed")
    report_id = event_of(rows[at]).report_id.encode()
    assert remove(log, lambda r: r.topic == topics.CONTACTS.name and r.key == report_id)


def refuse_for_another_reason(log: MemoryLog) -> None:
    rows, at = log.find(topics.REJECTED.name, "record.buried")
    rewrite(rows, at, reason="too_deep")


def tell_another_county(log: MemoryLog) -> None:
    rows, at = log.find(topics.routed("430981"), "matter.opened")
    log.records[topics.routed("330702"), 0].append(
        rows[at]._replace(topic=topics.routed("330702"), offset=999)
    )


def lose_what_was_moved(log: MemoryLog) -> None:
    """It never reached the lane of its county, and nothing followed."""
    [(rows, at)] = places(log, lambda record: wire.header(record.headers, "xiaoshi_moved") is not None)
    report_id = wire.event_id("app|odd-3", "report").encode()
    del rows[at]
    assert remove(log, lambda r: report_id in (r.value or b"") or report_id in (r.key or b""))


def spoil_an_event(log: MemoryLog) -> None:
    rows, at = log.find(EVENTS, "action.received")
    rows[at] = rows[at]._replace(value=b"{")


# what each break must set off: everything else must stay quiet
BREAKS: dict[str, tuple[Break, set[str]]] = {
    "an event of escalation is lost": (drop(EVENTS, "matter.accepted"), {NUMBERS, ESCALATION, ROUTED}),
    "an event of escalation is there twice": (
        double(EVENTS, "matter.accepted"),
        {TWICE, NUMBERS, ESCALATION, ROUTED},
    ),
    "two events of a matter are swapped": (swap_two_of_a_matter, {NUMBERS, ESCALATION, ROUTED}),
    "a byte of escalation is another": (change_a_byte_of_escalation, {ESCALATION}),
    "a byte of routing is another": (change_a_byte_of_routing, {ROUTING, ESCALATION}),
    "a byte is another for the centre alone": (change_a_byte_for_the_centre, {ROUTED}),
    "a header is another": (change_a_header, {ROUTING}),
    "a number is given twice": (number_twice, {NUMBERS, ESCALATION}),
    "a joined report is lost": (lose_a_joined_report, {ONE, ROUTING, ESCALATION, NUMBERS}),
    "a join is lost": (drop(EVENTS, "matter.joined"), {JOINS, NUMBERS, ESCALATION, ROUTED}),
    "a matter opened after all is lost": (
        lose_what_was_opened_after_all,
        {JOINS, NUMBERS, ESCALATION, ROUTED},
    ),
    "a report is matched with another matter": (join_elsewhere, {JOINS, ROUTING, ESCALATION}),
    "a report is matched twice": (match_a_report_twice, {ONE, ROUTING, ESCALATION}),
    "a received report is lost": (drop(RECEIVED, "report.received"), {ACCEPTED, ONE, ROUTING}),
    "a received report is there twice": (double(RECEIVED, "report.received"), {ONE, TWICE}),
    "a received report was never sent": (invent_a_report, {ACCEPTED, ONE, ROUTING}),
    "a received report is not as sent": (change_a_received_report, {ACCEPTED, ROUTING}),
    "a deadline is skipped": (skip_a_deadline, {DEADLINES, ESCALATION}),
    "a deadline fires twice": (fire_twice, {DEADLINES, ESCALATION, NUMBERS, ROUTED}),
    "an order names another limit": (name_another_limit, {DEADLINES, ESCALATION}),
    "an open matter owes nothing": (owe_nothing, {DEADLINES, ESCALATION}),
    "an action is lost": (lose_an_action, {ROUTING}),
    "time goes back": (put_back_time, {ROUTING}),
    "contact data are lost": (lose_contact_data, {CONTACTS}),
    "a refusal is lost": (drop(topics.REJECTED.name, "record.buried"), {REFUSED}),
    "a refusal is there twice": (double(topics.REJECTED.name, "record.buried"), {REFUSED}),
    "a refusal has another reason": (refuse_for_another_reason, {REFUSED}),
    "a dead letter is lost": (drop("matters.actions.v1.dead", "record.buried"), {DEAD}),
    "a dead letter is there twice": (double("matters.actions.v1.dead", "record.buried"), {DEAD}),
    "a centre misses an event": (drop(topics.routed("430981"), "matter.closed"), {ROUTED}),
    "a centre is told twice": (double(topics.routed("430981"), "matter.closed"), {ROUTED, TWICE}),
    "a centre is told of another county": (tell_another_county, {ROUTED}),
    "a moved record is lost": (lose_what_was_moved, {ACCEPTED}),
    "a record of the journal is no event": (spoil_an_event, {NUMBERS, ROUTING, ESCALATION, DEAD}),
}


def write_replayed(path: Path) -> None:
    """What the road makes of the same records, as `xiaoshi replay` writes it."""
    road = Road(the_policy(), LANES)
    with path.open("w", encoding="utf-8") as file:
        write_lines((written for out in sent() for written in road.take(out)), file)


def scrape(log: MemoryLog, lanes: range = range(LANES)) -> Any:
    return scraped(page(log, lanes))


def page(log: MemoryLog, lanes: range = range(LANES)) -> str:
    """What a replica with these lanes would show."""
    return exposed(lanes_of(log, lanes))


def lanes_of(log: MemoryLog, lanes: range = range(LANES)) -> dict[int, MetricsLogic]:
    """The lanes of a replica, after all that is in the log."""
    logics = {}
    for lane in lanes:
        state: dict[str, Any] = {}
        logics[lane] = MetricsLogic(state)
        core = Core(logics[lane], state)
        for topic in INPUTS:
            for record in log.read(topic, lane):
                core.feed(record)
        logics[lane].committed()
    return logics


def exposed(logics: Mapping[int, MetricsLogic]) -> str:
    registry = CollectorRegistry()
    registry.register(FigureCollector(logics.values))
    return generate_latest(registry).decode()


class Rows:
    """As much of a collection as the check asks of it."""

    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self.documents = documents

    def find(self, which: dict[str, Any], _: object = None) -> list[dict[str, Any]]:
        wanted = which["_id"]["$in"] if which else self.documents
        return [self.documents[key] for key in wanted if key in self.documents]

    def count_documents(self, _: object) -> int:
        return len(self.documents)


def stored(log: MemoryLog) -> Any:
    matters: dict[str, dict[str, Any]] = {}
    receipts: dict[str, dict[str, Any]] = {}
    for lane in range(LANES):
        matters |= fold_all({}, log.read(EVENTS, lane))
        receipts |= {row["_id"]: row for row in map(receipt_of, log.read(RECEIVED, lane))}
    return {"matters": Rows(matters), "receipts": Rows(receipts)}
