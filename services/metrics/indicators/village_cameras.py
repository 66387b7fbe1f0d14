"""Indicator 13: number of cameras of villages and communities (村、社区视频监控数量)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="village_cameras",
    zh="村社区视频监控数量",
    unit="cameras",
    definition=(
        "Public cameras of villages and communities, per village or community, at the end of the period."
    ),
    definition_zh="期末村（社区）的公共视频监控数量，按每个村（社区）平均。",
    plan=13,
    share=False,
)
