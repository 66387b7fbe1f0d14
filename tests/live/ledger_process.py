"""The ledger's projections in a process of their own, to be killed: `KAFKA MONGO NAME PORT`."""

import logging
import sys

from services.escalation import ledger
from shared import stream

if __name__ == "__main__":
    kafka, mongo, name, port = sys.argv[1:]
    logging.basicConfig(level=logging.WARNING)
    app = stream.host(name, bootstrap=kafka, web_port=int(port), instance="0")
    ledger.attach(app, mongo)
    stream.run(app)
