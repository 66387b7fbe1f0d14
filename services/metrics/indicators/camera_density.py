"""Indicator 12: density of public cameras at key places (重点部位公共视频监控密度)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="camera_density",
    zh="重点部位视频监控",
    unit="cameras",
    definition="Public cameras at key places, per key place, at the end of the period.",
    definition_zh="期末重点部位的公共视频监控数量，按每处重点部位平均。",
    plan=12,
    share=False,
)
