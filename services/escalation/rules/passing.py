"""What happens when time passes: urge, order, one tier up; a notice at the top; a pause that ends by itself."""

import enum
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from services.escalation.rules import fast, tiers
from services.escalation.rules.clocks import run_on
from services.escalation.rules.matter import Call, Case, Life
from services.escalation.rules.who import centre_of
from shared import events as e
from shared import limits
from shared.matter import ENDED, Awaits, Deadline, Desk
from shared.reasons import Reason


class What(enum.IntEnum):
    """What an alarm is for, in the order in which those of one instant go off."""

    FAST = 0
    LIMIT = 1
    CALL = 2
    URGE = 3


class Alarm(NamedTuple):
    """The next instant at which something happens to a matter if nobody does anything."""

    at: datetime
    what: What


def next_alarm(life: Life) -> Alarm | None:
    """None for a matter that is over. A matter's limit comes before the urge that should have come before it."""
    due = life.position.due
    if due is None:
        return None
    alarms = [Alarm(due.at, What.LIMIT)]
    if due.red is not None and due.at not in life.urged and due.red < due.at:
        alarms.append(Alarm(due.red, What.URGE))
    alarms += [Alarm(call.due.at, What.CALL) for call in life.calls if not call.late]
    if life.fast is not None and life.fast.waiting:
        alarms.append(Alarm(life.fast.waiting[0].at, What.FAST))
    return min(alarms)


def since(life: Life, alarm: Alarm, now: datetime) -> datetime:
    """Since when it was due: the limit itself, where that has passed before its urge was given."""
    due = life.position.due
    return due.at if alarm.what is What.URGE and due is not None and due.at <= now else alarm.at


def go_off(case: Case, alarm: Alarm) -> None:
    """Let what was due happen. The instant itself is late."""
    due = case.life.position.due
    assert due is not None
    if alarm.what is What.FAST:
        fast.late(case)
    elif alarm.what is What.CALL:
        _call_late(case)
    elif due.at <= case.now:
        _limit_passed(case, due)
    else:
        case.say(e.MatterUrged, changes={"urged": (*case.life.urged, due.at)}, to=awaited(case, due), due=due)


def awaited(case: Case, due: Deadline) -> Desk:
    """Who must act: the centre in a review, else the desk that answers for the matter."""
    return centre_of(case.life, case.policy) if due.awaits is Awaits.CENTRE else case.life.position.desk


def _limit_passed(case: Case, due: Deadline) -> None:
    if due.what == "resume":
        case.say(e.MatterResumed, run_on(case), changes={"stopped": None}, reason=Reason.LIMIT_PASSED)
        return
    higher = tiers.above(case.life, case.current)
    if higher is None:
        _announce(case, due)
        return
    tier, desk = higher
    order, late = case.life.orders + 1, awaited(case, due)
    case.say(
        e.SupervisionOrdered, changes={"orders": order}, order=order, to=late, missed=due, copied_to=desk
    )
    before = case.life.position
    # a visit or closing that was forgotten is the same step one tier up; all else begins there anew
    settled = before.state in tiers.STEP_OF
    after = tiers.settled(case, before.state, tier, desk) if settled else tiers.arrived(case, tier, desk)
    case.say(
        e.MatterEscalated,
        after,
        changes=tiers.anew(case),
        from_tier=before.tier,
        from_desk=before.desk,
        reason=Reason.LIMIT_PASSED,
        sheet=case.life.sheet,
    )


def _announce(case: Case, due: Deadline) -> None:
    """Nobody is above: the same desk and state, and the next announcement as the limit.

    Where it was only accepting or a review that was missed, the tier's limit still comes, as it was; one that has
    passed too is announced with it.
    """
    position = case.life.position
    notice = tiers.step_due(case, "notice", position.tier, position.desk, case.current)
    limit = position.limit
    after = replace(position, due=notice)
    if limit is not None and limit.at <= notice.at:
        after = replace(position, due=notice if limit.at <= case.now else limit, limit=None)
    notices = case.life.notices + 1
    case.say(
        e.NoticeAnnounced,
        after,
        changes={"notices": notices},
        notice=notices,
        missed=due,
    )


def _call_late(case: Case) -> None:
    call = min((call for call in case.life.calls if not call.late), key=lambda call: call.due.at)
    order = case.life.orders + 1
    calls = tuple(
        Call(each.call, each.department, each.due, True) if each is call else each for each in case.life.calls
    )
    case.say(
        e.CohandlingLate,
        changes={"calls": calls, "orders": order},
        call=call.call,
        department=call.department,
        order=order,
        missed=call.due,
    )


def is_provisional(life: Life) -> bool:
    """Whether it counts days that were not announced when it was given."""
    return any(due.provisional for due in _dues(life))


def is_stale(life: Life, calendar: str) -> bool:
    """Whether a provisional deadline was counted by another calendar than this one."""
    return any(due.provisional and due.calendar != calendar for due in _dues(life))


def correct(case: Case, year: int) -> None:
    """Provisional deadlines counted again by the calendar of now, and a promise that was one of them; nothing else."""
    position = case.life.position
    before = position.due
    assert before is not None
    if position.state in ENDED:
        return
    due, limit = (
        None
        if each is None or not each.provisional
        else limits.corrected(case.current, each, position.desk.division, case.now, year)
        for each in (position.due, position.limit)
    )
    after = replace(position, due=due or position.due, limit=limit or position.limit)
    first, right = position.limit or before, after.limit or after.due
    if right is not None and position.promised == first.at:
        after = replace(after, promised=right.at)
    calls = tuple(
        replace(call, due=limits.corrected(case.current, call.due, call.department.division, case.now, year))
        if call.due.provisional
        else call
        for call in case.life.calls
    )
    moved = {new.call: new.due for old, new in zip(case.life.calls, calls, strict=True) if new is not old}
    case.say(e.DeadlineCorrected, after, changes={"calls": calls}, year=year, before=before, calls=moved)


def _dues(life: Life) -> tuple[Deadline, ...]:
    position = life.position
    own = tuple(due for due in (position.due, position.limit) if due is not None)
    return own + tuple(call.due for call in life.calls)
