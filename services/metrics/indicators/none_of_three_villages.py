"""Villages with none of three (无案件、无信访、无诉讼): no case, no petition, no lawsuit."""

from services.metrics.indicators import Villages
from services.metrics.rules.kinds import Kind

INDICATOR = Villages(
    name="none_of_three_villages",
    zh="无案无访无讼村（社区）",
    definition=(
        "Of the villages and communities of the counties that anything was counted in, those about which no matter "
        "of the kinds case, petition or lawsuit (three_none_matters) was opened in the period, nor put under such a "
        "category; counted as three_none_villages are, and lawsuits only where a matter went to court through here."
    ),
    definition_zh=(
        "有过任何计数的县的全部村（社区）中，当期没有新立或改归案件、信访、诉讼类（three_none_matters）事项的；"
        "计法同 three_none_villages，诉讼只计经本系统移送法院的。"
    ),
    of="three_none_matters",
    without=(Kind.CASE, Kind.PETITION, Kind.LAWSUIT),
)
