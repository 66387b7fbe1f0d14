"""Matters handed to court (诉调对接)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import HandedToCourt


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, HandedToCourt):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_to_court",
    zh="移送司法确认",
    unit="matters",
    definition="Times an agreement was handed to the court to be confirmed.",
    definition_zh="将调解协议移送法院申请司法确认的次数。",
    fold=fold,
)
