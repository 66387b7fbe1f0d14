"""Indicator 3: approval of the fight against gangs (扫黑除恶好评率)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="gang_fight_approval",
    zh="扫黑除恶好评",
    unit="respondents",
    definition=(
        "Of the residents who answered a survey of the period, those who said that they approve of the "
        "fight against gangs."
    ),
    definition_zh="当期接受调查并作答的居民中，对扫黑除恶表示认可的。",
    plan=3,
)
