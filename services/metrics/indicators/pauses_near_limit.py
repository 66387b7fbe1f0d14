"""Pauses that begin just before the limit (临期暂停)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterPaused
from shared.standing import Colour, colour


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if not isinstance(event, MatterPaused):
        return
    yield Part(DENOMINATOR)
    stopped = event.position.limit
    if stopped is not None and colour(stopped, event.at) is Colour.RED:
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="pauses_near_limit",
    zh="临期暂停",
    unit="pauses",
    definition=(
        "Of the pauses of a clock, those that began while the limit they stopped was red, from the share of "
        "its time on at which the policy has its desk urged, the instant included; after a pause, what was "
        "left counts as a time of its own, and handing a matter to court is no pause."
    ),
    definition_zh=(
        "暂停计时中，在所停的时限已变红时开始的，即自规则规定应催办单位的时间比例起，到达该时刻即算；暂停之后"
        "剩余的时间另算一段，移送法院不算暂停。"
    ),
    fold=fold,
    sides=RATIO,
)
