"""The document store answers nobody for a minute (SIGSTOP), then goes on: the ledger catches up."""

import signal
import time
from random import Random

from tests.chaos.arena import Arena
from tests.chaos.faults import Inflicted

NAME = "document store gone for a minute"
SHORT = False
GONE_SECONDS = 60.0


def inflict(arena: Arena, chance: Random) -> Inflicted:
    arena.feed.moment(chance)
    arena.store.signal(signal.SIGSTOP)
    try:
        until = time.monotonic() + GONE_SECONDS
        while time.monotonic() < until:
            arena.feed.moment(chance)
    finally:
        arena.store.signal(signal.SIGCONT)
    return Inflicted(1)
