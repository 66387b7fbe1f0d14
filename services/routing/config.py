"""Settings of the routing service, prefix ROUTING_."""

from dataclasses import dataclass

from shared.settings import LaneSettings, Port


@dataclass(frozen=True, kw_only=True)
class RoutingSettings(LaneSettings):
    """Only what every service with lanes has."""

    port: Port = 8002
