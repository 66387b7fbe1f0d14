"""What the board says of a division, from figures that were committed: pure.

Sums only: a share is told as numerator and denominator, and the page divides. No id and nobody is in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.metrics.figures import Cell
from services.metrics.history import (
    InPeriod,
    in_period,
    is_below,
    observed_over,
    observed_periods,
    villages_in,
)
from services.metrics.indicators import Indicator, Observed, Side, every, metric_of
from services.metrics.indicators.three_none_villages import INDICATOR as THREE_NONE_VILLAGES
from services.metrics.rules.kinds import Kind
from services.metrics.rules.periods import PeriodKind, day_of, whole, wholes_back_from
from services.metrics.rules.rises import Rise
from shared import divisions
from shared.divisions import Level, Tier
from shared.events import FastStep
from shared.matter import Value
from shared.observed_events import IndicatorObserved
from shared.standing import Colour

LAST = 12
LEVELS = (Level.CITY, Level.COUNTY, Level.TOWN)
WIDTH_BELOW = {Level.CITY: 6, Level.COUNTY: 9, Level.TOWN: 9}
PUBLISHED = (PeriodKind.MONTH, PeriodKind.YEAR, PeriodKind.WEEK, PeriodKind.DAY)
OPEN, OVERDUE, COLOURS = "xiaoshi_matters_open", "xiaoshi_matters_overdue", "xiaoshi_matters_by_colour"
GAUGES = frozenset({OPEN, OVERDUE, COLOURS})
SETTLED, RISEN = metric_of("matters_settled", Side.COUNT), metric_of("matters_risen", Side.COUNT)
RAISED, THREE_NONE = metric_of("fast_raised", Side.COUNT), metric_of("three_none_matters", Side.COUNT)
IN_TIME, OF_STEPS = (metric_of("fast_in_time", side) for side in (Side.NUMERATOR, Side.DENOMINATOR))

NO_LABELS: tuple[str, ...] = ()
InBoth = dict[Literal["en", "zh"], str]
Lines = Mapping[str, int]
"""What was added, by line: a metric and its labels, by bars."""


class Place(Value, frozen=True):
    code: str
    name: str


class Flow(Value, frozen=True):
    """A tier: what is there now; what it settled, and what rose from it, today and in 30 days."""

    tier: Tier
    open: int
    overdue: int
    settled_today: int
    settled: int
    risen_today: int
    risen: int


class Step(Value, frozen=True):
    """A step of the fast lane in 30 days: of those done or missed, those done in time."""

    step: FastStep
    numerator: int
    denominator: int


class Part(Value, frozen=True):
    """A division right below, or the division itself (`own`) for what is counted there and not below.

    `known`: this replica has figures of it or of its county, so a nought is one. `settled` by tier and `three_none` by
    kind: of 30 days. `spared`: of its `villages`, the three-none ones of this month so far.
    """

    code: str
    name: str
    own: bool
    known: bool
    open: int
    red: int
    settled: dict[str, int]
    three_none: dict[str, int]
    villages: int
    spared: int


class Village(Value, frozen=True):
    """A village or community of a town, and what speaks against it as a three-none village this month, by kind."""

    code: str
    name: str
    three_none: dict[str, int]


class PlanRow(Value, frozen=True):
    """One of the plan's indicators over its last periods, the oldest first. `rate`: numerator per so many."""

    plan: int
    name: str
    zh: str
    form: Literal["share", "rate", "count"]
    per: int
    observed: bool
    definition: InBoth
    reference: float | None
    reference_note: InBoth
    period: PeriodKind
    periods: tuple[InPeriod, ...]


class Risen(Value, frozen=True):
    """A matter that rose, by what it is about and where; neither which nor whose."""

    at: datetime
    town: Place
    category: str
    from_tier: Tier
    tier: Tier


class Board(Value, frozen=True):
    """`now`: the last tick, to the minute, so that a tick alone is no news more often than that.

    `above`: the way up to the city. `counties`: those this replica has figures of. `villages`: of a town.
    """

    division: Place
    level: Level
    above: tuple[Place, ...]
    counties: tuple[Place, ...]
    now: datetime
    today: date
    flow: tuple[Flow, ...]
    colours: dict[str, int]
    raised_today: int
    raised: int
    steps: tuple[Step, ...]
    parts: tuple[Part, ...]
    villages: tuple[Village, ...]
    indicators: tuple[PlanRow, ...]
    risen: tuple[Risen, ...]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was committed. `counties`: those of which there is any figure. `cells`: of `GAUGES`.

    `today`, `recent` (30 days) and `months`, by the first of each: sums by place; `villages`: of this month, what is
    kept by village. `rises`: the oldest first.
    """

    now: datetime
    counties: Sequence[str]
    cells: Mapping[Cell, int]
    today: Mapping[str, Lines]
    recent: Mapping[str, Lines]
    months: Mapping[date, Mapping[str, Lines]]
    villages: Mapping[str, Lines]
    observations: Callable[[str], Iterable[IndicatorObserved]]
    rises: Sequence[Rise]


def board_of(code: str, known: Known) -> Board:
    """`code`: of a city, a county or a town, as the tree knows it."""
    level = divisions.find(code).level
    cells = [(cell, n) for cell, n in known.cells.items() if cell.town.startswith(code)]
    today, recent = _added_up(code, known.today), _added_up(code, known.recent)
    colours = _labelled(cells, COLOURS)
    months = {month: _by_metric(_added_up(code, places)) for month, places in known.months.items()}
    return Board(
        division=_place(code),
        level=level,
        above=tuple(_place(each) for each in divisions.ancestors(code) if len(each) > 2)[::-1],
        counties=tuple(_place(each) for each in known.counties),
        now=known.now.replace(second=0, microsecond=0),
        today=day_of(known.now),
        flow=_flow(cells, today, recent),
        colours={colour: colours[colour] for colour in Colour},
        raised_today=_by_metric(today)[RAISED],
        raised=_by_metric(recent)[RAISED],
        steps=tuple(
            Step(
                step=step,
                numerator=recent.get(f"{IN_TIME}|{step}", 0),
                denominator=recent.get(f"{OF_STEPS}|{step}", 0),
            )
            for step in FastStep
        ),
        parts=() if level is Level.TOWN else _parts(code, level, known),
        villages=_villages(code, known) if level is Level.TOWN else (),
        indicators=tuple(_plan_row(each, code, known, months) for each in in_the_plan()),
        risen=tuple(_risen(rise) for rise in reversed(known.rises) if rise.town.startswith(code)),
    )


def in_the_plan() -> list[Indicator | Observed]:
    """The plan's indicators, by their numbers; one number may have two."""
    found = [each for each in every() if isinstance(each, Indicator | Observed) and each.plan is not None]
    return sorted(found, key=lambda each: (each.plan or 0, each.name))


def metrics_read() -> frozenset[str]:
    """Of all that days add, what a board needs."""
    plan = [each for each in in_the_plan() if isinstance(each, Indicator)]
    sides = {each.metric(side) for each in plan for side in each.sides}
    return frozenset({SETTLED, RISEN, RAISED, THREE_NONE, IN_TIME, OF_STEPS} | sides)


def _place(code: str) -> Place:
    found = divisions.find(code)
    return Place(code=found.code, name=found.name)


def _below(code: str) -> tuple[Place, ...]:
    return tuple(_place(each) for each in divisions.children(code))


def _villages(town: str, known: Known) -> tuple[Village, ...]:
    return tuple(
        Village(code=each.code, name=each.name, three_none=_kinds(known.villages.get(each.code, {})))
        for each in _below(town)
    )


def _kinds(lines: Lines) -> dict[str, int]:
    counted = _first_labels(lines, THREE_NONE)
    return {kind: counted[kind] for kind in Kind}


def _spoilt(code: str, known: Known) -> int:
    """Villages that are no three-none ones this month."""
    return sum(
        village.startswith(code) and any(_kinds(lines)[kind] for kind in THREE_NONE_VILLAGES.without)
        for village, lines in known.villages.items()
    )


def _added_up(code: str, places: Mapping[str, Lines]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for place, lines in places.items():
        if place.startswith(code):
            sums.update(lines)
    return sums


def _by_metric(lines: Lines) -> Counter[str]:
    """The sums of a metric over all its labels."""
    found: Counter[str] = Counter()
    for line, n in lines.items():
        found[line.partition("|")[0]] += n
    return found


def _first_labels(lines: Lines, metric: str) -> Counter[str]:
    """The sums of a metric by its first label."""
    found: Counter[str] = Counter()
    for line, n in lines.items():
        name, _, labels = line.partition("|")
        if name == metric:
            found[labels.partition("|")[0]] += n
    return found


def _labelled(cells: Iterable[tuple[Cell, int]], metric: str) -> Counter[str]:
    """The same of gauges."""
    found: Counter[str] = Counter()
    for cell, n in cells:
        if cell.metric == metric:
            found[cell.labels[0]] += n
    return found


def _flow(cells: Sequence[tuple[Cell, int]], today: Lines, recent: Lines) -> tuple[Flow, ...]:
    here, late = _labelled(cells, OPEN), _labelled(cells, OVERDUE)
    settled_today, settled = _first_labels(today, SETTLED), _first_labels(recent, SETTLED)
    risen_today, risen = _first_labels(today, RISEN), _first_labels(recent, RISEN)
    return tuple(
        Flow(
            tier=tier,
            open=here[tier],
            overdue=late[tier],
            settled_today=settled_today[tier],
            settled=settled[tier],
            risen_today=risen_today[tier],
            risen=risen[tier],
        )
        for tier in Tier
    )


def _parts(code: str, level: Level, known: Known) -> tuple[Part, ...]:
    """All divisions right below, and first what is not known below, if there is any."""
    width = WIDTH_BELOW[level]
    standing: dict[str, list[tuple[Cell, int]]] = {}
    added: dict[str, Counter[str]] = {}
    for cell, n in known.cells.items():
        if cell.town.startswith(code):
            standing.setdefault(divisions.normalise(cell.town[:width]), []).append((cell, n))
    for place, lines in known.recent.items():
        if place.startswith(code):
            added.setdefault(divisions.normalise(place[:width]), Counter()).update(lines)
    itself = [_place(code)] if code in standing else []
    counties = set(known.counties)
    return tuple(
        _part(
            place,
            own=place.code == code,
            known=place.code in standing or place.code[:6] in counties,
            cells=standing.get(place.code, []),
            lines=added.get(place.code, {}),
            villages=0 if place.code == code else villages_in(place.code),
            spoilt=0 if place.code == code else _spoilt(place.code, known),
        )
        for place in (*itself, *_below(code))
    )


def _part(
    place: Place,
    *,
    own: bool,
    known: bool,
    cells: Sequence[tuple[Cell, int]],
    lines: Lines,
    villages: int,
    spoilt: int,
) -> Part:
    settled = _first_labels(lines, SETTLED)
    return Part(
        code=place.code,
        name=place.name,
        own=own,
        known=known,
        open=_labelled(cells, OPEN).total(),
        red=_labelled(cells, COLOURS)[Colour.RED],
        settled={tier: settled[tier] for tier in Tier},
        three_none=_kinds(lines),
        villages=villages,
        spared=villages - spoilt,
    )


def _plan_row(each: Indicator | Observed, code: str, known: Known, months: Mapping[date, Lines]) -> PlanRow:
    kind, periods = (
        (PeriodKind.MONTH, _counted(each, day_of(known.now), months))
        if isinstance(each, Indicator)
        else _observed(each, code, known)
    )
    is_share = each.share if isinstance(each, Observed) else Side.NUMERATOR in each.sides
    counted: Literal["rate", "count"] = "rate" if isinstance(each, Observed) else "count"
    return PlanRow(
        plan=each.plan or 0,
        name=each.name,
        zh=each.zh,
        form="share" if is_share else counted,
        per=each.per if isinstance(each, Observed) else 1,
        observed=isinstance(each, Observed),
        definition={"en": each.definition, "zh": each.definition_zh},
        reference=each.reference,
        reference_note={"en": each.reference_note, "zh": each.reference_note_zh},
        period=kind,
        periods=periods,
    )


def months_until(today: date) -> list[date]:
    """The first days of the last months, the oldest first."""
    found = wholes_back_from(PeriodKind.MONTH, today)
    return [next(found).start for _ in range(LAST)][::-1]


def _counted(indicator: Indicator, today: date, months: Mapping[date, Lines]) -> tuple[InPeriod, ...]:
    """By month, from sums by metric. What a month of which nothing is known had is nothing, as in `/history`."""
    told = []
    for month in months_until(today):
        added = months.get(month, {})
        sums = Counter({(side, NO_LABELS): added.get(indicator.metric(side), 0) for side in indicator.sides})
        told.append(in_period(indicator, month, whole(PeriodKind.MONTH, month).end, sums))
    return tuple(told)


def _observed(each: Observed, code: str, known: Known) -> tuple[PeriodKind, tuple[InPeriod, ...]]:
    """By the first of month, year, week and day by which anybody published."""
    events = [event for event in known.observations(each.name) if is_below(event, code)]
    kinds = {PeriodKind(event.period) for event in events}
    kind = next((kind for kind in PUBLISHED if kind in kinds), PeriodKind.MONTH)
    return kind, observed_over(events, code, observed_periods(kind, day_of(known.now), LAST))


def _risen(rise: Rise) -> Risen:
    return Risen(
        at=rise.at, town=_place(rise.town), category=rise.category, from_tier=rise.from_tier, tier=rise.tier
    )
