"""The flow: from a report to a closed matter, and the side ways."""

from parts import COUNTIES, PER_SECOND, SHARE, TOWNS, Board, Panel, Q, bars, graph
from queries import grown, rate, share, total

DAY = "In the 24 hours before each instant."


def board() -> Board:
    made = Board("xiaoshi-flow", "The flow 从受理到销号", "From intake to close.", COUNTIES, TOWNS)
    made.row("Intake 受理").line(*_intake())
    made.row("Matters 事项").line(*_matters()).line(*_standing())
    made.row("Side ways 流转").line(*_moves()).line(*_handling())
    made.row("Settled 化解").line(*_settled()).line(*_answers())
    return made


def _daily(title: str, about: str, *figures: tuple[str, str, tuple[str, ...]]) -> Panel:
    """One day's events of several kinds; each figure with its word and its labels."""
    queries = (
        Q(grown(f"xiaoshi_{metric}_total", *by), " ".join((word, *(f"{{{{{each}}}}}" for each in by))))
        for metric, word, by in figures
    )
    return graph(title, *queries, about=f"{about} {DAY}".strip())


def _intake() -> tuple[Panel, ...]:
    handled = rate('xiaoshi_lane_events_total{service="intake"}', "topic", "outcome")
    return (
        graph(
            "Reports at the door 接入上报",
            Q(rate("xiaoshi_intake_reports_total", "source", "outcome"), "{{source}} {{outcome}}"),
            unit=PER_SECOND,
            about="Over HTTP, by source and what became of them.",
        ),
        graph(
            "Reports from topics 主题上报",
            Q(handled, "{{topic}} {{outcome}}"),
            unit=PER_SECOND,
            about="What intake's lanes read.",
        ),
        _daily(
            "Reports and matters 上报与事项",
            "What came in, was joined, was closed and was opened again.",
            ("matters_opened", "opened 新立", ()),
            ("reports_joined", "joined 并入", ()),
            ("matters_closed", "closed 销号", ()),
            ("matters_reopened", "reopened 重办", ("reason",)),
        ),
    )


def _matters() -> tuple[Panel, ...]:
    return (
        graph(
            "Open matters by tier 各层级在办",
            Q(total("xiaoshi_matters_open", "tier"), "{{tier}}"),
            about="Now.",
            stacked=True,
        ),
        graph(
            "Open matters by state 在办环节",
            Q(total("xiaoshi_matters_open", "state"), "{{state}}"),
            about="Now.",
            stacked=True,
        ),
    )


def _standing() -> tuple[Panel, ...]:
    return (
        _daily(
            "Joined, merged, split 并案与拆分",
            "Reports that joined, matters made one, and what was taken apart again.",
            ("reports_joined", "joined 并入", ()),
            ("matters_merged", "merged 合并", ()),
            ("matters_split", "split 拆分", ("what",)),
        ),
        _daily(
            "Closed and opened again 销号与重办",
            "By why it was opened again.",
            ("matters_closed", "closed 销号", ()),
            ("matters_reopened", "reopened 重办", ("reason",)),
            ("matters_withdrawn", "withdrawn 撤回", ()),
        ),
    )


def _moves() -> tuple[Panel, ...]:
    return (
        _daily(
            "Risen 提级",
            "By the tier that was left, and why.",
            ("matters_risen", "", ("from_tier", "reason")),
        ),
        _daily("Sent down 交办", "By ground.", ("matters_sent_down", "", ("ground",))),
        _daily(
            "Returned and transferred 退单与转办",
            "By the desk's ground, and what the centre said.",
            ("dispatches_returned", "returned 退单", ("ground",)),
            ("returns_answered", "centre 裁定", ("answer",)),
            ("matters_transferred", "transferred 转办", ()),
        ),
    )


def _handling() -> tuple[Panel, ...]:
    return (
        _daily("Co-handling 吹哨", "Departments called in, by tier.", ("cohandling_called", "", ("tier",))),
        bars(
            "Co-handling in time 吹哨按时率",
            Q(share("cohandling_in_time"), "in time 按时"),
            unit=SHARE,
            about="Of the departments' answers due so far.",
        ),
        _daily("Sessions 调解会议", "By kind and step.", ("sessions", "", ("kind", "step"))),
    )


def _settled() -> tuple[Panel, ...]:
    settled = total("xiaoshi_matters_settled_total", "tier")
    return (
        bars(
            "Tier containment 层级化解率",
            Q(
                f"{settled} / on () group_left () ({total('xiaoshi_matters_settled_total')} > 0)",
                "{{tier}}",
            ),
            unit=SHARE,
            about="Of all matters closed so far, the share settled at each tier.",
        ),
        bars(
            "Mediation and online petitions 调解与网上信访",
            Q(share("mediation_success"), "mediation success 调解成功"),
            Q(share("online_petition_ratings"), "good ratings online 网上满意"),
            unit=SHARE,
            about="Since the log began.",
        ),
        _daily(
            "To court 诉调对接",
            "Handed to court, and agreements confirmed.",
            ("matters_to_court", "to court 移送", ()),
            ("court_confirmations_numerator", "confirmed 司法确认", ()),
        ),
    )


def _answers() -> tuple[Panel, ...]:
    return (
        _daily(
            "Ratings 群众评价",
            "Given by residents.",
            ("ratings", "ratings 评价", ()),
            ("rating_stars", "stars 星", ()),
        ),
        _daily(
            "Wishes granted 依申请提级",
            "Residents who asked for the next tier.",
            ("wishes_granted", "granted 提级", ()),
        ),
        _daily("Refused actions 被拒操作", "By reason.", ("actions_refused", "", ("reason",))),
    )
