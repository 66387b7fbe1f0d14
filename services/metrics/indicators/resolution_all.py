"""Resolution rate (解决率), the unreachable included."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, visit_of


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    visit = visit_of(event)
    if visit is None:
        return
    yield Part(DENOMINATOR)
    if visit.reached and visit.resolved:
        yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="resolution_all",
    zh="解决（含未联系上）",
    unit="visits",
    definition=(
        "Of all return visits, those that reached the resident and in which the matter was said to be "
        "resolved; whoever was not reached or did not answer counts as not resolved, so that nobody is left "
        "out."
    ),
    definition_zh=(
        "全部回访中，联系上居民且居民说事项已经解决的；没联系上或没有回答的都算未解决，一个也不排除。"
    ),
    fold=fold,
    sides=RATIO,
)
