"""Settings of the metrics service, prefix METRICS_."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from services.metrics.figures import Level
from shared import divisions, settings
from shared.errors import SettingsInvalidError, UnknownDivisionError
from shared.settings import Check, LaneSettings, Must, Port


def counties_exist(text: str) -> None:
    """Raises ValueError for a code that is no county's."""
    for code in filter(None, map(str.strip, text.split(","))):
        try:
            known = divisions.find(code).code
        except UnknownDivisionError as error:
            raise ValueError(str(error)) from error
        if len(known) != 6:
            raise ValueError(f"{code} is no county")


@dataclass(frozen=True, kw_only=True)
class MetricsSettings(LaneSettings):
    """Beside what every service with lanes has, what /metrics tells of: a series for each town, county or city.

    `villages_of`: counties whose villages have series too, beside those. The policy is not read: what is counted
    follows from events alone. /history and /days tell of towns at every level. `exemplars`: to whoever reads
    OpenMetrics, beside counters that moved last the trace of what moved them; where a source sends none, the trace is
    made of the report's id.
    """

    port: Port = 8004
    level: Annotated[Level, Must("city, county or town: of which /metrics has a series each")] = "town"
    villages_of: Annotated[
        tuple[str, ...], Check(counties_exist), Must("codes of counties (6 digits), by commas")
    ] = ()
    exemplars: bool = False


def load(environ: Mapping[str, str] | None = None) -> MetricsSettings:
    """Raises SettingsInvalidError."""
    config = settings.read(MetricsSettings, "METRICS_", environ)
    if config.level == "city" and config.replicas > 1:
        # each would show a part of the city under the same name, and whoever takes the newest would take one part
        raise SettingsInvalidError(
            "METRICS_LEVEL city needs METRICS_REPLICAS 1: a city's counties are on all lanes"
        )
    return config
