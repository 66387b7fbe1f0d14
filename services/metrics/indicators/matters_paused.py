"""Pauses (暂停计时)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterPaused
from shared.matter import Ground

GROUNDS = (Ground.WAITS_FOR_RESIDENT, Ground.WAITS_FOR_EXPERT, Ground.WAITS_FOR_COURT)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterPaused):
        yield Part(COUNT, labels=(event.ground,))


INDICATOR = Indicator(
    name="matters_paused",
    zh="暂停计时",
    unit="pauses",
    definition="Pauses of a clock, by what is waited for; handing a matter to court is none of them.",
    definition_zh="暂停计时的次数，按所等待的事由；移送法院不算暂停。",
    fold=fold,
    labels={"ground": tuple(ground.value for ground in GROUNDS)},
)
