"""Data quality: what was refused, doubled, sorted wrongly or set right, and what the auditor says."""

from parts import COUNTIES, PER_SECOND, SECONDS, SHARE, TOWNS, Board, Panel, Q, bars, graph, number
from queries import COUNTY, grown, rate, share_of_a_day, since, total

DAY = "In the 24 hours before each instant."


def board() -> Board:
    about = "Whether what comes in, and what is made of it, can be trusted."
    made = Board("xiaoshi-quality", "Data quality 数据质量", about, COUNTIES, TOWNS)
    made.row("Refused 拒收").line(*_refused())
    made.row("One or two 疑似重复").line(*_doubles())
    made.row("Sorted 分派").line(*_sorted()).line(*_corrected())
    made.row("The log 日志").line(*_log())
    return made


def _refused() -> tuple[Panel, ...]:
    lanes = 'xiaoshi_lane_events_total{service="intake",outcome=~"duplicate|refused"}'
    return (
        graph(
            "Refused at the door, by reason 拒收原因",
            Q(rate("xiaoshi_intake_refusals_total", "reason"), "{{reason}}"),
            unit=PER_SECOND,
            about="Reports over HTTP.",
        ),
        graph(
            "Refused at the door, by source 各来源拒收",
            Q(rate("xiaoshi_intake_refusals_total", "source"), "{{source}}"),
            unit=PER_SECOND,
            about="An upstream system that changed its form shows here first.",
        ),
        graph(
            "Refused or sent twice on topics 主题拒收与重复投递",
            Q(rate(lanes, "topic", "outcome"), "{{topic}} {{outcome}}"),
            unit=PER_SECOND,
            about="The same report delivered twice counts once.",
        ),
    )


def _doubles() -> tuple[Panel, ...]:
    joined, opened = grown("xiaoshi_reports_joined_total"), grown("xiaoshi_matters_opened_total")
    return (
        graph(
            "Share that joined 并案率",
            Q(f"{joined} / ({joined} + {opened} > 0)", "joined 并入"),
            unit=SHARE,
            about=f"Of the reports that were placed, those about a matter already there. {DAY}",
        ),
        graph(
            "Asked and answered 疑似重复核实",
            Q(grown("xiaoshi_reviews_asked_total"), "asked 待核实"),
            Q(grown("xiaoshi_reviews_answered_total", "answer"), "{{answer}}"),
            about=f"Questions whether two matters are one. {DAY}",
        ),
        graph(
            "Taken apart again 拆分",
            Q(grown("xiaoshi_matters_split_total", "what"), "{{what}}"),
            about=f"Reports and matters that had been joined wrongly. {DAY}",
        ),
    )


def _sorted() -> tuple[Panel, ...]:
    rows = since("xiaoshi_misdispatched_rows_total", "category", "tier", ago="7d", where=COUNTY)
    return (
        graph(
            "Misdispatch share of a day 日派错率",
            Q(share_of_a_day("misdispatches"), "misdispatched 错派"),
            unit=SHARE,
            about="Of the dispatches by the policy, those sent on to another desk after a return.",
        ),
        bars(
            "Rows misdispatched most in a week 一周错派最多的规则",
            Q(f"topk(10, {rows} > 0)", "{{category}} {{tier}}"),
            about="Category and tier: the row of the policy to look at. Of whole counties, whichever town is chosen.",
        ),
        graph(
            "Returned, by ground 退单理由",
            Q(grown("xiaoshi_dispatches_returned_total", "ground"), "{{ground}}"),
            about=DAY,
        ),
    )


def _corrected() -> tuple[Panel, ...]:
    return (
        graph(
            "Categories set by people 类别更正",
            Q(grown("xiaoshi_categories_corrected_total", "was"), "{{was}}"),
            about=f"By what the category was before. {DAY}",
        ),
        graph(
            "Questions of danger 疑似险情",
            Q(grown("xiaoshi_danger_questions_total"), "asked 待核实"),
            about=f"Reports whose words speak of danger, shown to a person. {DAY}",
        ),
        graph(
            "Refused actions 被拒操作",
            Q(grown("xiaoshi_actions_refused_total", "reason"), "{{reason}}"),
            about=f"Of desks and residents, by reason. {DAY}",
        ),
    )


def _log() -> tuple[Panel, ...]:
    clean = "time() - max(xiaoshi_audit_last_clean_pass_timestamp_seconds)"
    dead = 'sum by (service, topic) (xiaoshi_lane_events_total{outcome="buried"})'
    leaps = 'sum by (outcome) (increase(xiaoshi_lane_events_total{service="routing",outcome=~"leapt|backward"}[1d]))'
    return (
        number(
            "Last clean audit 最近审计",
            Q(clean),
            unit=SECONDS,
            about="Its age: deadlines and what happened agree.",
        ),
        graph(
            "Dead letters 死信",
            Q(dead, "{{service}} {{topic}}"),
            about="So far, by topic. xiaoshi dead list shows them.",
        ),
        graph("Clock jumps 时钟跳变", Q(leaps, "{{outcome}}"), about=DAY),
        graph(
            "Open matters, counted twice 在办核对",
            Q("max(xiaoshi_audit_open_matters)", "auditor 审计"),
            Q(total("xiaoshi_matters_open", where='county=~".+"'), "figures 指标"),
            about="Of all counties: by the auditor from the journal, and by the figures. The two are one number.",
        ),
    )
