"""One matter or two: a resident takes a report back, a person joins matters or takes one out again."""

from datetime import datetime

from msgspec.structs import replace

from services.escalation.rules import tiers
from services.escalation.rules.fast import asked, raised
from services.escalation.rules.matter import Case, Joined, Life, Part, part_of, voices_of
from shared import events as e
from shared.events import Because
from shared.grades import reached
from shared.matter import ENDED, Action, Grade, State
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
    apart = event.apart
    parts = (*case.life.parts, part_of(event.report_id, event.voice, apart.sheet))
    case.say(
        e.MatterJoined,
        changes={"parts": parts},
        report_id=event.report_id,
        reports=len(parts),
        score=event.score,
        title=event.title,
        text=event.text,
        source=event.source,
        voices=voices_of(parts),
    )
    graded(case)
    if case.life.position.state in ENDED:
        return
    if apart.sheet.danger_now:
        raised(case, apart.sheet)
    asked(case, event.report_id, apart.danger)


def completed(event: e.ReportMatched, matter: Life | None, policy: str) -> e.ReportMatched:
    """With what events of earlier versions do not say: by which policy, and who may read it."""
    apart = event.apart
    if apart.policy and apart.confidential is not None:
        return event
    confidential = matter is not None and matter.confidential
    return replace(event, apart=replace(apart, policy=policy, confidential=confidential))


def is_left_alone(matter: Life, event: e.ReportMatched) -> bool:
    """Whether a report opens a matter of its own although it is like this one.

    Nobody works on what was taken back, nobody runs for what is closed, and who comes back about what is closed is
    heard again. What only few may read takes in nothing that others may, nor the other way round.
    """
    state = matter.position.state
    if state is State.WITHDRAWN or (state in ENDED and event.apart.sheet.danger_now):
        return True
    return not is_for_the_same(matter, event) or is_repeated(matter, event)


def is_for_the_same(matter: Life, event: e.ReportMatched) -> bool:
    """Whoever may read of the one may read of the other."""
    apart = event.apart
    return apart.about_body == matter.about_body and bool(apart.confidential) is matter.confidential


def is_repeated(matter: Life, event: e.ReportMatched) -> bool:
    """The same resident comes back about a closed matter."""
    if matter.position.state is not State.CLOSED or not event.voice:
        return False
    return any(part.voice == event.voice for part in matter.parts)


def graded(case: Case) -> None:
    """How many different people have reported it is a fact of grading, whatever it was by itself."""
    life = case.life
    voices, alone = voices_of(life.parts), life.alone or life.grade
    rule = reached("voices", voices, case.current.file.grading.voices)
    grade = alone if rule is None else max(alone, rule[0], key=tuple(Grade).index)
    if grade is life.grade:
        return
    because = rule[1] if rule is not None else Because(rule="voices", fact=f"{voices}: {grade.value}")
    case.say(e.MatterGraded, changes={"grade": grade}, from_grade=life.grade, grade=grade, because=(because,))


def may_ask(life: Life, other: Life) -> bool:
    """Both open, and whoever reads of the one may read of the other."""
    if life.position.state in ENDED or other.position.state in ENDED or life.matter_id == other.matter_id:
        return False
    same = (life.county, life.about_body, life.confidential)
    return same == (other.county, other.about_body, other.confidential)


def ask(case: Case, other: Life, event: e.ReportMatched) -> None:
    """Too alike to be let go by, not enough to be joined: a person looks at both."""
    case.say(
        e.MatterAlike,
        changes={"asked": other.matter_id},
        other=other.matter_id,
        score=event.score,
        evidence=event.evidence,
        title=event.title,
        text=event.text,
        other_title=other.sheet.title,
        other_text=other.sheet.text,
    )


def keep_apart(case: Case, action: Action, by: str) -> Reason | None:
    if case.life.asked is None:
        return Reason.NOT_ASKED
    case.say(
        e.MatterKeptApart,
        changes={"asked": None},
        action_id=action.action_id,
        by=by,
        other=case.life.asked,
        note=action.outcome or "",
    )
    return None


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
        changes=changes | {"apart": life.position, "into": other.life.matter_id, "asked": None},
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
            voices=voices_of(parts),
        )
    graded(other)
    if life.fast is not None and not life.fast.ended:
        raised(other, life.sheet, life.fast.reason)


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
        voices=voices_of(parts),
    )


def take_out(case: Case, joined: Joined, matter_id: str, action: Action, by: str) -> e.MatterOpened:
    """A report that routing had matched becomes the matter it would have been."""
    report_id = str(action.taken_out)
    _taken_out(case, {report_id}, matter_id, action, by)
    return opened(joined.apart, report_id, joined.voice, case.life.county, case.now)


def opened(
    apart: e.Apart, report_id: str, voice: str, county: str, at: datetime, repeat_of: str | None = None
) -> e.MatterOpened:
    """The matter a report is by itself, beside the one that routing took it for."""
    return e.MatterOpened(
        matter_id=f"{county}-{report_id}",
        county=county,
        number=1,
        at=at,
        position=apart.position,
        report_id=report_id,
        grade=apart.grade,
        sheet=apart.sheet,
        because=apart.because,
        reason=apart.reason,
        policy=apart.policy,
        confidential=bool(apart.confidential),
        about_body=apart.about_body,
        repeat_of=repeat_of,
        voice=voice,
        guesses=apart.guesses,
        danger=apart.danger,
    )


def _taken_out(case: Case, report_ids: set[str], other: str, action: Action, by: str) -> None:
    """As if they had never come. Where only reports that were taken back are left, nothing is owed any more."""
    parts = tuple(part for part in case.life.parts if part.report_id not in report_ids)
    fast = case.life.fast if _was_their_danger(case.life, parts) else None
    ends = all(part.gone for part in parts)
    position, changes = tiers.over(case, State.WITHDRAWN) if ends else (case.life.position, {})
    if fast is not None and fast.ended:
        changes = changes | {"fast": None}
    case.say(
        e.MatterSplit,
        position,
        changes=changes | {"parts": parts},
        action_id=action.action_id,
        by=by,
        report_id=str(action.taken_out),
        reports=len(parts),
        other=other,
        voices=voices_of(parts),
    )
    if fast is not None and case.life.fast is not None:
        case.say(e.FastEnded, changes={"fast": None}, action_id=action.action_id, by=by)
    graded(case)


def _was_their_danger(life: Life, left: tuple[Part, ...]) -> bool:
    """Whether the fast lane was raised by what only reports say that are taken out."""
    if life.fast is None or life.fast.reason is not Reason.DANGER_NOW:
        return False
    return any(part.danger for part in life.parts) and not any(part.danger for part in left)
