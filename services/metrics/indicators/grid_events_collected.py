"""Indicator 14: events collected by the urban and rural grid platform (网格化平台采集事件数)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import GRID, Facts
from shared.events import MatterJoined, MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    match event:
        case MatterOpened() if event.sheet.source == GRID and not facts.taken_out:
            yield Part(COUNT)
        case MatterJoined() if event.source == GRID and event.merged_from is None:
            yield Part(COUNT)


INDICATOR = Indicator(
    name="grid_events_collected",
    zh="网格化平台采集事件",
    unit="reports",
    definition=(
        "Reports of source grid that opened a matter or joined one, each counted once, at the place of the matter, and "
        "not again when matters are merged or split; refused reports and exact duplicates are not events of the "
        "platform."
    ),
    definition_zh=(
        "来源为 grid、立为事项或并入事项的上报，每份在事项所在地计一次，事项合并或拆分时不再重计；被拒收的上"
        "报和完全相同的重复投递不算平台事件。"
    ),
    fold=fold,
    plan=14,
)
