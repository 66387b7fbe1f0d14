"""What a county head wants to know of a day: in, joined, settled where, risen, late, and where it took long."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from shared import events as e
from shared.divisions import Tier
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


class Tally:
    """Counts the journal's events as they come."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.settled: Counter[Tier] = Counter()
        self._resolved_at: dict[str, Tier] = {}
        self._since: dict[str, datetime] = {}
        self._took: dict[str, list[float]] = defaultdict(list)
        self._late: set[str] = set()

    def hear(self, event: e.Event) -> None:
        self.kinds[kind_of(event)] += 1
        if not isinstance(event, e.MatterEvent):
            return
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


def print_day(tally: Tally, submissions: int, refused: int, console: Console) -> None:
    """The table of the day."""
    kinds, settled = tally.kinds, tally.settled.total()
    opened = kinds["matter.opened"]
    table = Table(title="The day in the county 全县一日", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    table.add_row("reports in 上报", str(submissions), f"{refused} refused with a reason")
    table.add_row("matters opened 立案", str(opened), "")
    table.add_row(
        "reports joined 合并", str(kinds["matter.joined"]), "the same matter, reported again by others"
    )
    for tier, name in TIERS.items():
        share = f"{tally.settled[tier] / settled:.1%} of the settled" if settled else ""
        table.add_row(f"settled at the {name}", str(tally.settled[tier]), share)
    table.add_row("still open 在办", str(opened - settled), "")
    table.add_row("risen a tier 提级", str(kinds["matter.escalated"]), f"{kinds['matter.reopened']} reopened")
    table.add_row("overdue 超期", str(tally.late), f"{kinds['matter.ordered']} supervision orders 督办")
    table.add_row("actions refused", str(kinds["action.refused"]), "each answered with its reason")
    for step, middle, tenth in tally.slowest()[:3]:
        table.add_row(f"slow: {step}", f"{middle:.1f} h", f"slowest tenth: {tenth:.1f} h or more")
    console.print(table)
