"""Open matters that missed a limit (超期事项), now."""

from datetime import datetime

from services.metrics.indicators import TIERS, Gauge
from services.metrics.rules.facts import Facts


def stands(facts: Facts, now: datetime) -> tuple[str, ...] | None:
    return (facts.tier,) if facts.late and facts.is_open else None


INDICATOR = Gauge(
    name="matters_overdue",
    zh="超期未结事项",
    unit="matters",
    definition=(
        "Open matters that missed a limit (a supervision order or a notice) at any tier since they were opened, by "
        "the tier they are at now; rising to the next tier and its new budget does not make up for it."
    ),
    definition_zh=(
        "立项以来在任何一级错过时限（有督办单或通报）的在办事项，按现在所在的层级；提到上一级、得到新的时限并"
        "不抵消。"
    ),
    stands=stands,
    labels={"tier": TIERS},
)
