"""Indicator 4: clear-up rate of homicide and criminal cases (命案和刑事案件破案率)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="cases_cleared",
    zh="刑事案件破案",
    unit="cases",
    definition=(
        "Of the criminal cases, homicide among them, that the police registered in the period, those "
        "that were cleared up."
    ),
    definition_zh="公安机关当期立案的刑事案件（含命案）中已经侦破的。",
    plan=4,
)
