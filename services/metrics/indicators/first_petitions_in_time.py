"""Indicator 7: first petitions completed in time (初次信访事项按期办结率)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from services.metrics.rules.petitions import is_first_petition
from shared.events import MatterClosed, NoticeAnnounced, SupervisionOrdered


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if not is_first_petition(facts) or facts.late or facts.completed:
        return
    if isinstance(event, SupervisionOrdered | NoticeAnnounced):
        yield Part(DENOMINATOR)
    elif isinstance(event, MatterClosed):
        yield Part(NUMERATOR)
        yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="first_petitions_in_time",
    zh="初次信访事项按期办结",
    unit="matters",
    definition=(
        "Of the first petitions (category petition.* without petition.review, no repeat of an earlier matter) that "
        "were closed or missed a limit, whichever came first, those closed without a supervision order or notice "
        "before; each counts once, at that instant, so a late one counts while it is still open, and one that is "
        "open and in time does not count yet."
    ),
    fold=fold,
    sides=RATIO,
    plan=7,
    reference=1.0,
    reference_note="in-limit closing of cases 100 %, published by one city; of all cases, not of petitions alone",
)
