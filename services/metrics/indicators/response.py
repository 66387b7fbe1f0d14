"""Response rate (响应率): does a desk take a matter on before a limit passes?"""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterAccepted, NoticeAnnounced, SupervisionOrdered, WishMatched


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if facts.accepted is not False or facts.late:
        return
    if isinstance(event, SupervisionOrdered | NoticeAnnounced):
        yield Part(DENOMINATOR)
    elif isinstance(event, MatterAccepted | WishMatched):
        yield Part(NUMERATOR)
        yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="response",
    zh="响应",
    unit="matters",
    definition=(
        "Of the matters that a desk accepted for the first time (a wish granted is accepted) or that missed "
        "a limit before any desk did, whichever came first, those accepted; each counts once, at that "
        "instant, one whose return the centre left lying past the limit counts as not accepted, and one "
        "withdrawn or merged before counts neither way."
    ),
    definition_zh=(
        "有单位首次受理（认领微心愿即算受理）或在任何单位受理之前已错过时限（以先发生者为准）的事项中，已受理"
        "的；每件只在该时刻计一次，退单后综治中心拖过时限未答复的算未受理，此前已撤回或合并的两边都不计。"
    ),
    fold=fold,
    sides=RATIO,
)
