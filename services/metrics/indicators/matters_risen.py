"""Matters that rose a tier (提级)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.divisions import rank
from shared.events import MatterEscalated, MatterReopened
from shared.reasons import Reason

REASONS = (Reason.LIMIT_PASSED, Reason.DISSATISFIED, Reason.BY_RESIDENT, Reason.BY_ACTION)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterEscalated | MatterReopened) and rank(event.position.tier) > rank(
        event.from_tier
    ):
        yield Part(COUNT, labels=(event.from_tier, event.reason))


INDICATOR = Indicator(
    name="matters_risen",
    zh="提级事项",
    unit="rises",
    definition=(
        "Times a matter rose one tier, by the tier it left and the reason (a missed limit, a dissatisfied visit, the "
        "resident's wish, the action of a desk above); a matter may rise more than once, and one reopened at the top "
        "tier does not rise."
    ),
    definition_zh=(
        "事项提高一级的次数，按离开的层级和原因（错过时限、回访不满意、居民要求、上级单位提办）；一件事项可以"
        "提级不止一次，在最高一级重新办理的不算提级。"
    ),
    fold=fold,
    labels={"from_tier": TIERS[:-1], "reason": tuple(reason.value for reason in REASONS)},
)
