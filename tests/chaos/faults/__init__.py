"""The faults, a file each: `NAME`, `SHORT` (is it in the short form?) and `inflict`.

`inflict(arena, chance)` runs beside the feed and returns when the fault is over, with how often it was inflicted and
what is worth telling of it. It raises NotHereError where the machine does not permit it, and AssertionError when it
sees a promise broken by itself.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from random import Random
from typing import NamedTuple

from tests.chaos.arena import Arena


class Inflicted(NamedTuple):
    """`afterwards`: what is to be put back, once all is worked off."""

    times: int
    told: str = ""
    afterwards: Callable[[], None] = lambda: None


class Fault(NamedTuple):
    key: str
    name: str
    is_short: bool
    inflict: Callable[[Arena, Random], Inflicted]


def faults() -> tuple[Fault, ...]:
    """By name of their files."""
    found = []
    for each in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{each.name}")
        found.append(Fault(each.name, module.NAME, module.SHORT, module.inflict))
    return tuple(found)
