"""Random lives: right and wrong actors, time in leaps, rules announced, reports matched, restarts in between."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.escalation.rules.life import RESIDENT, ROWS, Row, Who
from services.escalation.rules.matter import Life
from shared import events as e
from shared import wire
from shared.announced import Announcement, DayOff
from shared.catalogue import SHIPPED
from shared.events import Band, MatterEvent
from shared.matter import ActionKind, Ground
from tests.builders import MONDAY, SAME_TOWN
from tests.unit.escalation.lane import BULB, HOUR, INSTANT, MINUTE, UNHAPPY, K, Lane, journal

TEXT = SHIPPED.read_text(encoding="utf-8")
LONGER = TEXT.replace(
    "resolve: {village: 1 working day, town: 2 working days, county: 2",
    "resolve: {village: 3 working days, town: 4 working days, county: 6",
)
WEEK = timedelta(weeks=1)
REPORTS: tuple[dict[str, Any], ...] = (
    {},
    BULB,
    {"category": "order.theft"},
    {"category": "petition.first"},
    {"category": "emergency.fire"},
    {"category": "tip.gang"},
)
REPORTED: tuple[dict[str, Any], ...] = (
    {},
    {"voice": "a"},
    {"voice": "b"},
    {"voice": "c", "danger_now": True},
    {"voice": "a", "category": "tip.gang"},
)
"""What further reports say; who sent them, where anybody is known."""
CATEGORIES = ("emergency.fire", "tip.gang", "village.accounts", "city.greening", "petition.first", "made.up")
STARTS = (MONDAY, MONDAY.replace(month=12, day=28))
Step = tuple[str, Any, Any]

right = st.tuples(st.just("right"), st.integers(0, 999), st.sampled_from(Ground))
onward = st.tuples(st.just("onward"), st.integers(0, 999), st.sampled_from(Ground))
steps: st.SearchStrategy[Step] = st.one_of(
    *[right] * 4,
    *[onward] * 8,
    st.tuples(st.just("wrong"), st.sampled_from(ActionKind), st.sampled_from(Who)),
    st.tuples(st.just("sulk"), st.none(), st.none()),
    st.tuples(st.just("tick"), st.integers(1, 180), st.sampled_from([MINUTE, HOUR])),
    st.tuples(st.just("tick"), st.integers(1, 9), st.just(WEEK)),
    st.tuples(st.just("due"), st.integers(0, 1), st.none()),
    *[st.tuples(st.just("matched"), st.sampled_from(REPORTED), st.sampled_from(Band))] * 2,
    st.tuples(st.just("crowd"), st.integers(3, 6), st.none()),
    st.tuples(st.just("sorted"), st.sampled_from(CATEGORIES), st.none()),
    st.tuples(st.just("answered"), st.booleans(), st.none()),
    st.tuples(st.just("announced"), st.integers(2027, 2028), st.integers(4, 8)),
    st.tuples(st.just("adopted"), st.sampled_from([TEXT, LONGER]), st.none()),
    st.tuples(st.just("other"), st.none(), st.none()),
    st.tuples(st.just("restart"), st.none(), st.none()),
)
lives = st.lists(steps, min_size=10, max_size=30)


class Player:
    """Two matters of one lane and those that reports open beside them, one of which is acted on at a time."""

    def __init__(self, start: datetime = MONDAY, **report: Any) -> None:
        self.now = start
        self.lane = Lane(at=start, **report)
        other = {"source_id": "2", "title": "另一件事", "text": "与前一件毫不相干，请另行办理。"}
        second = {"division": SAME_TOWN} | report | other
        self.ids: tuple[str, ...] = (self.lane.matter_id, self.lane.report(start, **second))
        self.nth = 10

    def play(self, *doings: Step) -> None:
        for nth, step in enumerate(doings, self.nth):
            self.nth = nth + 1
            if self.lane.matter_id in self.lane.escalation.state:
                self._act(step)
            self._pass(step)

    def _act(self, step: Step) -> None:
        lane = self.lane
        match step:
            case "right", nth, ground:
                self._do_right([*ROWS], nth, ground)
            case "onward", nth, ground:
                self._do_right(
                    [row for row in ROWS if row.to is not None and row.who != RESIDENT], nth, ground
                )
            case "wrong", kind, who:
                lane.act(kind, who)
            case "sulk", *_:
                lane.act(K.VISIT, visit=UNHAPPY)
            case "matched", report, band:
                self._match(report, band)
            case "crowd", people, _:
                for nth in range(people):
                    lane.matched(f"r{self.nth}-{nth}", self.now, voice=f"{nth}")
            case "sorted", category, _:
                lane.act(K.CATEGORISE, category=category)
            case "answered", same, _ if lane.matter.asked is not None:
                lane.act(K.JOIN if same else K.KEEP_APART, into=lane.matter.asked)
            case "due", before, _ if (due := lane.position.due) is not None:
                self._tick(due.at - before * INSTANT)

    def _match(self, report: dict[str, Any], band: Band) -> None:
        """What becomes a matter of its own is acted on from here on if a person is asked about it."""
        self.lane.matched(f"r{self.nth}", self.now, band, **report)
        own = f"{self.lane.county}-r{self.nth}"
        if own in self.lane.escalation.state:
            self.ids = (*self.ids, own)
            if self.lane.life(own).asked is not None:
                self.lane.matter_id = own

    def _do_right(self, rows: list[Row], nth: int, ground: Ground) -> None:
        """One of the actions that the state allows; its ground may still be wrong, or its time over."""
        lane = self.lane
        possible = [row for row in rows if lane.position.state in row.states]
        if not possible:
            return
        row = possible[nth % len(possible)]
        changes: dict[str, Any] = {"into": self._other()} if row.kind is K.JOIN else {}
        if row.grounds and nth % 5:
            changes = {"ground": sorted(row.grounds)[nth % len(row.grounds)]}
        elif row.grounds:
            changes = {"ground": ground}
        lane.act(row.kind, **changes)

    def _pass(self, step: Step) -> None:
        match step:
            case "tick", count, unit:
                self._tick(self.now + count * unit)
            case "announced", year, days:
                self.lane.say(e.CalendarAnnounced(announcement=an_announcement(year, days)))
            case "adopted", text, _:
                self.lane.say(adopted(text))
            case "other", *_:
                self.lane.matter_id = self._other()
            case "restart", *_:
                self.lane.restart()

    def _other(self) -> str:
        return self.ids[(self.ids.index(self.lane.matter_id) + 1) % len(self.ids)]

    def _tick(self, at: datetime) -> None:
        if at > self.now:
            self.now = at
            self.lane.tick(at)

    def matters(self) -> list[Life]:
        return [each for each in self.lane.escalation.state.values() if isinstance(each, Life)]

    def histories(self) -> dict[str, list[MatterEvent]]:
        """Every matter's events from the first on, whoever wrote them."""
        opened = [wire.decode(record.value) for record in self.lane.records]
        found: dict[str, list[MatterEvent]] = {}
        for event in (*opened, *journal(self.lane.outs)):
            if isinstance(event, MatterEvent):
                found.setdefault(event.matter_id, []).append(event)
        return found


def an_announcement(year: int, days: int) -> Announcement:
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(days)]
    return Announcement(
        year=year,
        off=tuple(DayOff(day=day, en="New Year", zh="元旦") for day in every if day.weekday() < 5),
        worked=tuple(day for day in every[-1:] if day.weekday() >= 5),
        version="by hand",
    )


def adopted(text: str) -> e.PolicyAdopted:
    name = text.partition("name: ")[2].partition("\n")[0]
    version = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return e.PolicyAdopted(version=version, text=text)
