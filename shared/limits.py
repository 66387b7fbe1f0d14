"""Deadlines (时限) from the policy's budgets: each says by which rule, by which calendar and why. Pure.

What a deadline needs to be counted again is in itself, so a running step keeps the policy it started with.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from shared import calendar as cal
from shared import calendar_words as words
from shared.calendar import Budget, Due, OfficeHours, WallClock, WorkingHours
from shared.catalogue import Limit, Policy, What, budget_of, hours_at, limit_of
from shared.divisions import Tier
from shared.matter import Awaits, Deadline, Desk, Grade, Position, State

PER_CENT = 100
NEVER_URGED = ("notice", "resume")


def deadline(
    policy: Policy,
    category: str,
    grade: Grade,
    tier: Tier,
    what: What,
    start: datetime,
    division: str,
    *,
    awaits: Awaits = Awaits.DESK,
) -> Deadline | None:
    """By when a step that starts now must be done; None: the policy gives it no time of its own."""
    limit = limit_of(policy, category, grade, tier, what)
    return None if limit is None else of(policy, limit, what, start, division, awaits)


def of(
    policy: Policy, limit: Limit, what: str, start: datetime, division: str, awaits: Awaits = Awaits.DESK
) -> Deadline:
    """The deadline of a limit that runs from `start` where that division's offices are."""
    return _of(policy, limit, what, start, start.utcoffset(), hours_at(policy, division), awaits)


@lru_cache(maxsize=1 << 12)
def _of(
    policy: Policy,
    limit: Limit,
    what: str,
    start: datetime,
    offset: timedelta | None,
    hours: OfficeHours,
    awaits: Awaits,
) -> Deadline:
    """All that is done between two ticks begins at the same instant. `offset`: equal ones may be told differently."""
    found = cal.due(start, limit.budget, hours, policy.calendar)
    why = words.explain(start, limit.budget, hours, policy.calendar, found)
    yellow, red = _colours(what, start, found.at, policy, hours, limit.budget)
    return Deadline(
        at=found.at,
        what=what,
        rule=limit.rule,
        span=limit.span,
        calendar=found.calendar,
        since=start,
        awaits=awaits,
        provisional=found.provisional,
        why=why.english,
        why_zh=why.chinese,
        yellow=yellow,
        red=red,
    )


def dispatched(
    policy: Policy,
    category: str,
    grade: Grade,
    tier: Tier,
    desk: Desk,
    now: datetime,
) -> Position:
    """A matter that has just come to a desk: the tier's whole limit, and before it the one for accepting, if any."""
    limit = deadline(policy, category, grade, tier, "resolve", now, desk.division)
    accept = deadline(policy, category, grade, tier, "accept", now, desk.division)
    assert limit is not None  # every preset has it
    return waiting(State.ROUTED, tier, desk, limit, accept, promised=limit.at)


def waiting(
    state: State,
    tier: Tier,
    desk: Desk,
    limit: Deadline,
    first: Deadline | None,
    *,
    promised: datetime | None,
    offered: Desk | None = None,
) -> Position:
    """A position with a limit, and perhaps something that must happen first: the earlier is the next deadline."""
    if first is None or limit.at <= first.at:
        first = None
    return Position(
        state=state,
        tier=tier,
        desk=desk,
        due=first or limit,
        limit=limit if first else None,
        promised=promised,
        offered=offered,
    )


def resumed(policy: Policy, limit: Deadline, stopped: datetime, now: datetime, division: str) -> Deadline:
    """The limit of a clock that stood still from `stopped` and runs on now, with as much time as was left."""
    budget, hours = _runs_by(limit), hours_at(policy, division)
    found = cal.resumed(limit.at, stopped, now, budget, hours, policy.calendar)
    why = words.explain_resumed(limit.at, stopped, now, budget, hours, policy.calendar, found)
    left = _left(limit.at, stopped, budget, policy, division)
    return _moved(limit, found, why, policy, division, since=now, left=left)


def prolonged(policy: Policy, limit: Deadline, by: Limit, division: str) -> Deadline:
    """The limit with an approved extension, counted from the limit as it was."""
    hours = hours_at(policy, division)
    found = cal.prolonged(limit.at, by.budget, hours, policy.calendar)
    why = words.explain_prolonged(limit.at, by.budget, hours, policy.calendar, found)
    after = replace(limit, rule=by.rule, span=by.span, extended=True)
    return _moved(after, found, why, policy, division, since=limit.at, left=None)


def corrected(policy: Policy, limit: Deadline, division: str, on: datetime, year: int) -> Deadline:
    """The same deadline counted by the policy's calendar of now, in which the holidays of `year` are announced."""
    budget, hours = _runs_by(limit), hours_at(policy, division)
    if limit.extended and limit.left is None:
        found = cal.prolonged(limit.since, budget, hours, policy.calendar)
        why = words.explain_prolonged(limit.since, budget, hours, policy.calendar, found)
    else:
        found = cal.due(limit.since, budget, hours, policy.calendar)
        why = words.explain(limit.since, budget, hours, policy.calendar, found)
    if found.at != limit.at:
        why = words.set_right(why, on, limit.at, year)
    return _moved(limit, found, why, policy, division, since=limit.since, left=limit.left)


def _runs_by(limit: Deadline) -> Budget:
    budget = budget_of(limit.span)
    if limit.left is None:
        return budget
    left = timedelta(microseconds=limit.left)
    return WallClock(left) if isinstance(budget, WallClock) else WorkingHours(left)


def _left(at: datetime, stopped: datetime, budget: Budget, policy: Policy, division: str) -> int:
    """In office time for a working budget; a microsecond at least, so that it is a budget."""
    if isinstance(budget, WallClock):
        left = at - stopped
    else:
        left = cal.working_time_between(stopped, at, hours_at(policy, division), policy.calendar)
    return max(left // timedelta(microseconds=1), 1)


def _moved(
    limit: Deadline,
    found: Due,
    why: words.Explanation,
    policy: Policy,
    division: str,
    *,
    since: datetime,
    left: int | None,
) -> Deadline:
    after = replace(limit, at=found.at, since=since, left=left)
    hours, budget = hours_at(policy, division), _runs_by(after)
    yellow, red = _colours(limit.what, since, found.at, policy, hours, budget)
    return replace(
        after,
        calendar=found.calendar,
        provisional=found.provisional,
        why=why.english,
        why_zh=why.chinese,
        yellow=yellow,
        red=red,
    )


def _colours(
    what: str, since: datetime, at: datetime, policy: Policy, hours: OfficeHours, budget: Budget
) -> tuple[datetime | None, datetime | None]:
    """The instants from which a limit is yellow and red, by shares of its own time."""
    if what in NEVER_URGED:
        return None, None
    shares = policy.file.colours
    yellow, red = (
        cal.along(since, at, share / PER_CENT, budget, hours, policy.calendar)
        for share in (shares.yellow, shares.red)
    )
    return yellow, red
