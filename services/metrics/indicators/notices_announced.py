"""Notices of matters late at the top tier (通报)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import NoticeAnnounced


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, NoticeAnnounced):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="notices_announced",
    zh="通报",
    unit="notices",
    definition="Notices of matters late at the top tier; a matter gets another at every further limit it misses.",
    definition_zh="在最高一级超期的事项的通报；每再错过一个时限，再通报一次。",
    fold=fold,
)
