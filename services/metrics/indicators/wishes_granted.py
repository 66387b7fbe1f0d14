"""Small wishes granted (微心愿)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import WishMatched


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, WishMatched):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="wishes_granted",
    zh="微心愿认领",
    unit="wishes",
    definition="Small wishes that a resource of the policy's list took on.",
    definition_zh="由规则文件所列资源认领的微心愿。",
    fold=fold,
)
