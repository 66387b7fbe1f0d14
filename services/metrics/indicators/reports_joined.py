"""Reports that joined a matter (并案)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterJoined


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterJoined):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="reports_joined",
    zh="并入上报",
    unit="reports",
    definition=(
        "Reports that joined a matter already there, open or closed; with matters_opened these are all reports "
        "that were placed."
    ),
    fold=fold,
)
