"""What an indicator is. A NEW INDICATOR IS ONE FILE here that defines `INDICATOR`; nothing else names it.

An indicator counts: it turns an event into increments, as numerator and denominator or as a plain count, so that
places and times can be added up. A gauge says how many matters stand somewhere now.
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
FROM_EVENTS: tuple[str, ...] = ()
"""Values of a label that cannot be listed here: each is shown from its first event on, not at zero before."""


class Side(enum.StrEnum):
    """Where an increment goes."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    COUNT = "count"


NUMERATOR, DENOMINATOR, COUNT = Side
RATIO = (NUMERATOR, DENOMINATOR)


class Part(NamedTuple):
    """What one event adds to one side of an indicator; `labels` are the values of the indicator's own labels."""

    side: Side
    n: int = 1
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A figure that only grows. `fold` is pure, sees each event once and in order, and the facts before it.

    `labels` are labels beside county and town, each with its closed set of values. `county_only`: it counts at the
    county, never at a town. `plan` is the number among the 17 of the plan. `reference` is a figure published by
    others, never a target of ours.
    """

    name: str
    zh: str
    unit: str
    definition: str
    fold: Callable[[Countable, Facts], Iterable[Part]]
    sides: tuple[Side, ...] = (COUNT,)
    labels: Known = field(default_factory=dict)
    county_only: bool = False
    plan: int | None = None
    source: Literal["events", "observed"] = "events"
    reference: float | None = None
    reference_note: str = ""

    def metric(self, side: Side) -> str:
        """The name under which Prometheus sees one side."""
        return f"xiaoshi_{self.name}_total" if side is COUNT else f"xiaoshi_{self.name}_{side}_total"


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """How many matters stand somewhere now. `stands` gives the values of its labels for one that counts, or None.

    Now is the last tick; between two events of a matter only its `turns` may make a difference.
    """

    name: str
    zh: str
    unit: str
    definition: str
    stands: Callable[[Facts, datetime], tuple[str, ...] | None]
    labels: Known

    @property
    def metric(self) -> str:
        return f"xiaoshi_{self.name}"


@cache
def every() -> tuple[Indicator | Gauge, ...]:
    """All indicators and gauges, found by their files, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").INDICATOR for name in names)


@cache
def counting() -> tuple[Indicator, ...]:
    return tuple(each for each in every() if isinstance(each, Indicator))


@cache
def standing() -> tuple[Gauge, ...]:
    return tuple(each for each in every() if isinstance(each, Gauge))
