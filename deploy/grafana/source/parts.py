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
from grafana_foundation_sdk.builders.geomap import ControlsOptions, MapViewConfig, TooltipOptions
from grafana_foundation_sdk.builders.geomap import Panel as Geomap
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.statushistory import Panel as StatusHistory
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    DataSourceRef,
    FrameGeometrySourceMode,
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
from grafana_foundation_sdk.models.geomap import MapCenterID, TooltipMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="xiaoshi")
COUNT, SHARE, SECONDS = units.Short, units.PercentUnit, units.Seconds
PER_SECOND = units.RequestsPerSecond
LAST = style.ReduceDataOptions().calcs(["lastNotNull"])
COLOURS = ("blue", "yellow", "red")
PLACES = "public/gazetteer/xiaoshi/towns.json"
"""Where Grafana serves what deploy/grafana/gazetteer.py writes: the places of towns by their codes."""

Panel = Timeseries | BarGauge | Stat | Table | StatusHistory | Geomap
Kind = TypeVar("Kind", Timeseries, BarGauge, Stat, Table, StatusHistory, Geomap)


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
    panel = _filled(StatusHistory(), title, queries, unit, about).interval("1h")
    return _coloured(panel, yellow, red)


def map_of(title: str, size: Q, colour: Q, *, about: str, yellow: float, red: float) -> Geomap:
    """A circle for each town that has a place: as large as the one figure, coloured by those values of the other."""
    queries = tuple(Q(f"max by (town) ({each.expr})", each.legend) for each in (size, colour))
    panel = _coloured(
        _filled(Geomap(), title, queries, COUNT, about, instant=True, as_table=True), yellow, red
    )
    for each in _joined(queries):
        panel.with_transformation(each)
    circles = {
        "size": {"field": size.legend, "fixed": 8, "min": 6, "max": 30},
        "color": {"field": colour.legend, "fixed": "green"},
        "opacity": 0.6,
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "text": {"mode": "field", "field": "town"},
        "textConfig": {
            "fontSize": 11,
            "offsetX": 0,
            "offsetY": 0,
            "textAlign": "center",
            "textBaseline": "middle",
        },
    }
    places = style.FrameGeometrySource().mode(FrameGeometrySourceMode.LOOKUP).lookup("town").gazetteer(PLACES)
    towns = style.MapLayerOptions().type("markers").name("towns 乡镇街道").location(places).tooltip(True)
    towns.config({"showLegend": True, "style": circles})
    panel.view(MapViewConfig().id(MapCenterID.FIT.value).all_layers(True).padding(10).max_zoom(13))
    panel.tooltip(TooltipOptions().mode(TooltipMode.DETAILS))
    panel.controls(ControlsOptions().show_zoom(True).show_attribution(True).show_scale(True))
    return panel.basemap(style.MapLayerOptions().type("default").name("basemap 底图")).layers([towns])


def table(title: str, *queries: Q, rows: tuple[str, ...], unit: str = COUNT, about: str) -> Table:
    """One row for each set of these labels, one column for each query, named by its legend.

    Rows are joined by all that they have in common, so each query is left these labels and no name.
    """
    queries = tuple(Q(f"max by ({', '.join(rows)}) ({each.expr})", each.legend) for each in queries)
    panel = _filled(Table(), title, queries, unit, about, instant=True, as_table=True)
    for each in _joined(queries):
        panel.with_transformation(each)
    return panel


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


def _coloured(panel: Kind, yellow: float, red: float) -> Kind:
    """Green, yellow and red, from those values on."""
    steps = [
        Threshold(value=None, color="green"),
        Threshold(value=yellow, color="yellow"),
        Threshold(value=red, color="red"),
    ]
    panel.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return panel.color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))


def _joined(queries: tuple[Q, ...]) -> tuple[DataTransformerConfig, ...]:
    """Rows joined by what they have in common, a column named after each query."""
    named = {f"Value #{_ref(n)}": each.legend for n, each in enumerate(queries)}
    named = named if len(queries) > 1 else {"Value": queries[0].legend}
    organised = {"excludeByName": {"Time": True}, "renameByName": named}
    return (
        DataTransformerConfig(id_val="merge", options={}),
        DataTransformerConfig(id_val="organize", options=organised),
    )


def _ref(n: int) -> str:
    return chr(ord("A") + n)
