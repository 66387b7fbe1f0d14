"""Urges that were worth it (催办后按期)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import (
    DispatchUpheld,
    MatterAccepted,
    MatterClosed,
    MatterEvent,
    MatterRedispatched,
    MatterReopened,
    MatterResolved,
    MatterVisited,
    NoticeAnnounced,
    SupervisionOrdered,
    WishMatched,
)
from shared.matter import State

DONE_BY: dict[str, tuple[type[MatterEvent], ...]] = {
    "accept": (MatterAccepted, WishMatched),
    "resolve": (MatterResolved,),
    "visit": (MatterVisited, MatterReopened),
    "close": (MatterClosed,),
    "review": (DispatchUpheld, MatterRedispatched),
}


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if facts.urged is None:
        return
    step, _ = facts.urged
    if isinstance(event, SupervisionOrdered | NoticeAnnounced):
        yield Part(DENOMINATOR)
    elif isinstance(event, DONE_BY[step]) and not (
        step == "visit" and event.position.state is State.RESOLVED
    ):
        yield Part(NUMERATOR)
        yield Part(DENOMINATOR)


INDICATOR = Indicator(
    name="urges_heeded",
    zh="催办后按期办理",
    unit="urges",
    definition=(
        "Of the urges whose step was then done or missed its limit, whichever came first, those whose step "
        "(accepting, resolving, the return visit, closing, the centre's answer to a return) was done; an urge whose "
        "limit was moved, stopped or dropped before that counts neither way."
    ),
    definition_zh=(
        "催办之后该步骤已完成或已错过时限（以先发生者为准）的催办中，步骤（受理、办结、回访、销号、综治中心对退"
        "单的裁定）已完成的；在此之前时限被变更、停止或取消的，两边都不计。"
    ),
    fold=fold,
    sides=RATIO,
)
