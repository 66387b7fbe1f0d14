"""Words and meetings, and small wishes: they move no clock."""

from typing import Any

from services.escalation.rules import tiers
from services.escalation.rules.matter import Booked, Case
from shared import events as e
from shared.catalogue import is_wish
from shared.matter import Action, State
from shared.reasons import Reason


def comment(case: Case, action: Action, by: str) -> None:
    case.say(e.MatterCommented, action_id=action.action_id, by=by, text=action.outcome)


def grant_wish(case: Case, action: Action, by: str) -> Reason | None:
    if not is_wish(case.life.sheet.category) or action.resource not in case.policy.file.resources:
        return Reason.TARGET_WRONG
    position = tiers.running(case.life, State.IN_PROGRESS)
    case.say(e.WishMatched, position, action_id=action.action_id, by=by, resource=action.resource)
    return None


def book(case: Case, action: Action, by: str) -> Reason | None:
    assert action.session is not None
    if action.session.venue not in case.policy.file.venues:
        return Reason.TARGET_WRONG
    if action.session.at <= case.now:
        return Reason.INSTANT_WRONG
    booked = Booked(session_id=action.action_id, session=action.session)
    case.say(
        e.SessionBooked,
        changes={"sessions": (*case.life.sessions, booked)},
        action_id=action.action_id,
        by=by,
        session_id=booked.session_id,
        session=booked.session,
    )
    return None


def hold(case: Case, action: Action, by: str) -> Reason | None:
    return _meet(case, action, by, e.SessionHeld, record=action.outcome or "")


def miss(case: Case, action: Action, by: str) -> Reason | None:
    return _meet(case, action, by, e.SessionMissed, note=action.outcome or "")


def _meet(case: Case, action: Action, by: str, kind: type[e.MatterEvent], **facts: Any) -> Reason | None:
    booked = next((each for each in case.life.sessions if each.session_id == action.session_id), None)
    if booked is None:
        return Reason.NOT_ASKED
    case.say(
        kind,
        changes={"sessions": tuple(each for each in case.life.sessions if each is not booked)},
        action_id=action.action_id,
        by=by,
        session_id=booked.session_id,
        session=booked.session,
        **facts,
    )
    return None
