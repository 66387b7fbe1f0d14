"""Reopenings (重新办理)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterReopened
from shared.reasons import Reason

REASONS = (Reason.DISSATISFIED, Reason.BY_RESIDENT, Reason.BY_ACTION)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterReopened):
        yield Part(COUNT, labels=(event.reason,))


INDICATOR = Indicator(
    name="matters_reopened",
    zh="重新办理事项",
    unit="reopenings",
    definition=(
        "Reopenings of matters, after a dissatisfied return visit, or after the closing by a resident or by the action "
        "of a desk above, whether or not a tier was left to rise to."
    ),
    definition_zh=(
        "重新办理的次数：回访不满意之后，或销号之后由居民提出、由上级单位启动，不论是否还有上一级可提。"
    ),
    fold=fold,
    labels={"reason": tuple(reason.value for reason in REASONS)},
)
