"""The clock: what is due, what was late, who was urged, what waits."""

from parts import COUNTIES, SECONDS, SHARE, TOWNS, Board, Panel, Q, bars, graph, number
from queries import grown, p99, share, total

DAY = "In the 24 hours before each instant."
TICK = "time() - max by (partition) (xiaoshi_clock_tick_timestamp_seconds)"


def board() -> Board:
    made = Board("xiaoshi-clock", "The clock 时限", "Deadlines, kept and missed.", COUNTIES, TOWNS)
    made.row("Now 现在").line(*_now(), height=5)
    made.row("Near and past 将到与已过").line(*_colours())
    made.row("What it led to 催办与督办").line(*_orders()).line(*_heeded())
    made.row("Pauses and changes 暂停与变更").line(*_pauses())
    made.row("Fast lane 快速通道").line(*_fast())
    made.row("The clock itself 时钟").line(*_itself())
    return made


def _now() -> tuple[Panel, ...]:
    return (
        number(
            "Missed a limit 超期未结",
            Q(total("xiaoshi_matters_overdue")),
            about="Open matters, at any tier so far.",
        ),
        number(
            "Past the promise 超过承诺",
            Q(total("xiaoshi_matters_past_promise")),
            about="Open matters past what was promised first.",
        ),
        number(
            "First petitions in time 初访按期办结",
            Q(share("first_petitions_in_time")),
            unit=SHARE,
            about="Since the log began.",
        ),
        number(
            "Last tick 最近时钟",
            Q(f"max({TICK})"),
            unit=SECONDS,
            about="Its age, on the lane that is oldest.",
        ),
    )


def _colours() -> tuple[Panel, ...]:
    return (
        graph(
            "Open matters by colour 三色预警",
            Q(total("xiaoshi_matters_by_colour", "colour"), "{{colour}}"),
            about="How near the next deadline is, at the last tick.",
            stacked=True,
        ),
        graph(
            "Missed a limit, by tier 各层级超期",
            Q(total("xiaoshi_matters_overdue", "tier"), "{{tier}}"),
            about="By the tier they are at now.",
            stacked=True,
        ),
        graph(
            "Past the promise, on whose account 超期责任",
            Q(total("xiaoshi_matters_past_promise", "account"), "{{account}}"),
            about="The desk's, of whoever is waited for, or of an extension that runs.",
            stacked=True,
        ),
    )


def _orders() -> tuple[Panel, ...]:
    return (
        graph("Urged 催办", Q(grown("xiaoshi_matters_urged_total", "tier"), "{{tier}}"), about=DAY),
        graph(
            "Supervision orders 督办",
            Q(grown("xiaoshi_supervision_orders_total", "tier"), "{{tier}}"),
            about=DAY,
        ),
        graph("Notices 通报", Q(grown("xiaoshi_notices_announced_total"), "notices 通报"), about=DAY),
    )


def _heeded() -> tuple[Panel, ...]:
    return (
        bars(
            "Urges heeded 催办见效",
            Q(share("urges_heeded"), "heeded 见效"),
            unit=SHARE,
            about="Of the urges that were answered or missed so far.",
        ),
        graph(
            "Risen by reason 提级原因",
            Q(grown("xiaoshi_matters_risen_total", "reason"), "{{reason}}"),
            about=DAY,
        ),
    )


def _pauses() -> tuple[Panel, ...]:
    return (
        graph(
            "Paused 暂停",
            Q(grown("xiaoshi_matters_paused_total", "ground"), "{{ground}}"),
            about=f"By ground. {DAY}",
        ),
        graph(
            "Pauses ended 恢复",
            Q(grown("xiaoshi_pauses_ended_total", "reason"), "{{reason}}"),
            about=f"limit_passed: by themselves. {DAY}",
        ),
        graph(
            "Extensions 延期",
            Q(grown("xiaoshi_extensions_total", "step"), "{{step}}"),
            Q(grown("xiaoshi_deadlines_corrected_total"), "set right 更正"),
            about=f"Asked for, approved, refused; and deadlines set right by a calendar. {DAY}",
        ),
    )


def _fast() -> tuple[Panel, ...]:
    return (
        bars(
            "1-3-5 minute compliance 一三五分钟响应率",
            Q(share("fast_in_time", "step"), "{{step}}"),
            unit=SHARE,
            about="Of the steps done or missed so far, the share done in its minutes.",
        ),
        graph(
            "Raised to the fast lane 快速通道",
            Q(grown("xiaoshi_fast_raised_total", "reason"), "{{reason}}"),
            about=DAY,
        ),
    )


def _itself() -> tuple[Panel, ...]:
    return (
        graph(
            "Deadlines fire late by, 99 of 100 提级延迟",
            Q(p99("xiaoshi_escalation_lateness_seconds"), "p99"),
            unit=SECONDS,
            about="From a limit to its order or notice.",
        ),
        graph(
            "Waiting for its turn 到期积压",
            Q("max by (partition) (xiaoshi_escalation_behind_seconds)", "lane 通道 {{partition}}"),
            unit=SECONDS,
            about="How long the earliest limit that has passed has waited.",
        ),
        graph(
            "Age of the last tick 时钟停滞时间",
            Q(TICK, "lane 通道 {{partition}}"),
            unit=SECONDS,
            about="Of each lane.",
        ),
    )
