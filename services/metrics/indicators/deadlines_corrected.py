"""Deadlines set right (时限更正)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import DeadlineCorrected


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, DeadlineCorrected):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="deadlines_corrected",
    zh="时限更正",
    unit="deadlines",
    definition=(
        "Provisional deadlines set right because the holidays of their year were announced, whether or not the "
        "instant moved."
    ),
    definition_zh="因公布了当年节假日安排而更正的暂定时限，不论时刻是否变动。",
    fold=fold,
)
