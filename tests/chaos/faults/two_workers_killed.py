"""kill -9 of two workers at once."""

from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "kill -9 of two workers at once"
SHORT = False
TIMES = 3


def inflict(arena: Arena, chance: Random) -> Inflicted:
    for _ in range(TIMES):
        arena.feed.moment(chance)
        arena.kill(*arena.someone(chance, 2))
    return Inflicted(TIMES)
