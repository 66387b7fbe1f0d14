"""What a county head wants to know of a day: in, joined, settled where, risen, late, and where it took long."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from shared import events as e
from shared.divisions import Tier
from shared.matter import ENDED
from shared.wire import kind_of

HOUR = timedelta(hours=1)
TIERS = {Tier.VILLAGE: "village 村", Tier.TOWN: "town 镇", Tier.COUNTY: "county 县", Tier.CITY: "city 市"}
STEPS = {
    e.MatterAccepted: "until accepted 受理",
    e.MatterStarted: "until started 开始办理",
    e.MatterResolved: "until resolved 办结",
    e.MatterVisited: "until the return visit 回访",
    e.MatterClosed: "until struck off 销号",
}
# What is counted, and what can come of it.
SIDE_WAYS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("urged 催办", "matter.urged", ()),
    ("returned 退单", "matter.returned", (("upheld", "matter.upheld"), ("sent on", "matter.redispatched"))),
    ("transferred 转办", "matter.transferred", ()),
    ("sent down again 回流", "matter.sent_down", ()),
    ("paused 暂停", "matter.paused", (("ran on", "matter.resumed"),)),
    (
        "more time asked for 延期",
        "matter.extension_asked",
        (("given", "matter.extended"), ("not given", "matter.extension_refused")),
    ),
    ("handed to court 诉调对接", "matter.handed_to_court", (("decided", "matter.court_decided"),)),
    (
        "departments called in 吹哨",
        "matter.whistled",
        (("came", "matter.whistle_answered"), ("late", "matter.whistle_late")),
    ),
    (
        "sessions booked 约谈",
        "matter.session_booked",
        (("held", "matter.session_held"), ("missed", "matter.session_missed")),
    ),
    ("small wishes granted 微心愿", "matter.wish_matched", ()),
    ("joined by a person 并案", "matter.merged", ()),
    ("asked: the same? 疑似重复", "matter.review_asked", (("no", "matter.review_answered"),)),
    ("categorised by a person 归类", "matter.categorised", ()),
    ("reports withdrawn 撤回", "matter.withdrawn", ()),
    ("matters rated 评价", "matter.rated", ()),
)


class Tally:
    """Counts the journal's events as they come."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.settled: Counter[Tier] = Counter()
        self.fast_in_time = 0
        self._open: set[str] = set()
        self._splits: set[str] = set()
        self._resolved_at: dict[str, Tier] = {}
        self._since: dict[str, datetime] = {}
        self._took: dict[str, list[float]] = defaultdict(list)
        self._late: set[str] = set()

    def hear(self, event: e.Event) -> None:
        self.kinds[kind_of(event)] += 1
        if not isinstance(event, e.MatterEvent):
            return
        if event.position.state in ENDED:
            self._open.discard(event.matter_id)
        else:
            self._open.add(event.matter_id)
        step = STEPS.get(type(event))
        if step is not None:
            self._took[step].append((event.at - self._since[event.matter_id]) / HOUR)
        if step is not None or isinstance(event, e.MatterOpened | e.MatterEscalated | e.MatterReopened):
            self._since[event.matter_id] = event.at
        match event:
            case e.MatterResolved():
                self._resolved_at[event.matter_id] = event.position.tier
            case e.MatterClosed():
                self.settled[self._resolved_at.pop(event.matter_id)] += 1
            case e.SupervisionOrdered() | e.NoticeAnnounced():
                self._late.add(event.matter_id)
            case e.FastAnswered(missed=False):
                self.fast_in_time += 1
            case e.MatterSplit(action_id=action_id):  # of both matters, if they had been two
                self._splits.add(action_id)

    @property
    def still_open(self) -> int:
        """Matters to which something is owed: neither closed nor withdrawn nor part of another."""
        return len(self._open)

    @property
    def splits(self) -> int:
        """How often somebody undid a join."""
        return len(self._splits)

    @property
    def late(self) -> int:
        """Matters that missed at least one limit."""
        return len(self._late)

    def slowest(self) -> list[tuple[str, float, float]]:
        """Each step with the hours of its median and of its slowest tenth, the slowest step first."""
        rows = [
            (step, median(took), quantiles(took, n=10)[-1] if len(took) > 1 else took[0])
            for step, took in self._took.items()
        ]
        return sorted(rows, key=lambda row: row[1], reverse=True)


def _side_ways(tally: Tally) -> Iterator[tuple[str, str, str]]:
    """What happened beside the main way: how often, and what came of it."""
    kinds = tally.kinds
    for name, kind, ends in SIDE_WAYS:
        yield name, str(kinds[kind]), ", ".join(f"{kinds[end]} {word}" for word, end in ends)
    yield "split again 拆案", str(tally.splits), "a join undone by a person"
    told = f"{tally.fast_in_time} steps in time, {kinds['fast.late']} late, {kinds['fast.ended']} stood down"
    yield "fast lane 快速处置", str(kinds["fast.raised"]), told


def print_day(tally: Tally, submissions: int, refused: int, console: Console) -> None:
    """The table of the day."""
    kinds, settled = tally.kinds, tally.settled.total()
    table = Table(title="The day in the county 全县一日", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    table.add_row("reports in 上报", str(submissions), f"{refused} refused with a reason")
    table.add_row("matters opened 立案", str(kinds["matter.opened"]), "")
    table.add_row(
        "reports joined 合并", str(kinds["matter.joined"]), "the same matter, reported again by others"
    )
    for tier, name in TIERS.items():
        share = f"{tally.settled[tier] / settled:.1%} of the settled" if settled else ""
        table.add_row(f"settled at the {name}", str(tally.settled[tier]), share)
    table.add_row("still open 在办", str(tally.still_open), "")
    table.add_row("risen a tier 提级", str(kinds["matter.escalated"]), f"{kinds['matter.reopened']} reopened")
    table.add_row("overdue 超期", str(tally.late), f"{kinds['matter.ordered']} supervision orders 督办")
    for row in _side_ways(tally):
        table.add_row(*row)
    table.add_row("actions refused", str(kinds["action.refused"]), "each answered with its reason")
    for step, middle, tenth in tally.slowest()[:3]:
        table.add_row(f"slow: {step}", f"{middle:.1f} h", f"slowest tenth: {tenth:.1f} h or more")
    console.print(table)
