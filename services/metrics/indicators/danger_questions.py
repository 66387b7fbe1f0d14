"""Questions whether there is danger now (疑似险情)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import DangerAsked


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, DangerAsked):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="danger_questions",
    zh="疑似险情",
    unit="questions",
    definition="Reports whose words speak of danger although nobody marked them so: a person is asked.",
    definition_zh="文字中说到险情而无人标明的上报，需由人核实。",
    fold=fold,
)
