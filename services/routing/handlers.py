"""Reports become matters or parts of matters; actions and ticks take their place in the journal."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.routing.rules.match import Features, Match, match, words_of
from services.routing.rules.place import Placement, place
from shared import rulebook, topics, wire
from shared.catalogue import UNCLEAR, Policy, window_of
from shared.core import Decision
from shared.errors import EventInvalidError, PartitionWrongError
from shared.events import (
    ActionReceived,
    Apart,
    CalendarAnnounced,
    ClockTicked,
    MatterOpened,
    PolicyAdopted,
    ReportMatched,
    ReportReceived,
    Sheet,
)
from shared.matter import Action, Report, Value
from shared.routed import told
from shared.rulebook import Rulebook
from shared.wire import Out, Record

SOURCE = "/xiaoshi/routing"
INPUTS = (
    topics.RULES.name,
    topics.RECEIVED.name,
    topics.ACTIONS.name,
    topics.RESIDENTS.name,
    topics.TICKS.name,
)
"""In the order in which a batch is handled: what rules, a report before an action on it, both before the tick."""
REMEMBERED = timedelta(days=30)
LEAP = timedelta(hours=1)
CLOCK = "clock"


class Placed(Value, frozen=True, tag="placed"):
    """What routing remembers of a report: enough to know it again, and to find its matter for the next one."""

    matter_id: str
    county: str
    at: datetime
    until: datetime
    category: str
    village: str = ""
    words: str = ""
    reporter_ref: str | None = None
    about_body: str | None = None


class Acted(Value, frozen=True, tag="acted"):
    """An action passed on: the same again is not. `until` it is remembered."""

    until: datetime


class Clock(Value, frozen=True, tag="clock"):
    """The last tick passed on."""

    at: datetime


class RoutingLogic:
    """A fold over reports.received, actions of desks and residents, ticks, and what rules, of one lane."""

    state_type: Any = Placed | Acted | Clock | CalendarAnnounced | PolicyAdopted

    def __init__(self, policy: Policy, state: dict[str, Any], lane: int, lanes: int) -> None:
        self.rules = Rulebook(policy)
        self.state = state
        self.lane = lane
        self.lanes = lanes
        self._nearby: dict[tuple[str, str, str | None], dict[str, tuple[str, Features]]] = {}
        self._voices: dict[tuple[str, str, str], str] = {}
        self._ends: list[tuple[datetime, str]] = []
        self._action = msgspec.json.Decoder(Action)
        self._tick = msgspec.json.Decoder(ClockTicked)
        self._received = msgspec.json.Decoder(ReportReceived)
        self._rule: msgspec.json.Decoder[CalendarAnnounced | PolicyAdopted] = msgspec.json.Decoder(
            CalendarAnnounced | PolicyAdopted
        )
        self._by_topic: dict[str, Callable[[Record], Decision]] = {
            topics.RULES.name: self._on_rule,
            topics.RECEIVED.name: self._on_report,
            topics.ACTIONS.name: self._on_action,
            topics.RESIDENTS.name: self._on_action,
            topics.TICKS.name: self._on_tick,
        }

    @property
    def policy(self) -> Policy:
        """The one that rules what is placed now."""
        return self.rules.current

    def decide(self, record: Record) -> Decision:
        try:
            return self._by_topic[record.topic](record)
        except msgspec.MsgspecError as error:
            raise EventInvalidError(str(error)) from error

    def overdue(self) -> Decision | None:
        return None

    def committed(self) -> None:
        pass

    def index(self, key: str, old: Any, new: Any) -> None:
        if isinstance(new, CalendarAnnounced | PolicyAdopted):
            self.rules.take(new)
        if isinstance(old, Placed):
            self._forget(key, old)
        while self._ends and self._ends[0][1] not in self.state:
            heapq.heappop(self._ends)
        if isinstance(new, Placed | Acted):
            heapq.heappush(self._ends, (new.until, key))
        if isinstance(new, Placed):
            self._remember(key, new)

    def _remember(self, key: str, new: Placed) -> None:
        if new.words:
            features = Features(new.village, new.category, new.words, new.at)
            self._nearby.setdefault((new.village, new.category, new.about_body), {})[key] = (
                new.matter_id,
                features,
            )
        if new.reporter_ref:
            self._voices.setdefault((new.county, new.reporter_ref, new.category), new.matter_id)

    def _forget(self, key: str, old: Placed) -> None:
        where = (old.village, old.category, old.about_body)
        self._nearby.get(where, {}).pop(key, None)
        if not self._nearby.get(where):
            self._nearby.pop(where, None)
        voice = (old.county, old.reporter_ref or "", old.category)
        if self._voices.get(voice) == old.matter_id:
            del self._voices[voice]

    def _on_report(self, record: Record) -> Decision:
        received = self._received.decode(record.value or b"")
        if received.report_id in self.state:
            return Decision(outcome="duplicate")
        placement = place(received.report, received.received_at, self.policy)
        found, features = self._match(received, placement)
        trace = wire.header(record.headers, "traceparent")
        if found.matter_id is None:
            matter_id = f"{received.county}-{received.report_id}"
            outs = self._open(matter_id, received, placement, trace)
        else:
            matter_id = found.matter_id
            outs = self._join(matter_id, received, placement, found, trace)
        window = window_of(self.policy, placement.category) or timedelta(0)
        placed = Placed(
            matter_id=matter_id,
            county=received.county,
            at=received.received_at,
            until=received.received_at + max(window, REMEMBERED),
            category=placement.category,
            village=features.village,
            words=features.words,
            reporter_ref=received.report.reporter_ref,
            about_body=received.report.about_body,
        )
        return Decision(outs, [(received.report_id, placed), *self._forgotten(received.received_at)])

    def _match(self, received: ReportReceived, placement: Placement) -> tuple[Match, Features]:
        report = received.report
        village = report.division[:12] if len(report.division) >= 12 else ""
        if placement.category == UNCLEAR:
            village = ""  # nobody has said yet what it is about: a person joins it at triage
        words = words_of(report.title, report.text) if village else ""
        features = Features(village, placement.category, words, received.received_at)
        # a complaint about a body joins only others about it: it must not come to a desk through a matter there
        near = (village, placement.category, report.about_body)
        candidates = self._nearby.get(near, {}).values()
        window = window_of(self.policy, placement.category)
        return match(features, candidates, window, self.policy.file.join.similarity), features

    def _open(
        self, matter_id: str, received: ReportReceived, placement: Placement, trace: bytes | None
    ) -> list[Out]:
        opened = MatterOpened(
            matter_id=matter_id,
            county=received.county,
            number=1,
            at=received.received_at,
            position=placement.position,
            report_id=received.report_id,
            grade=placement.grade,
            sheet=_sheet(received.report, placement.category),
            because=placement.because,
            reason=placement.reason,
            policy=self.policy.version,
            confidential=placement.confidential,
            about_body=received.report.about_body,
            repeat_of=self._repeat_of(received, placement),
        )
        out = self._journal(opened, received.report_id, matter_id, received.county, opened.at, trace)
        return told(out, received.county, placement.position.tier, opened.about_body)

    def _join(
        self,
        matter_id: str,
        received: ReportReceived,
        placement: Placement,
        found: Match,
        trace: bytes | None,
    ) -> list[Out]:
        report = received.report
        matched = ReportMatched(
            report_id=received.report_id,
            matter_id=matter_id,
            county=received.county,
            at=received.received_at,
            score=round(found.score, 4),
            evidence=found.evidence,
            reason=found.reason,
            title=report.title,
            text=report.text,
            source=report.source,
            apart=Apart(
                position=placement.position,
                grade=placement.grade,
                sheet=_sheet(report, placement.category),
                because=placement.because,
                reason=placement.reason,
                about_body=report.about_body,
            ),
        )
        return [self._journal(matched, received.report_id, matter_id, received.county, matched.at, trace)]

    def _repeat_of(self, received: ReportReceived, placement: Placement) -> str | None:
        ref = received.report.reporter_ref
        return self._voices.get((received.county, ref, placement.category)) if ref else None

    def _forgotten(self, now: datetime) -> list[tuple[str, None]]:
        """One that is past its time, so that no single record pays for a long silence."""
        return [(self._ends[0][1], None)] if self._ends and self._ends[0][0] <= now else []

    def _on_action(self, record: Record) -> Decision:
        action = self._action.decode(record.value or b"")
        if wire.partition_of(action.county.encode(), self.lanes) != self.lane:
            raise PartitionWrongError(
                f"county {action.county} is not in partition {record.partition}: the key must be the county, "
                "placed by the default partitioner of the Java client (murmur2)"
            )
        resident = record.topic == topics.RESIDENTS.name
        # a resident's action and a desk's cannot stand in for each other, whatever they are called
        cause = f"resident {action.action_id}" if resident else action.action_id
        key = f"action {cause}"
        if key in self.state:
            return Decision(outcome="duplicate")
        event = ActionReceived(action=action, resident=resident)
        trace = wire.header(record.headers, "traceparent")
        out = self._journal(event, cause, action.matter_id, action.county, action.at, trace)
        now = self._now() or action.at
        return Decision([out], [(key, Acted(until=now + REMEMBERED)), *self._forgotten(now)])

    def _on_tick(self, record: Record) -> Decision:
        tick = self._tick.decode(record.value or b"")
        now = self._now()
        if now is not None and tick.at <= now:
            return Decision(outcome="duplicate" if tick.at == now else "backward")
        cause = f"{record.topic}/{self.lane}/{tick.at.isoformat()}"
        out = self._journal(tick, cause, str(self.lane), "", tick.at, None)
        outcome = "leapt" if now is not None and tick.at - now > LEAP else "handled"
        return Decision([out], [(CLOCK, Clock(at=tick.at))], outcome)

    def _on_rule(self, record: Record) -> Decision:
        """A calendar or a policy rules from here on, for what is placed and, by the journal, for what runs."""
        rule = rulebook.checked(self._rule.decode(record.value or b""))
        key = rulebook.key_of(rule)
        if isinstance(rule, CalendarAnnounced) and self.state.get(key) == rule:
            return Decision(outcome="duplicate")
        cause = (wire.header(record.headers, "ce_id") or b"").decode() or f"{record.topic}/{record.offset}"
        out = self._journal(rule, cause, key, "", wire.instant(record.timestamp), None)
        return Decision([out], [(key, rule)])

    def _now(self) -> datetime | None:
        clock: Clock | None = self.state.get(CLOCK)
        return None if clock is None else clock.at

    def _journal(
        self, event: Value, cause: str, subject: str, county: str, at: datetime, trace: bytes | None
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
            trace=trace,
        )


def _sheet(report: Report, category: str) -> Sheet:
    return Sheet(
        title=report.title,
        text=report.text,
        division=report.division,
        reported_at=report.reported_at,
        category=category,
        source=report.source,
        occurred_at=report.occurred_at,
        location=report.location,
        people_involved=report.people_involved,
        money_at_stake=report.money_at_stake,
        injury=report.injury,
        danger_now=report.danger_now,
        attachments=report.attachments,
        answers=report.answers,
    )
