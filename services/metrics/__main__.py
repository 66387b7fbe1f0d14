"""Runs the service: `python -m services.metrics`."""

import sys

from services.metrics.app import build
from services.metrics.config import MetricsSettings
from shared import logs, settings, stream
from shared.errors import XiaoshiError

if __name__ == "__main__":
    logs.start("metrics")
    try:
        app = build(settings.read(MetricsSettings, "METRICS_"))
    except XiaoshiError as error:
        sys.exit(f"metrics: {error}")
    stream.run(app)
