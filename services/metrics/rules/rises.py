"""The last matters that rose a tier: for looking at, no figure; bounded, and kept so that a restart forgets none."""

from datetime import datetime

from services.metrics.rules.facts import Facts
from shared.divisions import Tier, rank
from shared.events import MatterEscalated, MatterEvent, MatterReopened
from shared.matter import Value

RISES = "rises"
KEPT = 20


class Rise(Value, frozen=True):
    """A matter rose a tier: what it is about and where, neither which nor whose."""

    at: datetime
    town: str
    category: str
    from_tier: Tier
    tier: Tier


class Rises(Value, frozen=True, tag="rises"):
    """The last of a lane, the oldest first."""

    latest: tuple[Rise, ...]


def rise_of(event: MatterEvent, facts: Facts) -> Rise | None:
    """None of one that is shown at its county only: few are, and category and minute would tell which it is."""
    if not isinstance(event, MatterEscalated | MatterReopened) or facts.town == facts.county:
        return None
    if rank(event.position.tier) <= rank(event.from_tier):
        return None
    return Rise(
        at=event.at,
        town=facts.town,
        category=facts.category,
        from_tier=event.from_tier,
        tier=event.position.tier,
    )


def risen(before: Rises | None, rise: Rise) -> Rises:
    known = () if before is None else before.latest
    return Rises(latest=(*known, rise)[-KEPT:])
