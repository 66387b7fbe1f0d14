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
    definition_zh=(
        "已销号或已错过时限（以先发生者为准）的初次信访事项（类别 petition.*，不含 petition.review，也不是以"
        "前事项的重复）中，销号之前没有督办单和通报的；每件只在该时刻计一次，所以超期的在办时即计入，未到期的"
        "在办事项暂不计。"
    ),
    fold=fold,
    sides=RATIO,
    plan=7,
    reference=1.0,
    reference_note="in-limit closing of cases 100 %, published by one city; of all cases, not of petitions alone",
    reference_note_zh="一市公布的案件限内办结率 100 %；为全部案件，不限于信访",
)
