"""The words of a briefing in both languages, and how it writes numbers, times and names."""

import enum
from datetime import timedelta

from services.metrics.indicators import Kind, Observed
from services.metrics.rules.periods import Period, PeriodKind
from shared import divisions
from shared.catalogue import Policy
from shared.errors import UnknownDivisionError
from xiaoshi.briefing.measures import Amount, Measure
from xiaoshi.centre_words import REASONS, TIERS

NOTHING = "–"


class Language(enum.StrEnum):
    ZH = "zh"
    EN = "en"


WORDS: dict[Language, dict[str, str]] = {
    Language.ZH: {
        "title": "联席会议周报",
        "week": "{year} 年第 {number} 周（{first} 至 {last}）",
        "known": "数据截至 {until}，来自事项日志与外部发布的指标；日志始于 {began}。",
        "figures": "指标：本周、上周与参考值",
        "figure": "指标", "this": "本周", "last": "上周", "change": "增减", "reference": "参考值",
        "points": "个百分点",
        "flow": "近几周：新立、销号、提级（件）",
        "settled": "各层级化解（件）",
        "rises": "提级事项及原因", "bursts": "突增", "desks": "超期承办单位与督办单", "voiced": "多人上报的合并事项",
        "category": "类别", "town": "乡镇（街道）", "tiers": "层级", "reason": "原因", "n": "件", "late": "最长超期",
        "now": "本周", "mean": "前四周均值", "desk": "承办单位", "orders": "督办", "notices": "通报",
        "overdue": "在办超期", "tier": "层级", "voices": "人数", "reports": "上报数",
        "none": "无。", "more": "另有 {n} 行未列。",
        "young": "日志不足四周，无从比较。",
        "gaps": "这些数字不含什么",
        "notes": "定义",
        "hours": "{hours} 小时", "days": "{days} 天 {hours} 小时", "short": "不足 1 小时",
        "rises_defined": "本周升高一级的事项，按类别、乡镇、层级和原因归并；"
        "最长超期：自错过的时限起，至办结或本周末的最长时间。",
        "bursts_defined": "本周立项不少于 {least} 件、且不少于前四周均值 {times} 倍的类别与乡镇；已合并的不计。",
        "desks_defined": "本周收到督办单（含吹哨督办）或通报、或周末有在办事项超过承诺时限且责在本单位的承办单位；"
        "最长超期：自其错过的时限（或承诺）起，事项未办结的最长时间，含已升到上级之后。",
        "voiced_defined": "周末在办或本周有上报并入、且不止一人上报的事项；同一人多次上报计一人。",
        "gap_open": "本周未完：{until} 之后的不在内。",
        "gap_young": "日志始于 {began}，此前各期空缺或不全。",
        "gap_refused": "未通过受理校验的上报不在日志中，一律不计。",
        "gap_confidential": "保密事项只计入县级数字，不进任何列表。",
        "gap_unread": "日志中有 {n} 条记录无法读取，未计。",
        "gap_unplaced": "{n} 件在办事项只计到县：乡镇不明或不得显示。",
        "gap_asked": "{n} 件在办事项疑似与另一件重复，尚无人核定，各自计数。",
        "gap_contradicted": "{n} 个外部数字因发布者互相矛盾而不显示。",
        "gap_silent": "尚无人发布：{names}。",
        "gap_later": "本周结束之后才发生的不在内；外部数字可在日后更正。",
        "between": "、",
    },
    Language.EN: {
        "title": "Weekly briefing of the joint meeting",
        "week": "{year} week {number} ({first} to {last})",
        "known": "Known until {until}, from the journal of matters and the figures others publish; "
        "the journal begins on {began}.",
        "figures": "Indicators: this week, last week, reference",
        "figure": "indicator", "this": "this week", "last": "last week", "change": "change",
        "reference": "reference",
        "points": "points",
        "flow": "Past weeks: matters opened, closed, risen",
        "settled": "Matters settled by tier",
        "rises": "What rose, and why", "bursts": "Bursts", "desks": "Late desks and supervision orders",
        "voiced": "Joined matters with most reporters",
        "category": "category", "town": "town", "tiers": "tiers", "reason": "reason", "n": "matters",
        "late": "longest late",
        "now": "this week", "mean": "mean of 4 before", "desk": "desk", "orders": "orders",
        "notices": "notices", "overdue": "overdue", "tier": "tier", "voices": "people", "reports": "reports",
        "none": "None.", "more": "{n} more rows are not shown.",
        "young": "The journal has no four weeks before this one to compare with.",
        "gaps": "What the figures leave out",
        "notes": "Definitions",
        "hours": "{hours} h", "days": "{days} d {hours} h", "short": "under 1 h",
        "rises_defined": "Matters that rose one tier in the week, taken together by category, town, tiers and reason; "
        "longest late: from the missed limit until the matter was settled, or the week's end.",
        "bursts_defined": "Categories in a town with at least {least} matters opened in the week, and at least {times} "
        "times the mean of the four weeks before; merged matters do not count.",
        "desks_defined": "Desks that got a supervision order (those to departments called in as well) or a notice in "
        "the week, or that hold open matters past their promise, on the desk's account, at its end; longest late: how "
        "long a matter was unsettled past a limit the desk missed, or its promise, also after it rose.",
        "voiced_defined": "Matters that several people reported, open at the week's end or joined by a report in the "
        "week; several reports of one person are one.",
        "gap_open": "The week is not over: what comes after {until} is not in it.",
        "gap_young": "The journal begins on {began}: periods before are empty or not whole.",
        "gap_refused": "Reports that intake refused are not in the journal, and in no figure.",
        "gap_confidential": "Confidential matters count in the county's figures only, and are in no list.",
        "gap_unread": "{n} records of the journal could not be read and are not counted.",
        "gap_unplaced": "{n} open matters count at the county alone: their town is not known or not shown.",
        "gap_asked": "{n} open matters may be the same as another; nobody has said yet, and each counts.",
        "gap_contradicted": "{n} observed figures are not shown, for their publishers disagree.",
        "gap_silent": "Published by nobody so far: {names}.",
        "gap_later": "What happened after the week is not in it; observed figures may be corrected later.",
        "between": ", ",
    },
}  # fmt: skip


class Writer:
    """Writes facts in one language, with the names of a policy, as seen from a place."""

    def __init__(self, language: Language, policy: Policy, place: str) -> None:
        self.words = WORDS[language]
        self._language = language
        self._policy = policy
        self._place = place

    def indicator(self, measure: Measure) -> str:
        each = measure.indicator
        name = each.zh if self._language is Language.ZH else in_english(each)
        return name if measure.period is None else f"{name} ({_period(measure.period)})"

    def definition(self, measure: Measure) -> str:
        """And where its reference value is from, if it has one."""
        each = measure.indicator
        if self._language is Language.ZH:
            note = getattr(each, "reference_note_zh", "")
            return f"{each.definition_zh}（{note}）" if note else each.definition_zh
        note = getattr(each, "reference_note", "")
        return f"{each.definition} ({note})" if note else each.definition

    def category(self, code: str) -> str:
        known = self._policy.file.categories.get(code)
        return code if known is None else str(getattr(known, self._language))

    def desk(self, key: str) -> str:
        division, _, body = key.partition(":")
        known = self._policy.file.bodies.get(body)
        name = body if known is None else str(getattr(known, self._language))
        where = self.town(division)
        return f"{where}{name}" if self._language is Language.ZH else f"{name}, {where}"

    def town(self, code: str) -> str:
        """As one at the place would say it; a code that the tree no longer holds stands for itself."""
        try:
            name, full = divisions.find(code).name, divisions.full_name(code)
        except UnknownDivisionError:
            return code
        below = full.removeprefix(divisions.full_name(self._place))
        return name if below in ("", full) else below

    def reason(self, reason: str) -> str:
        return self._half(REASONS[reason])

    def tier(self, tier: str) -> str:
        return self._half(TIERS[tier])

    def _half(self, both: str) -> str:
        english, _, chinese = both.rpartition(" ")
        return chinese if self._language is Language.ZH else english

    def late(self, length: timedelta | None) -> str:
        if length is None:
            return NOTHING
        days, hours = length.days, length.seconds // 3600
        form = "days" if days else "hours" if hours else "short"
        return self.words[form].format(days=days, hours=hours)

    def change(self, measure: Measure) -> str:
        now, before = measure.now, measure.before
        if now is None or before is None:
            return NOTHING
        if now.of is None or before.of is None:
            return f"{now.n - before.n:+,}"
        if not now.of or not before.of:
            return NOTHING
        by = now.n / now.of - before.n / before.of
        return f"{by * per:+,.2f}" if (per := _per(measure)) else f"{by * 100:+.1f} {self.words['points']}"


def in_english(each: Kind) -> str:
    return each.name.replace("_", " ")


def amount(measure: Measure, told: Amount | None) -> str:
    """What never happened has the figure zero; a share of nothing has none."""
    if told is None or told.of == 0:
        return NOTHING
    if told.of is None:
        return f"{told.n:,}"
    both = f"({told.n:,}/{told.of:,})"
    share = told.n / told.of
    return f"{share * per:,.2f} {both}" if (per := _per(measure)) else f"{share:.1%} {both}"


def reference(measure: Measure) -> str:
    figure = getattr(measure.indicator, "reference", None)
    if figure is None:
        return NOTHING
    return f"{figure:g}" if _per(measure) else f"{figure * 100:.6g}%"


def _per(measure: Measure) -> int:
    """So many of the denominator; zero for a share, which is told in per cent."""
    each = measure.indicator
    return each.per if isinstance(each, Observed) and not each.share else 0


def _period(period: Period) -> str:
    match period.kind:
        case PeriodKind.YEAR:
            return f"{period.start:%Y}"
        case PeriodKind.MONTH:
            return f"{period.start:%Y-%m}"
        case PeriodKind.WEEK:
            return f"{period.start:%G-W%V}"
        case _:
            return str(period.start)
