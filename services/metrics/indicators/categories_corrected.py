"""Categories set by a person (类别更正)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.catalogue import UNCLEAR
from shared.events import MatterCategorised

UNSORTED, GUESSED, GIVEN = "unsorted", "guessed", "given"


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterCategorised):
        yield Part(COUNT, labels=(_was(event),))


def _was(event: MatterCategorised) -> str:
    if event.from_category == UNCLEAR:
        return UNSORTED
    return GUESSED if event.guesses else GIVEN


INDICATOR = Indicator(
    name="categories_corrected",
    zh="类别更正",
    unit="matters",
    definition=(
        "Matters that a person put under another category, by what they were under before: other.unclear "
        "(unsorted), one the text had been taken for (guessed), or one that a source or a person gave (given)."
    ),
    definition_zh=(
        "由人改归另一类别的事项，按改前的状态：other.unclear（unsorted），从文字猜得的（guessed），来源或人给"
        "定的（given）。"
    ),
    fold=fold,
    labels={"was": (UNSORTED, GUESSED, GIVEN)},
)
