"""The life of a county's matters, from the journal alone: actions, joins and the clock."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from services.escalation.due_queue import DueQueue
from services.escalation.instruments import LATENESS, TICKED, WAITING
from services.escalation.rules import fast, joining, life, passing
from services.escalation.rules.effects import EFFECTS
from services.escalation.rules.matter import Case, Joined, Life, begun
from services.escalation.rules.who import actor_of
from services.escalation.whereabouts import JOINED, matter_with
from shared import rulebook, topics, wire
from shared.catalogue import Policy
from shared.core import Decision
from shared.errors import EventInvalidError
from shared.events import (
    ActionReceived,
    ActionRefused,
    Band,
    CalendarAnnounced,
    ClockTicked,
    MatterEvent,
    MatterOpened,
    PolicyAdopted,
    ReportMatched,
)
from shared.matter import ENDED, Action, ActionKind, State, Value, key_of
from shared.reasons import Reason
from shared.routed import audience, told
from shared.rulebook import Rulebook
from shared.wire import Out, Record

SOURCE = "/xiaoshi/escalation"
OWN = SOURCE.encode()
CLOCK = "clock"
RESIDENT = "resident"
LONGER_THAN_ANY_JOIN = timedelta(days=30)


class Clock(Value, frozen=True, tag="clock"):
    """How far time has come on this lane; how often it has been acted on since, and for which town last."""

    at: datetime
    fired: int = 0
    town: str = ""


class EscalationLogic:
    """A fold over matters.events of one lane. Time is the last tick of the journal, never a clock's."""

    state_type: Any = Life | Joined | Clock | CalendarAnnounced | PolicyAdopted

    def __init__(self, policy: Policy, state: dict[str, Any], lane: int) -> None:
        self.state = state
        self.lane = lane
        self.rules = Rulebook(policy)
        # a closed matter may still be joined for its category's window, counted from its last report
        self._kept = timedelta(0)
        self._keep_for(policy)
        self.clock: Clock | None = None
        self._lateness: list[float] = []
        self._due = DueQueue()
        self._done: list[tuple[datetime, str]] = []
        self._provisional: set[str] = set()
        self._stale: list[str] = []
        self._year = 0
        self._on: dict[type, Callable[[Any, str], Decision]] = {
            MatterOpened: self._on_opened,
            ReportMatched: self._on_matched,
            ActionReceived: self._on_action,
            ClockTicked: self._on_tick,
            CalendarAnnounced: self._on_rule,
            PolicyAdopted: self._on_rule,
        }

    @property
    def now(self) -> datetime | None:
        """The last tick; None before anything told the time."""
        return None if self.clock is None else self.clock.at

    def decide(self, record: Record) -> Decision:
        if wire.header(record.headers, "ce_source") == OWN:
            return Decision(outcome="own")
        event = wire.event_of(record)
        handler = self._on.get(type(event))
        if handler is None:
            raise EventInvalidError(f"{wire.kind_of(event)} is not for escalation")
        return handler(event, (wire.header(record.headers, "ce_id") or b"").decode())

    def overdue(self) -> Decision | None:
        """The next thing that time or a new calendar leads to: at most so many at each tick, towns in turn."""
        if self.clock is None:
            return None
        now = self.clock.at
        if self._done and self._done[0][0] + self._kept <= now:
            return self._forgotten(self._done[0][1])
        if self._stale:
            return self._corrected(self._stale[0], now)
        if self.clock.fired >= self.rules.current.file.limits_per_tick:
            return None
        following = self._due.next(now, self.clock.town)
        if following is None:
            return None
        town, key = following
        case = self._case(self.state[key])
        cause = self._let_pass(case, now)
        clock = replace(self.clock, fired=self.clock.fired + 1, town=town)
        decision = self._decision(case, cause)
        decision.puts.append((CLOCK, clock))
        return decision

    def committed(self) -> None:
        for seconds in self._lateness:
            LATENESS.observe(seconds)
        self._lateness.clear()
        if self.clock is not None:
            TICKED.labels(str(self.lane)).set(self.clock.at.timestamp())
            earliest = self._due.earliest()
            behind = 0.0 if earliest is None else (self.clock.at - earliest).total_seconds()
            WAITING.labels(str(self.lane)).set(max(behind, 0.0))

    def index(self, key: str, old: Any, new: Any) -> None:
        match new:
            case Clock():
                self.clock = new
            case CalendarAnnounced():
                self._year = new.announcement.year
                self.rules.take(new)
                self._stale = sorted(self._provisional)
            case PolicyAdopted():
                self.rules.take(new)
                self._keep_for(self.rules.current)
            case Life():
                if new is not old:
                    self._index_life(key, new)
            case _ if isinstance(old, Life):
                self._due.set(key, old.town, None)
                self._provisional.discard(key)
        while self._done and not self._is_last(*self._done[0]):
            heapq.heappop(self._done)
        while self._stale and not self._is_stale(self._stale[0]):
            heapq.heappop(self._stale)

    def _index_life(self, key: str, new: Life) -> None:
        alarm = passing.next_alarm(new)
        self._due.set(key, new.town, None if alarm is None else alarm.at)
        if new.ended is not None:
            heapq.heappush(self._done, (new.at, key))
        if passing.is_provisional(new):
            self._provisional.add(key)
            if passing.is_stale(new, self.rules.calendar):
                heapq.heappush(self._stale, key)
        else:
            self._provisional.discard(key)

    def _keep_for(self, policy: Policy) -> None:
        longest = max(policy.windows.values(), default=timedelta(0))
        self._kept = max(self._kept, longest + LONGER_THAN_ANY_JOIN)

    def _is_last(self, at: datetime, key: str) -> bool:
        known = self.state.get(key)
        return isinstance(known, Life) and known.ended is not None and known.at == at

    def _is_stale(self, key: str) -> bool:
        known = self.state.get(key)
        return isinstance(known, Life) and passing.is_stale(known, self.rules.calendar)

    def _forgotten(self, matter_id: str) -> Decision:
        matter: Life = self.state[matter_id]
        keys = [matter_id, *(JOINED + part.report_id for part in matter.parts[1:])]
        return Decision([], [(key, None) for key in keys if key in self.state])

    def _corrected(self, matter_id: str, now: datetime) -> Decision:
        case = self._case(self.state[matter_id])
        cause = f"{matter_id}/{case.life.number}/{self.rules.calendar}"
        passing.correct(case, self._year)
        return self._decision(case, cause)

    def _let_pass(self, case: Case, now: datetime) -> str:
        """The earliest thing that fell due for a matter happens to it; returns what caused it."""
        alarm = passing.next_alarm(case.life)
        assert alarm is not None
        self._lateness.append((now - passing.since(case.life, alarm, now)).total_seconds())
        cause = f"{case.life.matter_id}/{case.life.number}/{alarm.what.name.lower()}/{alarm.at.isoformat()}"
        passing.go_off(case, alarm)
        return cause

    def _on_opened(self, event: MatterOpened, cause: str) -> Decision:
        return self._decision(self._begun(event), cause)

    def _begun(self, event: MatterOpened) -> Case:
        """A matter at its beginning, and what is said of it at once."""
        case = self._case(begun(event))
        fast.raised(case, event.sheet)
        fast.asked(case, event.report_id, event.danger)
        return case

    def _on_matched(self, event: ReportMatched, cause: str) -> Decision:
        matter = matter_with(self.state, event.county, event.like, event.matter_id)
        event = joining.completed(event, matter, self.rules.current.version)
        if event.band is not Band.JOIN or matter is None or joining.is_left_alone(matter, event):
            return self._opened_after_all(matter, event, cause)
        case = self._case(matter, at=event.at)
        joining.matched(case, event)
        joined = Joined(matter_id=matter.matter_id, apart=event.apart, voice=event.voice)
        decision = self._decision(case, cause)
        decision.puts.append((JOINED + event.report_id, joined))
        return decision

    def _opened_after_all(self, matter: Life | None, event: ReportMatched, cause: str) -> Decision:
        """The report is a matter of its own. One that would have taken it in, were it not over, goes on there."""
        goes_on = event.band is Band.JOIN and matter is not None and matter.position.state in ENDED
        repeated = matter.matter_id if goes_on and matter and joining.is_repeated(matter, event) else None
        if repeated is None and event.earlier is not None:
            earlier = matter_with(self.state, event.county, event.earlier)
            if earlier is None:
                repeated = f"{event.county}-{event.earlier}"
            elif earlier.position.state is State.CLOSED and joining.is_for_the_same(earlier, event):
                repeated = earlier.matter_id
        opened = joining.opened(event.apart, event.report_id, event.voice, event.county, event.at, repeated)
        case = self._begun(opened)
        if event.band is Band.ASK and matter is not None and joining.may_ask(case.life, matter):
            joining.ask(case, matter, event)
        done = self._newly_opened(opened, case, f"{cause}/{opened.matter_id}")
        if goes_on and matter is not None:
            done.puts.append((matter.matter_id, replace(matter, into=opened.matter_id)))
        return done

    def _newly_opened(self, opened: MatterOpened, case: Case, cause: str) -> Decision:
        """A matter that does not come from routing."""
        out = self._out(opened, cause, opened.matter_id, opened.county, opened.at)
        outs = told(out, opened.county, opened.position.tier, opened.about_body)
        alone = self._decision(case, cause)
        return Decision([*outs, *alone.outs], alone.puts)

    def _on_tick(self, event: ClockTicked, cause: str) -> Decision:
        town = "" if self.clock is None else self.clock.town
        return Decision([], [(CLOCK, Clock(at=event.at, town=town))])

    def _on_rule(self, event: CalendarAnnounced | PolicyAdopted, cause: str) -> Decision:
        return Decision([], [(rulebook.key_of(event), rulebook.checked(event))])

    def _on_action(self, event: ActionReceived, cause: str) -> Decision:
        action = event.action
        by = RESIDENT if event.resident else action.desk or "nobody"
        matter: Life | None = self.state.get(action.matter_id)
        if not isinstance(matter, Life):
            return self._refused(action, None, Reason.MATTER_UNKNOWN, cause, by)
        if action.county != matter.county:
            return self._refused(action, None, Reason.COUNTY_WRONG, cause, by)
        case = self._case(matter)
        # what has passed has passed: an action that comes after the tick cannot be in time
        before = self._passed(case)
        actor = actor_of(action, case.life, case.policy, resident=event.resident)
        row = life.judge(action, case.life.position.state, actor)
        if event.resident and not actor:
            row = Reason.REPORT_NOT_OF_MATTER
        done = row if isinstance(row, Reason) else self._acted(action, case, cause, by)
        if isinstance(done, Reason):
            answer = self._refused(action, case.life, done, cause, by)
            return Decision([*before, *answer.outs], [(case.life.matter_id, case.life)], "refused")
        return Decision([*before, *done.outs], done.puts)

    def _acted(self, action: Action, case: Case, cause: str, by: str) -> Decision | Reason:
        """What an action leads to that may be done, or why it cannot be after all."""
        if action.kind is ActionKind.JOIN:
            return self._joined(action, case, cause, by)
        if action.kind is ActionKind.SPLIT:
            return self._split(action, case, cause, by)
        return EFFECTS[action.kind](case, action, by) or self._decision(case, cause)

    def _passed(self, case: Case) -> list[Out]:
        """All that has fallen due for this matter by the last tick, before its turn in the queue."""
        outs: list[Out] = []
        while self.now is not None and (alarm := passing.next_alarm(case.life)) and alarm.at <= self.now:
            cause = self._let_pass(case, self.now)
            outs += self._told(case, cause)
            case.said.clear()
        return outs

    def _joined(self, action: Action, case: Case, cause: str, by: str) -> Decision | Reason:
        other = self.state.get(action.into or "")
        if not isinstance(other, Life) or not joining.may_join(case.life, other, case):
            return Reason.TARGET_WRONG
        second = self._case(other)
        passed = self._passed(second)
        joining.join(case, second, action, by)
        done = self._decision(case, cause, second)
        return Decision([*passed, *done.outs], done.puts)

    def _split(self, action: Action, case: Case, cause: str, by: str) -> Decision | Reason:
        """A matter that had been merged is one again; else a report becomes the matter it would have been."""
        part = next((each for each in case.life.parts if each.report_id == action.taken_out), None)
        if part is None or part.gone:
            return Reason.REPORT_NOT_OF_MATTER
        merged = self.state.get(part.origin or "")
        if isinstance(merged, Life):
            second = self._case(merged)
            joining.part_again(case, second, action, by)
            return self._decision(case, cause, second)
        key, matter_id = f"{JOINED}{part.report_id}", f"{case.life.county}-{part.report_id}"
        joined = self.state.get(key)
        if not isinstance(joined, Joined) or matter_id in self.state:
            return Reason.TARGET_WRONG
        opened = joining.take_out(case, joined, matter_id, action, by)
        done = self._decision(case, cause)
        alone = self._newly_opened(opened, self._begun(opened), f"{cause}/{matter_id}")
        return Decision([*done.outs, *alone.outs], [*done.puts, (key, None), *alone.puts])

    def _case(self, matter: Life, at: datetime | None = None) -> Case:
        now = at or self.now or matter.at
        return Case(matter, self.rules.of(matter.policy), self.rules.current, now)

    def _decision(self, case: Case, cause: str, other: Case | None = None) -> Decision:
        """What was said of a matter, or of two, told to whom it concerns; and the matters after it."""
        decision = Decision(self._told(case, cause), [(case.life.matter_id, case.life)])
        if other is not None:
            decision.outs += self._told(other, f"{cause}/{other.life.matter_id}")
            decision.puts.append((other.life.matter_id, other.life))
        return decision

    def _told(self, case: Case, cause: str) -> list[Out]:
        """Of several events of one kind, each but the first has its number in its cause: ids differ."""
        outs: list[Out] = []
        kinds: set[type[MatterEvent]] = set()
        for event, value in case.said:
            own = f"{cause}/{event.number}" if type(event) in kinds else cause
            kinds.add(type(event))
            out = self._out(event, own, event.matter_id, event.county, event.at, value)
            outs += told(out, event.county, event.position.tier, case.life.about_body, event)
        return outs

    def _refused(self, action: Action, matter: Life | None, reason: Reason, cause: str, by: str) -> Decision:
        """The answer to an action that cannot be done; the matter is as it was.

        Who may not hear of the matter is told that there is none.
        """
        told_to: tuple[str, ...] = (action.county,)
        if matter is not None:
            told_to = audience(matter.county, matter.position.tier, matter.about_body)
            is_of_county = (action.desk or "").startswith(action.county)
            if action.county not in told_to and is_of_county:
                matter, reason, told_to = None, Reason.MATTER_UNKNOWN, (action.county,)
        event = ActionRefused(
            action_id=action.action_id,
            matter_id=action.matter_id,
            county=action.county,
            kind=action.kind,
            by=by,
            at=self._at(action, matter),
            reason=reason,
            state=None if matter is None else matter.position.state,
            holder=None if matter is None else key_of(matter.position.desk),
        )
        out = self._out(event, cause, action.matter_id, action.county, event.at)
        copies = [out._replace(topic=topics.routed(key), partition=None) for key in told_to]
        return Decision([out, *copies], [], "refused")

    def _at(self, action: Action, matter: Life | None) -> datetime:
        """The last tick, but never before the matter's own last event."""
        times = [self.now, None if matter is None else matter.at]
        return max((at for at in times if at is not None), default=action.at)

    def _out(
        self, event: Value, cause: str, subject: str, county: str, at: datetime, value: bytes | None = None
    ) -> Out:
        return wire.out(
            event,
            SOURCE,
            topics.EVENTS.name,
            self.lane,
            cause=cause,
            subject=subject,
            county=county,
            at=at,
            value=value,
        )
