"""Return visits that reached nobody (回访未联系上)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, visit_of


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    visit = visit_of(event)
    if visit is None:
        return
    yield Part(DENOMINATOR)
    if not visit.reached:
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="visits_unreached",
    zh="回访未联系上",
    unit="visits",
    definition=(
        "Of all return visits, one for each person who reported the matter, those in which nobody was "
        "reached; they are what resolution and satisfaction leave out."
    ),
    definition_zh=(
        "全部回访（每位上报人一次）中，没有联系上任何人的；resolution 和 satisfaction 排除的就是这些。"
    ),
    fold=fold,
    sides=RATIO,
)
