"""kill -9 of one worker after the other, whichever chance picks."""

from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "kill -9 of a worker"
SHORT = True
TIMES = 4


def inflict(arena: Arena, chance: Random) -> Inflicted:
    for _ in range(TIMES):
        arena.feed.moment(chance)
        arena.kill(*arena.someone(chance))
    return Inflicted(TIMES)
