"""Transfers (移交)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterTransferred


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterTransferred):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_transferred",
    zh="移交",
    unit="transfers",
    definition="Transfers to another desk of the same tier, by a decision and not after a return.",
    definition_zh="移交给同级另一承办单位的次数，出于决定而不是因为退单。",
    fold=fold,
)
