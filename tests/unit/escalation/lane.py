"""One lane of routing and escalation as real parts, and the matter a test is about; time is moved by hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.escalation.handlers import EscalationLogic
from services.escalation.rules.life import Who
from services.escalation.rules.matter import Life
from services.routing.handlers import RoutingLogic
from shared import topics, wire
from shared.catalogue import Policy
from shared.core import Core, Decision
from shared.divisions import Tier, county_of
from shared.events import Band, Event, MatterEvent, MatterOpened, ReportMatched
from shared.matter import (
    Action,
    ActionKind,
    Deadline,
    Ground,
    Position,
    Session,
    SessionKind,
    State,
    Value,
    Visit,
    Way,
    key_of,
)
from shared.reasons import Reason
from shared.wire import Out, Record
from tests.builders import (
    MONDAY,
    POLICY,
    VILLAGE,
    a_received,
    a_record,
    an_action,
    an_apart,
    journal_action,
    journal_tick,
    received_record,
)

K, S, W = ActionKind, State, Who
HAPPY = Visit(reached=True, resolved=True, satisfied=True)
UNHAPPY = Visit(reached=True, resolved=False, satisfied=False)
INSTANT = timedelta(microseconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CITY = "4309"
BULB: dict[str, Any] = {
    "category": "wish.small",
    "title": "换灯泡",
    "text": "老人家里的灯泡坏了，想请人换一个。",
}
"""A small wish enters at the village, and every kind of action has a place in its life."""

USUAL = {
    K.ACCEPT: W.OFFERED, K.RETURN: W.OFFERED, K.UPHOLD: W.CENTRE, K.REDISPATCH: W.CENTRE,
    K.APPROVE_EXTENSION: W.ABOVE, K.REFUSE_EXTENSION: W.ABOVE, K.ANSWER_WHISTLE: W.DEPARTMENT,
    K.ESCALATE: W.RESIDENT, K.RATE: W.RESIDENT, K.REOPEN: W.RESIDENT, K.WITHDRAW: W.RESIDENT,
    K.ACKNOWLEDGE: W.FORCE, K.ARRIVE: W.FORCE, K.SUPPORT: W.FORCE, K.STAND_DOWN: W.FORCE,
}  # fmt: skip
"""Who does it when a test does not say; the others are done by the desk."""
FIELDS: dict[ActionKind, dict[str, Any]] = {
    K.RESOLVE: {"way": Way.HANDLED},
    K.VISIT: {"visit": HAPPY},
    K.RETURN: {"ground": Ground.NOT_OUR_SUBJECT},
    K.PAUSE: {"ground": Ground.WAITS_FOR_RESIDENT},
    K.SEND_DOWN: {"ground": Ground.CAN_BE_SETTLED_BELOW},
    K.COURT_DECISION: {"confirmed": True},
    K.GRANT_WISH: {"resource": "repair_team"},
    K.COMMENT: {"outcome": "去看过了"},
    K.RATE: {"rating": 5},
    K.BOOK: {
        "session": Session(kind=SessionKind.MEDIATION, venue="tea_room", at=MONDAY + timedelta(days=300))
    },
}
SPARE = {
    Tier.VILLAGE: "legal_clinic",
    Tier.TOWN: "judicial_office",
    Tier.COUNTY: "legal_aid",
    Tier.CITY: "legal_aid",
}


class Lane:
    """A report is opened as a matter when the lane is made; `matter_id` is the one that is acted on."""

    def __init__(self, policy: Policy = POLICY, at: datetime = MONDAY, **report: Any) -> None:
        self.policy = policy
        self.county = county_of(str(report.get("division", VILLAGE)))
        self.routing = routing(policy)
        self.escalation = escalation(policy)
        self.records: list[Record] = []
        self.outs: list[Out] = []
        self.log: list[tuple[str, bytes | None]] = []
        self.acted = 0
        self.matter_id = ""
        self.matter_id = self.report(at, **report)

    @property
    def matter(self) -> Life:
        return self.life(self.matter_id)

    @property
    def position(self) -> Position:
        return self.matter.position

    @property
    def due(self) -> Deadline:
        assert self.position.due is not None
        return self.position.due

    @property
    def limit(self) -> Deadline:
        assert self.matter.limit is not None
        return self.matter.limit

    def life(self, matter_id: str) -> Life:
        found = self.escalation.state[matter_id]
        assert isinstance(found, Life)
        return found

    def report(self, at: datetime = MONDAY, **report: Any) -> str:
        """A report through routing; the id of the matter it opened or joined."""
        received = a_received(at, self.county, **report)
        (out, *_) = self.routing.feed(received_record(received)).outs
        self.feed(as_record(out))
        event = wire.decode(out.value)
        assert isinstance(event, MatterOpened | ReportMatched)
        return event.matter_id

    def asked(self) -> str:
        """The matter acted on is from here on one so like it that a person is asked; the other one's id."""
        other = self.matter_id
        self.matched("r1", band=Band.ASK, category=self.matter.sheet.category)
        self.matter_id = f"{self.county}-r1"
        return other

    def matched(
        self,
        report_id: str = "r2",
        at: datetime = MONDAY,
        band: Band = Band.JOIN,
        voice: str = "",
        **report: Any,
    ) -> list[Any]:
        """A report that routing found to be of the matter: about the same thing, and the same body."""
        same = {
            "division": self.matter.sheet.division,
            "category": self.matter.sheet.category,
            "about_body": self.matter.about_body,
        }
        apart = an_apart(**same | report)
        return self.say(self.found(report_id, at=at, apart=apart, band=band, voice=voice), at)

    def found(self, report_id: str = "r2", **changes: Any) -> ReportMatched:
        """What routing says of a report that is like the matter's first, and joins."""
        facts: dict[str, Any] = {
            "matter_id": self.matter_id,
            "county": self.county,
            "at": MONDAY,
            "score": 0.9,
            "evidence": (),
            "reason": Reason.JOINED_SAME_MATTER,
            "title": "t",
            "text": "t",
            "source": "app",
            "apart": an_apart(**BULB),
            "like": self.matter.parts[0].report_id,
        }
        return ReportMatched(report_id=report_id, **facts | changes)

    def say(self, event: Value, at: datetime = MONDAY) -> list[Any]:
        return self.feed(a_record(topics.EVENTS.name, event, at=at))

    def feed(self, record: Record) -> list[Any]:
        """What the journal then says of it, and of all that fell due with it."""
        self.records.append(record)
        decisions = [self.escalation.feed(record)]
        assert decisions[0].outcome != "buried", wire.decode(decisions[0].outs[0].value)
        while (due := self.escalation.fall_due()) is not None:
            decisions.append(due)
        for decision in decisions:
            self.keep(decision)
        return journal([out for decision in decisions for out in decision.outs])

    def keep(self, decision: Decision) -> None:
        """What a lane that stops would have put on the bus."""
        self.outs += decision.outs
        self.log += [(key, None if value is None else wire.encode(value)) for key, value in decision.puts]

    def restart(self) -> None:
        """As after kill -9: all that is left is the changelog, compacted."""
        self.escalation = restored(self.policy, compacted(self.log))

    def tick(self, at: datetime) -> list[Any]:
        return self.feed(journal_tick(at))

    def key(self, who: Who) -> str | None:
        """A desk that is that to the matter, by hand."""
        position = self.position
        codes = {Tier.VILLAGE: 12, Tier.TOWN: 9, Tier.COUNTY: 6, Tier.CITY: 4}
        place = self.matter.sheet.division
        match who:
            case Who.RESIDENT:
                return None
            case Who.DESK:
                return key_of(position.desk)
            case Who.OFFERED:
                return key_of(position.offered or position.desk)
            case Who.CENTRE:
                return f"{position.desk.division}:{position.tier}_centre"
            case Who.ABOVE if position.tier is Tier.CITY:
                return f"{place[:4]}:city_oversight"
            case Who.ABOVE:
                tier = tuple(Tier)[tuple(Tier).index(position.tier) + 1]
                return f"{place[: codes[tier]]}:{tier}_centre"
            case Who.DEPARTMENT:
                return key_of(self.matter.calls[0].department) if self.matter.calls else f"{CITY}:gardens"
            case Who.FORCE:
                return key_of(self.matter.fast.desks[0]) if self.matter.fast else f"{CITY}:gardens"

    def action(self, kind: ActionKind, who: Who | None = None, **changes: Any) -> Action:
        """A good action of the kind, by who may do it, with everything it asks for."""
        actor = who or USUAL.get(kind, W.DESK)
        self.acted += 1
        facts: dict[str, Any] = {
            "kind": kind,
            "action_id": f"{kind}-{self.acted}",
            "matter_id": self.matter_id,
            "county": self.county,
            "desk": self.key(actor),
            "report_id": self.matter.parts[0].report_id if actor is W.RESIDENT else None,
        }
        return an_action(**(facts | FIELDS.get(kind, {}) | self._named(kind) | changes))

    def _named(self, kind: ActionKind) -> dict[str, Any]:
        position = self.position
        match kind:
            case K.TRANSFER | K.REDISPATCH:
                holder = position.offered or position.desk
                spare = SPARE[position.tier]
                body = spare if holder.body != spare else f"{position.tier}_centre"
                return {"to": f"{position.desk.division}:{body}"}
            case K.WHISTLE:
                over = self.county[:4] if position.tier is Tier.COUNTY else self.county
                return {"to": f"{over}:health_bureau"}
            case K.HOLD | K.MISS:
                return {"session_id": next((s.session_id for s in self.matter.sessions), "none")}
            case K.SPLIT:
                return {"taken_out": self.matter.parts[-1].report_id}
            case K.JOIN:
                return {"into": "none"}
            case K.VISIT:
                left = [
                    part
                    for part in self.matter.parts
                    if part.voice not in self.matter.visited and not part.gone
                ]
                return {"report_id": left[0].report_id} if left else {}
            case K.CATEGORISE:
                now = self.matter.sheet.category
                return {"category": "city.greening" if now != "city.greening" else "city.road_damage"}
            case _:
                return {}

    def act(self, kind: ActionKind, who: Who | None = None, **changes: Any) -> list[Any]:
        action = self.action(kind, who, **changes)
        return self.feed(journal_action(action, resident=action.desk is None))

    def go(self, *kinds: ActionKind) -> None:
        """One action after the other, each of which is done."""
        for kind in kinds:
            before = self.matter.number
            events = self.act(kind)
            assert self.matter.number > before, events


def routing(policy: Policy = POLICY) -> Core:
    logic = RoutingLogic(policy, {}, 0, 1)
    return Core(logic, logic.state)


def escalation(policy: Policy = POLICY) -> Core:
    logic = EscalationLogic(policy, {}, 0)
    return Core(logic, logic.state)


def restored(policy: Policy, log: Iterable[tuple[str, bytes | None]]) -> Core:
    core = escalation(policy)
    for key, value in log:
        core.restore(key, value)
    return core


def compacted(log: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, bytes | None]]:
    """The last change of each key, at its place, as the broker keeps it."""
    last: dict[str, bytes | None] = {}
    for key, value in log:
        last.pop(key, None)
        last[key] = value
    return list(last.items())


def as_record(out: Out) -> Record:
    return Record(out.topic, 0, 0, out.timestamp, out.key, out.value, out.headers)


def journal(outs: Iterable[Out]) -> list[Event]:
    return [wire.decode(out.value) for out in outs if out.topic == topics.EVENTS.name]


def history(outs: Iterable[Out], matter_id: str) -> list[MatterEvent]:
    return [each for each in journal(outs) if isinstance(each, MatterEvent) and each.matter_id == matter_id]


def kinds(events: Iterable[Event]) -> list[str]:
    return [wire.kind_of(event) for event in events]


def one(events: list[Any]) -> Any:
    """The only event there is."""
    (event,) = events
    return event
