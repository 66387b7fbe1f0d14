"""One matter or two: a resident takes a report back, a person joins matters or takes one out again."""

from datetime import datetime

from msgspec.structs import replace

from services.escalation.rules import tiers
from services.escalation.rules.fast import raised, reason_for
from services.escalation.rules.matter import Case, Joined, Life, Part
from shared import events as e
from shared.matter import ENDED, Action, State
from shared.never_home import concerns
from shared.reasons import Reason


def withdraw(case: Case, action: Action, by: str) -> Reason | None:
    """Only one's own report; the matter ends with the last of them."""
    parts = tuple(
        replace(part, gone=True) if part.report_id == action.report_id else part for part in case.life.parts
    )
    remaining = sum(not part.gone for part in parts)
    position, changes = tiers.over(case, State.WITHDRAWN) if not remaining else (case.life.position, {})
    case.say(
        e.MatterWithdrawn,
        position,
        changes=changes | {"parts": parts},
        action_id=action.action_id,
        by=by,
        report_id=action.report_id,
        remaining=remaining,
        note=action.outcome or "",
    )
    return None


def matched(case: Case, event: e.ReportMatched) -> None:
    """A report that routing found to be of this matter. It moves no clock, but danger raises the fast lane."""
    part = Part(report_id=event.report_id, source=event.source)
    parts = (*case.life.parts, part)
    case.say(
        e.MatterJoined,
        changes={"parts": parts},
        report_id=event.report_id,
        reports=len(parts),
        score=event.score,
        title=event.title,
        text=event.text,
        source=event.source,
    )
    if event.apart.sheet.danger_now and case.life.position.state not in ENDED:
        raised(case, event.apart.sheet)


def may_join(life: Life, other: Life | None, case: Case) -> bool:
    """Two open matters of one county; a complaint is joined to none that its subject, or others, may read."""
    if other is None or other.matter_id == life.matter_id or other.county != life.county:
        return False
    if other.position.state in ENDED or other.about_body != life.about_body:
        return False
    same = other.confidential == life.confidential
    return same and not concerns(case.policy, life.about_body, other.position.desk)


def join(case: Case, other: Case, action: Action, by: str) -> None:
    """Its reports go on as part of the other matter, and so does danger; both keep their own history."""
    life = case.life
    going_on = [part for part in life.parts if not part.gone]
    position, changes = tiers.over(case, State.MERGED)
    case.say(
        e.MatterMerged,
        position,
        changes=changes | {"apart": life.position, "into": other.life.matter_id},
        action_id=action.action_id,
        by=by,
        into=other.life.matter_id,
        reports=tuple(part.report_id for part in going_on),
    )
    for part in going_on:
        parts = (*other.life.parts, replace(part, origin=life.matter_id))
        other.say(
            e.MatterJoined,
            changes={"parts": parts},
            report_id=part.report_id,
            reports=len(parts),
            score=1.0,
            title=life.sheet.title,
            text=life.sheet.text,
            source=part.source,
            merged_from=life.matter_id,
        )
    if life.fast is not None and not life.fast.ended:
        raised(other, life.sheet, reason_for(life.sheet, case.current) or Reason.DANGER_NOW)


def part_again(case: Case, other: Case, action: Action, by: str) -> None:
    """A matter that had been merged is one again, at the place and with the deadline it had.

    What was taken back meanwhile stays so.
    """
    theirs = {part.report_id for part in other.life.parts}
    gone = {part.report_id for part in case.life.parts if part.gone}
    _taken_out(case, theirs, other.life.matter_id, action, by)
    parts = tuple(replace(part, gone=part.gone or part.report_id in gone) for part in other.life.parts)
    assert other.life.apart is not None
    other.say(
        e.MatterSplit,
        other.life.apart,
        changes={"parts": parts, "apart": None, "into": None, "ended": None},
        action_id=action.action_id,
        by=by,
        report_id=str(action.taken_out),
        reports=len(other.life.parts),
        other=case.life.matter_id,
    )


def take_out(case: Case, joined: Joined, matter_id: str, action: Action, by: str) -> e.MatterOpened:
    """A report that routing had matched becomes the matter it would have been."""
    report_id = str(action.taken_out)
    _taken_out(case, {report_id}, matter_id, action, by)
    return opened(joined.apart, report_id, case.life, case.now, case.current.version)


def opened(apart: e.Apart, report_id: str, matter: Life, at: datetime, policy: str) -> e.MatterOpened:
    """The matter a report would have been by itself, beside the one that routing took it for."""
    return e.MatterOpened(
        matter_id=f"{matter.county}-{report_id}",
        county=matter.county,
        number=1,
        at=at,
        position=apart.position,
        report_id=report_id,
        grade=apart.grade,
        sheet=apart.sheet,
        because=apart.because,
        reason=apart.reason,
        policy=policy,
        confidential=matter.confidential,
        about_body=apart.about_body,
    )


def _taken_out(case: Case, report_ids: set[str], other: str, action: Action, by: str) -> None:
    """Where only reports that were taken back are left, nothing is owed any more."""
    parts = tuple(part for part in case.life.parts if part.report_id not in report_ids)
    ends = all(part.gone for part in parts)
    position, changes = tiers.over(case, State.WITHDRAWN) if ends else (case.life.position, {})
    case.say(
        e.MatterSplit,
        position,
        changes=changes | {"parts": parts},
        action_id=action.action_id,
        by=by,
        report_id=str(action.taken_out),
        reports=len(parts),
        other=other,
    )
