"""Indicator 6: re-offending within the year among those released in the last five (刑满释放人员重新犯罪率)."""

from services.metrics.indicators import FEW, Observed

INDICATOR = Observed(
    name="reoffending",
    zh="重新犯罪",
    unit="people",
    definition=(
        "Of the people released in the last five years, those who offended again within the period; a "
        "total only, and none over fewer than ten people."
    ),
    definition_zh="近五年刑满释放人员中，当期重新犯罪的；只有总数，不足十人的不给出。",
    plan=6,
    floor=FEW,
)
