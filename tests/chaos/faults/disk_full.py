"""A broker's disk is full: it stops itself, the others go on; with room again it comes back on its data."""

from random import Random

from tests.chaos.arena import SMALL_DISK, Arena, NotHereError
from tests.chaos.faults import Inflicted

NAME = "disk full under a broker's log"
SHORT = False
CHUNK = bytes(1 << 20)


def inflict(arena: Arena, chance: Random) -> Inflicted:
    if not arena.own_spaces:
        raise NotHereError("a small disk cannot be mounted")
    node = arena.cluster.nodes[SMALL_DISK - 1]
    filler = node.data / "filler"
    arena.feed.moment(chance)
    _fill(filler)
    try:
        arena.cluster.wait_until_missed(node.number)
        arena.feed.moment(chance)
    finally:
        filler.unlink()
    fell = not arena.cluster.is_running(node.number)
    if not fell:
        arena.cluster.kill(node.number)
    arena.cluster.restart(node.number)
    return Inflicted(1, "the broker stopped itself" if fell else "the broker had to be stopped")


def _fill(filler: object) -> None:
    with open(str(filler), "wb", buffering=0) as file:
        while True:
            try:
                file.write(CHUNK)
            except OSError:
                return
