"""A briefing as one HTML file that needs nothing else: two pages of A4 when it is printed."""

from importlib import resources
from xml.etree.ElementTree import Element

import pygal
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pygal.style import Style

from xiaoshi.briefing.told import Chart, Told

FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, Arial, sans-serif"
COLOURS = ("#2b5c8a", "#74a5c9", "#c8553d", "#6b6b6b")
VALUE_COLOURS = ("#ffffff", "#1a1a1a", "#ffffff", "#ffffff")
"""Of the numbers on the bars."""
NOT_DRAWN = ("script", "title", "desc")
"""What pygal adds for a browser with its script: on paper it says nothing."""


def html_of(told: Told) -> str:
    """The same briefing gives the same bytes."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    drawings = [Markup(svg_of(each, f"chart-{n}")) for n, each in enumerate(told.charts)]  # noqa: S704 - of our making
    return environment.from_string(text).render(told=told, drawings=drawings, fonts=FONTS)


def svg_of(chart: Chart, name: str) -> str:
    """Letters are the reader's own fonts, so Chinese needs none of ours."""
    style = Style(
        font_family=FONTS, background="transparent", plot_background="transparent", colors=COLOURS,
        label_font_size=15, major_label_font_size=15, legend_font_size=15, value_font_size=13,
        value_colors=VALUE_COLOURS,
        opacity="1", transition="0s",
    )  # fmt: skip
    kind = pygal.StackedBar if chart.stacked else pygal.Bar
    drawn = kind(
        style=style, width=620, height=290, margin=4, legend_at_bottom=True, legend_box_size=12, spacing=6,
        print_values=True, print_zeroes=False, js=(), disable_xml_declaration=True, truncate_legend=-1,
        show_y_guides=True, min_scale=3, max_scale=5, legend_at_bottom_columns=len(chart.series),
        value_formatter=lambda n: f"{n:.0f}", classes=("chart",),
    )  # fmt: skip
    drawn.uuid = name
    drawn.x_labels = chart.weeks
    for title, figures in chart.series:
        drawn.add(title, list(figures))
    drawn.add_xml_filter(_without_extras)
    return str(drawn.render(is_unicode=True))


def _without_extras(root: Element) -> Element:
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in NOT_DRAWN:
                parent.remove(child)
    return root
