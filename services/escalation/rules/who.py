"""Who an actor is to a matter: the desk in charge, the tier above, the resident, a department called in."""

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
    return frozenset(who for who, keys in _desks(life, policy).items() if action.desk in keys)


def centre_of(life: Life, policy: Policy) -> Desk:
    """The dispatching centre of the matter's tier; if that is complained of, whoever stands in for it."""
    position = life.position
    centre = desk_of(policy, policy.triage[position.tier], position.desk.division, position.tier)
    if life.about_body is not None and concerns(policy, life.about_body, centre):
        return instead(policy, position.desk.division, position.tier, life.about_body)
    return centre


def above_of(life: Life, policy: Policy) -> tuple[Desk, ...]:
    """The desks of the next tier that may decide over the one in charge; at the city, its centre and oversight."""
    tier = divisions.above(life.position.tier)
    if tier is None:
        top = life.position.desk.division
        bodies = (policy.triage[Tier.CITY], policy.file.oversight)
        found = tuple(desk_of(policy, body, top, Tier.CITY) for body in bodies)
    else:
        found = (
            desk_for(policy, life.sheet.category, life.sheet.division, tier, life.about_body),
            desk_of(policy, policy.triage[tier], life.sheet.division, tier),
        )
    holder = life.position.desk
    return tuple(desk for desk in found if desk != holder and not concerns(policy, life.about_body, desk))


def _desks(life: Life, policy: Policy) -> dict[Who, set[str]]:
    position = life.position
    force = life.fast.desks if life.fast is not None else ()
    return {
        Who.DESK: {key_of(position.desk)},
        Who.OFFERED: {key_of(position.offered or position.desk)},
        Who.CENTRE: {key_of(centre_of(life, policy))},
        Who.ABOVE: set(map(key_of, above_of(life, policy))),
        Who.DEPARTMENT: {key_of(call.department) for call in life.calls},
        Who.FORCE: set(map(key_of, force)),
    }
