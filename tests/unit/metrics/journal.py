"""Journals to count: the life of a matter, told step by step."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from services.metrics.figures import PLACE, Cell, Figures, Kept, all_series, values
from services.metrics.handlers import MetricsLogic
from shared import events as e
from shared import topics, wire
from shared.core import Core
from shared.divisions import Tier, above
from shared.events import ActionRefused, ClockTicked, FastDue, FastStep, MatterEvent, Sheet
from shared.matter import (
    ActionKind,
    Deadline,
    Desk,
    Grade,
    Ground,
    Position,
    Session,
    SessionKind,
    State,
    Value,
    Visit,
    Way,
)
from shared.reasons import Reason
from shared.wire import Record
from tests.builders import a_deadline

COUNTY = "430981"
VILLAGE = "430981001001"
TOWN = "430981001"
START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
MISSED = a_deadline(START, rule="ladder")
ACTED: dict[str, Any] = {"action_id": "x", "by": "d"}


class Life:
    """A matter's events, each numbered, an hour after the one before; `beside`: in one journal with that matter."""

    def __init__(
        self,
        matter: str = "a",
        *,
        county: str = COUNTY,
        division: str = VILLAGE,
        source: str = "grid",
        category: str = "dispute.neighbour",
        tier: Tier = Tier.VILLAGE,
        repeat_of: str | None = None,
        confidential: bool = False,
        beside: "Life | None" = None,
    ) -> None:
        self.matter_id = f"{county}-{matter}"
        self.county = county
        self.number = 0
        self.desk = Desk(division=division, body="committee", role="head")
        self.position = Position(state=State.ROUTED, tier=tier, desk=self.desk, due=None)
        self.sheet = Sheet(
            title="t", text="t", division=division, reported_at=START, category=category, source=source
        )
        self.reports = {matter: source}
        self.apart = self.position
        self.events: list[Value] = [] if beside is None else beside.events
        self.tell(
            e.MatterOpened,
            report_id=matter,
            grade=Grade.SMALL,
            sheet=self.sheet,
            because=(),
            reason=Reason.OPENED_NEW,
            policy="1",
            confidential=confidential,
            repeat_of=repeat_of,
        )

    def tell(self, kind: type[MatterEvent], *, state: State | None = None, **rest: Any) -> "Life":
        """The next event; `state`: what it leads to, if that is another."""
        self.number += 1
        self.position = replace(self.position, state=state or self.position.state)
        at = START + timedelta(hours=self.number)
        base: dict[str, Any] = {
            "matter_id": self.matter_id,
            "county": self.county,
            "number": self.number,
            "at": at,
        }
        self.events.append(kind(**base, position=self.position, **rest))
        return self

    def acted(self, kind: type[MatterEvent], *, state: State | None = None, **rest: Any) -> "Life":
        return self.tell(kind, state=state, **ACTED, **rest)

    def standing(
        self, due: Deadline | None, limit: Deadline | None = None, promised: datetime | None = None
    ) -> "Life":
        """From the next event on the matter has these deadlines."""
        self.position = replace(self.position, due=due, limit=limit, promised=promised)
        return self

    def joined(self, source: str = "grid", report: str | None = None) -> "Life":
        report = report or f"{self.matter_id}-{self.number + 1}"
        self.reports[report] = source
        return self.tell(
            e.MatterJoined, report_id=report, reports=2, score=0.9, title="t", text="t", source=source
        )

    def accepted(self) -> "Life":
        return self.acted(e.MatterAccepted, state=State.ACCEPTED)

    def resolved(self, way: Way = Way.HANDLED) -> "Life":
        return self.acted(e.MatterResolved, state=State.RESOLVED, way=way)

    def visited(
        self,
        reached: bool = True,
        resolved: bool | None = True,
        satisfied: bool | None = True,
        *,
        report: str = "",
    ) -> "Life":
        visit = Visit(reached=reached, resolved=resolved, satisfied=satisfied)
        return self.acted(e.MatterVisited, state=State.VISITED, visit=visit, report_id=report)

    def unreached(self, report: str = "") -> "Life":
        return self.visited(reached=False, resolved=None, satisfied=None, report=report)

    def reopened(
        self, resolved: bool | None = False, *, rises: bool = True, reason: Reason = Reason.DISSATISFIED
    ) -> "Life":
        """With a return visit if the resident was dissatisfied, else after the closing."""
        before = self._rise() if rises else self.position.tier
        asked = reason is Reason.DISSATISFIED
        visit = Visit(reached=True, resolved=resolved, satisfied=False) if asked else None
        rest = {"visit": visit, "reason": reason, "from_tier": before, "sheet": self.sheet}
        return self.acted(e.MatterReopened, state=State.ROUTED, **rest)

    def ordered(self) -> "Life":
        return self.tell(e.SupervisionOrdered, order=1, to=self.desk, missed=MISSED, copied_to=None)

    def escalated(self, reason: Reason = Reason.LIMIT_PASSED, state: State = State.ROUTED) -> "Life":
        rest = {"from_desk": self.desk, "reason": reason, "sheet": self.sheet, "from_tier": self._rise()}
        return self.tell(e.MatterEscalated, state=state, **rest)

    def noticed(self) -> "Life":
        return self.tell(e.NoticeAnnounced, notice=1, missed=MISSED)

    def closed(self) -> "Life":
        return self.standing(None).acted(e.MatterClosed, state=State.CLOSED)

    def urged(self) -> "Life":
        """Of the next deadline, which must be there."""
        return self.tell(e.MatterUrged, to=self.desk, due=self.position.due)

    def returned(self, ground: Ground = Ground.NOT_OUR_SUBJECT) -> "Life":
        return self.acted(e.MatterReturned, state=State.RETURNED, ground=ground)

    def upheld(self) -> "Life":
        return self.acted(e.DispatchUpheld, state=State.ROUTED)

    def redispatched(self, hops: int = 1) -> "Life":
        row = f"categories.{self.sheet.category}.desks.{self.position.tier}"
        return self.acted(e.MatterRedispatched, state=State.ROUTED, from_desk=self.desk, row=row, hops=hops)

    def transferred(self) -> "Life":
        return self.acted(e.MatterTransferred, state=State.ROUTED, from_desk=self.desk)

    def paused(self, ground: Ground = Ground.WAITS_FOR_RESIDENT) -> "Life":
        return self.acted(e.MatterPaused, state=State.PAUSED, ground=ground)

    def resumed(self, reason: Reason = Reason.BY_ACTION) -> "Life":
        return self.tell(e.MatterResumed, state=State.IN_PROGRESS, reason=reason)

    def called(self, call: str = "k") -> "Life":
        return self.acted(e.CohandlingCalled, call=call, department=self.desk, call_due=MISSED)

    def answered(self, call: str = "k") -> "Life":
        return self.acted(e.CohandlingAnswered, call=call)

    def call_late(self, call: str = "k") -> "Life":
        return self.tell(e.CohandlingLate, call=call, department=self.desk, order=1, missed=MISSED)

    def sent_down(self, ground: Ground = Ground.CAN_BE_SETTLED_BELOW) -> "Life":
        before = self.position.tier
        self.position = replace(self.position, tier=list(Tier)[list(Tier).index(before) - 1])
        rest = {"from_tier": before, "from_desk": self.desk, "ground": ground}
        return self.acted(e.MatterSentDown, state=State.ROUTED, **rest)

    def rated(self, rating: int) -> "Life":
        return self.acted(e.MatterRated, rating=rating, report_id="r")

    def withdrawn(self, report: str | None = None, remaining: int = 0) -> "Life":
        report = report or next(iter(self.reports))
        state = None if remaining else State.WITHDRAWN
        if not remaining:
            self.standing(None)
        return self.acted(e.MatterWithdrawn, state=state, report_id=report, remaining=remaining)

    def to_court(self) -> "Life":
        return self.acted(e.HandedToCourt, state=State.IN_COURT)

    def court_decided(self, *, confirmed: bool) -> "Life":
        """A confirmed agreement is resolved by it."""
        self.acted(e.CourtDecided, state=State.IN_PROGRESS, confirmed=confirmed)
        return self.resolved(Way.COURT_CONFIRMATION) if confirmed else self

    def met(self, kind: type[MatterEvent], session: SessionKind = SessionKind.MEDIATION) -> "Life":
        return self.acted(
            kind,
            session_id="s",
            session=Session(kind=session, venue="tea_room", at=START + timedelta(days=1)),
        )

    def granted(self) -> "Life":
        return self.acted(e.WishMatched, state=State.IN_PROGRESS, resource="reading_room")

    def corrected(self) -> "Life":
        return self.tell(e.DeadlineCorrected, year=2025, before=MISSED)

    def raised(self, reason: Reason = Reason.DANGER_NOW) -> "Life":
        dues = tuple(FastDue(step=step, at=START) for step in FastStep)
        return self.tell(e.FastRaised, desks=(self.desk,), dues=dues, reason=reason, sheet=self.sheet)

    def did(self, step: FastStep, *, missed: bool = False) -> "Life":
        return self.acted(e.FastAnswered, step=step, missed=missed)

    def fast_late(self, step: FastStep) -> "Life":
        return self.tell(e.FastLate, missed=FastDue(step=step, at=START), command=self.desk)

    def stood_down(self) -> "Life":
        return self.acted(e.FastEnded)

    def alike(self, other: str = "430981-other") -> "Life":
        texts: dict[str, Any] = dict.fromkeys(("title", "text", "other_title", "other_text"), "t")
        return self.tell(e.MatterAlike, other=other, score=0.4, evidence=(), **texts)

    def kept_apart(self, other: str = "430981-other") -> "Life":
        return self.acted(e.MatterKeptApart, other=other)

    def danger_asked(self) -> "Life":
        return self.tell(e.DangerAsked, report_id="r", words=("着火",))

    def graded(self, grade: Grade = Grade.BIG) -> "Life":
        return self.tell(e.MatterGraded, from_grade=Grade.SMALL, grade=grade, because=())

    def categorised(
        self, category: str = "repair.road", guesses: tuple[str, ...] = (), *, confidential: bool = False
    ) -> "Life":
        before, self.sheet = self.sheet, replace(self.sheet, category=category)
        found = tuple(e.Guess(guess, 0.4) for guess in guesses)
        rest: dict[str, Any] = {"from_category": before.category, "guesses": found}
        return self.acted(
            e.MatterCategorised, state=State.ROUTED, sheet=self.sheet, confidential=confidential, **rest
        )

    def merged_into(self, other: "Life") -> "Life":
        """Both in one journal: its reports go on in the other matter."""
        ids = tuple(self.reports)
        self.apart = self.position
        self.standing(None).acted(e.MatterMerged, state=State.MERGED, into=other.matter_id, reports=ids)
        for report, source in self.reports.items():
            other.reports[report] = source
            rest: dict[str, Any] = {
                "title": "t",
                "text": "t",
                "source": source,
                "merged_from": self.matter_id,
            }
            other.tell(e.MatterJoined, report_id=report, reports=len(other.reports), score=1.0, **rest)
        return self

    def back_from(self, other: "Life") -> "Life":
        """The joining is undone: it is where it was."""
        report = next(iter(self.reports))
        for each in self.reports:
            other.reports.pop(each, None)
        other.acted(e.MatterSplit, report_id=report, reports=len(other.reports), other=self.matter_id)
        self.position = self.apart
        rest: dict[str, Any] = {"report_id": report, "reports": len(self.reports), "other": other.matter_id}
        return self.acted(e.MatterSplit, **rest)

    def taken_out(self, report: str) -> "Life":
        """A report that had joined becomes a matter of its own, which is returned."""
        source = self.reports.pop(report)
        own = f"{self.county}-{report}"
        self.acted(e.MatterSplit, report_id=report, reports=len(self.reports), other=own)
        place = {"county": self.county, "division": self.sheet.division, "category": self.sheet.category}
        return Life(report, source=source, beside=self, **place)  # type: ignore[arg-type]

    def then(self, event: Value) -> "Life":
        self.events.append(event)
        return self

    def _rise(self) -> Tier:
        before = self.position.tier
        self.position = replace(self.position, tier=above(before) or before)
        return before


def tick(at: datetime) -> ClockTicked:
    return ClockTicked(at=at)


def refused(
    matter: str = f"{COUNTY}-a", county: str = COUNTY, reason: Reason = Reason.DESK_WRONG
) -> ActionRefused:
    return ActionRefused(
        action_id="x",
        matter_id=matter,
        county=county,
        kind=ActionKind.ACCEPT,
        by=f"{county}:committee",
        at=START,
        reason=reason,
    )


def records(events: Iterable[Value]) -> list[Record]:
    name = topics.EVENTS.name
    return [Record(name, 0, n, 0, None, wire.encode(event), ()) for n, event in enumerate(events)]


def lane() -> tuple[Core, MetricsLogic]:
    state: dict[str, Kept] = {}
    logic = MetricsLogic(state)
    return Core(logic, state), logic


def folded(events: Iterable[Value]) -> MetricsLogic:
    """A lane after these events; none of them may be buried."""
    core, logic = lane()
    for record in records(events):
        assert core.feed(record).outcome in ("handled", "duplicate")
    return logic


def figures(events: Iterable[Value], name: str) -> dict[str, float]:
    """The cells of one indicator that are not zero, by side and own labels, all places together."""
    return shown_of(values(folded(events).state), name)


def shown_of(all_of_them: Figures, name: str) -> dict[str, float]:
    """The same out of figures already there."""
    sides = {
        each.metric: each.metric.removeprefix(f"xiaoshi_{name}") for each in all_series() if each.name == name
    }
    found: Counter[str] = Counter()
    for (metric, labels), n in all_of_them.items():
        if n and metric in sides:
            side = sides[metric].removesuffix("_total").strip("_")
            own = [value for key, value in labels if key not in PLACE]
            found[" ".join([side, *own]).strip()] += int(n)
    return dict(found)


def at_place(cells: Iterable[Cell], metric: str) -> set[tuple[str, str]]:
    return {(cell.county, cell.town) for cell in cells if cell.metric == metric}
