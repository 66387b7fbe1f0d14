"""Settings of the routing service, prefix ROUTING_."""

from dataclasses import dataclass
from pathlib import Path

from shared.settings import LaneSettings, Port


@dataclass(frozen=True, kw_only=True)
class RoutingSettings(LaneSettings):
    """`model`: a centre's own trained classifier; without it the policy's words sort what has no category."""

    port: Port = 8002
    model: Path | None = None
