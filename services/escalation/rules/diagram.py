"""The life of a matter as a diagram and a table for people, made from the rows that decide (`life.ROWS`)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from services.escalation.rules.life import OPEN, ROWS, Row, Who
from services.escalation.rules.tiers import STEP_OF
from shared.matter import ENDED, ActionKind, State

K, S, W = ActionKind, State, Who
CHINESE: Mapping[ActionKind | State | Who, str] = MappingProxyType(
    {
        # states
        S.ROUTED: "已分派", S.ACCEPTED: "已受理", S.IN_PROGRESS: "办理中", S.PAUSED: "暂停计时",
        S.RETURNED: "退单待审", S.IN_COURT: "诉调对接中", S.RESOLVED: "已办结", S.VISITED: "已回访",
        S.CLOSED: "已销号", S.WITHDRAWN: "已撤回", S.MERGED: "已并案",
        # actions
        K.ACCEPT: "受理", K.START: "开始办理", K.RESOLVE: "办结", K.VISIT: "回访", K.CLOSE: "销号",
        K.RETURN: "退单", K.UPHOLD: "维持分派", K.REDISPATCH: "重新分派", K.TRANSFER: "转办",
        K.COMMENT: "留言", K.PAUSE: "暂停计时", K.RESUME: "恢复计时", K.ASK_EXTENSION: "申请延期",
        K.APPROVE_EXTENSION: "批准延期", K.REFUSE_EXTENSION: "不准延期", K.WHISTLE: "吹哨",
        K.ANSWER_WHISTLE: "报到", K.ESCALATE: "群众要求提级", K.SEND_DOWN: "下沉办理", K.RATE: "评价",
        K.REOPEN: "重新办理", K.WITHDRAW: "撤回", K.JOIN: "并案", K.SPLIT: "拆案",
        K.TO_COURT: "提请司法确认", K.COURT_DECISION: "法院裁定", K.BOOK: "预约", K.HOLD: "已会面",
        K.MISS: "爽约", K.GRANT_WISH: "认领微心愿", K.ACKNOWLEDGE: "接警响应", K.ARRIVE: "到场",
        K.SUPPORT: "增援", K.STAND_DOWN: "解除", K.ALARM: "报险", K.KEEP_APART: "不予合并", K.CATEGORISE: "归类",
        # people
        W.DESK: "承办单位", W.OFFERED: "拟承办单位", W.CENTRE: "本级综治中心", W.ABOVE: "上一级",
        W.DEPARTMENT: "被吹哨部门",
        W.FORCE: "快速处置力量", W.RESIDENT: "群众",
    }
)  # fmt: skip
LIMIT, PAUSE_OVER = "limit passes 到期", "pause is over 停表到期"
PEOPLE: Mapping[Who, str] = MappingProxyType(
    {
        W.DESK: "the desk that answers for the matter",
        W.OFFERED: "the desk it is dispatched to, which has still to accept; else the desk itself",
        W.CENTRE: "the dispatching centre of the matter's tier",
        W.ABOVE: "the desk or centre of the next tier; at the city its centre and oversight",
        W.DEPARTMENT: "a department that was called in",
        W.FORCE: "the three command levels of the fast lane",
        W.RESIDENT: "who reported it, by the report",
    }
)
HEAD = """# The life of a matter 事项的一生

Made from the rows in `services/escalation/rules/life.py` by `xiaoshi life`; do not edit it by hand. What is not in
the table is refused, with a reason.

A limit (时限) that passes is not an action: the desk gets a numbered order (督办) and the matter rises one tier
(提级); at the city a notice is announced (通报) and repeated, and the matter stays where it is.
"""


def document() -> str:
    """The whole of docs/life.md."""
    people = (f"| {_named(who)} | {PEOPLE[who]} |" for who in Who)
    return "\n".join(
        [
            HEAD,
            f"```mermaid\n{mermaid()}```\n",
            "## What can be done 操作\n",
            table(),
            "## By whom 由谁\n",
            "| who | meaning |",
            "|---|---|",
            *people,
            "",
        ]
    )


def mermaid() -> str:
    """A state diagram: one arrow for each change of state, with all that leads to it."""
    lines = ["stateDiagram-v2", *(f'    state "{CHINESE[state]} {state}" as {state}' for state in State)]
    lines.append(f"    [*] --> {S.ROUTED}: a report 上报")
    for (before, after), labels in _arrows().items():
        lines.append(f"    {before} --> {after}: {', '.join(labels)}")
    lines += [f"    {state} --> [*]" for state in State if state in ENDED]
    return "\n".join(lines) + "\n"


def table() -> str:
    """A row for each action, in the order of the rules."""
    head = ("action", "操作", "possible when", "by whom", "asks for", "then", "next deadline")
    lines = [_line(head), _line(["---"] * len(head))]
    for row in ROWS:
        cells = (
            f"`{row.kind}`",
            CHINESE[row.kind],
            _when(row),
            _whom(row),
            _asked(row),
            _then(row),
            _clock(row),
        )
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def _arrows() -> dict[tuple[State, State], list[str]]:
    """By the states they lead from and to, in the order of both."""
    found: defaultdict[tuple[State, State], list[str]] = defaultdict(list)
    for row in ROWS:
        for before in row.states:
            for after in dict.fromkeys((row.to, *(state for state, _, _ in row.also))):
                if after is not None:
                    found[before, after].append(f"{row.kind} {CHINESE[row.kind]}")
    for before in OPEN:
        found[before, passes_to(before)].append(PAUSE_OVER if before in STOPPED else LIMIT)
    order = tuple(State)
    return dict(sorted(found.items(), key=lambda arrow: (order.index(arrow[0][0]), order.index(arrow[0][1]))))


STOPPED = frozenset({S.PAUSED, S.IN_COURT})


def passes_to(state: State) -> State:
    """Where a limit leads that passes in that state, below the top."""
    if state in STOPPED:
        return S.IN_PROGRESS
    return state if state in STEP_OF else S.ROUTED


def _when(row: Row) -> str:
    if row.states == OPEN:
        return "open 未了结"
    return ", ".join(_named(state) for state in State if state in row.states)


def _whom(row: Row) -> str:
    return ", ".join(_named(who) for who in Who if who in row.who)


def _asked(row: Row) -> str:
    grounds = " or ".join(f"`{ground}`" for ground in sorted(row.grounds))
    return ", ".join([*(f"`{name}`" for name in row.needs), *([f"`ground`: {grounds}"] if grounds else [])])


def _then(row: Row) -> str:
    ways = dict.fromkeys((row.to, *(to for to, _, _ in row.also)))
    return " or ".join("as it was" if to is None else _named(to) for to in ways)


def _clock(row: Row) -> str:
    return "; or ".join(dict.fromkeys((row.clock.value, *(clock.value for _, clock, _ in row.also))))


def _named(what: State | Who) -> str:
    return f"{what} {CHINESE[what]}"


def _line(cells: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
