"""The main way: accepted, worked on, resolved, visited, closed; reopened when the resident is not satisfied."""

from collections.abc import Mapping

from msgspec.structs import replace

from services.escalation.rules import tiers
from services.escalation.rules.clocks import run_on
from services.escalation.rules.matter import Case, Life
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
        changes=tiers.anew(case) | {"visited": ()},
        action_id=action.action_id,
        by=by,
        way=action.way,
        outcome=action.outcome or "",
        to_visit=tuple(_to_visit(case.life, ()).values()),
    )


def visit(case: Case, action: Action, by: str) -> Reason | None:
    """Everyone who reported it is asked, each once; a dissatisfied resident's matter goes up one tier, once."""
    assert action.visit is not None
    life = case.life
    left = _to_visit(life, life.visited)
    # where whoever was left has taken it back, one who was asked is asked again: nothing else leads on
    whom = _to_visit(life, ()) if not left and life.position.state is State.RESOLVED else left
    asked = _voice(life, action, whom)
    if isinstance(asked, Reason):
        return asked
    higher = tiers.above(case.life, case.current)
    dissatisfied = action.visit.reached and (
        action.visit.resolved is False or action.visit.satisfied is False
    )
    if dissatisfied and not life.reopened and higher is not None:
        _reopened(case, action, by, higher, Reason.DISSATISFIED)
        return None
    report_id = whom[asked]
    left.pop(asked, None)
    moves_on = not left and life.position.state is State.RESOLVED
    case.say(
        e.MatterVisited,
        _settled(case, State.VISITED) if moves_on else None,
        changes=(tiers.anew(case) if moves_on else {}) | {"visited": (*life.visited, asked)},
        action_id=action.action_id,
        by=by,
        visit=action.visit,
        report_id=report_id,
        to_visit=tuple(left.values()),
    )
    return None


def _to_visit(life: Life, visited: tuple[str, ...]) -> dict[str, str]:
    """Who has still to be asked, by voice, with a report of theirs; whoever took it back is not."""
    found: dict[str, str] = {}
    for part in life.parts:
        if not part.gone and part.voice not in visited:
            found.setdefault(part.voice, part.report_id)
    return found


def _voice(life: Life, action: Action, left: Mapping[str, str]) -> str | Reason:
    """Whose visit it is: that of the report it names; it need not name one where only one is left."""
    if action.report_id is None:
        if len(left) > 1:
            return Reason.FIELD_MISSING
        return next(iter(left), Reason.ALREADY_DONE)
    for part in life.parts:
        if part.report_id == action.report_id and not part.gone:
            return part.voice if part.voice in left else Reason.ALREADY_DONE
    return Reason.REPORT_NOT_OF_MATTER


def close(case: Case, action: Action, by: str) -> Reason | None:
    """Not before everyone was asked, those too who reported it after the others had been."""
    if _to_visit(case.life, case.life.visited):
        return Reason.VISIT_MISSING
    position, changes = tiers.over(case, State.CLOSED)
    case.say(e.MatterClosed, position, changes=changes, action_id=action.action_id, by=by)
    return None


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
        changes=tiers.anew(case) | {"reopened": True, "ended": None, "into": None},
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
