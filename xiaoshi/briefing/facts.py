"""What a briefing tells, folded from the journal and the observed figures alone: the same log gives the same pages."""

from collections import ChainMap, Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import NamedTuple

from services.metrics.figures import Kept, cells_of
from services.metrics.handlers import MetricsLogic
from services.metrics.rules.facts import Facts
from services.metrics.rules.periods import DAY, Period, PeriodKind, back_from, containing, day_of
from services.metrics.rules.turns import BEFORE_ANY_TICK
from shared import divisions, wire
from shared.calendar import ZONE
from shared.core import Core
from shared.errors import BuryError, QuestionInvalidError
from shared.events import ActionRefused, ClockTicked, MatterEvent, PolicyAdopted
from shared.observed_events import IndicatorObserved
from shared.wire import Record
from xiaoshi.briefing.lists import WEEKS_BEFORE, Burst, LateDesk, Lists, Rise, Voiced
from xiaoshi.briefing.measures import (
    Measure,
    Week,
    contradicted,
    counted,
    drawn,
    published,
    stood,
)

CHARTED = 8
TOWN_WIDTH = 9


class Gaps(NamedTuple):
    """What the figures leave out. `unread`: records of the journal that are none, or broke the count.

    `unplaced`: open matters whose town is not known or not shown. `asked`: open matters of which nobody
    has said yet whether they are the same as another. `contradicted`: observed figures on which publishers disagree.
    """

    unread: int
    unplaced: int
    asked: int
    contradicted: int


class Briefing(NamedTuple):
    """`known_until`: the week's end, or the last tick before it of the lane furthest behind. `began`: the journal's
    first day.

    `bursts` None: the journal is too young to tell. `policy`: the text of the last adopted in the journal, for
    the names.
    """

    place: str
    week: Period
    began: date
    known_until: datetime
    policy: str | None
    measures: tuple[Measure, ...]
    weeks: tuple[Week, ...]
    rises: tuple[Rise, ...]
    bursts: tuple[Burst, ...] | None
    desks: tuple[LateDesk, ...]
    voiced: tuple[Voiced, ...]
    gaps: Gaps

    @property
    def is_over(self) -> bool:
        """The log knows the whole week."""
        return self.known_until >= midnight(self.week.end)


def week_of(text: str) -> Period:
    """`2026-W10`, a week of ISO 8601; it begins at midnight in China. Raises QuestionInvalidError."""
    year, _, number = text.partition("-W")
    try:
        if len(year) != 4 or len(number) != 2 or not (text.isascii() and (year + number).isdecimal()):
            raise ValueError(text)
        return containing(PeriodKind.WEEK, date.fromisocalendar(int(year), int(number), 1))
    except ValueError as error:
        raise QuestionInvalidError(f"week {text!r}: must be one of ISO 8601, as in 2026-W10") from error


def place_of(division: str) -> str:
    """Raises UnknownDivisionError, and QuestionInvalidError below a town, for whose villages nothing is counted."""
    known = divisions.normalise(division)
    if len(known) > TOWN_WIDTH:
        raise QuestionInvalidError(f"{known}: what events add is kept by town and by county, not below")
    return known


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


class Lane:
    """The figures of one partition, how its matters stood when the week began, and up to when it knows of it."""

    def __init__(self) -> None:
        self.logic = MetricsLogic({})
        self.core = Core(self.logic, self.logic.state)
        self.before: Counter[str] | None = None
        self.known_until: datetime | None = None


class Fold:
    """Hears both topics, lanes mixed. What happened at the week's end or later is not taken."""

    def __init__(self, place: str, week: Period) -> None:
        self._place = place
        self._week = week
        self._start, self._end = midnight(week.start), midnight(week.end)
        self._lanes: dict[int, Lane] = {}
        self._state: ChainMap[str, Kept] = ChainMap()
        self._lists = Lists(place, week, self._state)
        self._began: date | None = None
        self._policy: str | None = None
        self._unread = 0

    def take(self, record: Record) -> None:
        try:
            event = wire.decode(record.value)
        except BuryError:
            self._unread += 1
            return
        match event:
            case PolicyAdopted():
                self._policy = event.text
            case IndicatorObserved():
                self._feed(self._lane(record.partition), record)
            case MatterEvent() | ActionRefused() | ClockTicked():
                self._take(record, event)

    def _take(self, record: Record, event: MatterEvent | ActionRefused | ClockTicked) -> None:
        lane = self._lane(record.partition)
        self._began = min(self._began or day_of(event.at), day_of(event.at))
        if event.at >= self._start and lane.before is None:
            lane.before = self._standing(lane, self._start)
        if event.at >= self._end:
            lane.known_until = self._end
            return
        if isinstance(event, ClockTicked) and lane.known_until != self._end:
            lane.known_until = event.at
        if self._feed(lane, record) == "handled" and isinstance(event, MatterEvent):
            self._lists.take(event)

    def _feed(self, lane: Lane, record: Record) -> str:
        outcome = lane.core.feed(record).outcome
        self._unread += outcome == "buried"
        return outcome

    def _lane(self, partition: int) -> Lane:
        if partition not in self._lanes:
            self._lanes[partition] = Lane()
            self._state.maps.append(self._lanes[partition].logic.state)
        return self._lanes[partition]

    def _standing(self, lane: Lane, now: datetime) -> Counter[str]:
        cells = (cell for facts in _facts(lane) for cell in cells_of(facts, now))
        return Counter(cell.metric for cell in cells if cell.town.startswith(self._place))

    def briefing(self) -> Briefing:
        """Raises QuestionInvalidError where the journal knows nothing of the week."""
        told = {each.known_until for each in self._lanes.values()} - {None}
        now = min((at for at in told if at is not None), default=BEFORE_ANY_TICK)
        if self._began is None or self._began >= self._week.end or now < self._start:
            raise QuestionInvalidError(f"the journal knows nothing yet of the week from {self._week.start}")
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.logic.committed()
        days = [lane.logic.published_days() for lane in lanes]
        said = [
            each
            for lane in lanes
            for each in lane.logic.state.values()
            if isinstance(each, IndicatorObserved)
        ]
        weeks = self._weeks(self._began)
        young = self._began > self._week.start - WEEKS_BEFORE * 7 * DAY
        return Briefing(
            place=self._place,
            week=self._week,
            began=self._began,
            known_until=now,
            policy=self._policy,
            measures=(
                *counted(self._place, weeks, days),
                *self._stood(lanes, now, begun_before=len(weeks) > 1),
                *published(self._place, self._week, said),
            ),
            weeks=drawn(self._place, weeks, days),
            rises=tuple(self._lists.rises(now)),
            bursts=None if young else tuple(self._lists.bursts()),
            desks=tuple(self._lists.desks(now)),
            voiced=tuple(self._lists.voiced()),
            gaps=self._gaps(lanes, contradicted(self._place, self._week, said)),
        )

    def _weeks(self, began: date) -> list[Period]:
        last = islice(back_from(PeriodKind.WEEK, self._week.start), CHARTED)
        return [week for week in last if week.end > began][::-1]

    def _stood(self, lanes: Sequence[Lane], now: datetime, *, begun_before: bool) -> list[Measure]:
        ends, starts = Counter[str](), Counter[str]()
        for lane in lanes:
            ends += self._standing(lane, now)
            starts += self._standing(lane, self._start) if lane.before is None else lane.before
        return stood(ends, starts if begun_before else None)

    def _gaps(self, lanes: Sequence[Lane], contradicted: int) -> Gaps:
        here = [each for lane in lanes for each in _facts(lane) if each.town.startswith(self._place)]
        return Gaps(
            unread=self._unread,
            unplaced=sum(each.is_open and each.town == each.county for each in here),
            asked=sum(each.is_open and each.asked for each in here),
            contradicted=contradicted,
        )


def _facts(lane: Lane) -> Iterator[Facts]:
    return (each for each in lane.logic.state.values() if isinstance(each, Facts))
