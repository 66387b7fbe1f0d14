"""Departments called in (吹哨)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import CohandlingCalled


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, CohandlingCalled):
        yield Part(COUNT, labels=(facts.tier,))


INDICATOR = Indicator(
    name="cohandling_called",
    zh="吹哨",
    unit="calls",
    definition="Departments of a higher tier called in for co-handling, by the tier that called.",
    definition_zh="吹哨请上级部门协同办理的次数，按吹哨的层级。",
    fold=fold,
    labels={"tier": TIERS},
)
