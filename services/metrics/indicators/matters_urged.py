"""Urges (催办)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterUrged


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterUrged):
        yield Part(COUNT, labels=(facts.tier,))


INDICATOR = Indicator(
    name="matters_urged",
    zh="催办",
    unit="urges",
    definition="Urges before a limit, by the tier of the matter; each deadline is urged once at most.",
    definition_zh="时限之前的催办次数，按事项的层级；每个时限最多催办一次。",
    fold=fold,
    labels={"tier": TIERS},
)
