"""The wiring of routing, top to bottom."""

from typing import Any

from services.routing.classify import model
from services.routing.config import RoutingSettings
from services.routing.handlers import INPUTS, RoutingLogic
from shared import catalogue, stream, topics
from shared.core import Core
from shared.lane import LaneKind, Lanes
from shared.topic_admin import ensure_topics


def build(config: RoutingSettings) -> stream.App:
    """The app, its topics made. Raises what is wrong with policy, model, topics or broker."""
    policy = catalogue.load(config.policy)
    classifier = None if config.model is None else model.load(config.model)
    ensure_topics(
        config.kafka,
        topics.declared(()),
        config.lanes,
        config.topic_replicas,
        recorded_time=config.time == "driven",
    )

    def core(lane: int) -> Core:
        state: dict[str, Any] = {}
        return Core(RoutingLogic(policy, state, lane, config.lanes, classifier), state)

    lanes = Lanes(LaneKind("routing", INPUTS, core), config)
    app = stream.host(
        "routing",
        bootstrap=config.kafka,
        web_port=config.port,
        web_bind=config.bind,
        checks={"lanes": lanes.trouble},
    )
    app.carry(lanes)
    return app
