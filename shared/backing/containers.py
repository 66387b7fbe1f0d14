"""Backing services in Docker, through testcontainers. A container lives no longer than its starter."""

from __future__ import annotations

import base64
import gc
import importlib
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.backing.found import Broker, Started, Store
from shared.backing.jars import KAFKA_VERSION
from shared.backing.nodes import broker_settings
from shared.backing.probes import kafka_answers, mongo_answers
from shared.errors import BackingUnavailableError

KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
MONGO_IMAGE = "mongo:8.0.15"
_ENGINE_SECONDS = 2
_START_SECONDS = 120.0
_POLL_SECONDS = 0.2
_CLIENT_PORT = 9092
_MONGO_PORT = 27017
_SCRIPT = "/tmp/xiaoshi-start.sh"  # noqa: S108  a path inside the container


def start_docker_broker(_run_dir: Path) -> Started[Broker]:
    """Apache Kafka's own image, one node."""
    _require_engine()
    container = _new_container(KAFKA_IMAGE, _CLIENT_PORT)
    for key, value in _kafka_environment().items():
        container.with_env(key, value)
    # The address that clients must be told is known only once the container runs.
    container.with_command(["sh", "-c", f"until [ -f {_SCRIPT} ]; do sleep 0.1; done; exec sh {_SCRIPT}"])

    def start() -> str:
        container.start()
        address = _address(container, _CLIENT_PORT)
        container.copy_into_container(_start_script(address).encode(), _SCRIPT)
        return address

    address = _start_and_wait(container, start, kafka_answers, KAFKA_IMAGE)
    describe = f"broker: Apache Kafka {KAFKA_VERSION} ({KAFKA_IMAGE} in Docker) at {address}"
    return Started(Broker(address, "docker", describe), container.stop)


def start_docker_store(_run_dir: Path) -> Started[Store]:
    """MongoDB itself, one node, no accounts."""
    _require_engine()
    container = _new_container(MONGO_IMAGE, _MONGO_PORT)

    def start() -> str:
        container.start()
        return f"mongodb://{_address(container, _MONGO_PORT)}"

    url = _start_and_wait(container, start, mongo_answers, MONGO_IMAGE)
    describe = f"store: MongoDB ({MONGO_IMAGE} in Docker) at {url.removeprefix('mongodb://')}"
    return Started(Store(url, "docker", describe), container.stop)


def _require_engine() -> None:
    """An engine that is installed but does not answer counts as none."""
    try:
        docker = importlib.import_module("docker")
        importlib.import_module("testcontainers.core.container")
    except ImportError as error:
        raise BackingUnavailableError(f"Docker: {error.name} is not installed (extra `embedded`)") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # docker drops the socket that it could not connect
        answers = _answers_ping(docker)
        gc.collect()
    if not answers:
        raise BackingUnavailableError("Docker: no engine answers")


def _answers_ping(docker: Any) -> bool:
    try:
        client = docker.from_env(timeout=_ENGINE_SECONDS)
        try:
            client.ping()
        finally:
            client.close()
    except (docker.errors.DockerException, OSError):
        return False
    return True


def _new_container(image: str, port: int) -> Any:
    """A testcontainers container; imported here because it is an extra of the project."""
    return (
        importlib.import_module("testcontainers.core.container")
        .DockerContainer(image)
        .with_exposed_ports(port)
    )


def _address(container: Any, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


def _start_and_wait(
    container: Any, start: Callable[[], str], answers: Callable[[str], bool], image: str
) -> str:
    """Whatever goes wrong here (an image that cannot be pulled, say), the next way gets its turn."""
    try:
        address = start()
        until = time.monotonic() + _START_SECONDS
        while not answers(address):
            if time.monotonic() > until:
                raise BackingUnavailableError(f"Docker: {image} did not answer at {address}")
            time.sleep(_POLL_SECONDS)
    except BaseException as error:
        container.stop()
        if isinstance(error, Exception) and not isinstance(error, BackingUnavailableError):
            raise BackingUnavailableError(f"Docker: {image}: {error}") from error
        raise
    return address


def _kafka_environment() -> dict[str, str]:
    """The image reads KAFKA_A_B as the setting a.b."""
    own = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": "1@localhost:9094",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://:{_CLIENT_PORT},BROKER://:9093,CONTROLLER://:9094",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        # The broker writes transaction markers to itself, and cannot reach the port that clients use.
        "inter.broker.listener.name": "BROKER",
        "log.dirs": "/tmp/kafka-data",  # noqa: S108  a path inside the container
    }
    settings = own | dict(broker_settings(1))
    environment = {f"KAFKA_{key.upper().replace('.', '_')}": value for key, value in settings.items()}
    environment["CLUSTER_ID"] = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    return environment


def _start_script(address: str) -> str:
    return (
        f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{address},BROKER://localhost:9093\n"
        "exec /etc/kafka/docker/run\n"
    )
