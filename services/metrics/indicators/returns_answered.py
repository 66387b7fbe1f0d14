"""What the centre said to a return (退单裁定)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import DispatchUpheld, MatterRedispatched

UPHELD, REDISPATCHED = "upheld", "redispatched"


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, DispatchUpheld):
        yield Part(COUNT, labels=(UPHELD,))
    elif isinstance(event, MatterRedispatched):
        yield Part(COUNT, labels=(REDISPATCHED,))


INDICATOR = Indicator(
    name="returns_answered",
    zh="退单裁定",
    unit="answers",
    definition=(
        "Answers of a centre to a return: upheld (the desk is the right one) or redispatched (to another); a return "
        "that rose to the next tier unanswered has none."
    ),
    definition_zh=("综治中心对退单的裁定：维持（原单位正确）或改派；没有裁定而提到上一级的退单不在内。"),
    fold=fold,
    labels={"answer": (UPHELD, REDISPATCHED)},
)
