"""Indicator 9: good ratings of petitions handled online (网上信访群众满意率)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, visit_of
from services.metrics.rules.petitions import is_online_petition


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    visit = visit_of(event)
    if visit is None or not is_online_petition(facts):
        return
    if visit.reached and visit.satisfied is not None:
        yield Part(DENOMINATOR)
        if visit.satisfied:
            yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="online_petition_ratings",
    zh="网上信访群众满意",
    unit="visits",
    definition=(
        "Of the return visits to petitions (category petition.*, reviews and repeats included) first reported over "
        "the residents' app in which the resident was reached and said whether they were satisfied, those that said "
        "yes; the visit that reopens a matter counts as the dissatisfied visit it was, and so a matter may count twice."
    ),
    definition_zh=(
        "最先由居民应用上报的信访事项（类别 petition.*，含复查和重复）的回访中，联系上居民且居民表明是否满意"
        "的，其中表示满意的；导致重新办理的那次回访按其不满意计入，所以一件事项可能计两次。"
    ),
    fold=fold,
    sides=RATIO,
    plan=9,
)
