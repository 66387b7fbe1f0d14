"""Indicator 11: judgments accepted without appeal or petition (服判息诉率)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="judgments_accepted",
    zh="服判息诉",
    unit="judgments",
    definition=(
        "Of the judgments of the period, those that were followed by neither an appeal nor a petition."
    ),
    definition_zh="当期作出的裁判中，既没有上诉也没有信访的。",
    plan=11,
)
