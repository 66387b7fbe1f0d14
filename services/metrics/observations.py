"""Which observed figures are taken in at all."""

from services.metrics.indicators import observed
from services.metrics.rules.periods import PeriodKind, whole
from shared import divisions
from shared.errors import EventInvalidError, UnknownDivisionError
from shared.observed_events import IndicatorObserved


def admitted(event: IndicatorObserved) -> str:
    """The county whose record it is, or the city in the form of one. Raises EventInvalidError in words."""
    indicator = next((each for each in observed() if each.name == event.indicator), None)
    if indicator is None:
        raise EventInvalidError(f"{event.indicator} is no indicator that others observe")
    try:
        county = divisions.county_of(event.division)
    except UnknownDivisionError as error:
        raise EventInvalidError(str(error)) from error
    if event.start != whole(PeriodKind(event.period), event.start).start:
        raise EventInvalidError(f"start {event.start} begins no {event.period}")
    if event.denominator < indicator.floor:
        raise EventInvalidError(
            f"{indicator.name} is about people: none is taken over fewer than {indicator.floor} of them"
        )
    if indicator.share and event.numerator > event.denominator:
        raise EventInvalidError(
            f"{indicator.name} is a share: {event.numerator} is more than {event.denominator}"
        )
    return county
