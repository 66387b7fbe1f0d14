"""Misdispatch rate (派错率)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterEscalated, MatterOpened, MatterRedispatched, MatterReopened, MatterSentDown
from shared.matter import State


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    match event:
        case MatterRedispatched() if not facts.redispatched:
            yield Part(NUMERATOR)
        case MatterOpened() | MatterEscalated() | MatterReopened() | MatterSentDown():
            if event.position.state is State.ROUTED:
                yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="misdispatches",
    zh="错派",
    unit="dispatches",
    definition=(
        "Of the dispatches by the policy (a matter opened, risen, reopened or sent down that its desk has to "
        "accept), those that a centre sent on to another desk after a return; each counts once, however often it is "
        "sent on."
    ),
    fold=fold,
    sides=RATIO,
)
