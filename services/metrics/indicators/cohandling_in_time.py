"""Departments that answered in time (吹哨报到)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import CohandlingAnswered, CohandlingLate


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, CohandlingLate):
        yield Part(DENOMINATOR)
    elif isinstance(event, CohandlingAnswered) and event.call not in facts.late_calls:
        yield Part(NUMERATOR)
        yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="cohandling_in_time",
    zh="吹哨按时报到",
    unit="calls",
    definition=(
        "Of the calls for co-handling that were answered or missed their deadline, whichever came first, those "
        "answered; a call whose matter was over before counts neither way."
    ),
    definition_zh=(
        "已报到或已超时（以先发生者为准）的吹哨中，按时报到的；在此之前事项已结束的，两边都不计。"
    ),
    fold=fold,
    sides=RATIO,
)
