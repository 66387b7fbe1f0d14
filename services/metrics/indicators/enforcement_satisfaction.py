"""Indicator 2: satisfaction with law enforcement (执法满意度)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="enforcement_satisfaction",
    zh="执法满意",
    unit="respondents",
    definition=(
        "Of the residents who answered a survey of the period, those who said that they are satisfied "
        "with law enforcement."
    ),
    definition_zh="当期接受调查并作答的居民中，表示对执法满意的。",
    plan=2,
    reference=0.97345,
    reference_note="97.345 %, after 92.44 %, in the plans",
    reference_note_zh="97.345 %，此前为 92.44 %，见各县方案",
)
