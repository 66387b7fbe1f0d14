"""The main way: accepted, worked on, resolved, visited, closed; reopened when the resident is not satisfied."""

from msgspec.structs import replace

from services.escalation.rules import tiers
from services.escalation.rules.clocks import run_on
from services.escalation.rules.matter import Case
from shared import events as e
from shared.catalogue import span_of
from shared.divisions import Tier
from shared.matter import Action, Desk, Position, State, Way
from shared.reasons import Reason


def accept(case: Case, action: Action, by: str) -> None:
    held = case.life.position
    position = replace(tiers.running(case.life, State.ACCEPTED), desk=held.offered or held.desk)
    case.say(e.MatterAccepted, position, action_id=action.action_id, by=by)


def start(case: Case, action: Action, by: str) -> None:
    position = replace(case.life.position, state=State.IN_PROGRESS)
    case.say(e.MatterStarted, position, action_id=action.action_id, by=by)


def resolve(case: Case, action: Action, by: str) -> None:
    case.say(
        e.MatterResolved,
        _settled(case, State.RESOLVED),
        changes=tiers.anew(case),
        action_id=action.action_id,
        by=by,
        way=action.way,
        outcome=action.outcome or "",
    )


def visit(case: Case, action: Action, by: str) -> None:
    """A dissatisfied resident's matter goes up one tier, once."""
    assert action.visit is not None
    higher = tiers.above(case.life, case.current)
    dissatisfied = action.visit.reached and (
        action.visit.resolved is False or action.visit.satisfied is False
    )
    if dissatisfied and not case.life.reopened and higher is not None:
        _reopened(case, action, by, higher, Reason.DISSATISFIED)
        return
    case.say(
        e.MatterVisited,
        _settled(case, State.VISITED),
        changes=tiers.anew(case),
        action_id=action.action_id,
        by=by,
        visit=action.visit,
    )


def close(case: Case, action: Action, by: str) -> None:
    position, changes = tiers.over(case, State.CLOSED)
    case.say(e.MatterClosed, position, changes=changes, action_id=action.action_id, by=by)


def _settled(case: Case, state: State) -> Position:
    """The next step at the same desk."""
    return tiers.settled(case, state, case.life.position.tier, case.life.position.desk)


def reopen(case: Case, action: Action, by: str) -> Reason | None:
    """After the closing: one tier up, once; at the top once more there."""
    if case.life.reopened:
        return Reason.ALREADY_DONE
    if _is_window_over(case):
        return Reason.WINDOW_OVER
    position = case.life.position
    higher = tiers.above(case.life, case.current) or (position.tier, position.desk)
    _reopened(case, action, by, higher, Reason.BY_ACTION if action.desk else Reason.BY_RESIDENT)
    return None


def _reopened(case: Case, action: Action, by: str, at: tuple[Tier, Desk], reason: Reason) -> None:
    case.say(
        e.MatterReopened,
        tiers.arrived(case, *at),
        changes=tiers.anew(case) | {"reopened": True, "ended": None},
        action_id=action.action_id,
        by=by,
        visit=action.visit,
        reason=reason,
        from_tier=case.life.position.tier,
        sheet=case.life.sheet,
    )


def court_decision(case: Case, action: Action, by: str) -> None:
    """Confirmed: the matter is resolved, by the seventh way. Not confirmed: work goes on."""
    case.say(
        e.CourtDecided,
        run_on(case),
        changes={"stopped": None},
        action_id=action.action_id,
        by=by,
        confirmed=action.confirmed,
        outcome=action.outcome or "",
    )
    if action.confirmed:
        resolve(case, replace(action, way=Way.COURT_CONFIRMATION), by)


def rate(case: Case, action: Action, by: str) -> Reason | None:
    if action.report_id in case.life.rated:
        return Reason.ALREADY_DONE
    if _is_window_over(case):
        return Reason.WINDOW_OVER
    case.say(
        e.MatterRated,
        changes={"rated": (*case.life.rated, action.report_id)},
        action_id=action.action_id,
        by=by,
        rating=action.rating,
        report_id=action.report_id,
    )
    return None


def _is_window_over(case: Case) -> bool:
    """Counted from the closing: a rating or one more report after it gives no more time. The instant is over."""
    ended = case.life.ended
    return ended is not None and case.now >= ended + span_of(case.policy.file.reopen)
