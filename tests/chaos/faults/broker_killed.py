"""kill -9 of a broker; the others take over, and it comes back on its old data."""

from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "kill -9 of a broker and its return"
SHORT = True


def inflict(arena: Arena, chance: Random) -> Inflicted:
    number = chance.choice(arena.cluster.nodes).number
    arena.feed.moment(chance)
    arena.cluster.kill(number)
    arena.cluster.wait_until_missed(number)
    arena.feed.moment(chance)
    arena.cluster.restart(number)
    return Inflicted(1)
