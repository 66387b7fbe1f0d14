"""Records that nobody can read, on every topic that others may write to, amid the good ones."""

from random import Random

from services.intake.sources import sources
from shared import topics
from shared.wire import Out, millis
from tests.chaos.arena import Arena
from tests.chaos.days import COUNTIES
from tests.chaos.faults import Inflicted

NAME = "poison records amid"
SHORT = False
VALUES = (
    None,
    b"",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"{}",
    b'{"type": "matter.opened"}',
    b"[" * 5000,
    b'{"county": "430981", "kind": 7}',
    b"9" * 100_000,
)
WRITTEN_BY_OTHERS = (*(topics.raw(name) for name in sources()), topics.ACTIONS.name, topics.RESIDENTS.name)
TIMES = 5


def inflict(arena: Arena, chance: Random) -> Inflicted:
    sent = 0
    for _ in range(TIMES):
        arena.feed.moment(chance)
        now = arena.feed.now
        assert now is not None
        some = [
            Out(topic, None, chance.choice(COUNTIES).encode(), value, [], millis(now))
            for topic in WRITTEN_BY_OTHERS
            for value in VALUES
        ]
        arena.feed.insert(some)
        sent += len(some)
    arena.feed.moment(chance)
    return Inflicted(sent)
