"""What an indicator is. A NEW INDICATOR IS ONE FILE here that defines `INDICATOR`; nothing else names it.

An indicator counts: it turns an event into increments, as numerator and denominator or as a plain count, so that
places and times can be added up. A gauge says how many matters stand somewhere now. An observed one is counted or
surveyed by others and arrives as `indicator.observed`.
"""

import enum
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal, NamedTuple

from services.metrics.rules.facts import Facts
from shared.divisions import Tier
from shared.events import ActionRefused, MatterEvent
from shared.matter import ENDED, State

Countable = MatterEvent | ActionRefused
Known = Mapping[str, tuple[str, ...]]

TIERS = tuple(tier.value for tier in Tier)
OPEN_STATES = tuple(state.value for state in State if state not in ENDED)
FROM_EVENTS: tuple[()] = ()
"""Values of a label that cannot be listed here: each is shown from its first event on, not at zero before."""


class Side(enum.StrEnum):
    """Where an increment goes."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    COUNT = "count"


NUMERATOR, DENOMINATOR, COUNT = Side
RATIO = (NUMERATOR, DENOMINATOR)
FEW = 10
"""Of people, fewer than these are not told, not even as a total."""


def metric_of(indicator: str, side: Side) -> str:
    """The name under which Prometheus sees one side of a counting indicator."""
    return f"xiaoshi_{indicator}_total" if side is COUNT else f"xiaoshi_{indicator}_{side}_total"


def observed_metric(indicator: str, side: Side) -> str:
    """The same of an observed one: the latest figure, no sum over time."""
    return f"xiaoshi_{indicator}_{side}"


@cache
def village_metric(metric: str) -> str:
    """The same of villages: a name that no rule over all ratios takes for one, so that no sum has a village twice."""
    bare = metric.removesuffix("_total")
    return f"{bare}_by_village" + metric[len(bare) :]


class Part(NamedTuple):
    """What one event adds to one side of an indicator; `labels` are the values of the indicator's own labels."""

    side: Side
    n: int = 1
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A figure that only grows. `fold` is pure, sees each event once and in order, and the facts before it.

    `labels` are labels beside county and town, each with its closed set of values. `county_only`: it counts at the
    county, never at a town. `by_village`: each day is kept by village as well, where one is known and may be told, so
    that it has a past by village; what all days added there is kept of every indicator. `plan` is the number among the
    17 of the plan. `reference` is a figure published by others, never a target of ours.
    """

    name: str
    zh: str
    unit: str
    definition: str
    definition_zh: str
    fold: Callable[[Countable, Facts], Iterable[Part]]
    sides: tuple[Side, ...] = (COUNT,)
    labels: Known = field(default_factory=dict)
    county_only: bool = False
    by_village: bool = False
    plan: int | None = None
    source: Literal["events"] = "events"
    reference: float | None = None
    reference_note: str = ""
    reference_note_zh: str = ""

    def metric(self, side: Side) -> str:
        return metric_of(self.name, side)


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """How many matters stand somewhere now. `stands` gives the values of its labels for one that counts, or None.

    Now is the last tick; between two events of a matter only its `turns` may make a difference.
    """

    name: str
    zh: str
    unit: str
    definition: str
    definition_zh: str
    stands: Callable[[Facts, datetime], tuple[str, ...] | None]
    labels: Known

    @property
    def metric(self) -> str:
        return f"xiaoshi_{self.name}"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A figure that others publish, as numerator and denominator, `per` so many of the latter.

    `share`: the numerator is a part of the denominator, so never more. `floor`: of people, so a denominator below it
    is refused; a total over few would say something about each of them.
    """

    name: str
    zh: str
    unit: str
    definition: str
    definition_zh: str
    plan: int
    share: bool = True
    per: int = 1
    floor: int = 1
    source: Literal["observed"] = "observed"
    reference: float | None = None
    reference_note: str = ""
    reference_note_zh: str = ""

    @property
    def labels(self) -> Known:
        return {}

    @property
    def sides(self) -> tuple[Side, ...]:
        return RATIO

    def metric(self, side: Side) -> str:
        return observed_metric(self.name, side)


@dataclass(frozen=True, kw_only=True)
class Villages:
    """How many villages a period spared: those in which the counting indicator `of`, kept by village, counted nothing
    under the labels `without`. It has a past alone."""

    name: str
    zh: str
    definition: str
    definition_zh: str
    of: str
    without: tuple[str, ...]
    unit: str = "villages"
    plan: None = None
    reference: None = None
    source: Literal["events"] = "events"

    @property
    def labels(self) -> Known:
        return {}

    @property
    def sides(self) -> tuple[Side, ...]:
        return RATIO

    @property
    def counted(self) -> Indicator:
        """The indicator whose events decide it."""
        return next(each for each in counting() if each.name == self.of)


Kind = Indicator | Gauge | Observed | Villages
"""What a file here can define."""


@cache
def every() -> tuple[Kind, ...]:
    """All of them, found by their files, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").INDICATOR for name in names)


@cache
def counting() -> tuple[Indicator, ...]:
    return tuple(each for each in every() if isinstance(each, Indicator))


@cache
def standing() -> tuple[Gauge, ...]:
    return tuple(each for each in every() if isinstance(each, Gauge))


@cache
def observed() -> tuple[Observed, ...]:
    return tuple(each for each in every() if isinstance(each, Observed))
