"""One county: its towns, its categories, its indicators."""

from parts import ONE_COUNTY, SHARE, TOWNS, Board, Panel, Q, bars, graph, grid, map_of, number, table
from queries import COUNTY, HERE, grown, indicators, share, total

NO_MAP = (
    "A grid beside the map, for the statistics bureau's code tree has no coordinates, and towns without a place are on "
    "no map. Matters whose town is unknown, or must not be shown, stand at the county's own code."
)
MAP = (
    "Circles as large as what is open, coloured by what missed a limit. Towns are where deploy/grafana/gazetteer.py "
    "was told, or found them; before that the map is empty. What has no town is in the grids below alone."
)


def board() -> Board:
    made = Board("xiaoshi-county", "One county 一县", "One county and its towns.", ONE_COUNTY, TOWNS)
    made.row("Now 现在").line(*_now(), height=5)
    made.row("Town by town 各镇").line(_map(), height=14).line(*_grids(), height=10).line(*_towns())
    made.row("What about 事项类别").line(*_categories(), height=10)
    made.row("Indicators 指标").line(*_indicators(), height=10).line(*_trends())
    return made


def _now() -> tuple[Panel, ...]:
    stars = f"{total('xiaoshi_rating_stars_total')} / ({total('xiaoshi_ratings_total')} > 0)"
    return (
        number("Open matters 在办事项", Q(total("xiaoshi_matters_open")), about="Of all tiers and states."),
        number(
            "Missed a limit 超期未结",
            Q(total("xiaoshi_matters_overdue")),
            about="Open matters that missed a limit at the tier they are at, or before.",
        ),
        number(
            "Opened in a day 一日新立",
            Q(grown("xiaoshi_matters_opened_total")),
            about="In the 24 hours before.",
        ),
        number(
            "Closed in a day 一日办结",
            Q(grown("xiaoshi_matters_closed_total")),
            about="In the 24 hours before.",
        ),
        number(
            "Mediation success 调解成功率",
            Q(share("mediation_success")),
            unit=SHARE,
            about="Since the log began.",
        ),
        number("Stars 平均评价", Q(stars), unit="none", about="Mean of what residents gave, of five."),
    )


def _map() -> Panel:
    return map_of(
        "Map of open matters 在办事项地图",
        Q(total("xiaoshi_matters_open", "town"), "open 在办"),
        Q(total("xiaoshi_matters_overdue", "town"), "missed a limit 超期"),
        about=MAP,
        yellow=1,
        red=5,
    )


def _grids() -> tuple[Panel, ...]:
    return (
        grid(
            "Open matters by town 各镇在办",
            Q(total("xiaoshi_matters_open", "town"), "{{town}}"),
            about=NO_MAP,
            yellow=10,
            red=50,
        ),
        grid(
            "Missed a limit, by town 各镇超期",
            Q(total("xiaoshi_matters_overdue", "town"), "{{town}}"),
            about=NO_MAP,
            yellow=1,
            red=5,
        ),
    )


def _towns() -> tuple[Panel, ...]:
    settled = total("xiaoshi_matters_settled_total", "town", "tier")
    return (
        bars(
            "Opened in a day, by town 各镇日新立",
            Q(grown("xiaoshi_matters_opened_total", "town"), "{{town}}"),
            about="In the 24 hours before.",
        ),
        bars(
            "Red matters by town 各镇红色事项",
            Q(total("xiaoshi_matters_by_colour", "town", where=f'{HERE},colour="red"'), "{{town}}"),
            about="Open matters whose next deadline is near or past.",
        ),
        bars(
            "Tier containment by town 各镇层级化解率",
            Q(
                f"{settled} / on (town) group_left () ({total('xiaoshi_matters_settled_total', 'town')} > 0)",
                "{{town}} {{tier}}",
            ),
            unit=SHARE,
            about="Of all matters closed so far, the share settled at each tier.",
        ),
    )


def _categories() -> tuple[Panel, ...]:
    day, usual = (f"town_category:xiaoshi_matters_opened:{each}{{{HERE}}}" for each in ("day", "usual"))
    return (
        bars(
            "Categories of the day 今日事项类别",
            Q(f"topk(10, sum by (category) ({day}))", "{{category}}"),
            about="The ten opened most in the 24 hours before.",
        ),
        graph(
            "Categories over time 事项类别走势",
            Q(f"sum by (category) ({day})", "{{category}}"),
            about="Opened in the 24 hours before each instant.",
            stacked=True,
        ),
        table(
            "Above the usual 高于常年",
            Q(f"topk(10, {day} - {usual})", "more 高出"),
            rows=("town", "category"),
            about="Matters of the day above the mean of the 28 days before: the ten that stand out most.",
        ),
    )


def _indicators() -> tuple[Panel, ...]:
    return (
        bars(
            "Indicators from events 事件指标",
            Q(indicators("county", COUNTY), "{{indicator}}"),
            unit=SHARE,
            about="Since the log began. Definitions: HELP of the metrics.",
        ),
        graph(
            "Indicators of the month 本月指标",
            Q(f"county_indicator:xiaoshi:month{{{COUNTY}}}", "{{indicator}}"),
            unit=SHARE,
            about="Of the thirty days before each instant; nothing in the first month.",
        ),
        table(
            "Numerators and denominators 分子与分母",
            Q(f"county_indicator:xiaoshi_numerator:sum{{{COUNTY}}}", "numerator 分子"),
            Q(f"county_indicator:xiaoshi_denominator:sum{{{COUNTY}}}", "denominator 分母"),
            rows=("indicator",),
            about="Each figure is a count of events on the journal.",
        ),
    )


def _trends() -> tuple[Panel, ...]:
    return (
        table(
            "Three down, three up 三降三升",
            Q(f"county_trend:xiaoshi:month{{{COUNTY}}}", "month 本月"),
            Q(f"county_trend:xiaoshi:month_on_month{{{COUNTY}}}", "change 环比"),
            Q(f"county_trend:xiaoshi:as_wanted{{{COUNTY}}}", "as wanted 向好"),
            rows=("indicator", "wanted"),
            unit="none",
            about="Thirty days against the thirty before, as shares; 1: as wanted, or as it was.",
        ),
        bars(
            "Petitions and grid events 信访与网格",
            Q(grown("xiaoshi_grid_events_collected_total"), "collected 采集"),
            Q(grown("xiaoshi_grid_events_completed_numerator_total"), "completed 办结"),
            Q(grown("xiaoshi_repeat_petitions_numerator_total"), "repeats 重复访"),
            about="In the 24 hours before.",
        ),
    )
