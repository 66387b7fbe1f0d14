"""Indicator 5: police-post officers per 10,000 actual residents (每万名实有人口派出所警力)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="police_officers",
    zh="派出所警力",
    unit="officers",
    definition="Officers of the police posts, per 10,000 actual residents, at the end of the period.",
    definition_zh="期末派出所警力人数，按每万名实有人口计。",
    plan=5,
    share=False,
    per=10_000,
)
