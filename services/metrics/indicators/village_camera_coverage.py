"""Indicator 13: coverage of villages and communities by cameras (村、社区视频监控覆盖率)."""

from services.metrics.indicators import Observed

INDICATOR = Observed(
    name="village_camera_coverage",
    zh="村社区视频监控覆盖",
    unit="villages",
    definition="Of the villages and communities, those that have public cameras at the end of the period.",
    definition_zh="期末全部村（社区）中有公共视频监控的。",
    plan=13,
)
