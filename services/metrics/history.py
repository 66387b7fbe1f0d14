"""What an indicator was in past periods: sums of days over a division and all below it, or what others observed.

A ratio stays numerator and denominator, so that divisions, lanes and replicas add up; nothing is averaged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice, takewhile
from typing import Any

from services.metrics.figures import TOWN_WIDTH, Days, line_of
from services.metrics.indicators import COUNT, Indicator, Observed, Side, Villages, metric_of
from services.metrics.rules.observed import resolved, said_of, standing
from services.metrics.rules.periods import Period, PeriodKind, back_from, wholes_back_from
from shared import divisions
from shared.errors import QuestionInvalidError, UnknownDivisionError
from shared.matter import Value
from shared.observed_events import IndicatorObserved

LAST = 12

Sums = Counter[tuple[Side, tuple[str, ...]]]


class Labelled(Value, frozen=True):
    """The part of a period that has these labels. Sides the indicator does not have are absent."""

    labels: dict[str, str]
    count: int | None = None
    numerator: int | None = None
    denominator: int | None = None


class InPeriod(Value, frozen=True):
    """An indicator from `start` up to `end`, not included; `by`: the parts, where it has labels of its own.

    Of an observed one, which is absent where nobody said anything: `own` if it is the division's own figure, else the
    sum of `parts` below; `contradicted`: figures left out because publishers disagree.
    """

    start: date
    end: date
    count: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    by: tuple[Labelled, ...] = ()
    own: bool | None = None
    parts: int | None = None
    contradicted: int | None = None


class History(Value, frozen=True):
    """The answer of one replica: it knows its own `lanes` and no others. The newest period is the last.

    `until`: the day the last period contains, which may not be over. `known_until`: the last tick of the lane that is
    furthest behind. `kept_since`: periods that begin earlier are left out, but for observed ones, which are kept for
    ever; `observations`: what these are made of, for an own figure and those below it may be known to two replicas.
    """

    indicator: str
    division: str
    period: PeriodKind
    until: date
    known_until: datetime
    kept_since: date
    lanes: tuple[int, ...]
    periods: tuple[InPeriod, ...]
    observations: tuple[IndicatorObserved, ...] = ()


Past = Indicator | Observed | Villages
"""What has a past."""


def place_of(indicator: Past, division: str) -> str:
    """The code by which a division is known. Raises UnknownDivisionError, and QuestionInvalidError below a town."""
    known = divisions.normalise(division)
    by_village = isinstance(indicator, Indicator) and indicator.by_village
    if len(known) > TOWN_WIDTH and not by_village and not isinstance(indicator, Observed):
        raise QuestionInvalidError(f"{known}: {indicator.name} is kept by town and by county, not below")
    return known


def periods_of(kind: PeriodKind, until: date, last: int, since: date) -> list[Period]:
    """The last so many periods, the oldest first, that begin when days were already kept."""
    known = takewhile(lambda period: period.start >= since, back_from(kind, until))
    return [period for period, _ in zip(known, range(last), strict=False)][::-1]


def over(indicator: Indicator, place: str, period: Period, lanes: Sequence[Days]) -> InPeriod:
    """The sums of one period over all lanes."""
    sums: Sums = Counter()
    metrics = {metric_of(indicator.name, side): side for side in indicator.sides}
    for line, n in _lines(place, period, lanes):
        metric, *labels = line.split("|")
        if metric in metrics:
            sums[metrics[metric], tuple(labels)] += n
    return in_period(indicator, period.start, period.end, sums)


def spared(
    indicator: Villages, place: str, periods: Iterable[Period], lanes: Sequence[Days]
) -> tuple[InPeriod, ...]:
    """The villages of the counties these lanes know, and those of them in which a period counted nothing."""
    lines = {line_of(indicator.of, COUNT, (label,)) for label in indicator.without}
    counties = {code[:6] for days in lanes for places in days.values() for code in places}
    within = {place if len(place) >= len(county) else county for county in counties if _meet(county, place)}
    villages = sum(map(villages_in, within))
    told = []
    for period in periods:
        counted = {
            code
            for days in lanes
            for day in period.days()
            for code, added in days.get(day, {}).items()
            if len(code) > TOWN_WIDTH and code.startswith(place) and not lines.isdisjoint(added.added)
        }
        left = villages - len(counted)
        told.append(InPeriod(start=period.start, end=period.end, numerator=left, denominator=villages))
    return tuple(told)


def _meet(county: str, place: str) -> bool:
    return county.startswith(place) or place.startswith(county)


@lru_cache(maxsize=4096)
def villages_in(area: str) -> int:
    """How many a county or a town has; a county the tree does not hold has none."""
    try:
        towns = (area,) if len(area) == TOWN_WIDTH else divisions.children(area)
    except UnknownDivisionError:
        return 0
    return sum(len(divisions.children(town)) for town in towns)


def in_period(indicator: Indicator | Villages, start: date, end: date, sums: Sums) -> InPeriod:
    """The sums as they are told: all together, and by labels where there are some."""
    parts = sorted({labels for _, labels in sums}) if indicator.labels else []
    by = tuple(
        Labelled(
            labels=dict(zip(indicator.labels, labels, strict=True)),
            **_told(indicator, Counter({side: sums[side, labels] for side in indicator.sides})),
        )
        for labels in parts
    )
    whole: Counter[Side] = Counter()
    for (side, _), n in sums.items():
        whole[side] += n
    return InPeriod(start=start, end=end, by=by, **_told(indicator, whole))


def _told(indicator: Indicator | Villages, sums: Counter[Side]) -> dict[str, Any]:
    """Every side the indicator has, at zero if need be."""
    return {str(side): sums[side] for side in indicator.sides}


def observed_over(
    events: Iterable[IndicatorObserved], place: str, periods: Iterable[Period]
) -> tuple[InPeriod, ...]:
    """What others observed of one indicator."""
    found = standing(each for each in events if is_below(each, place))
    told = []
    for period in periods:
        said = said_of(found, period.kind, period.start)
        share = resolved(said, place)
        figures: dict[str, Any] = {} if share is None else share._asdict()
        contradicted = sum(figure is None for figure in said.values())
        told.append(InPeriod(start=period.start, end=period.end, contradicted=contradicted, **figures))
    return tuple(told)


def observed_periods(kind: PeriodKind, until: date, last: int) -> list[Period]:
    return list(islice(wholes_back_from(kind, until), last))[::-1]


def is_below(event: IndicatorObserved, place: str) -> bool:
    """It is of the division or of one below."""
    return divisions.normalise(event.division).startswith(place)


def added_up(indicator: Past, answers: Sequence[History]) -> tuple[InPeriod, ...]:
    """The answers of all replicas as one; asked for the same last day they have the same periods."""
    if isinstance(indicator, Observed):
        first = answers[0]
        periods = observed_periods(first.period, first.until, len(first.periods))
        return observed_over(
            chain.from_iterable(each.observations for each in answers), first.division, periods
        )
    together: dict[tuple[date, date], Sums] = {}
    for answer in answers:
        for each in answer.periods:
            together.setdefault((each.start, each.end), Counter()).update(_sums_of(indicator, each))
    return tuple(in_period(indicator, *bounds, sums) for bounds, sums in sorted(together.items()))


def _sums_of(indicator: Indicator | Villages, told: InPeriod) -> Sums:
    parts: Iterator[tuple[tuple[str, ...], InPeriod | Labelled]] = iter([((), told)])
    if indicator.labels:
        parts = ((tuple(each.labels.values()), each) for each in told.by)
    return Counter({(side, at): getattr(part, side) or 0 for at, part in parts for side in indicator.sides})


def is_in(code: str, place: str) -> bool:
    """Whether what a day added there counts for a place: what a village has, its town has too."""
    return code.startswith(place) and (len(code) <= TOWN_WIDTH or len(place) > TOWN_WIDTH)


def _lines(place: str, period: Period, lanes: Iterable[Days]) -> Iterator[tuple[str, int]]:
    for days in lanes:
        for day in period.days():
            for code, added in days.get(day, {}).items():
                if is_in(code, place):
                    yield from added.added.items()
