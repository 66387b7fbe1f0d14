"""The figures of a briefing: an indicator in the week and in the one before, as numerators and denominators."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from services.metrics.figures import Days
from services.metrics.history import is_below, observed_over, over
from services.metrics.indicators import Indicator, Kind, Observed, Side, counting, observed, standing
from services.metrics.rules.observed import standing as standing_of
from services.metrics.rules.periods import Period, wholes_back_from
from shared.observed_events import IndicatorObserved

SHOWN = (
    "matters_opened",
    "reports_joined",
    "matters_closed",
    "matters_risen",
    "supervision_orders",
    "response",
    "resolution",
    "satisfaction",
    "first_petitions_in_time",
    "repeat_petitions",
    "online_petition_ratings",
    "mediation_success",
    "grid_events_collected",
    "grid_events_completed",
    "misdispatches",
    "cohandling_in_time",
    "fast_in_time",
)
"""What is counted and shown: the flow of matters, the three rates, those of the plan, and how dispatching goes."""
STANDING = ("matters_open", "matters_overdue")
FLOW = ("matters_opened", "matters_closed", "matters_risen")
SETTLED = "matters_settled"
COUNTY_WIDTH = 6


class Amount(NamedTuple):
    """How many; `of` how many, where the indicator is a ratio."""

    n: int
    of: int | None = None


class Measure(NamedTuple):
    """An indicator as the briefing tells it. `period`: of an observed one, which is seldom a week.

    None where there is nothing to tell: nobody observed it, or the journal begins later.
    """

    indicator: Kind
    now: Amount | None
    before: Amount | None
    period: Period | None = None


class Week(NamedTuple):
    """One week of the charts: matters by indicator of the flow, and those settled by tier."""

    period: Period
    flow: dict[str, int]
    settled: dict[str, int]


def counted(place: str, weeks: Sequence[Period], lanes: Sequence[Days]) -> list[Measure]:
    """`weeks`: those the journal has, the newest last."""
    by_name = {each.name: each for each in counting()}
    shown = (by_name[name] for name in SHOWN)
    return [
        Measure(each, *_last_two([_amount(each, place, week, lanes) for week in weeks[-2:]]))
        for each in shown
        if len(place) <= COUNTY_WIDTH or not each.county_only
    ]


def _last_two(amounts: Sequence[Amount]) -> tuple[Amount | None, Amount | None]:
    return amounts[-1], amounts[-2] if len(amounts) > 1 else None


def _amount(indicator: Indicator, place: str, week: Period, lanes: Sequence[Days]) -> Amount:
    told = over(indicator, place, week, lanes)
    if Side.DENOMINATOR in indicator.sides:
        return Amount(told.numerator or 0, told.denominator or 0)
    return Amount(told.count or 0)


def stood(now: Counter[str], before: Counter[str] | None) -> list[Measure]:
    """How many matters stand somewhere when a week ends; by the name of the metric."""
    by_name = {each.name: each for each in standing()}
    return [
        Measure(each, Amount(now[each.metric]), None if before is None else Amount(before[each.metric]))
        for each in (by_name[name] for name in STANDING)
    ]


def published(place: str, week: Period, events: Iterable[IndicatorObserved]) -> Iterator[Measure]:
    """What others observed last, of a period begun by the week's end; whenever it was published."""
    told = list(events)
    for each in observed():
        own = [event for event in told if event.indicator == each.name and is_below(event, place)]
        yield _published(each, place, week, own)


def _published(indicator: Observed, place: str, week: Period, events: Sequence[IndicatorObserved]) -> Measure:
    periods = {subject.period for subject in standing_of(events) if subject.start < week.end}
    for period in sorted(periods, key=lambda each: (each.end, each.start), reverse=True):
        before = next(islice(wholes_back_from(period.kind, period.start), 1, None))
        amounts = [
            None if said.denominator is None else Amount(said.numerator or 0, said.denominator)
            for said in observed_over(events, place, (period, before))
        ]
        if amounts[0] is not None:
            return Measure(indicator, amounts[0], amounts[1], period)
    return Measure(indicator, None, None)


def contradicted(place: str, week: Period, events: Iterable[IndicatorObserved]) -> int:
    """Figures left out because publishers disagree, of periods begun by the week's end."""
    told = [event for event in events if is_below(event, place)]
    found = 0
    for each in observed():
        own = [event for event in told if event.indicator == each.name]
        periods = {subject.period for subject in standing_of(own) if subject.start < week.end}
        found += sum(said.contradicted or 0 for said in observed_over(own, place, periods))
    return found


def drawn(place: str, weeks: Sequence[Period], lanes: Sequence[Days]) -> tuple[Week, ...]:
    by_name = {each.name: each for each in counting()}
    return tuple(
        Week(
            week,
            {name: _amount(by_name[name], place, week, lanes).n for name in FLOW},
            {part.labels["tier"]: part.count or 0 for part in over(by_name[SETTLED], place, week, lanes).by},
        )
        for week in weeks
    )
