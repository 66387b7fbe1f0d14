"""Supervision orders (督办)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import SupervisionOrdered


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, SupervisionOrdered):
        yield Part(COUNT, labels=(facts.tier,))


INDICATOR = Indicator(
    name="supervision_orders",
    zh="督办单",
    unit="orders",
    definition=(
        "Supervision orders, by the tier that missed the limit; a matter may get one at every tier, and those to "
        "departments called in are none of them (see cohandling_in_time)."
    ),
    definition_zh=(
        "督办单，按错过时限的层级；一件事项在每一级都可能有一张，对吹哨请来的部门的督办不在内（见 "
        "cohandling_in_time）。"
    ),
    fold=fold,
    labels={"tier": TIERS},
)
