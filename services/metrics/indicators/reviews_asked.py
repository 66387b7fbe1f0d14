"""Matters a person is asked about: the same as another? (疑似重复)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterAlike


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterAlike):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="reviews_asked",
    zh="疑似重复",
    unit="reviews",
    definition="Matters opened so like another open one that a person is asked whether both are the same.",
    definition_zh="新立时与另一在办事项相似到须由人核实是否为同一件的事项。",
    fold=fold,
)
