"""docker-compose.yml without an engine: the schema, the promises made for every container, and our own settings."""

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from services.intake.config import callers_of
from services.intake.sources import sources
from shared.backing.containers import KAFKA_IMAGE, MONGO_IMAGE
from tests.unit.deploy.declared import REPOSITORY, SERVICES, read
from xiaoshi import __main__ as command
from xiaoshi.commands import topics as topics_command

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRETS = ("INTAKE_CONTACT_KEY", "INTAKE_RECEIPT_KEY", "GRAFANA_PASSWORD")
PINNED = re.compile(r"[a-z/]+:v?\d+\.\d+\.\d+")
WANTED = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")

each_container = pytest.mark.parametrize("name", CONTAINERS)
each_service = pytest.mark.parametrize("service", SERVICES)


def environment(name: str) -> dict[str, str]:
    """As compose would hand it over, with 44 characters of base64 for every secret."""
    sample = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    def fill(found: re.Match[str]) -> str:
        return sample if found[2] == "?" else found[3]

    return {key: WANTED.sub(fill, value) for key, value in CONTAINERS[name]["environment"].items()}


def test_the_file_follows_the_schema_of_compose() -> None:
    spec = importlib.util.find_spec("check_jsonschema")
    if spec is None or spec.origin is None:
        missing = "check-jsonschema is not installed: docker-compose.yml is not checked by the schema"
        if os.environ.get("REQUIRE_LIVE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    path = Path(spec.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(path.read_text())
    found = [f"{e.json_path}: {e.message}" for e in validator_for(schema)(schema).iter_errors(COMPOSE)]
    assert found == []


@each_container
def test_a_container_can_change_nothing_but_its_own_data(name: str) -> None:
    container = CONTAINERS[name]
    user, group = container["user"].split(":")
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert user.isdigit()
    assert int(user) > 0
    assert group.isdigit()
    assert not container.keys() & {"cap_add", "privileged", "network_mode", "pid", "ipc"}


@each_container
def test_a_container_is_bounded_and_watched(name: str) -> None:
    container = CONTAINERS[name]
    assert container["mem_limit"]
    assert container["pids_limit"]
    assert container["logging"]["options"]["max-size"]
    if name == "topics":
        assert container["restart"] == "no"
    else:
        assert container["restart"] == "unless-stopped"
        assert container["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@each_container
def test_an_image_has_one_exact_version(name: str) -> None:
    assert PINNED.fullmatch(CONTAINERS[name]["image"])


def test_images_are_those_the_tests_know() -> None:
    assert CONTAINERS["kafka"]["image"] == KAFKA_IMAGE
    assert CONTAINERS["mongo"]["image"] == MONGO_IMAGE
    version = re.search(r'^version = "(.+)"$', (REPOSITORY / "pyproject.toml").read_text(), re.M)
    assert version is not None
    assert {CONTAINERS[name]["image"] for name in ("topics", "audit", *SERVICES)} == {f"xiaoshi:{version[1]}"}


@each_container
def test_doors_open_to_this_machine_alone(name: str) -> None:
    ports = CONTAINERS[name].get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    closed = {network for network, made in COMPOSE["networks"].items() if (made or {}).get("internal")}
    assert bool(ports) == bool(set(CONTAINERS[name]["networks"]) - closed)


@each_container
def test_what_is_mounted_is_there(name: str) -> None:
    for mount in CONTAINERS[name].get("volumes", []):
        what, where, *how = mount.split(":")
        if what.startswith("."):
            assert (REPOSITORY / what).exists(), what
            assert how == ["ro"], where
        else:
            assert what in COMPOSE["volumes"]


@each_container
def test_who_is_waited_for_can_be(name: str) -> None:
    for other, how in CONTAINERS[name].get("depends_on", {}).items():
        shared_networks = set(CONTAINERS[other]["networks"]) & set(CONTAINERS[name]["networks"])
        assert shared_networks, f"{name} cannot reach {other}"
        assert how["condition"] == (
            "service_completed_successfully" if other == "topics" else "service_healthy"
        )


def test_no_secret_has_a_value_here() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    wanted = {name: (how, said) for name, how, said in WANTED.findall(text)}
    assert {name for name, (how, _) in wanted.items() if how == "?"} == set(SECRETS)
    assert all("secrets.sh" in wanted[name][1] for name in SECRETS)


@each_service
def test_a_service_runs_its_own_module(service: str) -> None:
    assert CONTAINERS[service]["command"] == ["python", "-m", f"services.{service}"]
    assert (REPOSITORY / "services" / service / "__main__.py").is_file()


@each_service
def test_a_service_understands_every_setting_it_is_given(service: str) -> None:
    given = environment(service)
    config, known = read(service, given)
    assert given.keys() <= known
    assert config.bind == "0.0.0.0"
    assert config.time == "wall"
    assert (config.replica, config.replicas) == (0, 1)


@each_service
def test_a_service_is_asked_and_scraped_where_it_answers(service: str) -> None:
    config, _ = read(service, environment(service))
    container = CONTAINERS[service]
    assert f"http://127.0.0.1:{config.port}/readyz" in container["healthcheck"]["test"][-1]
    assert all(port == f"127.0.0.1:{config.port}:{config.port}" for port in container.get("ports", []))
    prometheus = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text())
    job = next(each for each in prometheus["scrape_configs"] if each["job_name"] == service)
    assert job["dns_sd_configs"] == [{"names": [service], "type": "A", "port": config.port}]


@each_service
def test_prometheus_knows_a_service_by_one_address(service: str) -> None:
    shared_networks = set(CONTAINERS[service]["networks"]) & set(CONTAINERS["prometheus"]["networks"])
    assert len(shared_networks) == 1


@each_service
def test_a_service_finds_the_broker_where_it_listens(service: str) -> None:
    kafka = CONTAINERS["kafka"]["environment"]
    advertised = kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"BUS://{environment(service)['XIAOSHI_KAFKA']}" in advertised
    assert ("XIAOSHI_MONGO" in environment(service)) == ("store" in CONTAINERS[service]["networks"])


def test_the_topics_are_made_for_the_lanes_of_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, int]] = []

    class Applied:
        made = kept = ()

    def ensure(kafka: str, _wanted: object, lanes: int, _replicas: int, **_: object) -> Applied:
        made.append((kafka, lanes))
        return Applied()

    for key, value in environment("topics").items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(topics_command, "ensure_topics", ensure)
    program, *arguments = CONTAINERS["topics"]["command"]
    assert program == "xiaoshi"
    assert command.main(arguments) == 0
    configs = [read(service, environment(service))[0] for service in SERVICES]
    assert {(config.kafka, config.lanes) for config in configs} == set(made)


def test_one_broker_copies_to_nobody_and_makes_no_topic_by_accident() -> None:
    kafka = CONTAINERS["kafka"]["environment"]
    copies = {key: value for key, value in kafka.items() if "REPLICA" in key or "ISR" in key}
    assert set(copies.values()) == {"1"}
    assert len(copies) == 5
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert kafka["KAFKA_LOG_DIRS"] in {mount.split(":")[1] for mount in CONTAINERS["kafka"]["volumes"]}


@pytest.fixture
def made_secrets(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path, run_secrets(tmp_path).stdout


def run_secrets(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(REPOSITORY / "deploy/compose/secrets.sh")],
        env={"PATH": os.environ["PATH"], "XIAOSHI_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_secrets_are_what_the_services_take(made_secrets: tuple[Path, str]) -> None:
    folder, said = made_secrets
    lines = (folder / ".env").read_text().splitlines()
    made = dict(line.split("=", 1) for line in lines)
    assert set(made) == set(SECRETS)
    assert len(set(made.values())) == len(SECRETS)
    read("intake", environment("intake") | {key: made[key] for key in SECRETS if key.startswith("INTAKE_")})
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    callers = callers_of(folder / "deploy/compose/keys.json")
    assert set().union(*callers.values()) == set(sources())
    assert len(callers) == len(said.splitlines()) == len(sources())
    assert not any(secret in said for secret in made.values())


def test_secrets_are_made_once(made_secrets: tuple[Path, str]) -> None:
    folder, _ = made_secrets
    before = (folder / ".env").read_bytes(), (folder / "deploy/compose/keys.json").read_bytes()
    again = run_secrets(folder)
    assert again.returncode == 1
    assert before == ((folder / ".env").read_bytes(), (folder / "deploy/compose/keys.json").read_bytes())


@pytest.mark.parametrize("path", [".env", ".env.new", "deploy/compose/keys.json"])
def test_git_never_takes_a_secret(path: str) -> None:
    git = shutil.which("git")
    assert git is not None
    done = subprocess.run([git, "check-ignore", "-q", path], cwd=REPOSITORY, check=False, timeout=30)
    assert done.returncode == 0, f"{path} is not in .gitignore"
