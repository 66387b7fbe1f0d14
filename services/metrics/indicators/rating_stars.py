"""Stars residents gave (评价星级)."""

from collections.abc import Iterable

from services.metrics.indicators import COUNT, Countable, Indicator, Part
from services.metrics.rules.facts import Facts
from shared.events import MatterRated


def fold(event: Countable, facts: Facts) -> Iterable[Part]:
    if isinstance(event, MatterRated):
        yield Part(COUNT, event.rating)


INDICATOR = Indicator(
    name="rating_stars",
    zh="群众评价星级",
    unit="stars",
    definition="Stars residents gave, one to five with each rating; divided by ratings, this is the mean.",
    definition_zh="居民评价所给的星数，每次一至五星；除以 ratings 即为平均星级。",
    fold=fold,
)
