"""Actions of desks that could not be done."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import ActionRefused
from shared.reasons import Reason

REASONS = (
    Reason.MATTER_UNKNOWN,
    Reason.STATE_WRONG,
    Reason.DESK_WRONG,
    Reason.COUNTY_WRONG,
    Reason.WAY_MISSING,
    Reason.VISIT_MISSING,
)


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, ActionRefused):
        yield Part(COUNT, labels=(event.reason,))


INDICATOR = Indicator(
    name="actions_refused",
    zh="被拒操作",
    unit="actions",
    definition=(
        "Actions refused, by reason, at the place of the matter, or at the county that sent them if it has no such "
        "matter; county 000000 stands for all codes that are no county."
    ),
    fold=fold,
    labels={"reason": tuple(reason.value for reason in REASONS)},
)
