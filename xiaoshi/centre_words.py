"""What a centre hears, in one line of both languages: what happened, by whom, what is next, by when, who is awaited.

Beside `xiaoshi.centre`, for whoever wants to show its events; needs Python alone. Times are China's.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

Body = dict[str, Any]

CHINA = timezone(timedelta(hours=8))
TIERS = {"village": "village 村", "town": "town 镇", "county": "county 县", "city": "city 市"}
HAPPENED = {
    "matter.opened": "opened 新事项", "matter.joined": "joined 并入",
    "matter.accepted": "accepted 受理", "matter.started": "started 办理", "matter.resolved": "resolved 办结",
    "matter.visited": "visited 回访", "matter.reopened": "reopened 重办", "matter.closed": "closed 销号",
    "matter.returned": "returned 退单", "matter.upheld": "dispatch upheld 维持分派",
    "matter.redispatched": "sent to another desk 改派", "matter.transferred": "transferred 转办",
    "matter.commented": "commented 留言",
    "matter.paused": "clock stopped 暂停计时", "matter.resumed": "clock runs on 恢复计时",
    "matter.extension_asked": "extension asked for 申请延期", "matter.extended": "extended 准予延期",
    "matter.extension_refused": "extension refused 不予延期",
    "matter.deadline_corrected": "deadline set right 时限更正",
    "matter.whistled": "department called in 吹哨", "matter.whistle_answered": "department answered 报到",
    "matter.whistle_late": "department late 报到逾期",
    "matter.sent_down": "sent down 下交", "matter.rated": "rated 评价", "matter.withdrawn": "withdrawn 撤回",
    "matter.merged": "merged 合并", "matter.split": "split 拆分",
    "matter.review_asked": "the same matter? 疑似重复", "matter.review_answered": "kept apart 不予合并",
    "matter.graded": "graded anew 调整等级", "matter.categorised": "categorised 归类",
    "matter.danger_asked": "danger? 疑似险情",
    "matter.handed_to_court": "handed to court 诉调对接", "matter.court_decided": "court decided 司法确认",
    "matter.session_booked": "session booked 预约", "matter.session_held": "session held 已接访",
    "matter.session_missed": "session missed 失约", "matter.wish_matched": "wish granted 微心愿认领",
    "matter.urged": "urged 催办", "matter.ordered": "ordered 督办", "matter.escalated": "escalated 提级",
    "matter.noticed": "noticed 通报",
    "fast.raised": "danger now 险情", "fast.answered": "fast step done 快速处置",
    "fast.late": "fast step late 快速处置逾时", "fast.ended": "fast lane over 快速处置结束",
    "action.refused": "refused 不予受理",
}  # fmt: skip
LOUD = {
    "fast.raised": "!!! FAST LANE 快速通道",
    "fast.late": "!!! FAST LANE 快速通道",
    "fast.answered": "!!! FAST LANE 快速通道",
    "fast.ended": "!!! FAST LANE 快速通道",
    "matter.ordered": "!! ORDER 督办",
    "matter.whistle_late": "!! ORDER 督办",
    "matter.noticed": "!! NOTICE 通报",
    "matter.urged": "! URGE 催办",
    "matter.danger_asked": "! DANGER? 疑似险情",
}
"""What must not be missed: it stands first in the line."""
BY_ITSELF = {
    "matter.opened": "a report 上报",
    "matter.joined": "a report 上报",
    "matter.graded": "many reports 多人上报",
    "matter.review_asked": "a report 上报",
    "matter.danger_asked": "a report 上报",
    "matter.deadline_corrected": "the calendar 放假安排",
    "fast.raised": "a report 上报",
}
"""Who did what no action did; all else the clock does."""
DISPATCHED = (
    "matter.opened", "matter.escalated", "matter.reopened", "matter.sent_down", "matter.upheld",
    "matter.categorised",
)  # fmt: skip
"""After these a desk is to accept a matter or to return it; where it was sent on, `offered` says to whom."""
STEPS = {
    "accept": "accept 受理", "resolve": "resolve 办结", "visit": "visit 回访", "close": "close 销号",
    "notice": "next notice 再通报", "review": "decide on the return 裁定退单", "resume": "clock runs on 恢复计时",
    "cohandling": "department's part 部门报到",
    "acknowledge": "acknowledge 接警", "arrive": "arrive 到场", "support": "support 增援",
}  # fmt: skip
COLOURS = {"blue": "blue 蓝", "yellow": "yellow 黄", "red": "red 红"}
AWAITED = {
    "desk": "the desk 承办单位", "centre": "the centre 综治中心", "resident": "the resident 居民",
    "expert": "the expert 鉴定", "court": "the court 法院",
}  # fmt: skip
REASONS = {
    "desk_wrong": "this desk may not do it 非本单位职责", "resident_only": "a resident's alone 仅限居民",
    "report_not_of_matter": "the report is not of the matter 上报不属此事项",
    "county_wrong": "another county's 非本县事项",
    "matter_unknown": "no such matter 无此事项", "state_wrong": "not in this state 当前状态不可",
    "way_missing": "which way? 缺化解方式", "visit_missing": "what was answered? 缺回访结果",
    "field_missing": "a field is missing 缺必填项", "ground_wrong": "not a ground for it 理由不符",
    "target_wrong": "cannot go there 去向不符", "instant_wrong": "that time is past 时间已过",
    "at_the_top": "nobody is above 已到最高一级", "at_the_floor": "it cannot go lower 不能再下交",
    "already_done": "was done before 已办过", "not_asked": "nobody asked for it 未曾申请",
    "hops_spent": "sent on often enough 转派次数已满", "window_over": "too late for it 已过期限",
    "no_fast_lane": "not on the fast lane 不在快速通道", "limit_passed": "the limit has passed 时限已过",
    "opened_new": "new 新事项", "opened_no_category": "no category was given 未写类别",
    "opened_no_village": "no village was given 未写到村",
    "asked_same_matter": "perhaps known already 疑似重复", "same_resident": "the same resident 同一居民",
    "by_action": "by decision 经决定", "by_resident": "the resident asked 居民要求",
    "dissatisfied": "dissatisfied 不满意", "danger_now": "danger now 正有危险",
    "emergency_category": "an emergency 紧急类别",
}  # fmt: skip


def line(body: Body, title: str = "", own: str = "") -> str:
    """An event of a matter, or the refusal of an action, for a terminal. `own`: the desk that reads it."""
    kind = str(body["type"])
    loud = f"{LOUD[kind]}  " if kind in LOUD else ""
    start = f"{loud}{moment(body['at'])}  {body['matter_id']}  "
    what = HAPPENED.get(kind) or kind
    if kind == "action.refused":
        return f"{start}--   {what}  {_refused(body)}"
    position = body.get("position") or {}
    tier = str(position.get("tier", "?"))
    parts = (
        f"#{body.get('number', 0):<3}",
        _wide(what, 16),
        f"by {who(body)}",
        _wide(TIERS.get(tier, tier), 10),
        desk_of(position.get("desk")),
        *_next(position, kind, body["at"], own),
        *_details(body),
        plain(title),
    )
    return start + "  ".join(part for part in parts if part)


def who(body: Body) -> str:
    """The desk or resident that acted; else the report, the calendar or the clock."""
    by = body.get("by")
    if by is None:
        return BY_ITSELF.get(body["type"], "the clock 时限")
    return "the resident 居民" if by == "resident" else str(by)


def colour(due: Body, at: str) -> str:
    """How near the limit was at an instant, which itself has the new colour."""
    now = _instant(at)
    if now >= _instant(due["at"]) or (due.get("red") and now >= _instant(due["red"])):
        return "red"
    return "yellow" if due.get("yellow") and now >= _instant(due["yellow"]) else "blue"


def plain(text: str) -> str:
    """One line for a terminal: what a resident wrote must not move the cursor."""
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def moment(text: str) -> str:
    return _instant(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def desk_of(desk: Body | None) -> str:
    return f"{desk['division']}:{desk['body']}" if desk else "?"


def _refused(body: Body) -> str:
    why = f"{body['kind']} by {who(body)}: {body['reason']}, {REASONS.get(body['reason'], '?')}"
    state = f", the matter is {body['state']}" if body.get("state") else ""
    return why + state + (f", with {body['holder']}" if body.get("holder") else "")


def _next(position: Body, kind: str, at: str, own: str) -> list[str]:
    """What must happen next, by when, how near that is, and whose turn it is; whom it is offered to."""
    due, limit = position.get("due"), position.get("limit")
    if not due:
        return ["nothing due 已无时限"]
    step, awaits = due["what"], due.get("awaits", "desk")
    said = [
        f"next {STEPS.get(step, step)} before {moment(due['at'])}",
        COLOURS[colour(due, at)],
        f"awaits {AWAITED.get(awaits, awaits)}",
    ]
    if position.get("offered") or (kind in DISPATCHED and position.get("state") == "routed"):
        to = desk_of(position.get("offered") or position.get("desk"))
        said.append(f"offered to {'you' if to == own else to}: accept or return 请受理或退单")
    if limit:
        said.append(f"tier's limit 本级时限 {moment(limit['at'])}")
    return said


def _details(body: Body) -> list[str]:
    """What the event says besides, field by field; free text is made plain."""
    if "from_category" in body:
        body = body | {"category": body["sheet"]["category"]}
    return [
        f"{label} {tell(body[name])}"
        for name, (label, tell) in DETAILS.items()
        if body.get(name) not in (None, "", (), [])
    ]


def _text(value: Any) -> str:
    return f"“{plain(str(value))}”"


def _reason(value: Any) -> str:
    return REASONS.get(value, str(value))


def _tier(value: Any) -> str:
    return TIERS.get(value, str(value))


def _due(value: Any) -> str:
    """A deadline, a step of the fast lane, or whether one was missed."""
    if isinstance(value, bool):
        return "yes 是" if value else "no 否"
    step = value.get("step") or value.get("what")
    return f"{STEPS.get(step, step)} {moment(value['at'])}"


def _visit(value: Any) -> str:
    said = {True: "yes 是", False: "no 否"}
    return ", ".join(f"{name} {said[answer]}" for name, answer in value.items() if answer is not None)


def _session(value: Any) -> str:
    return f"{value['kind']} {value['venue']} {moment(value['at'])}"


def _because(value: Any) -> str:
    return f"{value['rule']}: {plain(value['fact'])}"


def _guess(value: Any) -> str:
    return f"{value['category']} {value['confidence']:.2f}"


def _many(tell: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda values: ", ".join(map(tell, values))


DETAILS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "order": ("No. 编号", str),
    "notice": ("No. 编号", str),
    "to": ("to 致", desk_of),
    "copied_to": ("copy 抄送", desk_of),
    "missed": ("missed 逾期", _due),
    "from_tier": ("from 原层级", _tier),
    "from_desk": ("from 原单位", desk_of),
    "department": ("department 部门", desk_of),
    "call_due": ("it has until 部门时限", _due),
    "command": ("command 指挥", desk_of),
    "desks": ("told 已通知", _many(desk_of)),
    "dues": ("steps 步骤", _many(_due)),
    "step": ("step 步骤", lambda value: STEPS.get(value, value)),
    "reason": ("because 原因", _reason),
    "ground": ("ground 理由", str),
    "way": ("way 方式", str),
    "visit": ("answers 回访结果", _visit),
    "rating": ("stars 星级", str),
    "confirmed": ("confirmed 确认", _due),
    "session": ("session 会面", _session),
    "session_id": ("session id 会面编号", _text),
    "resource": ("resource 资源", str),
    "report_id": ("report 上报", plain),
    "into": ("into 并入", plain),
    "other": ("other matter 另一事项", plain),
    "repeat_of": ("repeat of 重复于", plain),
    "other_title": ("it says 其标题", _text),
    "other_text": ("and 其内容", _text),
    "score": ("alike 相似度", str),
    "evidence": ("evidence 依据", _many(_because)),
    "to_visit": ("still to visit 尚待回访", _many(plain)),
    "words": ("words 用语", _many(plain)),
    "danger": ("words of danger 险情用语", _many(plain)),
    "guesses": ("perhaps 可能类别", _many(_guess)),
    "category": ("category 类别", plain),
    "from_category": ("category was 原类别", plain),
    "from_grade": ("grade was 原等级", str),
    "grade": ("grade 等级", str),
    "voices": ("people 人数", str),
    "before": ("it was 原时限", _due),
    "note": ("note 说明", _text),
    "text": ("text 留言", _text),
    "outcome": ("outcome 结果", _text),
    "record": ("record 记录", _text),
}
"""Which fields of an event a line tells, in this order."""


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _wide(text: str, columns: int) -> str:
    """Padded to columns of the terminal: a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * (columns - taken)
