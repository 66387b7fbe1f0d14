"""The wall clocks of two workers jump a day ahead and two back, the source of the ticks six hours ahead and back."""

import os
from datetime import timedelta
from random import Random

from shared import timeline
from tests.chaos.arena import Arena
from tests.chaos.days import LANES
from tests.chaos.faults import Inflicted
from tests.chaos.skewed import AHEAD, BACK
from xiaoshi.system import Worker

NAME = "clock jumps of workers and of the ticks"
SHORT = False
JUMPING = ("routing", "escalation")
LEAP = timedelta(hours=6)


def inflict(arena: Arena, chance: Random) -> Inflicted:
    for name in JUMPING:
        environ = {"CHAOS_SERVICE": name}
        arena.restart(Worker(name, module="tests.chaos.skewed", environ=environ))
        arena.wait_ready(name)
    jumps = (AHEAD, BACK, BACK, AHEAD)
    for jump in jumps:
        arena.feed.moment(chance)
        for name in JUMPING:
            os.kill(arena.system.children[name].pid, jump)
    now = arena.feed.now
    assert now is not None
    arena.feed.insert(timeline.tick(now + LEAP, lane) for lane in range(LANES))
    arena.feed.moment(chance)

    def as_before() -> None:
        for name in JUMPING:
            arena.restart(Worker(name))
            arena.wait_ready(name)

    return Inflicted(len(jumps) + 1, "the ticks of six hours after the leap are passed over", as_before)
