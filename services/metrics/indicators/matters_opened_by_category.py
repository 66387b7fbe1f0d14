"""Matters opened by category (分类立项)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, FROM_EVENTS, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterOpened


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterOpened):
        yield Part(COUNT, labels=(facts.category,))


INDICATOR = Indicator(
    name="matters_opened_by_category",
    zh="分类立项",
    unit="matters",
    definition=(
        "Matters opened, as matters_opened counts them, by the category they were opened with; one set right later is "
        "not moved."
    ),
    definition_zh="新立的事项，口径同 matters_opened，按立项时的类别；以后更正类别的不移动。",
    fold=fold,
    # Bounded, though not listed here: a value is the code of a category that some adopted policy had, never a word
    # of a report, so a town has at most one series for each category of its county's policies.
    labels={"category": FROM_EVENTS},
)
