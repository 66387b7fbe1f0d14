"""Make a day: who sends what, when, by which road, and what is true of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from random import Random
from typing import NamedTuple

from shared import divisions
from shared.catalogue import Policy
from xiaoshi.simulator import arrival, broken, matters, places, roads
from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.matters import Matter
from xiaoshi.simulator.reports import Telling, report_of
from xiaoshi.simulator.roads import Letter
from xiaoshi.simulator.schedule import Case, Schedule, schedule
from xiaoshi.simulator.sent import Day, Road, Sent, Truth

__all__ = ["Day", "Road", "Sent", "Truth", "make_day"]


class _Good(NamedTuple):
    """An accepted report on its way, and whose it is."""

    letter: Letter
    road: Road
    group: int
    like: int | None


@dataclass(frozen=True, slots=True)
class _Making:
    """What every step needs to know."""

    root: str
    county: str
    policy: Policy
    moments: list[datetime]
    villages: tuple[places.Village, ...]

    def chance(self, *what: object) -> Random:
        return dice(self.root, *what)

    def source_id(self, source: str, slot: int) -> str:
        """As each kind of system numbers its reports; another seed gives other ids."""
        tag = blake2b(self.root.encode(), digest_size=3).hexdigest()
        stamp = f"{self.county}{self.moments[slot]:%Y%m%d}{tag}"
        return {"grid": f"WG{stamp}-{slot:05d}", "hotline": f"GD{stamp}{slot:06d}"}.get(
            source, f"{source}-{blake2b(f'{stamp}{slot}'.encode(), digest_size=10).hexdigest()}"
        )


def make_day(county: str, day: date, seed: int, reports: int, policy: Policy) -> Day:
    """`reports` submissions in all, redelivered and malformed ones among them."""
    root = f"{county}|{day.isoformat()}|{seed}|{reports}"
    moments = arrival.moments(day, reports, dice(root, "moments"))
    making = _Making(root, county, policy, moments, places.villages(county))
    parts = schedule(moments, policy, making.chance("schedule"))
    good = dict(_good(making, parts))
    made = {slot: _accepted(making, slot, one) for slot, one in good.items()}
    made |= {slot: _refused(making, slot, kind) for slot, kind in _kinds(making, parts)}
    made |= {slot: _repeated(making, slot, good[first]) for slot, first in parts.again.items()}
    sent = tuple(made[slot] for slot in sorted(made))
    return Day(county=county, day=day, seed=seed, policy=policy.version, sent=sent)


def _good(making: _Making, parts: Schedule) -> Iterator[tuple[int, _Good]]:
    """Every accepted report by its moment; groups are numbered in the order of their first reports."""
    numbers = {id(case): number for number, case in enumerate(parts.cases, 1)}
    resembled = {id(case.like) for case in parts.cases if case.like is not None}
    known: dict[int, tuple[Matter, str]] = {}
    for case in parts.cases:
        number = numbers[id(case)]
        original = known.get(numbers[id(case.like)]) if case.like else None
        matter = _matter(making, case, number, original)
        first = (
            original[1] if original else arrival.source(making.moments[case.slots[0]], making.chance(number))
        )
        known[number] = matter, first
        alone = len(case.slots) == 1 and case.like is None and id(case) not in resembled
        like = numbers[id(case.like)] if case.like else None
        for nth, slot in enumerate(case.slots):
            source = first if nth == 0 else _another(making, first, slot)
            yield slot, _letter(making, Telling(matter, source, nth, alone), slot, number, like)


def _matter(making: _Making, case: Case, number: int, original: tuple[Matter, str] | None) -> Matter:
    chance = making.chance("village", number)
    village = chance.choice(making.villages)
    seed = f"{making.root}|matter|{number}"
    if original is None:
        return matters.draw(seed, case.category, village)
    like = original[0]
    if not case.moved:
        return matters.beside(like, seed)
    return matters.moved(
        like, chance.choice([each for each in making.villages if each.name != like.village.name])
    )


def _another(making: _Making, first: str, slot: int) -> str:
    """Others who tell of it mostly do so over another source."""
    chance = making.chance("source", slot)
    draws = [arrival.source(making.moments[slot], chance) for _ in range(3)]
    return next((each for each in draws if each != first), draws[0])


def _letter(making: _Making, telling: Telling, slot: int, group: int, like: int | None) -> _Good:
    chance = making.chance("letter", slot)
    at = making.moments[slot]
    source_id = making.source_id(telling.source, slot)
    kind = making.policy.category(telling.matter.category)[1].zh
    tree = report_of(telling, kind, source_id, at, making.villages, chance)
    letter = roads.write(tree, telling.source, divisions.county_of(tree["division"]), at, chance)
    return _Good(letter, roads.pick(telling.source, chance, letter.needs_id), group, like)


def _accepted(making: _Making, slot: int, one: _Good) -> Sent:
    truth = Truth(
        n=slot + 1,
        source=one.letter.source,
        source_id=one.letter.source_id,
        road=one.road,
        expect="accepted",
        group=one.group,
        look_alike_of=one.like,
    )
    return _sent(making, one.letter, truth)


def _repeated(making: _Making, slot: int, one: _Good) -> Sent:
    """The same report again: the same bytes, or the same over another road."""
    chance = making.chance("again", slot)
    again = one.road if chance.random() < 0.6 else roads.pick(one.letter.source, chance, one.letter.needs_id)
    truth = Truth(
        n=slot + 1,
        source=one.letter.source,
        source_id=one.letter.source_id,
        road=again,
        expect="duplicate",
        group=one.group,
    )
    return _sent(making, one.letter, truth)


def _kinds(making: _Making, parts: Schedule) -> Iterator[tuple[int, int]]:
    kinds = broken.deck(len(parts.broken), making.chance("broken"))
    return zip(parts.broken, kinds, strict=True)


def _refused(making: _Making, slot: int, kind: int) -> Sent:
    chance = making.chance("refused", slot)
    at = making.moments[slot]
    source = arrival.source(at, chance)
    village = chance.choice(making.villages)
    category = chance.choice(list(making.policy.file.categories))
    matter = matters.draw(f"{making.root}|refused|{slot}", category, village)
    name = making.policy.category(category)[1].zh
    source_id = making.source_id(source, slot)
    tree = report_of(Telling(matter, source, 0, False), name, source_id, at, making.villages, chance)
    reason, body = broken.spoil(kind, tree, at, chance)
    road = roads.pick_for_broken(reason, source, chance)
    letter = Letter(source, source_id, making.county, at, body)
    truth = Truth(n=slot + 1, source=source, source_id=source_id, road=road, expect="refused", reason=reason)
    return _sent(making, letter, truth)


def _sent(making: _Making, letter: Letter, truth: Truth) -> Sent:
    return Sent(
        at=making.moments[truth.n - 1],
        source=truth.source,
        road=truth.road,
        county=letter.county,
        headers=roads.headers(letter, truth.road),
        payload=roads.payload(letter, truth.road),
        truth=truth,
    )
