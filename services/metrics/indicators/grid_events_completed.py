"""Indicator 15: completion rate of grid platform events (网格化平台事件办结率)."""

from collections.abc import Iterable

from services.metrics.indicators import DENOMINATOR, NUMERATOR, RATIO, Countable, Indicator, Part
from services.metrics.rules.facts import GRID, Facts
from shared.events import MatterClosed, MatterJoined, MatterOpened
from shared.matter import State


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    match event:
        case MatterOpened() if event.sheet.source == GRID and not facts.taken_out:
            yield Part(DENOMINATOR)
        case MatterJoined() if event.source == GRID and event.merged_from is None:
            yield Part(DENOMINATOR)
            if facts.state is State.CLOSED:
                yield Part(NUMERATOR)
        case MatterClosed() if facts.waiting:
            yield Part(NUMERATOR, len(facts.waiting))


INDICATOR = Indicator(
    name="grid_events_completed",
    zh="网格化平台事件办结",
    unit="reports",
    definition=(
        "Of the reports of source grid that opened or joined a matter (the same as grid_events_collected), those "
        "whose matter was closed, each counted once at the first close after it came, and at once if it joined a "
        "closed matter; one that goes on in another matter waits for the close there, one that was taken back is "
        "never completed, and a later reopening takes nothing back."
    ),
    definition_zh=(
        "来源为 grid、立为事项或并入事项的上报（与 grid_events_collected 相同）中，事项已销号的；每份在其到来"
        "之后的第一次销号时计一次，并入已销号事项的当即计入；随合并转入另一事项的待该事项销号时计，已撤回的永"
        "不算办结，以后的重新办理不收回。"
    ),
    fold=fold,
    sides=RATIO,
    plan=15,
)
