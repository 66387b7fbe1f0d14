"""Which moment of the day is whose: a first report, a further one of the same matter, a redelivery, a broken one."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from shared.catalogue import UNCLEAR, Policy
from xiaoshi.simulator.matters import subject

AGAIN, BROKEN, FURTHER, ALIKE = 0.04, 0.02, 0.18, 0.05
_SIZES, _SIZE_WEIGHTS = (1, 2, 3, 4, 5), (50, 25, 13, 8, 4)
_NEAR = timedelta(hours=5)


@dataclass(slots=True)
class Case:
    """One true matter's moments, rising. `like`: the case it resembles; `moved`: in another village."""

    category: str
    slots: list[int]
    like: "Case | None" = None
    moved: bool = False


@dataclass(slots=True)
class Schedule:
    """All moments by their place in the day; `again` maps a redelivery to the moment of its original."""

    cases: list[Case] = field(default_factory=list)
    again: dict[int, int] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)


def schedule(moments: Sequence[datetime], policy: Policy, chance: Random) -> Schedule:
    """Every moment gets exactly one part."""
    count = len(moments)
    mixed = chance.sample(range(count), count)
    again = sorted(slot for slot in mixed[: round(count * AGAIN)] if slot > 0)
    rest = [slot for slot in mixed if slot not in set(again)]
    broken = sorted(rest[: round(count * BROKEN)])
    good = sorted(rest[len(broken) :])
    plan = Schedule(broken=broken)
    for slot in again:
        earlier = good[: bisect_right(good, slot)]
        # Most redeliveries follow at once; a few come hours later.
        nearest = earlier[-40:] if chance.random() < 0.7 else earlier
        if nearest:
            plan.again[slot] = chance.choice(nearest)
        else:
            good = sorted([*good, slot])
    plan.cases = _cases(good, moments, policy, chance)
    return plan


def _cases(good: list[int], moments: Sequence[datetime], policy: Policy, chance: Random) -> list[Case]:
    further = round(len(good) * FURTHER)
    categories = _categories(len(good), policy, chance)
    free = set(good)
    cases: list[Case] = []
    for slot in chance.sample(good, len(good)):
        if slot not in free:
            continue
        free.discard(slot)
        case = Case(categories[len(cases)], [slot])
        cases.append(case)
        wanted = min(further, chance.choices(_SIZES, _SIZE_WEIGHTS)[0])
        if wanted:
            more = _later(slot, wanted, free, good, moments, _window(policy, case.category), chance)
            free.difference_update(more)
            case.slots += more
            further -= len(more)
    _look_alike(cases, moments, chance)
    return sorted(cases, key=lambda case: case.slots[0])


def _window(policy: Policy, category: str) -> timedelta | None:
    """None too for the unclear: what nobody could name nobody tells of twice in the same words."""
    return None if category == UNCLEAR else policy.windows.get(category)


def _later(
    first: int,
    wanted: int,
    free: set[int],
    good: list[int],
    moments: Sequence[datetime],
    window: timedelta | None,
    chance: Random,
) -> list[int]:
    """Moments within a few hours of the first, and well within the window; none for what is never joined."""
    if window is None:
        return []
    end = moments[first] + min(_NEAR, window * 0.9)
    begin, until = bisect_right(good, first), bisect_right(good, end, key=lambda slot: moments[slot])
    near = [slot for slot in good[begin:until] if slot in free]
    return sorted(chance.sample(near, min(wanted, len(near))))


def _look_alike(cases: list[Case], moments: Sequence[datetime], chance: Random) -> None:
    """Some single matters come to resemble one of the hours before."""
    by_time = sorted(cases, key=lambda case: case.slots[0])
    firsts = [moments[case.slots[0]] for case in by_time]
    seen: dict[str, int] = {}
    for case in cases:
        seen[case.category] = seen.get(case.category, 0) + 1
    for nth, case in enumerate(by_time):
        spare = len(case.slots) == 1 and seen[case.category] > 1
        if not spare or chance.random() >= ALIKE:
            continue
        begin = bisect_right(firsts, firsts[nth] - _NEAR)
        originals = [other for other in by_time[begin:nth] if other.like is None and len(other.slots) > 1]
        if originals:
            seen[case.category] -= 1
            case.like = chance.choice(originals)
            case.category = case.like.category
            seen[case.category] += 1
            case.moved = chance.random() < 0.5


def _categories(count: int, policy: Policy, chance: Random) -> list[str]:
    """Every category once if there is room, the others by how common they are, in mixed order."""
    every = list(policy.file.categories)
    weights = [subject(code).weight for code in every]
    dealt = chance.sample(every, min(len(every), count))
    dealt += chance.choices(every, weights, k=count - len(dealt))
    # More are dealt than there will be matters, so the whole deck lies among the first.
    first = max(len(every), round(count * (1 - FURTHER) * 0.9))
    head, tail = dealt[:first], dealt[first:]
    chance.shuffle(head)
    return head + tail
