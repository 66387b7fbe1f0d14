"""When reports arrive and over which source.

Facts: hour of day, weekday and the ratio of calls to app were measured on 4,326 messages of a citizens' mailbox and
on a city's 311 cases. Assumption: what a grid worker finds on the rounds is half of a county's reports by day.
"""

from datetime import date, datetime, time, timedelta
from random import Random

from shared import divisions
from xiaoshi.simulator.sent import BEIJING

BY_HOUR = (
    *(92, 60, 11, 15, 7, 16, 35, 58, 178, 262, 508, 349),
    *(242, 202, 272, 400, 286, 334, 239, 166, 143, 156, 161, 120),
)
BY_WEEKDAY = (675, 855, 810, 715, 648, 270, 353)  # Monday first
CALL, APP = 0.76, 0.19
# Of all villages of the country at five contacts a day: the hotline planners' figure.
PER_VILLAGE = 5
GRID_BY_DAY, GRID_BY_NIGHT = 0.5, 0.05
_ROUNDS = range(7, 21)


def usual(county: str, day: date) -> int:
    """How many reports such a county has on such a weekday."""
    villages = sum(len(divisions.children(town)) for town in divisions.children(county))
    return round(villages * PER_VILLAGE * 7 * BY_WEEKDAY[day.weekday()] / sum(BY_WEEKDAY))


def moments(day: date, count: int, chance: Random) -> list[datetime]:
    """`count` instants of the day in the measured shape, rising, to the millisecond."""
    hours = chance.choices(range(24), BY_HOUR, k=count)
    start = datetime.combine(day, time(), BEIJING)
    return [
        start + timedelta(milliseconds=ms) for ms in sorted(h * 3_600_000 + _within(chance) for h in hours)
    ]


def source(at: datetime, chance: Random) -> str:
    """Grid workers are on their rounds by day; the others call and write at any hour."""
    grid = GRID_BY_DAY if at.hour in _ROUNDS else GRID_BY_NIGHT
    return chance.choices(
        ("grid", "hotline", "app"), (grid, (1 - grid) * CALL / (CALL + APP), (1 - grid) * APP / (CALL + APP))
    )[0]


def _within(chance: Random) -> int:
    return chance.randrange(3_600_000)
