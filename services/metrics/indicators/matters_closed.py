"""Matters closed (销号)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterClosed


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterClosed) and not facts.completed:
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_closed",
    zh="销号事项",
    unit="matters",
    definition="Matters closed, each once, at its first close; one withdrawn or merged is not closed.",
    definition_zh="销号的事项，每件只在第一次销号时计一次；撤回或合并的不算销号。",
    fold=fold,
)
