"""The wiring of intake's process: the lanes that read the raw topics, and the HTTP door beside them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import mode
import uvicorn
from fastapi import FastAPI

from services.intake.app import door
from services.intake.config import IntakeSettings, keys_of
from services.intake.connections import at_most
from services.intake.handlers import IntakeLogic
from services.intake.sources import sources
from shared import catalogue, old_codes, stream, topics
from shared.core import Core
from shared.lane import LaneKind, Lanes
from shared.topic_admin import ensure_topics

CLOSING_SECONDS = 5


def build(config: IntakeSettings) -> stream.App:
    """The app, its topics made. Raises PolicyInvalidError, TopicWrongError, BrokerUnavailableError."""
    policy = catalogue.load(config.policy)
    declared = topics.declared(tuple(sources()))
    ensure_topics(
        config.kafka, declared, config.lanes, config.topic_replicas, recorded_time=config.time == "driven"
    )
    keys, codes = keys_of(config), old_codes.load(config.old_codes)

    def core(lane: int) -> Core:
        logic = IntakeLogic(policy.file.categories, keys, {}, lane, config.lanes, codes)
        return Core(logic, logic.state)

    lanes = Lanes(LaneKind("intake", tuple(topics.raw(name) for name in sources()), core), config)
    site = Door(door(config, lanes.trouble), config.bind, config.port, config.connections)
    app = stream.host("intake", bootstrap=config.kafka, web_port=config.port, site=site)
    app.carry(lanes)
    return app


class Door(mode.Service):
    """uvicorn on the app's own loop; signals are the app's business."""

    def __init__(self, asgi: FastAPI, bind: str, port: int, connections: int) -> None:
        super().__init__()
        self._server = _Server(
            uvicorn.Config(
                asgi,
                host=bind,
                port=port,
                http=at_most(connections),
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=CLOSING_SECONDS,
            )
        )

    async def on_started(self) -> None:
        self.add_future(self._serve())

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except asyncio.CancelledError:
            raise
        except SystemExit as error:  # uvicorn's way to say that the port is taken
            await self.crash(RuntimeError(f"the door could not be opened: {error}"))

    async def on_stop(self) -> None:
        self._server.should_exit = True


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
