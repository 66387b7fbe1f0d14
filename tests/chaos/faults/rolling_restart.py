"""All workers end and start again one by one, as at an upgrade; routing was of a version with a field more."""

from dataclasses import replace
from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted
from xiaoshi.system import Worker

NAME = "rolling restart of all workers, state of another version"
SHORT = False


def inflict(arena: Arena, chance: Random) -> Inflicted:
    older = Worker("routing")
    arena.restart(replace(older, module="tests.chaos.older", environ={"CHAOS_SERVICE": "routing"}))
    for _ in range(3):
        arena.feed.moment(chance)
    names = sorted(arena.system.children)
    for name in names:
        arena.feed.moment(chance)
        arena.restart(Worker(name))
        arena.wait_ready(name)
    return Inflicted(len(names))
