"""Matters raised to the fast lane (快速通道)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import FastRaised
from shared.reasons import Reason

REASONS = (Reason.DANGER_NOW, Reason.EMERGENCY_CATEGORY, Reason.BY_ACTION)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, FastRaised):
        yield Part(COUNT, labels=(event.reason,))


INDICATOR = Indicator(
    name="fast_raised",
    zh="快速通道",
    unit="matters",
    definition=(
        "Times the fast lane was raised beside a matter, by the reason: danger now, a category that is an "
        "emergency, or a person who said that there is danger."
    ),
    definition_zh="事项启动快速通道的次数，按原因：正在发生险情，属于紧急类别，或有人报告险情。",
    fold=fold,
    labels={"reason": tuple(reason.value for reason in REASONS)},
)
