"""What truly is the case: a thing at a place, its trouble and its details. Reports only tell of it."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.places import Village

TELLINGS = Path(__file__).with_name("tellings.yaml")
_TIMES = (
    "两三天",
    "三天",
    "五天",
    "一个星期",
    "十来天",
    "半个月",
    "二十多天",
    "一个月",
    "两个月",
    "小半年",
    "半年",
    "一年多",
    "两年",
)

_SUDDEN = ("emergency.", "care.crisis", "order.", "wish.", "legal.", "service.")


class Subject(Struct, frozen=True, forbid_unknown_fields=True):
    """One category's entry of the file."""

    weight: Annotated[float, Meta(gt=0)]
    of: tuple[str, ...]
    told: tuple[tuple[str, ...], ...]
    more: tuple[str, ...]
    also: dict[int, tuple[str, ...]] = {}
    money: tuple[int, int] | None = None
    people: tuple[int, int] | None = None
    injury: float = 0.0
    danger: float = 0.0
    about: Literal["town", "village"] | None = None


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about many matters of a group."""

    harm: tuple[str, ...]
    ask: tuple[str, ...]


class Tellings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    names: tuple[str, ...]
    openings: dict[str, tuple[str, ...]]
    closings: dict[str, tuple[str, ...]]
    asides: tuple[str, ...]
    things: dict[str, tuple[str, ...]]
    near: tuple[str, ...]
    since: tuple[str, ...]
    groups: dict[str, Group]
    categories: dict[str, Subject]


@dataclass(frozen=True, slots=True)
class Matter:
    """One true matter. `seed` is what its tellings are drawn from; `trouble` counts within its category."""

    seed: str
    category: str
    village: Village
    thing: str
    trouble: int
    details: tuple[str, ...]
    money: int | None
    people: int | None
    injury: bool
    danger: bool


@cache
def tellings() -> Tellings:
    """The shipped texts."""
    return msgspec.convert(yaml.safe_load(TELLINGS.read_text(encoding="utf-8")), Tellings)


def subject(category: str) -> Subject:
    """What is told about a category; one that has no texts of its own is told like an unclear one."""
    known = tellings().categories
    return known.get(category) or known["other.unclear"]


def draw(seed: str, category: str, village: Village) -> Matter:
    """The matter that follows from a seed."""
    chance = dice(seed)
    about = subject(category)
    money = _skewed(about.money, chance)
    slots = {
        "k": str(chance.randint(2, 9)),
        "n": str(chance.randint(2, 48)),
        "n2": str(chance.randint(1, 28)),
        "d": chance.choice(_TIMES),
        "m": str(money if money is not None else chance.randint(3, 400) * 10),
        **dict(zip(("name", "name2", "name3"), chance.sample(tellings().names, 3), strict=True)),
    }
    thing = chance.choice(tellings().things[chance.choice(about.of)]).format_map(slots)
    trouble = chance.randrange(len(about.told))
    return Matter(
        seed=seed,
        category=category,
        village=village,
        thing=thing,
        trouble=trouble,
        details=tuple(each.format_map(slots) for each in _details(category, trouble, chance)),
        money=money,
        people=_skewed(about.people, chance),
        injury=chance.random() < about.injury,
        danger=chance.random() < about.danger,
    )


def _details(category: str, trouble: int, chance: Random) -> list[str]:
    """One to three of the matter's own, mostly with a landmark; what has just happened has no since."""
    about, common = subject(category), tellings()
    own = (*about.more, *about.also.get(trouble, ()))
    chosen = chance.sample(own, min(len(own), chance.choice((1, 2, 2, 3))))
    if chance.random() < 0.7:
        chosen.append(chance.choice(common.near))
    if not category.startswith(_SUDDEN) and chance.random() < 0.6:
        chosen.append(chance.choice(common.since))
    return chosen


def moved(matter: Matter, village: Village) -> Matter:
    """Word for word the same, in another village: it is another matter."""
    return replace(matter, village=village)


def beside(matter: Matter, seed: str) -> Matter:
    """The same village and category, another thing: it is another matter."""
    for nth in range(20):
        other = draw(f"{seed}|{nth}", matter.category, matter.village)
        if other.thing != matter.thing:
            return other
    raise AssertionError(f"no second thing for {matter.category}")


def _skewed(span: tuple[int, int] | None, chance: Random) -> int | None:
    """Small figures are common and large ones rare; rounded as people round."""
    if span is None:
        return None
    low, high = span
    value = low + int((high - low) * chance.random() ** 5)
    return value if value < 1000 else value // 100 * 100
