"""Which desks of a county have a say in a matter, read from the policy: centres, the tier above, other bodies.

It is not asked of the services, so that they can be held against it.
"""

from functools import lru_cache
from random import Random

from shared import divisions
from shared.catalogue import Policy, desk_at, desk_of
from shared.divisions import Tier
from shared.matter import Desk, Position
from shared.never_home import concerns, desk_for, instead
from xiaoshi.simulator.heard import Heard


def centre(policy: Policy, known: Heard, position: Position) -> Desk:
    """The dispatching centre of the tier; oversight where that is complained of."""
    found = desk_of(policy, policy.triage[position.tier], position.desk.division, position.tier)
    if known.about_body is None or not concerns(policy, known.about_body, found):
        return found
    return instead(policy, position.desk.division, position.tier, known.about_body)


def above(policy: Policy, known: Heard, position: Position) -> Desk | None:
    """A desk that may decide over the one in charge; None: all of them are complained of, or are that one."""
    tier = divisions.above(position.tier)
    sheet = known.sheet
    if tier is None:
        bodies = (policy.triage[Tier.CITY], policy.file.oversight)
        found = [desk_of(policy, body, position.desk.division, Tier.CITY) for body in bodies]
    else:
        found = [
            desk_for(policy, sheet.category, sheet.division, tier, known.about_body),
            desk_of(policy, policy.triage[tier], sheet.division, tier),
        ]
    free = (each for each in found if each != position.desk)
    return next((each for each in free if not concerns(policy, known.about_body, each)), None)


def another(policy: Policy, known: Heard, position: Position, chance: Random) -> Desk | None:
    """Another body of the same place and tier; None where there is none to send it to."""
    at, taker = position.desk.division, position.offered or position.desk
    if divisions.tier_of(at) is not position.tier:
        return None
    desks = (desk_of(policy, body, at, position.tier) for body in _bodies(policy, position.tier))
    free = [each for each in desks if each != taker and not concerns(policy, known.about_body, each)]
    return chance.choice(free) if free else None


def department(policy: Policy, known: Heard, position: Position) -> Desk | None:
    """The subject's desk of the next tier over the same place, if it is not called in yet."""
    tier = divisions.above(position.tier)
    if tier is None:
        return None
    desk = desk_at(policy, known.sheet.category, known.sheet.division, tier)
    is_over = position.desk.division.startswith(desk.division) and divisions.tier_of(desk.division) is tier
    free = desk.division not in known.calls and not concerns(policy, known.about_body, desk)
    return desk if is_over and free else None


def has_below(known: Heard, position: Position) -> bool:
    """Whether it may be sent down: never below its entry, nor where no division is known."""
    own = divisions.tier_of(known.sheet.division)
    rank = divisions.rank(position.tier)
    return rank > divisions.rank(known.entry) and own is not None and divisions.rank(own) < rank


@lru_cache(maxsize=64)
def _bodies(policy: Policy, tier: Tier) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bodies[tier] for bodies in policy.bodies.values()))
