"""Closings in the last days of a month (月末集中销号)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from services.metrics.rules.months import is_month_end
from shared.events import MatterClosed


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if not isinstance(event, MatterClosed):
        return
    yield Part(DENOMINATOR)
    if is_month_end(event.at):
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="closings_at_month_end",
    zh="月末销号",
    unit="closings",
    definition=(
        "Of all closings, a further one after a reopening included, those on the last three days of a month "
        "in China's time, working days or not; spread evenly they are a tenth."
    ),
    definition_zh=(
        "全部销号（含重新办理后的再次销号）中，按中国时间在每月最后三天销号的，不论是否工作日；若均匀分布，应"
        "占十分之一。"
    ),
    fold=fold,
    sides=RATIO,
)
