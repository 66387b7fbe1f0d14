"""Open matters (在办事项), now."""

from datetime import datetime

from services.metrics.indicators import OPEN_STATES, TIERS, Gauge
from services.metrics.rules.facts import Facts


def stands(facts: Facts, now: datetime) -> tuple[str, ...] | None:
    return (facts.tier, facts.state) if facts.is_open else None


INDICATOR = Gauge(
    name="matters_open",
    zh="在办事项",
    unit="matters",
    definition=(
        "Matters opened and neither closed, withdrawn nor merged into another, by the tier and state they are in now."
    ),
    definition_zh="已立项而未销号、未撤回、未合并的事项，按现在的层级和状态。",
    stands=stands,
    labels={"tier": TIERS, "state": OPEN_STATES},
)
