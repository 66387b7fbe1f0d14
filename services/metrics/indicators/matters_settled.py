"""Tier containment (层级化解): matters closed, by the tier that settled them."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterClosed


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterClosed) and not facts.completed:
        yield Part(COUNT, labels=(facts.settled_at or facts.tier,))


INDICATOR = Indicator(
    name="matters_settled",
    zh="层级化解事项",
    unit="matters",
    definition=(
        "Matters closed, each once, at its first close, by the tier at which it was last resolved; over all tiers "
        "this is matters_closed, so that a tier's share of it is its containment."
    ),
    definition_zh=(
        "销号的事项，每件只在第一次销号时计一次，按最后一次办结时所在的层级；各级之和等于 matters_closed，所"
        "以某一级所占比例就是该级的化解率。"
    ),
    fold=fold,
    labels={"tier": TIERS},
    reference_note=(
        "one town publishes 85 % by the grid worker and 11 % by the community, one county 18.13 % village and "
        "67.12 % town"
    ),
)
