"""The fast lane: three command levels told at once, minutes for each step, beside the normal matter."""

from msgspec.structs import replace

from services.escalation.rules.matter import Case, Fast
from shared import events as e
from shared.catalogue import Policy, desk_of, span_of
from shared.divisions import Tier
from shared.errors import NoDivisionAtTierError
from shared.events import FastDue, FastStep, Sheet, steps_up_to
from shared.matter import Action, ActionKind, Desk
from shared.never_home import concerns
from shared.reasons import Reason

STEP_OF = {
    ActionKind.ACKNOWLEDGE: FastStep.ACKNOWLEDGE,
    ActionKind.ARRIVE: FastStep.ARRIVE,
    ActionKind.SUPPORT: FastStep.SUPPORT,
}
LEVELS = (Tier.TOWN, Tier.COUNTY, Tier.CITY)


def reason_for(sheet: Sheet, policy: Policy) -> Reason | None:
    """Why a matter is for the fast lane; None: it is not."""
    if sheet.danger_now:
        return Reason.DANGER_NOW
    return Reason.EMERGENCY_CATEGORY if policy.category(sheet.category)[1].fast_lane else None


def raised(
    case: Case,
    sheet: Sheet,
    because: Reason | None = None,
    action_id: str | None = None,
    by: str | None = None,
) -> None:
    """Police post, county and city command are told, if the matter is for the fast lane and not yet on it."""
    reason, fast = because or reason_for(sheet, case.current), case.life.fast
    if reason is None or (fast is not None and not fast.ended):
        return
    spans = case.current.file.fast_lane
    dues = tuple(FastDue(step=step, at=case.now + span_of(getattr(spans, step))) for step in FastStep)
    desks = _commands(case)
    case.say(
        e.FastRaised,
        changes={"fast": Fast(desks=desks, waiting=dues, reason=reason)},
        desks=desks,
        dues=dues,
        reason=reason,
        sheet=sheet,
        action_id=action_id,
        by=by,
    )


def alarm(case: Case, action: Action, by: str) -> Reason | None:
    """A person says that there is danger now, whatever the report said."""
    if case.life.fast is not None and not case.life.fast.ended:
        return Reason.ALREADY_DONE
    raised(case, case.life.sheet, Reason.BY_ACTION, action.action_id, by)
    return None


def asked(case: Case, report_id: str, words: tuple[str, ...]) -> None:
    """Words of danger alone raise nothing but a question, and none where the fast lane runs already."""
    if words and (case.life.fast is None or case.life.fast.ended):
        case.say(e.DangerAsked, report_id=report_id, words=words)


def _commands(case: Case) -> tuple[Desk, ...]:
    """The three levels over the place, as far as it is known, without the body complained of.

    What is confidential is told to none below the county.
    """
    found = []
    for tier in LEVELS[1:] if case.life.confidential else LEVELS:
        body = getattr(case.current.file.fast_lane, tier)
        try:
            desk = desk_of(case.current, body, case.life.sheet.division, tier)
        except NoDivisionAtTierError:
            continue
        if not concerns(case.current, case.life.about_body, desk):
            found.append(desk)
    return tuple(found) or (case.life.position.desk,)


def answer_fast(case: Case, action: Action, by: str) -> Reason | None:
    """A step is done; late or not, it is done once. Whoever is on the spot has acknowledged."""
    fast, step = case.life.fast, STEP_OF[action.kind]
    if fast is None or fast.ended:
        return Reason.NO_FAST_LANE
    if step in fast.done:
        return Reason.ALREADY_DONE
    steps = steps_up_to(step)
    waiting = tuple(due for due in fast.waiting if due.step not in steps)
    done = (*fast.done, *(each for each in steps if each not in fast.done))
    missed = all(due.step is not step for due in fast.waiting)
    after = replace(fast, waiting=waiting, done=done, ended=not waiting and step is FastStep.SUPPORT)
    case.say(
        e.FastAnswered, changes={"fast": after}, action_id=action.action_id, by=by, step=step, missed=missed
    )
    return None


def stand_down(case: Case, action: Action, by: str) -> Reason | None:
    fast = case.life.fast
    if fast is None or fast.ended:
        return Reason.NO_FAST_LANE
    after = replace(fast, waiting=(), ended=True)
    case.say(
        e.FastEnded,
        changes={"fast": after},
        action_id=action.action_id,
        by=by,
        note=action.outcome or "",
    )
    return None


def late(case: Case) -> None:
    """A step was not done in its minutes: the lead goes one level up, and the next step's minutes run."""
    fast = case.life.fast
    assert fast is not None
    missed, *waiting = fast.waiting
    level = min(fast.level + 1, len(fast.desks) - 1)
    after = replace(fast, waiting=tuple(waiting), level=level)
    case.say(e.FastLate, changes={"fast": after}, missed=missed, command=fast.desks[level])
