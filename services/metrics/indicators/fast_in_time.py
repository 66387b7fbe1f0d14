"""1-3-5 minute compliance (一三五分钟响应)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts, steps_done
from shared.events import FastAnswered, FastLate, FastStep


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, FastLate):
        yield Part(DENOMINATOR, labels=(event.missed.step,))
    elif isinstance(event, FastAnswered):
        for step in steps_done(facts, event):
            yield Part(NUMERATOR, labels=(step,))
            yield Part(DENOMINATOR, labels=(step,))


INDICATOR = Indicator(
    name="fast_in_time",
    zh="一三五分钟响应",
    unit="steps",
    definition=(
        "Of the steps of the fast lane (acknowledge, arrive, support) that were done or missed their minutes, "
        "whichever came first, those done; whoever has arrived has acknowledged, and a step left when the danger "
        "was over counts neither way."
    ),
    definition_zh=(
        "快速通道各步骤（接警、到场、增援）中已完成或已超过规定分钟数（以先发生者为准）的，其中按时完成的；已"
        "到场即算已接警，险情解除时尚未完成的步骤两边都不计。"
    ),
    fold=fold,
    sides=RATIO,
    labels={"step": tuple(step.value for step in FastStep)},
)
