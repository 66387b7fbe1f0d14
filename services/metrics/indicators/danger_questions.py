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
    fold=fold,
)
