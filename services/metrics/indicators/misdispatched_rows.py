"""Misdispatches by row of the policy (错派所依规则)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, FROM_EVENTS, TIERS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterRedispatched


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterRedispatched) and not facts.redispatched:
        category, _, tier = event.row.removeprefix("categories.").partition(".desks.")
        yield Part(COUNT, labels=(category, tier))


INDICATOR = Indicator(
    name="misdispatched_rows",
    zh="错派所依规则",
    unit="dispatches",
    definition=(
        "Dispatches by the policy that a centre sent on to another desk after a return (the numerator of "
        "misdispatches), by the row that had chosen the desk: its category and tier; at the county only."
    ),
    definition_zh=(
        "依规则派发、退单后由综治中心改派其他单位的派单（misdispatches 的分子），按选定单位的规则行，即类别和层"
        "级；只计在县。"
    ),
    fold=fold,
    # Bounded, though not listed here: a value is the code of a category that some adopted policy had, never a word
    # of a report, and the county only, so that a county has at most one series for each row of its policies.
    labels={"category": FROM_EVENTS, "tier": TIERS},
    county_only=True,
)
