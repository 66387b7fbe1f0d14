"""The real places of a county."""

from random import Random
from typing import NamedTuple

from shared import divisions
from shared.errors import NoDivisionAtTierError


class Village(NamedTuple):
    """A village or community, with the town it belongs to."""

    code: str
    name: str
    town: str
    town_name: str


def villages(county: str) -> tuple[Village, ...]:
    """All of a county, by code. Raises NoDivisionAtTierError where there are none."""
    found = tuple(
        Village(code, divisions.find(code).name, town, divisions.find(town).name)
        for town in divisions.children(county)
        for code in divisions.children(town)
    )
    if not found:
        raise NoDivisionAtTierError(f"{county} {divisions.full_name(county)} has no villages to report from")
    return found


def elsewhere(home: Village, all_villages: tuple[Village, ...], chance: Random) -> str:
    """Where another party may live: mostly in the same town, else in another one, now and then in another county."""
    roll = chance.random()
    if roll < 0.1:
        city = divisions.at_tier(home.code, divisions.Tier.CITY)
        others = [code for code in divisions.children(city) if not home.code.startswith(code)]
        if others:
            return chance.choice(others)
    near = [each for each in all_villages if (each.town == home.town) == (roll < 0.6) and each != home]
    return chance.choice(near or all_villages).code
