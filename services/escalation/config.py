"""Settings of the escalation service, prefix ESCALATION_."""

from dataclasses import dataclass
from datetime import timedelta

from shared.settings import LaneSettings, Mongo, Port


@dataclass(frozen=True, kw_only=True)
class EscalationSettings(LaneSettings):
    """`tick_every`: how often passing time is put on the record, where time follows the wall clock."""

    mongo: Mongo
    port: Port = 8003
    tick_every: timedelta = timedelta(seconds=1)
