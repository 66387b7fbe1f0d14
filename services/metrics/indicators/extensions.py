"""Extensions (延期)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import ExtensionApproved, ExtensionAsked, ExtensionRefused

STEPS: dict[type, str] = {ExtensionAsked: "asked", ExtensionApproved: "approved", ExtensionRefused: "refused"}


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    step = STEPS.get(type(event))
    if step is not None:
        yield Part(COUNT, labels=(step,))


INDICATOR = Indicator(
    name="extensions",
    zh="延期",
    unit="requests",
    definition=(
        "Requests for more time: asked, approved, refused; one that is not answered before the limit passes is only "
        "asked."
    ),
    definition_zh="申请延期的情况：已申请、已批准、已驳回；到时限仍未答复的只算已申请。",
    fold=fold,
    labels={"step": tuple(STEPS.values())},
)
