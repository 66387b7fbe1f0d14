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
    of="three_none_matters",
    without=(Kind.PETITION, Kind.CASE, Kind.INCIDENT),
)
