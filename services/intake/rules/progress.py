"""How far a report has come, in sentences for the resident who made it; nothing about anybody else.

Of a complaint, and of what is confidential, the desk is named by its tier only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from services.intake.rules import history
from services.intake.rules.accepted import weighed
from services.intake.rules.asking import prefix_of
from services.intake.rules.history import TIERS, Language, Reader
from shared import divisions
from shared.errors import UnknownDivisionError
from shared.events import ActionRefused, MatterEvent, SessionBooked
from shared.matter import ENDED, Deadline, Desk, Position
from shared.policy_file import PolicyFile
from shared.reasons import Reason
from shared.standing import Colour, Overdue, colour, overdue

BEIJING = timezone(timedelta(hours=8))
STEPS_TOLD = 10
WITHDRAWN = "withdrawn"

NEXT: Mapping[str | None, Mapping[Language, str]] = {
    None: {"zh": "已收到，正在分办", "en": "received, and being sorted"},
    "routed": {"zh": "已分派，等待承办单位受理", "en": "sent to the desk, which is to accept it"},
    "accepted": {"zh": "已受理，等待承办单位开始办理", "en": "accepted by the desk, which is to start on it"},
    "in_progress": {"zh": "正在办理", "en": "being worked on"},
    "paused": {"zh": "暂停计时", "en": "waiting, and the clock stands still"},
    "returned": {
        "zh": "承办单位提出退单，由综治中心裁定",
        "en": "the desk says it is not theirs, and the centre decides",
    },
    "in_court": {"zh": "已移送法院确认", "en": "with the court, which is to confirm the agreement"},
    "resolved": {"zh": "已办结，等待回访", "en": "settled; you will be asked about it"},
    "visited": {"zh": "已回访，等待销号", "en": "you were asked about it; it is to be closed"},
    "closed": {"zh": "已销号", "en": "closed"},
    "withdrawn": {"zh": "已撤回", "en": "taken back"},
    "merged": {"zh": "已并入另一事项，在那里继续办理", "en": "part of another matter, where it goes on"},
}
AWAITED: Mapping[str, Mapping[Language, str]] = {
    "desk": {"zh": "承办单位", "en": "the desk"},
    "centre": {"zh": "综治中心", "en": "the centre"},
    "resident": {"zh": "您", "en": "you"},
    "expert": {"zh": "鉴定机构", "en": "the expert"},
    "court": {"zh": "法院", "en": "the court"},
}
COLOURS: Mapping[Colour, Mapping[Language, str]] = {
    Colour.BLUE: {"zh": "蓝", "en": "blue"},
    Colour.YELLOW: {"zh": "黄", "en": "yellow"},
    Colour.RED: {"zh": "红", "en": "red"},
}
OVERDUE: Mapping[Overdue, Mapping[Language, str]] = {
    Overdue.DESK: {
        "zh": "已过最初承诺的时限，责任在承办一方",
        "en": "It is past the time first promised, on the account of the offices",
    },
    Overdue.RESIDENT: {
        "zh": "已过最初承诺的时限，但在等待所缺的一方，不计入承办单位",
        "en": "It is past the time first promised, and waits for somebody else than the desk",
    },
    Overdue.EXTENSION: {
        "zh": "已过最初承诺的时限，尚在批准的延期之内",
        "en": "It is past the time first promised, within an extension that was granted",
    },
}
KEPT: Mapping[Language, str] = {
    "zh": "单位之间的转派不使时限重新起算",
    "en": "Passing it from desk to desk did not start the time anew",
}
MEETINGS: Mapping[str, Mapping[Language, str]] = {
    "reception": {"zh": "接访", "en": "reception"},
    "appointment": {"zh": "预约办理", "en": "appointment"},
    "mediation": {"zh": "调解", "en": "mediation"},
}
REFUSED: Mapping[Reason, Mapping[Language, str]] = {
    Reason.REPORT_NOT_OF_MATTER: {
        "zh": "您的上报已不在此事项中",
        "en": "your report is not part of the matter any more",
    },
    Reason.STATE_WRONG: {
        "zh": "事项现在的状态下不能这样做",
        "en": "that cannot be done as the matter stands now",
    },
    Reason.GROUND_WRONG: {
        "zh": "事项在等待专家意见或法院，不是在等您",
        "en": "it waits for an expert or a court, and not for you",
    },
    Reason.AT_THE_TOP: {"zh": "已在最高一级", "en": "it is at the highest tier already"},
    Reason.ALREADY_DONE: {"zh": "已经做过，只能一次", "en": "that was done before, and can be done once"},
    Reason.WINDOW_OVER: {"zh": "已过可以提出的期限", "en": "the time in which it could be asked for is over"},
    Reason.TARGET_WRONG: {"zh": "没有这个地点", "en": "there is no such venue"},
    Reason.INSTANT_WRONG: {"zh": "约定的时间已过", "en": "the time proposed is past"},
}
OTHERWISE: Mapping[Language, str] = {"zh": "不能这样做", "en": "that cannot be done"}


class Status(Protocol):
    """What the ledger knows of a report and its matter; `matter_id` None: received, being sorted."""

    @property
    def report_id(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def county(self) -> str: ...
    @property
    def matter_id(self) -> str | None: ...
    @property
    def joined(self) -> bool: ...
    @property
    def gone(self) -> bool: ...
    @property
    def confidential(self) -> bool: ...
    @property
    def about_body(self) -> str | None: ...
    @property
    def history(self) -> Sequence[MatterEvent]: ...
    @property
    def earlier(self) -> Sequence[MatterEvent]: ...
    @property
    def refusals(self) -> Sequence[ActionRefused]: ...
    @property
    def position(self) -> Position | None: ...


def language_of(accepted: str) -> Language:
    """Chinese, unless English is asked for with more weight."""
    weights = {"zh": 0.0, "en": 0.0}
    for name, weight in weighed(accepted):
        tag = name.split("-")[0]
        if tag in weights:
            weights[tag] = max(weights[tag], weight)
    return "en" if weights["en"] > weights["zh"] else "zh"


def progress(
    receipt: str, status: Status, policy: PolicyFile, language: Language, now: datetime | None
) -> dict[str, Any]:
    """All that is told. `now` None: as of the last thing that happened, where time is driven."""
    reader = history.reader_of(status.report_id, status.history)
    known = [] if status.gone else list(status.history)  # what became of it after that is the others'
    position = known[-1].position if known else None
    state = WITHDRAWN if status.gone else None if position is None else position.state.value
    told = {
        "receipt": receipt,
        "state": state or "received",
        "next": NEXT[state][language],
        "received_at": _instant(status.received_at),
        "joined": status.joined,
        **_place(position, status, policy, language),
        **_clock(position, known, language, now or (known[-1].at if known else status.received_at)),
        "sessions": _sessions(position, known, reader, policy, language),
        "steps": _steps(known, reader, language),
        "actions": _actions(status, reader, language),
    }
    return told | {"sentence": _sentence(told, language)}


def _place(
    position: Position | None, status: Status, policy: PolicyFile, language: Language
) -> dict[str, str | None]:
    if position is None:
        return {"tier": None, "tier_name": None, "desk": None}
    tier = TIERS[position.tier][language]
    if status.about_body is not None or status.confidential:
        desk = f"{tier}一级的承办单位" if language == "zh" else f"a desk of the {tier}"
    else:
        desk = _desk(position.desk, policy, language)
    return {"tier": position.tier.value, "tier_name": tier, "desk": desk}


def _clock(
    position: Position | None, known: Sequence[MatterEvent], language: Language, now: datetime
) -> dict[str, Any]:
    """The next deadline and why it is then, its colour, whose turn it is, and what was promised first."""
    due = None if position is None else position.due
    late = None if position is None else overdue(position, now)
    is_kept = due is not None and history.is_passed_on(known)
    return {
        "due_at": _instant(due.at) if due else None,
        "why": _why(due, language),
        "colour": colour(due, now).value if due else None,
        "colour_name": COLOURS[colour(due, now)][language] if due else None,
        "awaits": due.awaits.value if due else None,
        "awaits_name": AWAITED[due.awaits][language] if due else None,
        "provisional": due is not None and due.provisional,
        "promised_at": _instant(position.promised) if position and due else None,
        "overdue": late.value if late else None,
        "overdue_name": OVERDUE[late][language] if late else None,
        "not_started_anew": KEPT[language] if is_kept else None,
    }


def _why(due: Deadline | None, language: Language) -> str | None:
    if due is None:
        return None
    return (due.why_zh if language == "zh" else due.why) or None


def _sessions(
    position: Position | None,
    known: Sequence[MatterEvent],
    reader: Reader,
    policy: PolicyFile,
    language: Language,
) -> list[dict[str, str | None]]:
    if position is None or position.state in ENDED:
        return []
    return [_meeting(event, policy, language) for event in history.sessions(known, reader)]


def _meeting(event: SessionBooked, policy: PolicyFile, language: Language) -> dict[str, str | None]:
    venue = policy.venues.get(event.session.venue)
    return {
        "kind": event.session.kind.value,
        "kind_name": MEETINGS[event.session.kind][language],
        "venue": getattr(venue, language) if venue else event.session.venue,
        "at": _instant(event.session.at),
    }


def _steps(known: Sequence[MatterEvent], reader: Reader, language: Language) -> list[dict[str, str | None]]:
    """The last of them, in order."""
    told = ((event.at, history.step(event, reader, language)) for event in known)
    return [{"at": _instant(at), "sentence": text} for at, text in told if text is not None][-STEPS_TOLD:]


def _actions(status: Status, reader: Reader, language: Language) -> list[dict[str, Any]]:
    """What the resident asked for themselves, done or refused."""
    own: list[MatterEvent | ActionRefused] = [*status.earlier, *status.history, *status.refusals]
    mine = sorted((event for event in own if reader.did(event)), key=lambda event: event.at)
    return [_action(event, reader, language) for event in mine][-STEPS_TOLD:]


def _action(event: Any, reader: Reader, language: Language) -> dict[str, Any]:
    told = {
        "action_id": event.action_id.removeprefix(prefix_of(reader.report_id)),
        "at": _instant(event.at),
    }
    if not isinstance(event, ActionRefused):
        return told | {"done": True, "reason": None, "sentence": history.step(event, reader, language)}
    text = REFUSED.get(event.reason, OTHERWISE)[language]
    return told | {"done": False, "reason": event.reason.value, "sentence": text}


def _sentence(told: Mapping[str, Any], language: Language) -> str:
    due = told["due_at"] and f"{told['due_at'][:10]} {told['due_at'][11:16]}"
    if language == "zh":
        parts = [
            f"{told['next']}。",
            f"承办：{told['desk']}。" if told["desk"] else "",
            f"时限：{due}（{told['colour_name']}），等待{told['awaits_name']}。" if due else "",
            f"{told['overdue_name']}。" if told["overdue"] else "",
            f"{told['not_started_anew']}。" if told["not_started_anew"] else "",
        ]
        return "".join(parts)
    parts = [
        f"Your report: {told['next']}.",
        f"Desk: {told['desk']}." if told["desk"] else "",
        f"To be done before {due} ({told['colour_name']}), by {told['awaits_name']}." if due else "",
        f"{told['overdue_name']}." if told["overdue"] else "",
        f"{told['not_started_anew']}." if told["not_started_anew"] else "",
    ]
    return " ".join(part for part in parts if part)


def _desk(desk: Desk, policy: PolicyFile, language: Language) -> str:
    """The place by its last name, then the body: what stands over the door."""
    body = policy.bodies.get(desk.body)
    name = getattr(body, language) if body else desk.body
    try:
        place = divisions.find(desk.division).name
    except UnknownDivisionError:
        return str(name)
    return f"{place}{name}" if language == "zh" else f"{name}, {place}"


def _instant(instant: datetime | None) -> str | None:
    return instant.astimezone(BEIJING).isoformat() if instant else None
