"""The wiring of escalation, top to bottom."""

from typing import Any

from services.escalation import ledger
from services.escalation.config import EscalationSettings
from services.escalation.handlers import EscalationLogic
from services.escalation.ticker import Ticker
from shared import catalogue, stream, topics
from shared.core import Core
from shared.lane import LaneKind, Lanes
from shared.topic_admin import ensure_topics


def build(config: EscalationSettings) -> stream.App:
    """The app, its topics made. Raises PolicyInvalidError, TopicWrongError, BrokerUnavailableError."""
    policy = catalogue.load(config.policy)
    ensure_topics(
        config.kafka,
        topics.declared(()),
        config.lanes,
        config.topic_replicas,
        recorded_time=config.time == "driven",
    )

    def core(lane: int) -> Core:
        state: dict[str, Any] = {}
        return Core(EscalationLogic(policy, state, lane), state)

    lanes = Lanes(LaneKind("escalation", (topics.EVENTS.name,), core), config)
    app = stream.host(
        "escalation",
        bootstrap=config.kafka,
        web_port=config.port,
        web_bind=config.bind,
        checks={"lanes": lanes.trouble},
        instance=str(config.replica),
    )
    app.carry(lanes)
    if config.time == "wall":
        ticker = Ticker(config.kafka, [lane.number for lane in lanes.lanes], config.tick_every)
        app.carry(ticker)
        app.checks["clock"] = ticker.trouble
    ledger.attach(app, config.mongo)
    return app
