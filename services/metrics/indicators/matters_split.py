"""Matters split again (拆分)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterOpened, MatterSplit
from shared.matter import State

REPORT, MATTER = "report", "matter"


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterOpened) and facts.taken_out:
        yield Part(COUNT, labels=(REPORT,))
    elif isinstance(event, MatterSplit) and facts.state is State.MERGED:
        yield Part(COUNT, labels=(MATTER,))


INDICATOR = Indicator(
    name="matters_split",
    zh="拆分",
    unit="splits",
    definition=(
        "Joinings undone: a report taken out that became a matter of its own (report), or a merged matter that came "
        "back (matter)."
    ),
    definition_zh=("撤销的并案：被拆出另立事项的上报（report），或恢复为独立事项的已合并事项（matter）。"),
    fold=fold,
    labels={"what": (REPORT, MATTER)},
)
