"""Stopping a clock, letting it run on, and giving it more time: the only actions that move a running limit."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from services.escalation.rules.matter import Case
from shared import events as e
from shared import limits
from shared.catalogue import Limit, budget_of, limit_of
from shared.matter import Action, Awaits, Ground, Position, State
from shared.reasons import Reason

AWAITED: Mapping[Ground, Awaits] = MappingProxyType(
    {
        Ground.WAITS_FOR_RESIDENT: Awaits.RESIDENT,
        Ground.WAITS_FOR_EXPERT: Awaits.EXPERT,
        Ground.WAITS_FOR_COURT: Awaits.COURT,
    }
)


def pause(case: Case, action: Action, by: str) -> Reason | None:
    assert action.ground is not None
    if action.ground in case.life.paused:
        return Reason.ALREADY_DONE
    _stop(case, e.MatterPaused, State.PAUSED, action.ground, action, by, ground=action.ground)
    return None


def to_court(case: Case, action: Action, by: str) -> Reason | None:
    if Ground.WAITS_FOR_COURT in case.life.paused:
        return Reason.ALREADY_DONE
    _stop(case, e.HandedToCourt, State.IN_COURT, Ground.WAITS_FOR_COURT, action, by)
    return None


def _stop(
    case: Case,
    kind: type[e.MatterEvent],
    state: State,
    waits_for: Ground,
    action: Action,
    by: str,
    **facts: Any,
) -> None:
    """The clock stands still until something is done, or for as long as the ground allows."""
    position, limit = case.life.position, case.life.limit
    span = getattr(case.policy.file.pauses, waits_for)
    longest = Limit(f"pauses.{waits_for}", span, budget_of(span))
    until = limits.of(case.policy, longest, "resume", case.now, position.desk.division, AWAITED[waits_for])
    case.say(
        kind,
        replace(position, state=state, due=until, limit=limit),
        changes={"stopped": case.now, "paused": (*case.life.paused, waits_for)},
        action_id=action.action_id,
        by=by,
        note=action.outcome or "",
        **facts,
    )


def run_on(case: Case) -> Position:
    """Back at work, with the time that was left when the clock was stopped."""
    position, limit, stopped = case.life.position, case.life.position.limit, case.life.stopped
    assert limit is not None
    assert stopped is not None
    due = limits.resumed(case.policy, limit, stopped, case.now, position.desk.division)
    return replace(position, state=State.IN_PROGRESS, due=due, limit=None)


def resume(case: Case, action: Action, by: str) -> Reason | None:
    """A resident ends only the waiting for them: an expert's or a court's word is not theirs to give."""
    due = case.life.position.due
    if action.desk is None and due is not None and due.awaits is not Awaits.RESIDENT:
        return Reason.GROUND_WRONG
    reason = Reason.BY_ACTION if action.desk else Reason.BY_RESIDENT
    position = run_on(case)
    case.say(
        e.MatterResumed,
        position,
        changes={"stopped": None},
        reason=reason,
        action_id=action.action_id,
        by=by,
    )
    return None


def ask_extension(case: Case, action: Action, by: str) -> Reason | None:
    if case.life.extension:
        return Reason.ALREADY_DONE
    if _is_announced(case):
        return Reason.LIMIT_PASSED
    case.say(
        e.ExtensionAsked,
        changes={"extension": "asked"},
        action_id=action.action_id,
        by=by,
        note=action.outcome or "",
    )
    return None


def approve_extension(case: Case, action: Action, by: str) -> Reason | None:
    if (reason := _undecidable(case)) is not None:
        return reason
    life = case.life
    extra = limit_of(case.policy, life.sheet.category, life.grade, life.position.tier, "extension")
    assert extra is not None
    assert life.limit is not None
    due = limits.prolonged(case.policy, life.limit, extra, life.position.desk.division)
    case.say(
        e.ExtensionApproved,
        replace(life.position, due=due, limit=None),
        changes={"extension": "approved"},
        action_id=action.action_id,
        by=by,
    )
    return None


def refuse_extension(case: Case, action: Action, by: str) -> Reason | None:
    if (reason := _undecidable(case)) is not None:
        return reason
    case.say(
        e.ExtensionRefused,
        changes={"extension": "refused"},
        action_id=action.action_id,
        by=by,
        note=action.outcome or "",
    )
    return None


def _undecidable(case: Case) -> Reason | None:
    """Why nothing can be said to a request for more time; None: it can."""
    if case.life.extension != "asked":
        return Reason.NOT_ASKED
    return Reason.LIMIT_PASSED if _is_announced(case) else None


def _is_announced(case: Case) -> bool:
    """The limit has passed at the top: there is nothing left to extend."""
    due = case.life.position.due
    return due is not None and due.what == "notice"
