"""Figures that others observe: surveys and counts, published by whoever made them."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from shared.matter import Code, Instant, Name, Value

MOST = 10**13


class IndicatorObserved(Value, frozen=True, tag="indicator.observed"):
    """Somebody counted or surveyed an indicator in one division over one period, which begins with `start`.

    Numerator and denominator, never a rate: divisions can only be added up by them. Of the same publisher on the same
    division and period the highest `revision` stands, whenever it came; one that is `withdrawn` leaves nothing.
    Totals only: nothing here says who was counted.
    """

    indicator: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    division: Code
    period: Literal["day", "week", "month", "year"]
    start: date
    numerator: Annotated[int, Meta(ge=0, le=MOST)]
    denominator: Annotated[int, Meta(ge=1, le=MOST)]
    publisher: Name
    at: Instant
    revision: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    method: Annotated[str, Meta(max_length=500)] = ""
    withdrawn: bool = False
