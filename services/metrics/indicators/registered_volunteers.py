"""Indicator 17: registered volunteers per resident population (注册志愿者占常住人口比例)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="registered_volunteers",
    zh="注册志愿者",
    unit="people",
    definition="Of the resident population, those registered as volunteers at the end of the period.",
    definition_zh="期末常住人口中的注册志愿者。",
    plan=17,
)
