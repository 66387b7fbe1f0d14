"""What dashboards are made of: panels with their queries, lines of panels, variables."""

from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import common as style
from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    FieldColor,
    QueryVariable,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.statushistory import Panel as StatusHistory
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    DataSourceRef,
    LegendDisplayMode,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="xiaoshi")
COUNT, SHARE, SECONDS = units.Short, units.PercentUnit, units.Seconds
PER_SECOND = units.RequestsPerSecond
LAST = style.ReduceDataOptions().calcs(["lastNotNull"])
COLOURS = ("blue", "yellow", "red")

Panel = Timeseries | BarGauge | Stat | Table | StatusHistory
Kind = TypeVar("Kind", Timeseries, BarGauge, Stat, Table, StatusHistory)


@dataclass(frozen=True)
class Q:
    """One query. `legend`: what its series are called, from their labels."""

    expr: str
    legend: str = ""


def graph(title: str, *queries: Q, unit: str = COUNT, about: str, stacked: bool = False) -> Timeseries:
    panel = _filled(Timeseries(), title, queries, unit, about).min(0)
    panel.legend(style.VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST))
    panel.tooltip(style.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    for colour in COLOURS if any("{{colour}}" in each.legend for each in queries) else ():
        value = {"mode": FieldColorModeId.FIXED.value, "fixedColor": colour}
        panel.override_by_name(colour, [DynamicConfigValue(id_val="color", value=value)])
    if stacked:
        panel.stacking(style.StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(40)
    return panel


def bars(title: str, *queries: Q, unit: str = COUNT, about: str) -> BarGauge:
    """The last values, one bar each."""
    panel = _filled(BarGauge(), title, queries, unit, about, instant=True).min(0)
    if unit == SHARE:
        panel.max(1)
    panel.reduce_options(LAST).orientation(VizOrientation.HORIZONTAL)
    return panel.display_mode(BarGaugeDisplayMode.BASIC)


def number(title: str, *queries: Q, unit: str = COUNT, about: str) -> Stat:
    return _filled(Stat(), title, queries, unit, about).reduce_options(LAST)


def grid(title: str, *queries: Q, unit: str = COUNT, about: str, yellow: float, red: float) -> StatusHistory:
    """A row for each series, a cell for each hour, coloured from those values on."""
    steps = [
        Threshold(value=None, color="green"),
        Threshold(value=yellow, color="yellow"),
        Threshold(value=red, color="red"),
    ]
    panel = _filled(StatusHistory(), title, queries, unit, about).interval("1h")
    panel.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return panel.color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))


def table(title: str, *queries: Q, rows: tuple[str, ...], unit: str = COUNT, about: str) -> Table:
    """One row for each set of these labels, one column for each query, named by its legend.

    Rows are joined by all that they have in common, so each query is left these labels and no name.
    """
    queries = tuple(Q(f"max by ({', '.join(rows)}) ({each.expr})", each.legend) for each in queries)
    panel = _filled(Table(), title, queries, unit, about, instant=True, as_table=True)
    named = {f"Value #{_ref(n)}": each.legend for n, each in enumerate(queries)}
    named = named if len(queries) > 1 else {"Value": queries[0].legend}
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    organised = {"excludeByName": {"Time": True}, "renameByName": named}
    return panel.with_transformation(DataTransformerConfig(id_val="organize", options=organised))


def choice(
    name: str, label: str, query: str, *, several: bool = True, all_value: str | None = None
) -> QueryVariable:
    """A variable whose values Prometheus knows. `all_value`: what All stands for, if not each value by name."""
    variable = (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": name})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(several)
        .include_all(several)
    )
    if several:
        variable.current(VariableOption(text="All", value="$__all", selected=True))
    if all_value is not None:
        variable.all_value(all_value)
    return variable


COUNTIES = choice("county", "County 县", "label_values(xiaoshi_matters_opened_total, county)")
ONE_COUNTY = choice(
    "county", "County 县", "label_values(xiaoshi_matters_opened_total, county)", several=False
)
TOWNS = choice(
    "town",
    "Town 乡镇街道",
    'label_values(xiaoshi_matters_opened_total{county=~"$county"}, town)',
    all_value=".*",
)


class Board:
    """A dashboard, filled line by line."""

    def __init__(self, uid: str, title: str, about: str, *variables: QueryVariable, days: int = 7) -> None:
        links = DashboardLink("小事").type(DashboardLinkType.DASHBOARDS).tags(["xiaoshi"])
        self._made = (
            Dashboard(f"小事 {title}")
            .uid(uid)
            .description(about)
            .tags(["xiaoshi"])
            .timezone("browser")
            .time(f"now-{days}d", "now")
            .refresh("1m")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .link(links.as_dropdown(True).keep_time(True).include_vars(True))
        )
        for variable in variables:
            self._made.with_variable(variable)
        self._panels = 0

    def row(self, title: str) -> "Board":
        self._made.with_row(Row(title).id(self._next()))
        return self

    def line(self, *panels: Panel, height: int = 8) -> "Board":
        """Panels side by side, equally wide."""
        for panel in panels:
            self._made.with_panel(panel.id(self._next()).height(height).span(24 // len(panels)))
        return self

    def build(self) -> object:
        return self._made.build()

    def _next(self) -> int:
        self._panels += 1
        return self._panels


def _filled(
    panel: Kind,
    title: str,
    queries: tuple[Q, ...],
    unit: str,
    about: str,
    *,
    instant: bool = False,
    as_table: bool = False,
) -> Kind:
    panel.title(title).description(about).datasource(SOURCE).unit(unit)
    for n, each in enumerate(queries):
        query = Dataquery().ref_id(_ref(n)).datasource(SOURCE).expr(each.expr)
        if not as_table:
            query.legend_format(each.legend)
        if instant:
            query.instant()
        else:
            query.range()
        if as_table:
            query.format(PromQueryFormat.TABLE)
        panel.with_target(query)
    return panel


def _ref(n: int) -> str:
    return chr(ord("A") + n)
