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
    definition_zh=(
        "依规则派发的派单（事项立项、提级、重新办理或下派后须由单位受理的）中，退单后由综治中心改派其他单位的；"
        "每次派单只计一次，不论改派几回。"
    ),
    fold=fold,
    sides=RATIO,
)
