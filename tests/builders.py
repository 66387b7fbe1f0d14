"""One of everything, plain and valid; a test names only what it is about."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from services.routing.rules.place import place
from shared import catalogue, topics, wire
from shared.events import ActionReceived, Apart, ClockTicked, ReportReceived, Sheet
from shared.matter import Action, ActionKind, Deadline, Report, Value
from shared.receipts import report_id_of
from shared.wire import Record

BEIJING = timezone(timedelta(hours=8))
VILLAGE = "430981006001"
SAME_TOWN = "430981006002"
COUNTY = "430981"
POLICY = catalogue.load()
MONDAY = datetime(2026, 3, 2, 9, 10, tzinfo=BEIJING)


def a_report(**changes: Any) -> Report:
    facts: dict[str, Any] = {
        "source": "grid",
        "source_id": "1",
        "reported_at": MONDAY,
        "division": VILLAGE,
        "title": "路灯不亮",
        "text": "村口第三盏路灯坏了三天，晚上走路看不清，请派人来修。",
        "category": "city.street_light",
    }
    return Report(**(facts | changes))


def a_received(received_at: datetime | None = None, county: str = COUNTY, **changes: Any) -> ReportReceived:
    report = a_report(**changes)
    return ReportReceived(
        report_id=report_id_of(report.source, report.source_id),
        county=county,
        receipt="0000 0000 0000 0000",
        received_at=received_at or report.reported_at,
        report=report,
    )


def a_deadline(at: datetime, **changes: Any) -> Deadline:
    facts: dict[str, Any] = {
        "what": "resolve",
        "rule": "ladder.resolve.village",
        "span": "1 working day",
        "calendar": "cn",
        "since": at - timedelta(days=1),
    }
    return Deadline(at=at, **(facts | changes))


def an_apart(**changes: Any) -> Apart:
    """What a report would have been by itself, as routing says with a match."""
    placement = place(a_report(**changes), MONDAY, POLICY)
    report = a_report(**changes)
    sheet = Sheet(
        title=report.title,
        text=report.text,
        division=report.division,
        reported_at=report.reported_at,
        category=placement.category,
        source=report.source,
        danger_now=report.danger_now,
    )
    return Apart(
        position=placement.position,
        grade=placement.grade,
        sheet=sheet,
        because=placement.because,
        reason=placement.reason,
        about_body=report.about_body,
        confidential=placement.confidential,
        policy=POLICY.version,
    )


def an_action(**changes: Any) -> Action:
    facts: dict[str, Any] = {
        "action_id": "a1",
        "matter_id": "m1",
        "county": COUNTY,
        "kind": ActionKind.ACCEPT,
        "desk": f"{VILLAGE}:village_committee",
        "at": MONDAY + timedelta(hours=1),
    }
    return Action(**(facts | changes))


def a_record(topic: str, event: Value, *, at: datetime = MONDAY, key: str = COUNTY, lane: int = 0) -> Record:
    """The event as it lies on the bus, written by nobody in particular."""
    cause = wire.event_id(repr(event), "test")
    out = wire.out(event, "/test", topic, lane, cause=cause, subject="", county=key, at=at)
    return Record(topic, lane, 0, out.timestamp, out.key, out.value, out.headers)


def received_record(received: ReportReceived, lane: int = 0) -> Record:
    return a_record(topics.RECEIVED.name, received, at=received.received_at, key=received.county, lane=lane)


def action_record(action: Action, lane: int = 0) -> Record:
    value = wire.encode(action)
    return Record(topics.ACTIONS.name, lane, 0, wire.millis(action.at), action.county.encode(), value, [])


def journal_action(action: Action, *, resident: bool = False) -> Record:
    received = ActionReceived(action=action, resident=resident)
    return a_record(topics.EVENTS.name, received, at=action.at)


def tick_record(at: datetime, lane: int = 0) -> Record:
    return a_record(topics.TICKS.name, ClockTicked(at=at), at=at, key="", lane=lane)


def journal_tick(at: datetime) -> Record:
    return a_record(topics.EVENTS.name, ClockTicked(at=at), at=at, key="")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
