"""Disputes about the dispatch (退单): returned, upheld, sent to another desk; up and down by a decision.

The desk a matter was given to answers for it until another has accepted, and the tier's limit never moves.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from services.escalation.rules import tiers
from services.escalation.rules.fast import raised
from services.escalation.rules.matter import Call, Case
from services.escalation.rules.who import centre_of
from shared import divisions, limits
from shared import events as e
from shared.catalogue import Policy
from shared.divisions import Tier
from shared.errors import UnknownDivisionError
from shared.matter import Action, Awaits, Desk, Position, State, key_of
from shared.never_home import concerns, desk_for
from shared.policy_file import Category
from shared.reasons import Reason


def return_(case: Case, action: Action, by: str) -> Reason | None:
    """退单. The centre cannot return to itself, and after its last word nobody can."""
    if case.life.hops >= case.policy.file.dispatch_hops:
        return Reason.HOPS_SPENT
    if by == key_of(centre_of(case.life, case.policy)):
        return Reason.TARGET_WRONG
    position, limit = case.life.position, case.life.limit
    review = tiers.step_due(case, "review", position.tier, position.desk, case.policy, awaits=Awaits.CENTRE)
    assert limit is not None
    waiting = limits.waiting(
        State.RETURNED,
        position.tier,
        position.desk,
        limit,
        review,
        promised=position.promised,
        offered=position.offered,
    )
    case.say(
        e.MatterReturned,
        waiting,
        action_id=action.action_id,
        by=by,
        ground=action.ground,
        note=action.outcome or "",
    )
    return None


def uphold(case: Case, action: Action, by: str) -> None:
    position = _dispatched(case, case.life.position.offered)
    case.say(e.DispatchUpheld, position, action_id=action.action_id, by=by, note=action.outcome or "")


def redispatch(case: Case, action: Action, by: str) -> Reason | None:
    """The desk it was taken from answers for it until the other has accepted."""
    to = _target(case, action.to)
    if to is None:
        return Reason.TARGET_WRONG
    position = case.life.position
    hops = case.life.hops + 1
    case.say(
        e.MatterRedispatched,
        _dispatched(case, to),
        changes={"hops": hops},
        action_id=action.action_id,
        by=by,
        from_desk=position.offered or position.desk,
        row=f"categories.{case.life.sheet.category}.desks.{position.tier}",
        hops=hops,
    )
    return None


def transfer(case: Case, action: Action, by: str) -> Reason | None:
    if case.life.hops >= case.policy.file.dispatch_hops and by == key_of(case.life.position.desk):
        return Reason.HOPS_SPENT
    to = _target(case, action.to)
    if to is None:
        return Reason.TARGET_WRONG
    case.say(
        e.MatterTransferred,
        _dispatched(case, to),
        changes={"hops": case.life.hops + 1},
        action_id=action.action_id,
        by=by,
        from_desk=case.life.position.desk,
        note=action.outcome or "",
    )
    return None


def categorise(case: Case, action: Action, by: str) -> Reason | None:
    """A person says what it is about: on to that category's desk, at a higher tier only if the category asks for it.

    At the same tier the limit is as it was.
    """
    life, policy = case.life, case.current
    code, row = policy.category(action.category)
    if code != action.category or code == life.sheet.category:
        return Reason.TARGET_WRONG
    sheet, tier = replace(life.sheet, category=code), life.position.tier
    floor = max(_floors(case, row), key=divisions.rank)
    confidential = life.confidential or row.confidential
    changes = {
        "sheet": sheet,
        "entry": floor,
        "confidential": confidential,
        "guesses": (),
    }
    rises = row.never_below is not None and divisions.rank(row.never_below) > divisions.rank(tier)
    tier = row.never_below if rises and row.never_below else tier
    desk = desk_for(policy, code, sheet.division, tier, life.about_body)
    if rises:
        position = limits.dispatched(policy, code, life.grade, tier, desk, case.now)
        changes |= tiers.anew(case)
    else:
        holder = life.position.offered or life.position.desk
        position = life.position if desk == holder else _dispatched(case, desk)
    case.say(
        e.MatterCategorised,
        position,
        changes=changes,
        action_id=action.action_id,
        by=by,
        from_category=life.sheet.category,
        sheet=sheet,
        guesses=life.guesses,
        confidential=confidential,
    )
    raised(case, sheet)
    return None


def _floors(case: Case, row: Category) -> Iterator[Tier]:
    """Below which tiers the matter may not be sent: by its category, its grade, and whom it complains of."""
    yield row.entry
    yield case.current.entry[case.life.grade]
    if row.never_below is not None:
        yield row.never_below
    if case.life.about_body is not None:
        yield case.life.entry


def _dispatched(
    case: Case, offered: Desk | None, tier: Tier | None = None, desk: Desk | None = None
) -> Position:
    """To be accepted anew; the tier's limit, and so the resident's time, is as it was."""
    position, limit = case.life.position, case.life.limit
    tier, desk = tier or position.tier, desk or position.desk
    sheet = case.life.sheet
    accept = limits.deadline(
        case.policy, sheet.category, case.life.grade, tier, "accept", case.now, (offered or desk).division
    )
    assert limit is not None
    return limits.waiting(
        State.ROUTED, tier, desk, limit, accept, promised=position.promised, offered=offered
    )


def _target(case: Case, key: str | None) -> Desk | None:
    """Another desk of the same tier and county (at the city, of the city); never the body complained of."""
    desk = named(case.policy, key)
    position = case.life.position
    holder = position.offered or position.desk
    if desk is None or desk == holder or divisions.tier_of(desk.division) is not position.tier:
        return None
    home = case.life.county[:4] if position.tier is Tier.CITY else case.life.county
    if not desk.division.startswith(home) or concerns(case.policy, case.life.about_body, desk):
        return None
    return desk


def named(policy: Policy, key: str | None) -> Desk | None:
    """The desk of a `division:body`; None if the tree has no such division or the policy no such body."""
    code, _, body = (key or "").partition(":")
    role = policy.roles.get(body)
    try:
        known = divisions.normalise(code)
    except UnknownDivisionError:
        return None
    return None if role is None or known != code else Desk(division=code, body=body, role=role)


def escalate(case: Case, action: Action, by: str) -> Reason | None:
    """The resident asks for the next tier; nobody below can block it."""
    higher = tiers.above(case.life, case.current)
    if higher is None:
        return Reason.AT_THE_TOP
    position = case.life.position
    case.say(
        e.MatterEscalated,
        tiers.arrived(case, *higher),
        changes=tiers.anew(case),
        from_tier=position.tier,
        from_desk=position.desk,
        reason=Reason.BY_RESIDENT,
        sheet=case.life.sheet,
        action_id=action.action_id,
        by=by,
    )
    return None


def send_down(case: Case, action: Action, by: str) -> Reason | None:
    lower = tiers.below(case.life, case.policy)
    if lower is None:
        return Reason.AT_THE_FLOOR
    position = case.life.position
    tier, desk = lower
    case.say(
        e.MatterSentDown,
        _dispatched(case, None, tier, desk),
        changes={"hops": 0},
        action_id=action.action_id,
        by=by,
        from_tier=position.tier,
        from_desk=position.desk,
        ground=action.ground,
        note=action.outcome or "",
    )
    return None


def whistle(case: Case, action: Action, by: str) -> Reason | None:
    """吹哨: a department of a higher tier over the same place; whose matter it is does not change."""
    desk, position = named(case.policy, action.to), case.life.position
    tier = divisions.tier_of(desk.division) if desk else None
    if desk is None or tier is None or divisions.rank(tier) <= divisions.rank(position.tier):
        return Reason.TARGET_WRONG
    over = position.desk.division.startswith(desk.division)
    if not over or concerns(case.policy, case.life.about_body, desk):
        return Reason.TARGET_WRONG
    if any(call.department == desk for call in case.life.calls):
        return Reason.ALREADY_DONE
    due = tiers.step_due(case, "cohandling", position.tier, desk, case.policy)
    call = Call(call=action.action_id, department=desk, due=due)
    case.say(
        e.CohandlingCalled,
        changes={"calls": (*case.life.calls, call)},
        action_id=action.action_id,
        by=by,
        call=call.call,
        department=desk,
        call_due=due,
        note=action.outcome or "",
    )
    return None


def answer_whistle(case: Case, action: Action, by: str) -> None:
    (call,) = (call for call in case.life.calls if key_of(call.department) == by)
    case.say(
        e.CohandlingAnswered,
        changes={"calls": tuple(other for other in case.life.calls if other is not call)},
        action_id=action.action_id,
        by=by,
        call=call.call,
        outcome=action.outcome or "",
    )
