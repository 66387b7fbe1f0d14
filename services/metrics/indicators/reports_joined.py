"""Reports that joined a matter (并案)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterJoined


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterJoined) and event.merged_from is None:
        yield Part(COUNT)


INDICATOR = Indicator(
    name="reports_joined",
    zh="并入上报",
    unit="reports",
    definition=(
        "Reports that joined a matter already there, open or closed, not those that came with a merged matter; with "
        "matters_opened, less the reports of matters_split, these are all reports that were placed."
    ),
    definition_zh=(
        "并入已有事项（在办或已销号）的上报，随事项合并而来的不算；加上 matters_opened，减去 matters_split 的"
        "上报，即为全部归集的上报。"
    ),
    fold=fold,
)
