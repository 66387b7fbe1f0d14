"""SIGSTOP of a broker until the others have given it up, then SIGCONT: its connections stay open and say nothing."""

from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "SIGSTOP of a broker past its session, SIGCONT"
SHORT = False


def inflict(arena: Arena, chance: Random) -> Inflicted:
    number = chance.choice(arena.cluster.nodes).number
    arena.feed.moment(chance)
    arena.cluster.freeze(number)
    try:
        arena.cluster.wait_until_missed(number)
        arena.feed.moment(chance)
    finally:
        arena.cluster.thaw(number)
    arena.cluster.wait_until_whole()
    return Inflicted(1)
