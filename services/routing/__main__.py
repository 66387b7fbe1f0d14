"""Runs the service: `python -m services.routing`."""

import sys

from services.routing.app import build
from services.routing.config import RoutingSettings
from shared import logs, settings, stream
from shared.errors import XiaoshiError

if __name__ == "__main__":
    logs.start("routing")
    try:
        app = build(settings.read(RoutingSettings, "ROUTING_"))
    except XiaoshiError as error:
        sys.exit(f"routing: {error}")
    stream.run(app)
