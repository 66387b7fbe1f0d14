"""SIGSTOP of a worker past its transactions' time; another takes its lanes over; SIGCONT: the zombie writes nothing."""

import signal
import time
from random import Random

from shared.lane import EXIT_LANE_LOST, TRANSACTION_TIMEOUT_MS
from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted
from tests.chaos.overtaken import overtaken

NAME = "SIGSTOP of a worker, its lanes taken over, SIGCONT"
SHORT = True
FROZEN = ("routing", "escalation")
NOTICED_WITHIN = 120.0


def inflict(arena: Arena, chance: Random) -> Inflicted:
    noticed = [_zombie(arena, chance, name) for name in FROZEN]
    batches, late = overtaken(arena.cluster.nodes[0].data)
    assert late == [], f"written after the hand-over: {late}"
    told = (
        f"gone within {max(noticed):.1f} s of waking; of {batches:,} batches none is of an overtaken writer"
    )
    return Inflicted(len(FROZEN), told)


def _zombie(arena: Arena, chance: Random, name: str) -> float:
    """Seconds from its waking to its end."""
    arena.feed.moment(chance)
    with arena.hands:
        zombie = arena.system.children[name]
        zombie.signal(signal.SIGSTOP)
        arena.system.hand_over(name)
    until = time.monotonic() + TRANSACTION_TIMEOUT_MS / 1000
    while time.monotonic() < until:
        arena.feed.moment(chance)
    woken = time.monotonic()
    zombie.signal(signal.SIGCONT)
    assert zombie.popen is not None
    assert zombie.popen.wait(NOTICED_WITHIN) == EXIT_LANE_LOST
    return time.monotonic() - woken
