"""What happened to a matter, each step in a sentence for one resident: no free text, no ids, nobody else's doings."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from services.intake.rules.asking import prefix_of
from shared import events as e
from shared.events import MatterEvent
from shared.reasons import Reason

Language = Literal["zh", "en"]

RESIDENT = "resident"
TIERS: Mapping[str, Mapping[Language, str]] = {
    "village": {"zh": "村（社区）", "en": "village or community"},
    "town": {"zh": "乡镇（街道）", "en": "town or street"},
    "county": {"zh": "县（市、区）", "en": "county"},
    "city": {"zh": "市", "en": "city"},
}


class Words(NamedTuple):
    """A sentence in both languages; `{tier}` is where the matter stands after the step."""

    zh: str
    en: str


class Reader(NamedTuple):
    """Who is told: the resident of a report. `others`: sessions that other residents booked."""

    report_id: str
    others: Collection[str] = ()

    def did(self, event: Any) -> bool:
        """Whether it is the resident's own doing."""
        by, action_id = getattr(event, "by", None), getattr(event, "action_id", None)
        return by == RESIDENT and str(action_id).startswith(prefix_of(self.report_id))


Told = Words | Callable[[Any, Reader], Words | None] | None
"""None: what desks ask one another is not for residents."""


def reader_of(report_id: str, history: Sequence[MatterEvent]) -> Reader:
    own = Reader(report_id)
    booked = (event for event in history if isinstance(event, e.SessionBooked))
    return Reader(
        report_id, {event.session_id for event in booked if event.by == RESIDENT and not own.did(event)}
    )


def step(event: MatterEvent, reader: Reader, language: Language) -> str | None:
    """None for what is not this resident's to know."""
    told = STEPS[type(event)]
    words = told if isinstance(told, Words | None) else told(event, reader)
    if words is None:
        return None
    text: str = getattr(words, language)
    return text.format(tier=TIERS[event.position.tier][language], event=event)


def sessions(history: Sequence[MatterEvent], reader: Reader) -> list[e.SessionBooked]:
    """What is agreed on and neither held nor missed yet, the next one first."""
    booked = {event.session_id: event for event in _meetings(history, reader)}
    for event in history:
        if isinstance(event, e.SessionHeld | e.SessionMissed):
            booked.pop(event.session_id, None)
    return sorted(booked.values(), key=lambda event: event.session.at)


def is_passed_on(history: Sequence[MatterEvent]) -> bool:
    """Whether the desk has changed or is disputed since the tier's time began: it was not started anew for that."""
    for event in reversed(history):
        if isinstance(event, PASSED_ON):
            return True
        if isinstance(event, BEGINS):
            return False
    return False


def _meetings(history: Sequence[MatterEvent], reader: Reader) -> Iterator[e.SessionBooked]:
    for event in history:
        if isinstance(event, e.SessionBooked) and event.session_id not in reader.others:
            yield event


PASSED_ON = (
    e.MatterReturned,
    e.DispatchUpheld,
    e.MatterRedispatched,
    e.MatterTransferred,
    e.MatterSentDown,
    e.MatterCategorised,
)
BEGINS = (e.MatterOpened, e.MatterEscalated, e.MatterReopened, e.MatterResolved, e.MatterVisited)


def _own(own: Words, other: Words | None = None) -> Told:
    """Another sentence, or none, for what another did."""
    return lambda event, reader: own if reader.did(event) else other


def _joined(event: e.MatterJoined, reader: Reader) -> Words:
    if event.report_id == reader.report_id:
        return Words("您的上报并入这一事项", "your report became part of this matter")
    return Words("又有人上报同一件事", "somebody else reported the same")


def _escalated(event: e.MatterEscalated, reader: Reader) -> Words:
    if event.reason is Reason.LIMIT_PASSED:
        return Words("时限已过，提级到{tier}", "the limit passed: raised to the {tier}")
    if reader.did(event):
        return Words("应您的要求提级到{tier}", "raised to the {tier}, as you asked")
    return Words("应居民要求提级到{tier}", "raised to the {tier}, as a resident asked")


def _reopened(event: e.MatterReopened, reader: Reader) -> Words:
    if event.reason is Reason.DISSATISFIED:
        return Words(
            "回访不满意，由{tier}重新办理", "not settled, as the return visit found: reopened at the {tier}"
        )
    if reader.did(event):
        return Words("应您的要求由{tier}重新办理", "reopened at the {tier}, as you asked")
    return Words("由{tier}重新办理", "reopened at the {tier}")


def _met(words: Words) -> Told:
    return lambda event, reader: None if event.session_id in reader.others else words


def _court(event: e.CourtDecided, _: Reader) -> Words:
    if event.confirmed:
        return Words("法院已确认调解协议", "the court confirmed the agreement")
    return Words("法院未予确认，继续办理", "the court did not confirm it, and work goes on")


def _fast(event: e.FastAnswered, _: Reader) -> Words:
    return FAST[event.step]


FAST = {
    e.FastStep.ACKNOWLEDGE: Words("险情已接警", "the danger was acknowledged"),
    e.FastStep.ARRIVE: Words("处置力量已到场", "help is on the spot"),
    e.FastStep.SUPPORT: Words("增援已到", "support has come"),
}
STEPS: Mapping[type[MatterEvent], Told] = MappingProxyType(
    {
        e.MatterOpened: Words("已立为事项，分派到{tier}", "made a matter, and sent to the {tier}"),
        e.DangerAsked: None,
        e.MatterAlike: None,
        e.MatterJoined: _joined,
        e.MatterGraded: Words("多人上报，已调整等级", "many reported it: its grade was changed"),
        e.MatterAccepted: Words("承办单位已受理", "the desk accepted it"),
        e.MatterStarted: Words("已开始办理", "work on it began"),
        e.MatterResolved: Words("承办单位已办结", "the desk says it is settled"),
        e.MatterVisited: Words("已回访", "the return visit was made"),
        e.MatterReopened: _reopened,
        e.MatterClosed: Words("已销号", "closed"),
        e.MatterReturned: Words(
            "承办单位提出退单，由综治中心裁定", "the desk says it is not theirs; the centre decides"
        ),
        e.DispatchUpheld: Words("综治中心维持分派", "the centre says it went to the right desk"),
        e.MatterRedispatched: Words("综治中心改派其他单位", "the centre sent it to another desk"),
        e.MatterTransferred: Words("已转给同级其他单位", "handed to another desk of the tier"),
        e.MatterCommented: _own(Words("您留了言", "you left a word")),
        e.MatterPaused: Words("暂停计时", "the clock was stopped"),
        e.MatterResumed: Words("恢复计时", "the clock runs on, with the time that was left"),
        e.ExtensionAsked: Words("承办单位申请延期", "the desk asked for more time"),
        e.ExtensionApproved: Words("上级准予延期", "the tier above granted more time"),
        e.ExtensionRefused: Words("上级不予延期", "the tier above refused more time"),
        e.CohandlingCalled: Words("已请上级部门协同办理", "a department of a higher tier was called in"),
        e.CohandlingAnswered: Words("协同部门已办理", "the department has done its part"),
        e.CohandlingLate: Words(
            "协同部门逾期，已督办", "the department is late: a supervision order was sent"
        ),
        e.MatterSentDown: Words("交{tier}办理", "sent down to the {tier}"),
        e.MatterRated: _own(Words("您评了{event.rating}星", "you gave {event.rating} of 5 stars")),
        e.MatterWithdrawn: _own(Words("您撤回了上报", "you took your report back")),
        e.MatterMerged: Words(
            "并入另一事项，在那里继续办理", "became part of another matter, where it goes on"
        ),
        e.MatterSplit: Words("合并已拆分", "what had been joined was taken apart again"),
        e.MatterKeptApart: None,
        e.MatterCategorised: Words("已归类", "it was put under its proper category"),
        e.HandedToCourt: Words("已移送法院确认", "handed to the court for confirmation"),
        e.CourtDecided: _court,
        e.SessionBooked: _met(Words("已约定会面", "a session was booked")),
        e.SessionHeld: _met(Words("会面已进行", "the session took place")),
        e.SessionMissed: _met(Words("会面有人缺席", "somebody did not come to the session")),
        e.WishMatched: Words("微心愿已有人认领", "somebody grants the small wish"),
        e.MatterUrged: Words("临近时限，已催办", "the limit is near: who must act was urged"),
        e.DeadlineCorrected: Words(
            "放假安排公布，时限已更正", "holidays were announced: the deadline was set right"
        ),
        e.SupervisionOrdered: Words("已逾期，已督办", "late: a supervision order was sent"),
        e.MatterEscalated: _escalated,
        e.NoticeAnnounced: Words("最高一级逾期，已通报", "late at the highest tier: announced"),
        e.FastRaised: Words(
            "险情，已同时通知三级处置力量", "danger: three levels of command were told at once"
        ),
        e.FastAnswered: _fast,
        e.FastLate: Words(
            "快速处置逾时，指挥上移一级", "a step of the fast lane was late: the lead went one level up"
        ),
        e.FastEnded: Words("险情已解除", "the danger is over"),
    }
)
"""Every kind of event, so that a new one cannot be forgotten."""
