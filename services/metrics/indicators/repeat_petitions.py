"""Indicator 8: new repeats of first petitions (初次信访新增重复访)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from services.metrics.rules.petitions import is_first_petition, is_repeat_petition
from shared.events import MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterOpened):
        if is_repeat_petition(facts):
            yield Part(NUMERATOR)
        elif is_first_petition(facts):
            yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="repeat_petitions",
    zh="初次信访新增重复访",
    unit="matters",
    definition=(
        "Petitions (category petition.* without petition.review) opened as the repeat of an earlier matter, against "
        "the first petitions opened, where both are counted at the opening; a report that joins a matter is no "
        "repeat, and a share above one is possible."
    ),
    definition_zh=(
        "作为以前事项的重复而立项的信访（类别 petition.*，不含 petition.review），与新立的初次信访相比，两者"
        "都在立项时计；并入某一事项的上报不算重复访，比值可能大于一。"
    ),
    fold=fold,
    sides=RATIO,
    plan=8,
)
