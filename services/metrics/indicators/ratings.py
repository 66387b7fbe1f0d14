"""Ratings by residents (评价)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterRated


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterRated):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="ratings",
    zh="群众评价",
    unit="ratings",
    definition="Ratings residents gave, one for each report at most.",
    definition_zh="居民所作的评价，每份上报最多一次。",
    fold=fold,
)
