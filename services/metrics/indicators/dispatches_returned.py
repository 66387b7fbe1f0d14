"""Returned dispatches (退单)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterReturned
from shared.matter import Ground

GROUNDS = (Ground.NOT_OUR_SUBJECT, Ground.NOT_OUR_AREA, Ground.NOT_IN_OUR_POWER, Ground.INCOMPLETE)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterReturned):
        yield Part(COUNT, labels=(event.ground,))


INDICATOR = Indicator(
    name="dispatches_returned",
    zh="退单",
    unit="returns",
    definition=(
        "Returns of a dispatch, by the ground the desk gives; a matter may be returned more than once."
    ),
    definition_zh="退单次数，按承办单位所给的理由；一件事项可以退单不止一次。",
    fold=fold,
    labels={"ground": tuple(ground.value for ground in GROUNDS)},
)
