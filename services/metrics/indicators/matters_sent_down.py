"""Matters sent down (退回下级)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterSentDown
from shared.matter import Ground

GROUNDS = (Ground.CAN_BE_SETTLED_BELOW, Ground.ROSE_BY_MISTAKE)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterSentDown):
        yield Part(COUNT, labels=(event.ground,))


INDICATOR = Indicator(
    name="matters_sent_down",
    zh="下派",
    unit="matters",
    definition="Times a matter was sent one tier down again, by the ground of the tier that held it.",
    definition_zh="事项下派一级的次数，按原层级下派的理由。",
    fold=fold,
    labels={"ground": tuple(ground.value for ground in GROUNDS)},
)
