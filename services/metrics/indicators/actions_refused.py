"""Actions of desks and residents that could not be done."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import ActionRefused
from shared.reasons import Reason

REASONS = (
    Reason.DESK_WRONG,
    Reason.RESIDENT_ONLY,
    Reason.REPORT_NOT_OF_MATTER,
    Reason.COUNTY_WRONG,
    Reason.MATTER_UNKNOWN,
    Reason.STATE_WRONG,
    Reason.WAY_MISSING,
    Reason.VISIT_MISSING,
    Reason.FIELD_MISSING,
    Reason.GROUND_WRONG,
    Reason.TARGET_WRONG,
    Reason.INSTANT_WRONG,
    Reason.AT_THE_TOP,
    Reason.AT_THE_FLOOR,
    Reason.ALREADY_DONE,
    Reason.NOT_ASKED,
    Reason.HOPS_SPENT,
    Reason.WINDOW_OVER,
    Reason.NO_FAST_LANE,
    Reason.LIMIT_PASSED,
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
    definition_zh=(
        "被拒绝的操作，按原因，计在事项所在地；没有该事项时计在发出操作的县；县 000000 代表所有不是县的代码。"
    ),
    fold=fold,
    labels={"reason": tuple(reason.value for reason in REASONS)},
)
