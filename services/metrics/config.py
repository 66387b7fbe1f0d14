"""Settings of the metrics service, prefix METRICS_."""

from dataclasses import dataclass

from shared.settings import LaneSettings, Port


@dataclass(frozen=True, kw_only=True)
class MetricsSettings(LaneSettings):
    """Only what every service with lanes has. The policy is not read: what is counted follows from events alone."""

    port: Port = 8004
