"""What every peer of the throughput bench shares, whatever it is built on."""

import json
import os
import time
from typing import Any

from aiokafka import TopicPartition

from services.routing.handlers import RoutingLogic
from shared import catalogue, topics
from shared.core import Core

COPY = "bench.reports"
LANES = ("routing", "limit")


def group(name: str, nth: int) -> str:
    """The peer's consumer group; the limit borrows intake's name and with it a changelog, empty here."""
    return {"routing": "routing", "limit": "intake"}.get(name) or f"bench-{name}-{nth}"


def source(name: str, nth: int) -> TopicPartition:
    return TopicPartition(topics.RECEIVED.name, nth) if name in LANES else TopicPartition(COPY, 0)


def output(name: str, nth: int) -> str:
    """Of a peer that is no lane: one record for each report."""
    return f"bench.{name}.{nth}"


def beside(name: str, nth: int) -> str:
    """Of a peer with rules: what else they write."""
    return f"bench.{name}.{nth}.beside"


def first_record() -> None:
    said = json.dumps({"first": time.monotonic(), "processor": time.process_time()})
    os.write(1, f"{said}\n".encode())  # Faust takes `print` for logging


def rules() -> Core:
    """Routing's rules and state, of one lane of one."""
    state: dict[str, Any] = {}
    return Core(RoutingLogic(catalogue.load(), state, 0, 1), state)
