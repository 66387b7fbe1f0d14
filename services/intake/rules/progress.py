"""How far a report has come, in a sentence for the resident who made it; nothing about anybody else."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, Protocol

from shared import divisions
from shared.catalogue import Body
from shared.errors import UnknownDivisionError

Language = Literal["zh", "en"]
BEIJING = timezone(timedelta(hours=8))

TIERS: Mapping[str, Mapping[Language, str]] = {
    "village": {"zh": "村（社区）", "en": "village or community"},
    "town": {"zh": "乡镇（街道）", "en": "town or street"},
    "county": {"zh": "县（市、区）", "en": "county"},
    "city": {"zh": "市", "en": "city"},
}
NEXT: Mapping[str | None, Mapping[Language, str]] = {
    None: {"zh": "已收到，正在分办", "en": "received, and being sorted"},
    "routed": {"zh": "已分派，等待承办单位受理", "en": "sent to the desk, which is to accept it"},
    "accepted": {"zh": "已受理，等待承办单位开始办理", "en": "accepted by the desk, which is to start on it"},
    "in_progress": {"zh": "正在办理", "en": "being worked on"},
    "resolved": {"zh": "已办结，等待回访", "en": "settled; you will be asked about it"},
    "visited": {"zh": "已回访，等待销号", "en": "you were asked about it; it is to be closed"},
    "closed": {"zh": "已销号", "en": "closed"},
}
SENTENCE: Mapping[Language, tuple[str, str, str]] = {
    "zh": ("{next}。", "承办：{desk}。", "时限：{due}。"),
    "en": ("Your report: {next}. ", "Desk: {desk}. ", "To be done before {due}."),
}


class Status(Protocol):
    """How far a report has come; `state` None: received, being sorted."""

    @property
    def state(self) -> str | None: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def desk_division(self) -> str | None: ...
    @property
    def desk_body(self) -> str | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def received_at(self) -> datetime | None: ...
    @property
    def joined(self) -> bool: ...


def language_of(accepted: str) -> Language:
    """Chinese, unless English is asked for with more weight."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accepted.lower().split(","):
        name, _, weight = part.strip().partition(";q=")
        tag = name.split("-")[0]
        if tag in weights:
            weights[tag] = max(weights[tag], _weight(weight))
    return "en" if weights["en"] > weights["zh"] else "zh"


def progress(receipt: str, status: Status, bodies: Mapping[str, Body], language: Language) -> dict[str, Any]:
    """Tier, desk, next step and deadline. A state we have no words for is said as being worked on."""
    step = NEXT.get(status.state, NEXT["in_progress"])[language]
    desk = _desk(status, bodies, language)
    due = status.due_at.astimezone(BEIJING) if status.due_at and status.state != "closed" else None
    first, second, third = SENTENCE[language]
    sentence = first.format(next=step)
    sentence += second.format(desk=desk) if desk else ""
    sentence += third.format(due=f"{due:%Y-%m-%d %H:%M}") if due else ""
    return {
        "receipt": receipt,
        "state": status.state or "received",
        "tier": status.tier,
        "tier_name": TIERS.get(status.tier or "", {}).get(language),
        "desk": desk,
        "next": step,
        "due_at": _instant(due),
        "received_at": _instant(status.received_at),
        "joined": status.joined,
        "sentence": sentence.strip(),
    }


def _desk(status: Status, bodies: Mapping[str, Body], language: Language) -> str | None:
    """The place by its last name, then the body: what stands over the door."""
    if status.desk_division is None or status.desk_body is None:
        return None
    body = bodies.get(status.desk_body)
    name = getattr(body, language) if body else status.desk_body
    try:
        place = divisions.find(status.desk_division).name
    except UnknownDivisionError:
        return str(name)
    return f"{place}{name}" if language == "zh" else f"{name}, {place}"


def _instant(instant: datetime | None) -> str | None:
    return instant.astimezone(BEIJING).isoformat() if instant else None


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
