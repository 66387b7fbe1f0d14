"""Never home: a complaint about a body or its officers never reaches that body. Pure.

One place says who is meant, for the desk a matter enters at, rises to, is sent to, or calls in.
"""

from functools import lru_cache
from typing import NamedTuple

from shared import divisions
from shared.catalogue import Policy, desk_at, desk_of
from shared.divisions import Tier
from shared.errors import UnknownDivisionError
from shared.matter import Desk


class Complaint(NamedTuple):
    """The body complained of. `division` is its nearest known one, so that it is never taken for lower."""

    division: str
    tier: Tier
    body: str | None


@lru_cache(maxsize=4096)
def complaint_of(about_body: str | None) -> Complaint | None:
    """None if nobody is complained of, or not even the city of the body is known.

    A body of a province is as high as a city's.
    """
    code, _, body = (about_body or "").partition(":")
    known = nearest(code)
    if known is None:
        return None
    return Complaint(known, divisions.tier_of(known) or Tier.CITY, body or None)


def concerns(policy: Policy, about_body: str | None, desk: Desk) -> bool:
    """Whether a desk is the body complained of. A whole division means all its desks and those below it.

    The oversight body is there for exactly this, unless it is itself complained of by name.
    """
    complaint = complaint_of(about_body)
    if complaint is None or not desk.division.startswith(complaint.division):
        return False
    if complaint.body is None:
        return desk.body != policy.file.oversight
    return (desk.division, desk.body) == (complaint.division, complaint.body)


def desk_for(policy: Policy, category: str, division: str, tier: Tier, about_body: str | None) -> Desk:
    """The category's desk; where that is the body complained of, oversight; where that is, the tier's triage."""
    desk = desk_at(policy, category, division, tier)
    if about_body is None or not concerns(policy, about_body, desk):
        return desk
    return instead(policy, division, tier, about_body)


def instead(policy: Policy, division: str, tier: Tier, about_body: str) -> Desk:
    """Who takes a complaint about the desk that would have had it."""
    desk = desk_of(policy, policy.file.oversight, division, tier)
    if concerns(policy, about_body, desk):
        return desk_of(policy, policy.triage[tier], division, tier)
    return desk


@lru_cache(maxsize=1 << 16)
def nearest(code: str) -> str | None:
    """The code as the tree has it, or the nearest division above one it does not have (yet, or any more)."""
    for width in (len(code), 12, 9, 6, 4, 2):
        try:
            return divisions.normalise(code[:width])
        except UnknownDivisionError:
            continue
    return None
