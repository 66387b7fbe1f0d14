"""Answers of people to whether two matters are the same (疑似重复已核)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterKeptApart, MatterMerged

APART, JOINED = "apart", "joined"


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterKeptApart):
        yield Part(COUNT, labels=(APART,))
    elif isinstance(event, MatterMerged) and facts.asked:
        yield Part(COUNT, labels=(JOINED,))


INDICATOR = Indicator(
    name="reviews_answered",
    zh="疑似重复已核",
    unit="reviews",
    definition=(
        "Of reviews_asked, those a person answered: kept apart, or joined with any other matter; the rest is "
        "unanswered, or was made needless by the end of either."
    ),
    definition_zh=(
        "疑似重复（reviews_asked）中已由人核定的：不是同一件，或与任一其他事项合并；其余的尚无答复，或因其中"
        "一件结束而不再需要答复。"
    ),
    fold=fold,
    labels={"answer": (APART, JOINED)},
)
