"""Indicator 1: public sense of security index (群众安全感指数)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="sense_of_security",
    zh="群众安全感",
    unit="respondents",
    definition="Of the residents who answered a survey of the period, those who said that they feel safe.",
    definition_zh="当期接受调查并作答的居民中，表示感到安全的。",
    plan=1,
    reference=0.990725,
    reference_note="99.0725 % in 2020, after 96.055 % in 2016, in the plans",
    reference_note_zh="2020 年 99.0725 %，2016 年 96.055 %，见各县方案",
)
