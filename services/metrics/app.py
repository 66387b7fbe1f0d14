"""The wiring of metrics, top to bottom."""

from prometheus_client import REGISTRY

from services.metrics.collector import FigureCollector
from services.metrics.config import MetricsSettings
from services.metrics.handlers import MetricsLogic
from shared import stream, topics
from shared.core import Core
from shared.lane import LaneKind, Lanes
from shared.topic_admin import ensure_topics


def build(config: MetricsSettings) -> stream.App:
    """The app, its topics made. Raises TopicWrongError, BrokerUnavailableError."""
    ensure_topics(
        config.kafka,
        topics.declared(()),
        config.lanes,
        config.topic_replicas,
        recorded_time=config.time == "driven",
    )
    logics: list[MetricsLogic] = []

    def core(lane: int) -> Core:
        logics.append(MetricsLogic({}))
        return Core(logics[-1], logics[-1].state)

    lanes = Lanes(LaneKind("metrics", (topics.EVENTS.name,), core), config)
    REGISTRY.register(FigureCollector(lambda: logics))
    app = stream.host(
        "metrics",
        bootstrap=config.kafka,
        web_port=config.port,
        web_bind=config.bind,
        checks={"lanes": lanes.trouble},
    )
    app.carry(lanes)
    return app
