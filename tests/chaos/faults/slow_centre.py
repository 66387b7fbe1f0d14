"""A centre that is slow, and dies in the middle: it holds nobody up, and has each event once in the end."""

import sqlite3
import threading
from contextlib import suppress
from random import Random

from shared import topics
from tests.chaos.arena import Arena
from tests.chaos.days import COUNTIES
from tests.chaos.faults import Inflicted
from xiaoshi.centre import Centre, Event

NAME = "slow centre that dies in the middle"
SHORT = False
SLOW = 10


class DiedError(Exception):
    """What the callback raises in place of a kill."""


def inflict(arena: Arena, chance: Random) -> Inflicted:
    county = chance.choice(COUNTIES)
    seen = arena.run_dir / f"centre-{county}.sqlite3"
    stop, died, wanted = threading.Event(), threading.Event(), 0
    slow = chance.sample(range(4 * SLOW), SLOW)
    met: list[str] = []

    def write(event: Event, db: sqlite3.Connection) -> None:
        nonlocal wanted
        if len(met) in slow:
            arena.feed.moment(chance)
        if len(met) == 3 * SLOW and not died.is_set():
            died.set()
            raise DiedError
        met.append(event.id)
        told = arena.feed.tally.told.get(topics.routed(county))
        if told is not None and event.offset >= told.last:
            wanted = told.count
            stop.set()

    arena.feed.moment(chance)
    with Centre(county, arena.cluster.bootstrap, f"chaos-{county}", str(seen)) as centre:
        with suppress(DiedError):
            centre.follow(write, stop=stop)
        before = len(met)
        centre.follow(write, stop=stop)
    assert len(met) == len(set(met)), f"{len(met) - len(set(met))} events were given to the centre twice"
    assert len(met) >= wanted, f"the centre was given {len(met)} of {wanted} events"
    return Inflicted(1, f"{before} events before its death, {len(met)} in all, each once")
