"""City overview: how the counties stand, side by side."""

from parts import SHARE, Board, Panel, Q, bars, choice, graph, number, table
from queries import COUNTY, total

CITY = choice("city", "City 市", "label_values(city_indicator:xiaoshi_denominator:sum, city)")
ITS_COUNTIES = choice(
    "county", "County 县", 'label_values(xiaoshi_matters_opened_total{county=~"($city).."}, county)'
)


def board() -> Board:
    about = "The counties side by side; of the city, its indicators."
    made = Board("xiaoshi-overview", "City overview 全市一览", about, CITY, ITS_COUNTIES)
    made.row("Now 现在").line(*_now(), height=5)
    made.row("County by county 各县").line(*_counties()).line(*_days())
    made.row("Indicators 指标").line(*_indicators(), height=10)
    made.row("Three down, three up 三降三升").line(*_months(), height=10)
    return made


def _now() -> tuple[Panel, ...]:
    opened, closed = (f"sum(county:xiaoshi_matters_{each}:day{{{COUNTY}}})" for each in ("opened", "closed"))
    wanted = f"county_trend:xiaoshi:as_wanted{{{COUNTY}}}"
    return (
        number(
            "Open matters 在办事项",
            Q(total("xiaoshi_matters_open", where=COUNTY)),
            about="Of all tiers and states.",
        ),
        number(
            "Missed a limit 超期未结",
            Q(total("xiaoshi_matters_overdue", where=COUNTY)),
            about="Open matters that missed a limit at the tier they are at, or before.",
        ),
        number("Opened in a day 一日新立", Q(opened), about="In the 24 hours before."),
        number("Closed in a day 一日办结", Q(closed), about="In the 24 hours before."),
        number(
            "Trends as wanted 向好趋势",
            Q(f"sum({wanted}) / count({wanted})"),
            unit=SHARE,
            about="Of the trends below, over all counties chosen, the share that goes the way the plans want.",
        ),
        number(
            "Alerts 告警",
            Q('count(ALERTS{alertstate="firing"}) or vector(0)'),
            about="Firing now. docs/runbook.md has a section for each.",
        ),
    )


def _counties() -> tuple[Panel, ...]:
    overdue = total("xiaoshi_matters_overdue", "county", where=COUNTY)
    is_open = total("xiaoshi_matters_open", "county", where=COUNTY)
    return (
        bars("Open matters by county 各县在办", Q(is_open, "{{county}}"), about="Of all tiers and states."),
        bars(
            "Share that missed a limit 各县超期占比",
            Q(f"{overdue} / ({is_open} > 0)", "{{county}}"),
            unit=SHARE,
            about="Of the open matters.",
        ),
        bars(
            "Tier containment 层级化解率",
            Q(f"county_tier:xiaoshi_matters_settled:ratio{{{COUNTY}}}", "{{county}} {{tier}}"),
            unit=SHARE,
            about="Of all matters closed so far, the share settled at each tier.",
        ),
    )


def _days() -> tuple[Panel, ...]:
    return tuple(
        graph(
            title,
            Q(f"county:xiaoshi_{figure}:day{{{COUNTY}}}", "{{county}}"),
            about="In the 24 hours before each instant.",
        )
        for title, figure in (
            ("Opened in a day, by county 各县日新立", "matters_opened"),
            ("Closed in a day, by county 各县日办结", "matters_closed"),
            ("Supervision orders in a day, by county 各县日督办", "supervision_orders"),
        )
    )


def _indicators() -> tuple[Panel, ...]:
    target = f"county_indicator:xiaoshi_target:ratio{{{COUNTY}}}"
    month = f"county_indicator:xiaoshi:month{{{COUNTY}}}"
    return (
        bars(
            "Indicators of the city 全市指标",
            Q('city_indicator:xiaoshi:ratio{city=~"$city"}', "{{city}} {{indicator}}"),
            unit=SHARE,
            about="Sum of numerators over sum of denominators of its counties, since the log began.",
        ),
        table(
            "Indicators of the month by county 各县本月指标",
            Q(month, "share 占比"),
            Q(f"county_indicator:xiaoshi_denominator:month{{{COUNTY}}}", "cases 件数"),
            Q(f"{target} and on (county, indicator) {month}", "target 目标"),
            rows=("county", "indicator"),
            unit="none",
            about="Of the last thirty days. The county's own target, or that of all, where targets.yml names one.",
        ),
        graph(
            "Distance to the target 与目标差距",
            Q(f"{target} - on (county, indicator) {month}", "{{county}} {{indicator}}"),
            unit=SHARE,
            about="How much the last thirty days are below it.",
        ),
    )


def _months() -> tuple[Panel, ...]:
    return (
        table(
            "Month on month 月环比",
            Q(f"county_trend:xiaoshi:month{{{COUNTY}}}", "month 本月"),
            Q(f"county_trend:xiaoshi:month_on_month{{{COUNTY}}}", "change 环比"),
            Q(f"county_trend:xiaoshi:as_wanted{{{COUNTY}}}", "as wanted 向好"),
            rows=("county", "indicator", "wanted"),
            unit="none",
            about="Thirty days against the thirty before, as shares; 1: as wanted, or as it was.",
        ),
        graph(
            "Wanted to rise 三升",
            Q(f'county_trend:xiaoshi:month{{{COUNTY},wanted="up"}}', "{{county}} {{indicator}}"),
            unit=SHARE,
            about="Of the thirty days before each instant.",
        ),
        graph(
            "Wanted to fall 三降",
            Q(f'county_trend:xiaoshi:month{{{COUNTY},wanted="down"}}', "{{county}} {{indicator}}"),
            unit=SHARE,
            about="Of the thirty days before each instant. Orders are counted for each matter opened.",
        ),
    )
