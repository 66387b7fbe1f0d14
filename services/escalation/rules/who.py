"""Who an actor is to a matter: the desk in charge, the tier above, the resident, a department called in."""

from collections.abc import Iterator
from functools import lru_cache

from services.escalation.rules.life import Who
from services.escalation.rules.matter import Life
from shared import divisions
from shared.catalogue import Policy, desk_of
from shared.divisions import Tier
from shared.matter import Action, Desk, key_of
from shared.never_home import concerns, desk_for, instead


def actor_of(action: Action, life: Life, policy: Policy, *, resident: bool) -> frozenset[Who]:
    """Everything the actor is. Whoever is complained of is nobody; a resident is one by a report of the matter."""
    if resident:
        is_theirs = any(part.report_id == action.report_id and not part.gone for part in life.parts)
        return frozenset({Who.RESIDENT}) if is_theirs else frozenset()
    if action.desk is None:
        return frozenset()
    return frozenset(_whos(action.desk, life, policy))


def centre_of(life: Life, policy: Policy) -> Desk:
    """The dispatching centre of the matter's tier; if that is complained of, whoever stands in for it."""
    return _centre(policy, life.position.tier, life.position.desk, life.about_body)


def above_of(life: Life, policy: Policy) -> tuple[Desk, ...]:
    """The desks of the next tier that may decide over the one in charge; at the city, its centre and oversight."""
    position, sheet = life.position, life.sheet
    return _above(policy, position.tier, position.desk, sheet.category, sheet.division, life.about_body)


@lru_cache(maxsize=1 << 14)
def _over(
    policy: Policy, tier: Tier, holder: Desk, category: str, division: str, about_body: str | None
) -> tuple[str, frozenset[str]]:
    """The keys of the centre and of the desks above: asked at every action, alike for many matters."""
    centre = _centre(policy, tier, holder, about_body)
    above = _above(policy, tier, holder, category, division, about_body)
    return key_of(centre), frozenset(map(key_of, above))


def _centre(policy: Policy, tier: Tier, holder: Desk, about_body: str | None) -> Desk:
    centre = desk_of(policy, policy.triage[tier], holder.division, tier)
    if about_body is not None and concerns(policy, about_body, centre):
        return instead(policy, holder.division, tier, about_body)
    return centre


def _above(
    policy: Policy, tier: Tier, holder: Desk, category: str, division: str, about_body: str | None
) -> tuple[Desk, ...]:
    higher = divisions.above(tier)
    if higher is None:
        bodies = (policy.triage[Tier.CITY], policy.file.oversight)
        found = tuple(desk_of(policy, body, holder.division, Tier.CITY) for body in bodies)
    else:
        found = (
            desk_for(policy, category, division, higher, about_body),
            desk_of(policy, policy.triage[higher], division, higher),
        )
    return tuple(desk for desk in found if desk != holder and not concerns(policy, about_body, desk))


def _whos(key: str, life: Life, policy: Policy) -> Iterator[Who]:
    """What the desk of that key is."""
    position, sheet = life.position, life.sheet
    centre, above = _over(
        policy, position.tier, position.desk, sheet.category, sheet.division, life.about_body
    )
    if key == key_of(position.desk):
        yield Who.DESK
    if key == key_of(position.offered or position.desk):
        yield Who.OFFERED
    if key == centre:
        yield Who.CENTRE
    if key in above:
        yield Who.ABOVE
    if any(key == key_of(call.department) for call in life.calls):
        yield Who.DEPARTMENT
    if life.fast is not None and key in map(key_of, life.fast.desks):
        yield Who.FORCE
