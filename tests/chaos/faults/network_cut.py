"""The network between routing and all brokers is cut for longer than a transaction may last; packets just vanish."""

import time
from contextlib import ExitStack
from random import Random

from shared.lane import TRANSACTION_TIMEOUT_MS
from tests.chaos import spaces
from tests.chaos.arena import Arena, NotHereError
from tests.chaos.faults import Inflicted
from xiaoshi.system import Worker

NAME = "network cut between a worker and the brokers"
SHORT = False
CUT_OFF = "routing"


def inflict(arena: Arena, chance: Random) -> Inflicted:
    if not arena.own_spaces:
        raise NotHereError("network namespaces are not permitted")
    with ExitStack() as laid:
        cable = laid.enter_context(spaces.cable(arena.run_dir / "cable"))
        bind = {"XIAOSHI_BIND": "0.0.0.0"}
        far = Worker(CUT_OFF, prefix=cable.prefix, host=spaces.FAR, environ=bind)
        arena.restart(far)
        arena.wait_ready(CUT_OFF)
        arena.feed.moment(chance)
        cable.cut()
        until = time.monotonic() + TRANSACTION_TIMEOUT_MS / 1000 + 5
        while time.monotonic() < until:
            arena.feed.moment(chance)
        cable.mend()
        later = laid.pop_all()

    def as_before() -> None:
        arena.restart(Worker(CUT_OFF))
        later.close()

    return Inflicted(1, "", as_before)
