"""How pauses ended (恢复计时)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterResumed
from shared.reasons import Reason

REASONS = (Reason.BY_ACTION, Reason.BY_RESIDENT, Reason.LIMIT_PASSED)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterResumed):
        yield Part(COUNT, labels=(event.reason,))


INDICATOR = Indicator(
    name="pauses_ended",
    zh="恢复计时",
    unit="pauses",
    definition=(
        "Stopped clocks that ran on, by an action of a desk, by the resident, or by themselves because the longest "
        "time of a pause or of waiting for the court had passed (limit_passed); a court's decision is none of them."
    ),
    definition_zh=(
        "停表后恢复计时的次数：由单位恢复，由居民恢复，或因暂停、等待法院的最长时间已过而自行恢复（"
        "limit_passed）；法院作出决定的不算。"
    ),
    fold=fold,
    labels={"reason": tuple(reason.value for reason in REASONS)},
)
