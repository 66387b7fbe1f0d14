"""Routing and metrics go from one replica to two and back, so that lanes change hands while they are at work."""

from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "replicas join and leave"
SHORT = False
SCALED = ("routing", "metrics")


def inflict(arena: Arena, chance: Random) -> Inflicted:
    for replicas in (2, 1):
        for service in SCALED:
            arena.feed.moment(chance)
            with arena.hands:
                arena.system.scale(service, replicas)
        for name in sorted(arena.system.children):
            arena.wait_ready(name)
    return Inflicted(2 * len(SCALED))
