"""Reopenings after a dissatisfied visit (重新办理)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterReopened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterReopened):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_reopened",
    zh="重新办理事项",
    unit="reopenings",
    definition="Reopenings of matters after a dissatisfied return visit, whether or not a tier was left to rise to.",
    fold=fold,
)
