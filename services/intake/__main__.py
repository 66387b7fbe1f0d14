"""Runs the service: `python -m services.intake`."""

import sys

from services.intake import config
from services.intake.host import build
from shared import logs, stream
from shared.errors import XiaoshiError

if __name__ == "__main__":
    logs.start("intake")
    try:
        app = build(config.load())
    except XiaoshiError as error:
        sys.exit(f"intake: {error}")
    stream.run(app)
