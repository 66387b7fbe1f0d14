"""Resolution rate (解决率), of those reached."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, visit_of


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    visit = visit_of(event)
    if visit is None or not visit.reached:
        return
    yield Part(DENOMINATOR)
    if visit.resolved:
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="resolution",
    zh="解决",
    unit="visits",
    definition=(
        "Of the return visits that reached the resident, those in which the matter was said to be resolved; "
        "no answer to that question counts as not resolved, the unreachable are left out (visits_unreached "
        "counts them, resolution_all keeps them in), and a visit that reopens a matter is one of them."
    ),
    definition_zh=(
        "联系上居民的回访中，居民说事项已经解决的；没有回答这一问的算未解决，没联系上的不计（visits_unreached"
        " 统计其数，resolution_all 将其计入），导致重新办理的回访也算一次。"
    ),
    fold=fold,
    sides=RATIO,
)
