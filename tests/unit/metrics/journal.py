"""Journals to count: the life of a matter, told step by step."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.metrics.figures import PLACE, Cell, Count, all_series, values
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.facts import Facts
from shared import topics, wire
from shared.core import Core
from shared.divisions import Tier, above
from shared.events import (
    ActionRefused,
    ClockTicked,
    MatterClosed,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterReopened,
    MatterResolved,
    MatterVisited,
    NoticeAnnounced,
    Sheet,
    SupervisionOrdered,
)
from shared.matter import ActionKind, Deadline, Desk, Grade, Position, State, Value, Visit, Way
from shared.reasons import Reason
from shared.wire import Record

COUNTY = "430981"
VILLAGE = "430981001001"
TOWN = "430981001"
START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
MISSED = Deadline(at=START, what="resolve", rule="ladder", calendar="cn")


class Life:
    """A matter's events, each numbered, an hour after the one before."""

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
    ) -> None:
        self.matter_id = f"{county}-{matter}"
        self.county = county
        self.state = State.ROUTED
        self.tier = tier
        self.desk = Desk(division=division, body="committee", role="head")
        self.sheet = Sheet(
            title="t", text="t", division=division, reported_at=START, category=category, source=source
        )
        self.events: list[Value] = []
        self.tell(
            MatterOpened,
            report_id=matter,
            grade=Grade.SMALL,
            sheet=self.sheet,
            because=(),
            reason=Reason.OPENED_NEW,
            policy="1",
            confidential=confidential,
            repeat_of=repeat_of,
        )

    def tell(self, kind: type[MatterEvent], **rest: Any) -> "Life":
        number = len(self.events) + 1
        position = Position(state=self.state, tier=self.tier, desk=self.desk, due=None)
        at = START + timedelta(hours=number)
        self.events.append(
            kind(
                matter_id=self.matter_id, county=self.county, number=number, at=at, position=position, **rest
            )
        )
        return self

    def joined(self, source: str = "grid") -> "Life":
        return self.tell(
            MatterJoined, report_id="r", reports=2, score=0.9, title="t", text="t", source=source
        )

    def resolved(self, way: Way = Way.HANDLED) -> "Life":
        self.state = State.RESOLVED
        return self.tell(MatterResolved, action_id="x", way=way)

    def visited(
        self, reached: bool = True, resolved: bool | None = True, satisfied: bool | None = True
    ) -> "Life":
        self.state = State.VISITED
        visit = Visit(reached=reached, resolved=resolved, satisfied=satisfied)
        return self.tell(MatterVisited, action_id="x", visit=visit)

    def reopened(self, resolved: bool | None = False, *, rises: bool = True) -> "Life":
        before, self.state = self.tier, State.ROUTED
        self.tier = (above(self.tier) or self.tier) if rises else self.tier
        visit = Visit(reached=True, resolved=resolved, satisfied=False)
        rest = {"action_id": "x", "visit": visit, "reason": Reason.DISSATISFIED}
        return self.tell(MatterReopened, **rest, from_tier=before, sheet=self.sheet)

    def ordered(self) -> "Life":
        return self.tell(SupervisionOrdered, order=1, missed=MISSED, copied_to=None)

    def escalated(self) -> "Life":
        before, self.tier = self.tier, above(self.tier) or self.tier
        self.state = State.ROUTED
        rest = {"from_desk": self.desk, "reason": Reason.LIMIT_PASSED, "sheet": self.sheet}
        return self.tell(MatterEscalated, from_tier=before, **rest)

    def noticed(self) -> "Life":
        return self.tell(NoticeAnnounced, notice=1, missed=MISSED)

    def closed(self) -> "Life":
        self.state = State.CLOSED
        return self.tell(MatterClosed, action_id="x")

    def then(self, event: Value) -> "Life":
        self.events.append(event)
        return self


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
        desk=f"{county}:committee",
        at=START,
        reason=reason,
    )


def records(events: Iterable[Value]) -> list[Record]:
    name = topics.EVENTS.name
    return [Record(name, 0, n, 0, None, wire.encode(event), ()) for n, event in enumerate(events)]


def lane() -> tuple[Core, MetricsLogic]:
    state: dict[str, Count | Facts] = {}
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
    sides = {
        each.metric: each.metric.removeprefix(f"xiaoshi_{name}") for each in all_series() if each.name == name
    }
    found: Counter[str] = Counter()
    for (metric, labels), n in values(folded(events).state).items():
        if n and metric in sides:
            side = sides[metric].removesuffix("_total").strip("_")
            own = [value for key, value in labels if key not in PLACE]
            found[" ".join([side, *own]).strip()] += int(n)
    return dict(found)


def at_place(cells: Iterable[Cell], metric: str) -> set[tuple[str, str]]:
    return {(cell.county, cell.town) for cell in cells if cell.metric == metric}
