"""Reports of all sources that became part of a matter (归集上报)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterJoined, MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    match event:
        case MatterOpened() if not facts.taken_out:
            yield Part(COUNT)
        case MatterJoined() if event.merged_from is None:
            yield Part(COUNT)


INDICATOR = Indicator(
    name="reports_placed",
    zh="归集上报",
    unit="reports",
    definition=(
        "Reports of any source that opened a matter or joined one, each counted once and not again when "
        "matters are merged or split; of these, those that were duplicates are reports_joined and "
        "matters_merged, less matters_split, and refused reports and exact repetitions of one are in "
        "neither."
    ),
    definition_zh=(
        "立为事项或并入事项的各来源上报，每份计一次，事项合并或拆分时不再重计；其中重复的为 reports_joined 与"
        " matters_merged 之和减去 matters_split，被拒收的上报和完全相同的重复投递都不在内。"
    ),
    fold=fold,
)
