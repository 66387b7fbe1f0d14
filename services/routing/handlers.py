"""Reports become matters or parts of matters; actions and ticks take their place in the journal."""

import dataclasses
import heapq
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from services.routing.classify.guess import Classifier
from services.routing.nearby import Nearby
from services.routing.reading import Reader, Reading, sheet_of
from services.routing.rules.features import Features, features_of
from services.routing.rules.match import NONE_NEAR, Match
from services.routing.rules.place import Placement, place
from services.routing.rules.voices import ByTime, heard_as, voice_of
from shared import rulebook, topics, wire
from shared.calendar import ZONE
from shared.catalogue import Policy, window_of
from shared.core import Decision
from shared.errors import EventInvalidError, PartitionWrongError
from shared.events import (
    ActionReceived,
    Apart,
    Band,
    CalendarAnnounced,
    ClockTicked,
    MatterOpened,
    PolicyAdopted,
    ReportMatched,
    ReportReceived,
)
from shared.matter import Action, Value
from shared.reasons import Reason
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


class Placed(Value, frozen=True, forbid_unknown_fields=False, tag="placed"):
    """What routing remembers of a report: enough to know it again, and to find its matter for the next one.

    `matter_id`: as routing took it; where it is by now escalation knows. `features` None: compared with no more.
    What earlier versions kept besides is passed over.
    """

    matter_id: str
    county: str
    at: datetime
    until: datetime
    category: str
    features: Features | None = None
    reporter_ref: str | None = None


class Asked(Value, frozen=True, tag="asked"):
    """How often people of a county were asked on a day whether two matters are the same."""

    day: date
    times: int


class Acted(Value, frozen=True, tag="acted"):
    """An action passed on: the same again is not. `until` it is remembered."""

    until: datetime


class Clock(Value, frozen=True, tag="clock"):
    """The last tick passed on."""

    at: datetime


class Whole(NamedTuple):
    """All that is known of a report by now. `group`: the matter that routing counts it to."""

    reading: Reading
    placement: Placement
    found: Match
    group: str


class RoutingLogic:
    """A fold over reports.received, actions of desks and residents, ticks, and what rules, of one lane."""

    state_type: Any = Placed | Asked | Acted | Clock | CalendarAnnounced | PolicyAdopted

    def __init__(
        self, policy: Policy, state: dict[str, Any], lane: int, lanes: int, model: Classifier | None = None
    ) -> None:
        self.rules = Rulebook(policy)
        self.state = state
        self.lane = lane
        self.lanes = lanes
        self._model = model
        self._reader = Reader(policy, model)
        self._nearby = Nearby()
        self._compared = ByTime()
        self._voices = ByTime()
        self._ends: list[tuple[datetime, str]] = []
        self._fades: list[tuple[datetime, str]] = []
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
            self._reader = Reader(self.policy, self._model)
            self._fade_anew()
        if isinstance(old, Placed):
            self._forget(key, old)
        while self._ends and self._ends[0][1] not in self.state:
            heapq.heappop(self._ends)
        if isinstance(new, Placed | Acted) and old is None:
            heapq.heappush(self._ends, (new.until, key))
        if isinstance(new, Placed):
            self._remember(key, new)
        while self._fades and self._features(self._fades[0][1]) is None:
            heapq.heappop(self._fades)

    def _features(self, key: str) -> Features | None:
        placed = self.state.get(key)
        return placed.features if isinstance(placed, Placed) else None

    def _remember(self, key: str, new: Placed) -> None:
        if new.features is not None:
            self._nearby.put(key, new.matter_id, new.features)
            self._compared.put(new.matter_id, new.at, key)
            heapq.heappush(self._fades, (self._fades_at(new), key))
        if (voice := heard_as(new.county, new.reporter_ref, new.category)) is not None:
            self._voices.put(voice, new.at, key)

    def _forget(self, key: str, old: Placed) -> None:
        if old.features is not None:
            self._nearby.drop(key)
            self._compared.drop(old.matter_id, old.at, key)
        if (voice := heard_as(old.county, old.reporter_ref, old.category)) is not None:
            self._voices.drop(voice, old.at, key)

    def _fades_at(self, placed: Placed) -> datetime:
        return placed.at + (window_of(self.policy, placed.category) or timedelta(0))

    def _fade_anew(self) -> None:
        """By the windows of the policy that rules now, as a lane that starts under it would."""
        kept = ((key, placed) for key, placed in self.state.items() if isinstance(placed, Placed))
        self._fades = [(self._fades_at(placed), key) for key, placed in kept if placed.features is not None]
        heapq.heapify(self._fades)

    def _on_report(self, record: Record) -> Decision:
        received = self._received.decode(record.value or b"")
        if received.report_id in self.state:
            return Decision(outcome="duplicate")
        now = received.received_at
        reading = self._reader.read(received.report)
        placement = place(reading.report, now, self.policy)
        placement = replace(placement, because=(*placement.because, *reading.because))
        window = window_of(self.policy, placement.category)
        features, found = None, NONE_NEAR
        if window is not None:
            features = features_of(reading.report, placement.category, now)
            found = self._match(features, now, window)
        placed = Placed(
            matter_id=found.matter_id if found.band is Band.JOIN and found.matter_id else _own(received),
            county=received.county,
            at=now,
            until=now + max(window or timedelta(0), REMEMBERED),
            category=placement.category,
            features=features,
            reporter_ref=reading.report.reporter_ref,
        )
        puts: list[tuple[str, Any]] = [(received.report_id, placed), *self._faded(now), *self._forgotten(now)]
        found, asked = self._within_measure(found, received)
        puts += asked
        event = self._event(received, Whole(reading, placement, found, placed.matter_id))
        trace = wire.header(record.headers, "traceparent")
        out = self._journal(event, received.report_id, event.matter_id, received.county, now, trace)
        if isinstance(event, MatterOpened):
            return Decision(told(out, received.county, placement.position.tier, event.about_body), puts)
        return Decision([out], puts)

    def _match(self, features: Features, now: datetime, window: timedelta) -> Match:
        """The matter it is most like, if that was last heard of within the window of the report's category.

        The window's end is outside it, and it reaches both ways: what was received earlier may be read later.
        """
        found = self._nearby.match(features, now, self.policy.file.join)
        if found.matter_id is None:
            return found
        latest = self._compared.latest(found.matter_id)
        is_near = latest is not None and abs(now - latest[0]) < window
        return found if is_near else _apart(found)

    def _within_measure(self, found: Match, received: ReportReceived) -> tuple[Match, list[tuple[str, Any]]]:
        """People can look at so many pairs a day and no more: what is beyond stays apart."""
        if found.band is not Band.ASK:
            return found, []
        key, day = f"asked {received.county}", received.received_at.astimezone(ZONE).date()
        asked: Asked | None = self.state.get(key)
        if asked is not None:  # one that was received before midnight may be read after it
            day = max(day, asked.day)
        times = asked.times if asked is not None and asked.day == day else 0
        if times >= self.policy.file.join.asks_a_day:
            return _apart(found), []
        return found, [(key, Asked(day=day, times=times + 1))]

    def _event(self, received: ReportReceived, whole: Whole) -> MatterOpened | ReportMatched:
        """A matter, where the report has to do with no other; else what it has to do with, for escalation."""
        reading, placement, found, group = whole
        report, ref = reading.report, reading.report.reporter_ref
        heard = self._voices.latest(heard_as(received.county, ref, placement.category))
        earlier = heard and heard[1]
        voice = voice_of(group, ref) if ref else ""
        sheet = sheet_of(report, placement.category)
        if found.matter_id is None and earlier is None:
            return MatterOpened(
                matter_id=_own(received),
                county=received.county,
                number=1,
                at=received.received_at,
                position=placement.position,
                report_id=received.report_id,
                grade=placement.grade,
                sheet=sheet,
                because=placement.because,
                reason=placement.reason,
                policy=self.policy.version,
                confidential=placement.confidential,
                about_body=report.about_body,
                voice=voice,
                guesses=reading.guesses,
                danger=reading.danger,
            )
        return ReportMatched(
            report_id=received.report_id,
            matter_id=found.matter_id or _own(received),
            county=received.county,
            at=received.received_at,
            score=round(found.score, 4),
            evidence=found.evidence,
            reason=found.reason if found.matter_id else Reason.SAME_RESIDENT,
            title=report.title,
            text=report.text,
            source=report.source,
            apart=Apart(
                position=placement.position,
                grade=placement.grade,
                sheet=sheet,
                because=placement.because,
                reason=placement.reason,
                about_body=report.about_body,
                confidential=placement.confidential,
                policy=self.policy.version,
                guesses=reading.guesses,
                danger=reading.danger,
            ),
            band=found.band,
            like=found.like,
            earlier=earlier,
            voice=voice,
        )

    def _forgotten(self, now: datetime) -> list[tuple[str, None]]:
        """One that is past its time, so that no single record pays for a long silence."""
        return [(self._ends[0][1], None)] if self._ends and self._ends[0][0] <= now else []

    def _faded(self, now: datetime) -> list[tuple[str, Placed]]:
        """One that nothing is compared with any more: its window is over."""
        if not self._fades or self._fades[0][0] > now:
            return []
        key = self._fades[0][1]
        return [(key, replace(self.state[key], features=None))]

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


def _apart(found: Match) -> Match:
    """It stays apart after all, however alike it is."""
    return dataclasses.replace(found, matter_id=None, like=None, band=Band.APART)


def _own(received: ReportReceived) -> str:
    """The matter that a report opens is named after it."""
    return f"{received.county}-{received.report_id}"
