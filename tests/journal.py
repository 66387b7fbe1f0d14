"""Journals for tests: whole lives of matters, as routing and escalation would write them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from shared import events as e
from shared import topics, wire
from shared.divisions import Tier
from shared.matter import ActionKind, Desk, Grade, Position, Report, State, Value, Visit, Way
from shared.reasons import Reason
from shared.wire import Record
from tests.builders import a_deadline

COUNTY = "331122"
VILLAGE = "331122100201"
START = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
DESK = Desk(division=VILLAGE, body="village_committee", role="村委会主任")
SHEET = e.Sheet(
    title="路灯不亮",
    text="村口的路灯坏了三天",
    division=VILLAGE,
    reported_at=START,
    category="service.lighting",
    source="grid",
    answers={"$odd.key": "kept"},
)


def a_position(state: State, due: datetime | None) -> Position:
    deadline = None if due is None else a_deadline(due, what="accept", rule="small", calendar="work")
    return Position(state=state, tier=Tier.VILLAGE, desk=DESK, due=deadline)


def a_life(
    nth: int = 0, *, county: str = COUNTY, joins: int = 1, looked_at: bool = False
) -> list[e.MatterEvent]:
    """Opened to closed: 6 events, and as many more as reports join.

    `looked_at`: five more in between, as a person was asked about danger and another matter, and set its category.
    """
    matter_id = f"{county}-r{nth}"
    life: list[e.MatterEvent] = []

    def base(state: State, *, owed: bool = True) -> dict[str, Any]:
        at = START + timedelta(minutes=nth, seconds=len(life))
        due = at + timedelta(days=1) if owed else None
        return {
            "matter_id": matter_id,
            "county": county,
            "number": len(life) + 1,
            "at": at,
            "position": a_position(state, due),
        }

    def add(kind: type[e.MatterEvent], state: State, owed: bool = True, **more: Any) -> None:
        life.append(kind(**base(state, owed=owed), **more))

    why = (e.Because(rule="no_fact", fact="-"),)
    add(
        e.MatterOpened,
        State.ROUTED,
        report_id=f"r{nth}",
        grade=Grade.SMALL,
        sheet=SHEET,
        because=why,
        reason=Reason.OPENED_NEW,
        policy="p",
    )
    for join in range(joins):
        more: dict[str, Any] = {"report_id": f"r{nth}-{join}", "reports": join + 2, "score": 0.9}
        add(e.MatterJoined, State.ROUTED, title="灯坏了", text="路灯坏了", source="hotline", **more)
    if looked_at:
        add(e.DangerAsked, State.ROUTED, report_id=f"r{nth}", words=("着火",))
        texts: dict[str, Any] = dict.fromkeys(("title", "text", "other_title", "other_text"), "t")
        add(e.MatterAlike, State.ROUTED, other=f"{county}-x", score=0.4, evidence=why, **texts)
        add(e.MatterGraded, State.ROUTED, from_grade=Grade.SMALL, grade=Grade.BIG, because=why)
        add(e.MatterKeptApart, State.ROUTED, action_id=f"a{nth}-6", by="x", other=f"{county}-x")
        sheet = replace(SHEET, category="tip.gang")
        add(
            e.MatterCategorised,
            State.ROUTED,
            action_id=f"a{nth}-7",
            by="x",
            from_category=SHEET.category,
            sheet=sheet,
            guesses=(e.Guess("tip.gang", 0.4, ("黑",)),),
            confidential=True,
        )
    add(e.MatterAccepted, State.ACCEPTED, action_id=f"a{nth}-1", by="x")
    add(e.MatterStarted, State.IN_PROGRESS, action_id=f"a{nth}-2", by="x")
    add(e.MatterResolved, State.RESOLVED, action_id=f"a{nth}-3", by="x", way=Way.HANDLED)
    add(
        e.MatterVisited,
        State.VISITED,
        action_id=f"a{nth}-4",
        by="x",
        visit=Visit(reached=True, satisfied=True),
    )
    add(e.MatterClosed, State.CLOSED, owed=False, action_id=f"a{nth}-5", by="x")
    return life


def a_refusal(matter_id: str, *, nth: int = 0, county: str = COUNTY) -> e.ActionRefused:
    return e.ActionRefused(
        action_id=f"refused-{nth}",
        matter_id=matter_id,
        county=county,
        kind=ActionKind.CLOSE,
        by=f"{VILLAGE}:village_committee",
        at=START + timedelta(hours=nth),
        reason=Reason.STATE_WRONG,
    )


def interleaved(lives: Sequence[list[e.MatterEvent]]) -> Iterator[e.MatterEvent]:
    """The first events of all matters, then the second ones, ..."""
    for step in range(max(map(len, lives))):
        for life in lives:
            if step < len(life):
                yield life[step]


def a_receipt(nth: int, *, county: str = COUNTY, report_id: str | None = None) -> e.ReportReceived:
    report = Report(
        source="grid", source_id=str(nth), reported_at=START, division=VILLAGE, title="路灯不亮", text="坏了"
    )
    return e.ReportReceived(
        report_id=report_id or f"r{nth}", county=county, receipt=f"R{nth}", received_at=START, report=report
    )


def records(given: Sequence[Value], *, topic: str = topics.EVENTS.name, partition: int = 0) -> list[Record]:
    return [a_record(event, offset, topic=topic, partition=partition) for offset, event in enumerate(given)]


def a_record(event: Value, offset: int, *, topic: str = topics.EVENTS.name, partition: int = 0) -> Record:
    subject = getattr(event, "matter_id", "")
    which = getattr(event, "number", None) or getattr(event, "action_id", None) or offset
    out = wire.out(
        event,
        "/xiaoshi/test",
        topic,
        partition,
        cause=f"{subject}/{which}",
        subject=subject,
        county=getattr(event, "county", COUNTY),
        at=START,
    )
    return Record(topic, partition, offset, out.timestamp, out.key, out.value, tuple(out.headers))
