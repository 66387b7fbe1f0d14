"""Who hears of a matter: the county's centre, and the city's when it stands at the city."""

from functools import lru_cache

from shared.divisions import Tier
from shared.events import FastAnswered, FastEnded, FastLate, FastRaised, MatterEvent
from shared.topics import routed
from shared.wire import Out

_topic_of = lru_cache(maxsize=4096)(routed)
FAST = (FastRaised, FastAnswered, FastLate, FastEnded)


def audience(
    county: str, tier: Tier, about_body: str | None, event: MatterEvent | None = None
) -> tuple[str, ...]:
    """The 6-digit keys of the centres that may read an event of a matter at that tier.

    A complaint about a body of the county itself is never told to the county's centre, only to the city's. The fast
    lane tells the city at once.
    """
    return _keys(county, tier, about_body, isinstance(event, FAST))


@lru_cache(maxsize=4096)
def _keys(county: str, tier: Tier, about_body: str | None, is_fast: bool) -> tuple[str, ...]:
    city = county[:4] + "00"
    told = [] if about_body is not None and _is_county(about_body) else [county]
    if (tier is Tier.CITY or is_fast or not told) and city not in told:
        told.append(city)
    return tuple(told)


def told(
    out: Out, county: str, tier: Tier, about_body: str | None, event: MatterEvent | None = None
) -> list[Out]:
    """The event for the journal, and the same bytes for each centre that may read it."""
    keys = audience(county, tier, about_body, event)
    own = county.encode()
    copies = [
        Out(_topic_of(key), None, own, out.value, out.headers, out.timestamp, out.event) for key in keys
    ]
    return [out, *copies]


def _is_county(body: str) -> bool:
    division = body.partition(":")[0]
    return len(division) == 6 and not division.endswith("00")
