"""Matters merged (合并)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterMerged


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterMerged):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_merged",
    zh="合并事项",
    unit="matters",
    definition="Matters that a person found to be the same as another, whose reports go on there.",
    definition_zh="经人认定与另一事项相同、其上报转入该事项的事项。",
    fold=fold,
)
