"""Indicator 1: public sense of security index (群众安全感指数)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="sense_of_security",
    zh="群众安全感",
    unit="respondents",
    definition="Of the residents who answered a survey of the period, those who said that they feel safe.",
    plan=1,
    reference=0.990725,
    reference_note="99.0725 % in 2020, after 96.055 % in 2016, in the plans",
)
