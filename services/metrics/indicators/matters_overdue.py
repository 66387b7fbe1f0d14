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
    stands=stands,
    labels={"tier": TIERS},
)
