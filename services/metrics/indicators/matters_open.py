"""Open matters (在办事项), now."""

from services.metrics.indicators import OPEN_STATES, TIERS, Gauge
from services.metrics.rules.facts import Facts
from shared.matter import State


def stands(facts: Facts) -> tuple[str, ...] | None:
    return None if facts.state is State.CLOSED else (facts.tier, facts.state)


INDICATOR = Gauge(
    name="matters_open",
    zh="在办事项",
    unit="matters",
    definition="Matters opened and not closed, by the tier and state they are in now.",
    stands=stands,
    labels={"tier": TIERS, "state": OPEN_STATES},
)
