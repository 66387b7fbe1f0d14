"""Three-none villages (三无村): no petition, no criminal or public-order case, no public-safety incident."""

from services.metrics.indicators import Villages
from services.metrics.rules.kinds import Kind

INDICATOR = Villages(
    name="three_none_villages",
    zh="三无村（社区）",
    definition=(
        "Of the villages and communities of the counties that anything was counted in, those about which no matter "
        "of the kinds petition, case or incident (three_none_matters) was opened in the period, nor put under such a "
        "category; matters of which only the town is known, or whose place may not be told, are in no village, and "
        "what was not reported is not known."
    ),
    definition_zh=(
        "有过任何计数的县的全部村（社区）中，当期没有新立或改归信访、案件、事故类（three_none_matters）事项的；"
        "只知道乡镇或所在地不得显示的事项不在任何村内，没有上报的则无从知道。"
    ),
    of="three_none_matters",
    without=(Kind.PETITION, Kind.CASE, Kind.INCIDENT),
)
