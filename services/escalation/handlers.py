"""The life of a county's matters, from the journal alone: actions, joins and the clock."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.escalation.instruments import LATENESS, TICKED
from services.escalation.rules import life, rise
from services.escalation.rules.rise import Standing
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Decision
from shared.divisions import Tier
from shared.errors import EventInvalidError
from shared.events import (
    ActionReceived,
    ActionRefused,
    ClockTicked,
    MatterAccepted,
    MatterClosed,
    MatterEscalated,
    MatterEvent,
    MatterJoined,
    MatterOpened,
    MatterReopened,
    MatterResolved,
    MatterStarted,
    MatterVisited,
    NoticeAnnounced,
    ReportMatched,
    Sheet,
    SupervisionOrdered,
)
from shared.matter import Action, ActionKind, Desk, Grade, Position, State, Value, Visit, Way
from shared.reasons import Reason
from shared.routed import told
from shared.wire import Out, Record

SOURCE = "/xiaoshi/escalation"
OWN = SOURCE.encode()
CLOCK = "clock"
LONGER_THAN_ANY_JOIN = timedelta(days=30)


class Clock(Value, frozen=True, tag="clock"):
    """How far time has come on this lane."""

    at: datetime


class Life(Value, frozen=True, tag="life"):
    """What escalation knows of a matter. `number`: of its last event."""

    matter_id: str
    county: str
    number: int
    at: datetime
    position: Position
    grade: Grade
    sheet: Sheet
    about_body: str | None = None
    reports: int = 1
    orders: int = 0
    notices: int = 0
    reopened: bool = False

    @property
    def standing(self) -> Standing:
        return Standing(self.sheet.category, self.grade, self.sheet.division)


class EscalationLogic:
    """A fold over matters.events of one lane. Time is the last tick of the journal, never a clock's."""

    state_type: Any = Life | Clock

    def __init__(self, policy: Policy, state: dict[str, Any], lane: int) -> None:
        self.policy = policy
        self.state = state
        self.lane = lane
        # a closed matter may still be joined for its category's window, counted from its last report
        self._kept = max(policy.windows.values(), default=timedelta(0)) + LONGER_THAN_ANY_JOIN
        self.now: datetime | None = None
        self._lateness: list[float] = []
        self._due: list[tuple[datetime, str]] = []
        self._done: list[tuple[datetime, str]] = []
        self._on: dict[type, Callable[[Any, str], Decision]] = {
            MatterOpened: self._on_opened,
            ReportMatched: self._on_matched,
            ActionReceived: self._on_action,
            ClockTicked: self._on_tick,
        }

    def decide(self, record: Record) -> Decision:
        if wire.header(record.headers, "ce_source") == OWN:
            return Decision(outcome="own")
        event = wire.decode(record.value)
        handler = self._on.get(type(event))
        if handler is None:
            raise EventInvalidError(f"{wire.kind_of(event)} is not for escalation")
        return handler(event, (wire.header(record.headers, "ce_id") or b"").decode())

    def overdue(self) -> Decision | None:
        """Fires the earliest limit that has passed: an order, then one tier up. The instant itself is late."""
        if self.now is None:
            return None
        if self._done and self._done[0][0] + self._kept <= self.now:
            return Decision([], [(self._done[0][1], None)])
        if not self._due or self._due[0][0] > self.now:
            return None
        return self._fire(self.state[self._due[0][1]])

    def committed(self) -> None:
        for seconds in self._lateness:
            LATENESS.observe(seconds)
        self._lateness.clear()
        if self.now is not None:
            TICKED.labels(str(self.lane)).set(self.now.timestamp())

    def index(self, key: str, old: Any, new: Any) -> None:
        if isinstance(new, Clock):
            self.now = new.at
            return
        if isinstance(new, Life):
            if new.position.due is None:
                heapq.heappush(self._done, (new.at, key))
            elif old is None or old.position.due != new.position.due:
                heapq.heappush(self._due, (new.position.due.at, key))
        while self._due and not self._is_next(*self._due[0]):
            heapq.heappop(self._due)
        while self._done and not self._is_last(*self._done[0]):
            heapq.heappop(self._done)

    def _is_next(self, at: datetime, key: str) -> bool:
        known = self.state.get(key)
        return known is not None and known.position.due is not None and known.position.due.at == at

    def _is_last(self, at: datetime, key: str) -> bool:
        known = self.state.get(key)
        return known is not None and known.position.due is None and known.at == at

    def _on_opened(self, event: MatterOpened, cause: str) -> Decision:
        opened = Life(
            matter_id=event.matter_id,
            county=event.county,
            number=event.number,
            at=event.at,
            position=event.position,
            grade=event.grade,
            sheet=event.sheet,
            about_body=event.about_body,
        )
        return Decision([], [(event.matter_id, opened)])

    def _on_matched(self, event: ReportMatched, cause: str) -> Decision:
        matter: Life = self.state[event.matter_id]
        reports = matter.reports + 1
        joined = MatterJoined(
            **self._next(matter, max(matter.at, event.at), matter.position),
            report_id=event.report_id,
            reports=reports,
            score=event.score,
            title=event.title,
            text=event.text,
            source=event.source,
        )
        return self._moved(matter, [joined], cause, reports=reports)

    def _on_tick(self, event: ClockTicked, cause: str) -> Decision:
        return Decision([], [(CLOCK, Clock(at=event.at))])

    def _on_action(self, event: ActionReceived, cause: str) -> Decision:
        action = event.action
        matter: Life | None = self.state.get(action.matter_id)
        if matter is None:
            return self._refused(action, None, Reason.MATTER_UNKNOWN, cause)
        if action.county != matter.county:
            return self._refused(action, matter, Reason.COUNTY_WRONG, cause)
        row = life.judge(action, matter.position.state, matter.position.desk)
        if isinstance(row, Reason):
            return self._refused(action, matter, row, cause)
        return self._done_by(action, matter, row, cause)

    def _done_by(self, action: Action, matter: Life, row: life.Row, cause: str) -> Decision:
        now = self._now(matter) or matter.at
        position = matter.position
        if action.visit is not None and life.is_dissatisfied(action.visit) and not matter.reopened:
            higher = rise.desk_above(matter.standing, position.tier, self.policy)
            if higher is not None:
                return self._reopened(action, action.visit, matter, higher, now, cause)
        due = position.due
        if row.due is None:
            due = None
        elif row.due != "kept":
            due = rise.due(matter.standing, position.tier, row.due, now, self.policy)
        after = Position(state=row.to, tier=position.tier, desk=position.desk, due=due)
        event = self._event_of(action, self._next(matter, now, after))
        return self._moved(matter, [event], cause)

    def _event_of(self, action: Action, base: dict[str, Any]) -> MatterEvent:
        base["action_id"] = action.action_id
        match action:
            case Action(kind=ActionKind.ACCEPT):
                return MatterAccepted(**base)
            case Action(kind=ActionKind.START):
                return MatterStarted(**base)
            case Action(kind=ActionKind.RESOLVE, way=Way() as way):
                return MatterResolved(**base, way=way, outcome=action.outcome or "")
            case Action(kind=ActionKind.VISIT, visit=Visit() as visit):
                return MatterVisited(**base, visit=visit)
            case Action(kind=ActionKind.CLOSE):
                return MatterClosed(**base)
        raise EventInvalidError(f"{action.kind} lacks what the rules ask of it")

    def _reopened(
        self,
        action: Action,
        visit: Visit,
        matter: Life,
        higher: tuple[Tier, Desk],
        now: datetime,
        cause: str,
    ) -> Decision:
        tier, desk = higher
        due = rise.due(matter.standing, tier, "resolve", now, self.policy)
        after = Position(state=State.ROUTED, tier=tier, desk=desk, due=due)
        event = MatterReopened(
            **self._next(matter, now, after),
            action_id=action.action_id,
            visit=visit,
            reason=Reason.DISSATISFIED,
            from_tier=matter.position.tier,
            sheet=matter.sheet,
        )
        return self._moved(matter, [event], cause, reopened=True)

    def _fire(self, matter: Life) -> Decision:
        missed, now = matter.position.due, self._now(matter)
        assert missed is not None
        assert now is not None
        self._lateness.append((now - missed.at).total_seconds())
        cause = f"{matter.matter_id}/{matter.number}/{missed.at.isoformat()}"
        after = rise.risen(matter.position, matter.standing, now, self.policy)
        orders, notices = matter.orders, matter.notices
        events: list[MatterEvent] = []
        if after is None:
            notices += 1
            after = rise.announced(matter.position, matter.standing, now, self.policy)
            base = self._next(matter, now, after)
            events.append(NoticeAnnounced(**base, notice=notices, missed=missed))
        else:
            orders += 1
            base = self._next(matter, now, matter.position)
            events.append(SupervisionOrdered(**base, order=orders, missed=missed, copied_to=after.desk))
            base = self._next(matter, now, after) | {"number": matter.number + 2}
            events.append(
                MatterEscalated(
                    **base,
                    from_tier=matter.position.tier,
                    from_desk=matter.position.desk,
                    reason=Reason.LIMIT_PASSED,
                    sheet=matter.sheet,
                )
            )
        return self._moved(matter, events, cause, orders=orders, notices=notices)

    def _now(self, matter: Life | None) -> datetime | None:
        """The last tick, but never before the matter's own last event; None before anything told the time."""
        times = [self.now, None if matter is None else matter.at]
        return max((at for at in times if at is not None), default=None)

    def _next(self, matter: Life, at: datetime, position: Position) -> dict[str, Any]:
        return {
            "matter_id": matter.matter_id,
            "county": matter.county,
            "number": matter.number + 1,
            "at": at,
            "position": position,
        }

    def _moved(self, matter: Life, events: list[MatterEvent], cause: str, **changes: Any) -> Decision:
        """The events, told to whom they concern, and the matter after the last of them."""
        last = events[-1]
        after = msgspec.structs.replace(
            matter, number=last.number, at=last.at, position=last.position, **changes
        )
        outs = [
            each
            for event in events
            for each in told(
                self._out(event, cause, matter.matter_id, matter.county, event.at),
                matter.county,
                event.position.tier,
                matter.about_body,
            )
        ]
        return Decision(outs, [(matter.matter_id, after)])

    def _refused(self, action: Action, matter: Life | None, reason: Reason, cause: str) -> Decision:
        """The answer to an action that cannot be done; the matter is as it was."""
        held = None if matter is None else matter.position.desk
        event = ActionRefused(
            action_id=action.action_id,
            matter_id=action.matter_id,
            county=action.county,
            kind=action.kind,
            desk=action.desk,
            at=self._now(matter) or action.at,
            reason=reason,
            state=None if matter is None else matter.position.state,
            holder=None if held is None else f"{held.division}:{held.body}",
        )
        out = self._out(event, cause, action.matter_id, action.county, event.at)
        outs = [out, out._replace(topic=topics.routed(action.county), partition=None)]
        return Decision(outs, [], "refused")

    def _out(self, event: Value, cause: str, subject: str, county: str, at: datetime) -> Out:
        return wire.out(
            event, SOURCE, topics.EVENTS.name, self.lane, cause=cause, subject=subject, county=county, at=at
        )
