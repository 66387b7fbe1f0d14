"""Runs the service: `python -m services.metrics`."""

import sys

from services.metrics import config
from services.metrics.app import build
from shared import logs, stream
from shared.errors import XiaoshiError

if __name__ == "__main__":
    logs.start("metrics")
    try:
        app = build(config.load())
    except XiaoshiError as error:
        sys.exit(f"metrics: {error}")
    stream.run(app)
