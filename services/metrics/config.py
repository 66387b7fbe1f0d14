"""Settings of the metrics service, prefix METRICS_."""

from dataclasses import dataclass
from typing import Annotated

from services.metrics.figures import Level
from shared.settings import LaneSettings, Must, Port


@dataclass(frozen=True, kw_only=True)
class MetricsSettings(LaneSettings):
    """Beside what every service with lanes has, what /metrics tells of: a series for each town, or for each county.

    No setting shows a village. The policy is not read: what is counted follows from events alone. /history and /days
    tell of towns at either level. `exemplars`: to whoever reads OpenMetrics, beside counters that moved last the trace
    of what moved them; where a source sends none, the trace is made of the report's id.
    """

    port: Port = 8004
    level: Annotated[Level, Must("county or town: of which /metrics has a series each")] = "town"
    exemplars: bool = False
