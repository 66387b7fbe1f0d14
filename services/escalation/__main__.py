"""Runs the service: `python -m services.escalation`."""

import sys

from services.escalation.app import build
from services.escalation.config import EscalationSettings
from shared import logs, settings, stream
from shared.errors import XiaoshiError

if __name__ == "__main__":
    logs.start("escalation")
    try:
        app = build(settings.read(EscalationSettings, "ESCALATION_"))
    except XiaoshiError as error:
        sys.exit(f"escalation: {error}")
    stream.run(app)
