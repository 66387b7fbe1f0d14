"""Matters opened (立项)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterOpened):
        yield Part(COUNT)


INDICATOR = Indicator(
    name="matters_opened",
    zh="新立事项",
    unit="matters",
    definition=(
        "Matters opened, at the place of the first report, one for a report that was taken out of another included; a "
        "confidential matter counts at its county, never at a town."
    ),
    definition_zh=(
        "新立的事项，计在第一份上报的所在地，从另一事项拆出的上报另立的也算一件；保密事项计在县，不计在乡镇。"
    ),
    fold=fold,
)
