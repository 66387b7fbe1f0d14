"""The wiring of metrics, top to bottom."""

from prometheus_client import REGISTRY

from services.metrics.answers import Answers
from services.metrics.board import live
from services.metrics.collector import FigureCollector
from services.metrics.config import MetricsSettings
from services.metrics.handlers import INPUTS, MetricsLogic
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
    logics: dict[int, MetricsLogic] = {}

    def core(lane: int) -> Core:
        logics[lane] = MetricsLogic({}, config.villages_of)
        return Core(logics[lane], logics[lane].state)

    lanes = Lanes(LaneKind("metrics", INPUTS, core), config)
    REGISTRY.register(FigureCollector(logics.values, config.level, exemplars=config.exemplars))
    boards = live.Boards(logics)
    app = stream.host(
        "metrics",
        bootstrap=config.kafka,
        web_port=config.port,
        web_bind=config.bind,
        checks={"lanes": lanes.trouble},
        answers={**Answers(logics).by_path(), **boards.answers()},
        live=boards.live(),
        files=live.files(),
    )
    app.carry(lanes)
    return app
