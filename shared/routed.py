"""Who hears of a matter: the county's centre, and the city's when it stands at the city."""

from shared.divisions import Tier
from shared.events import FastAnswered, FastEnded, FastLate, FastRaised, MatterEvent
from shared.topics import routed
from shared.wire import Out

FAST = (FastRaised, FastAnswered, FastLate, FastEnded)


def audience(
    county: str, tier: Tier, about_body: str | None, event: MatterEvent | None = None
) -> tuple[str, ...]:
    """The 6-digit keys of the centres that may read an event of a matter at that tier.

    A complaint about a body of the county itself is never told to the county's centre, only to the city's. The fast
    lane tells the city at once.
    """
    city = county[:4] + "00"
    told = [] if about_body is not None and _is_county(about_body) else [county]
    if (tier is Tier.CITY or isinstance(event, FAST) or not told) and city not in told:
        told.append(city)
    return tuple(told)


def told(
    out: Out, county: str, tier: Tier, about_body: str | None, event: MatterEvent | None = None
) -> list[Out]:
    """The event for the journal, and the same bytes for each centre that may read it."""
    keys = audience(county, tier, about_body, event)
    copies = [out._replace(topic=routed(key), partition=None, key=county.encode()) for key in keys]
    return [out, *copies]


def _is_county(body: str) -> bool:
    division = body.partition(":")[0]
    return len(division) == 6 and not division.endswith("00")
