"""Indicator 10: mediation success rate (矛盾纠纷调解成功率)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, visit_of
from shared.matter import Way

MEDIATION = frozenset(Way) - {Way.HANDLED, Way.COUNSELLING}


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    visit = visit_of(event)
    if visit is None or facts.way not in MEDIATION:
        return
    if visit.reached:
        yield Part(DENOMINATOR)
        if visit.resolved:
            yield Part(NUMERATOR)


INDICATOR = Indicator(
    name="mediation_success",
    zh="矛盾纠纷调解成功",
    unit="visits",
    definition=(
        "Of the return visits that reached the resident of a matter last resolved by people's, administrative, "
        "judicial, industry or online mediation or by court confirmation (not by counselling or plain handling), "
        "those in which the matter was said to be resolved; no answer to that question counts as not resolved."
    ),
    definition_zh=(
        "对最后一次以人民调解、行政调解、司法调解、行业调解、线上调解或司法确认（不含心理疏导和一般办理）办结"
        "的事项进行、并联系上居民的回访中，居民说已经解决的；没有回答这一问的算未解决。"
    ),
    fold=fold,
    sides=RATIO,
    plan=10,
    reference=1.0,
    reference_note="100 % claimed by one city",
    reference_note_zh="一市所称的 100 %",
)
