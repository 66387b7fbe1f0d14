"""Matters withdrawn (撤回)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterWithdrawn
from shared.matter import State


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterWithdrawn) and event.position.state is State.WITHDRAWN:
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_withdrawn",
    zh="撤回事项",
    unit="matters",
    definition="Matters that ended because the last resident who had reported them took the report back.",
    definition_zh="因最后一位上报的居民撤回上报而结束的事项。",
    fold=fold,
)
