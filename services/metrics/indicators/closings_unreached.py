"""Closings without the word of any resident (未回访到即销号)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterClosed


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if not isinstance(event, MatterClosed) or facts.reached is None:
        return
    yield Part(DENOMINATOR)
    if not facts.reached:
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="closings_unreached",
    zh="未回访到即销号",
    unit="closings",
    definition=(
        "Of all closings, a further one after a reopening included, those of matters in which no return "
        "visit since they were last resolved reached anybody who reported them, whether there was none or "
        "all failed; a visit about a report that was taken out again no longer counts, and matters withdrawn "
        "or merged are not closed."
    ),
    definition_zh=(
        "全部销号（含重新办理后的再次销号）中，自最近一次办结以来没有一次回访联系上任何上报人的事项，不论是没"
        "有回访还是都没联系上；针对已被拆出的上报的回访不再算数，撤回或合并的事项不算销号。"
    ),
    fold=fold,
    sides=RATIO,
)
