"""Agreements the court confirmed (司法确认)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import CourtDecided


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, CourtDecided):
        yield Part(DENOMINATOR)
        if event.confirmed:
            yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="court_confirmations",
    zh="司法确认",
    unit="decisions",
    definition="Of the court's decisions on agreements handed to it, those that confirmed the agreement.",
    definition_zh="法院对移送的调解协议作出的决定中，予以司法确认的。",
    fold=fold,
    sides=RATIO,
)
