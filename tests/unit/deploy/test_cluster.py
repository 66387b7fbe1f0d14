"""deploy/k8s/base, read as it stands: the same commands and settings as docker-compose.yml, and its own promises."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from shared import topics
from tests.unit.deploy.declared import REPOSITORY, SERVICES, read

BASE = REPOSITORY / "deploy" / "k8s" / "base"
BUILD: dict[str, Any] = yaml.safe_load((BASE / "kustomization.yaml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
MAPS = {
    made["name"]: dict(line.split("=", 1) for line in made["literals"])
    for made in BUILD["configMapGenerator"]
}
SAMPLE = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

each_service = pytest.mark.parametrize("service", SERVICES)
each_workload = pytest.mark.parametrize("name", [*SERVICES, "audit", "topics"])


def documents() -> Iterator[dict[str, Any]]:
    for name in BUILD["resources"]:
        yield from yaml.safe_load_all((BASE / name).read_text())


def named(kind: str, name: str) -> dict[str, Any]:
    return next(one for one in documents() if one["kind"] == kind and one["metadata"]["name"] == name)


def workload(name: str) -> dict[str, Any]:
    return named({"topics": "Job", "audit": "Deployment"}.get(name, "StatefulSet"), name)


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = workload(name)["spec"]["template"]["spec"]
    return spec


def container(name: str) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = pod(name)["containers"]
    return only


def environment(service: str, number: int = 0) -> dict[str, str]:
    """As the pod of that number would have it."""
    given: dict[str, str] = {}
    for each in container(service)["envFrom"]:
        given |= MAPS[each["configMapRef"]["name"]]
    for each in container(service)["env"]:
        origin = each.get("valueFrom", {})
        given[each["name"]] = each.get("value") or (SAMPLE if "secretKeyRef" in origin else str(number))
    return given


def test_every_file_is_in_the_build() -> None:
    assert set(BUILD["resources"]) == {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(BUILD["resources"]) == {f"{name}.yaml" for name in (*SERVICES, "audit", "topics")}


@each_workload
def test_a_pod_can_change_nothing(name: str) -> None:
    spec, only = pod(name), container(name)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == int(COMPOSE["services"][name]["user"].split(":")[0])
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert only["resources"]["limits"]["memory"]
    assert {"cpu", "memory"} <= only["resources"]["requests"].keys()


@each_workload
def test_a_name_on_the_network_never_becomes_a_setting(name: str) -> None:
    assert pod(name)["enableServiceLinks"] is False


@each_workload
def test_images_are_of_one_exact_version_the_one_of_compose(name: str) -> None:
    (image,) = BUILD["images"]
    assert container(name)["image"] == image["name"]
    assert COMPOSE["services"][name]["image"] == f"{image['name']}:{image['newTag']}"
    system, architecture = COMPOSE["services"][name]["platform"].split("/")
    assert system == "linux"
    assert pod(name)["nodeSelector"] == {"kubernetes.io/arch": architecture}


@each_service
def test_a_service_runs_as_under_compose(service: str) -> None:
    assert container(service)["command"] == COMPOSE["services"][service]["command"]
    here, there = environment(service).keys(), COMPOSE["services"][service]["environment"].keys()
    upper = service.upper()
    assert there <= here
    assert here - there == {f"{upper}_REPLICA", f"{upper}_REPLICAS", "XIAOSHI_TOPIC_REPLICAS"}


@each_service
def test_a_service_understands_every_setting_it_is_given(service: str) -> None:
    given = environment(service)
    config, known = read(service, given)
    assert given.keys() <= known
    assert config.bind == "0.0.0.0"
    assert container(service)["ports"] == [{"name": "http", "containerPort": config.port}]


@each_service
def test_lanes_are_shared_out_by_the_number_of_the_pod(service: str) -> None:
    replicas = workload(service)["spec"]["replicas"]
    configs = [read(service, environment(service, number))[0] for number in range(replicas)]
    assert [config.replica for config in configs] == list(range(replicas))
    assert {config.replicas for config in configs} == {replicas}
    number = next(each for each in container(service)["env"] if each["name"].endswith("_REPLICA"))
    assert number["valueFrom"] == {
        "fieldRef": {"fieldPath": "metadata.labels['apps.kubernetes.io/pod-index']"}
    }


@each_service
def test_a_service_is_probed(service: str) -> None:
    only = container(service)
    assert only["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert only["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert only["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


@each_service
def test_a_service_is_found_by_its_name(service: str) -> None:
    spec = workload(service)["spec"]
    governing = named("Service", spec["serviceName"])["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert governing["clusterIP"] == "None"
    for found in (governing, named("Service", service)["spec"]):
        assert found["selector"] == labels == spec["selector"]["matchLabels"]
        assert found["ports"][0]["port"] == container(service)["ports"][0]["containerPort"]


def test_the_topics_are_made_as_under_compose() -> None:
    only = container("topics")
    asked = COMPOSE["services"]["topics"]["command"]
    assert only["command"] == [*asked, "--replicas=$(XIAOSHI_TOPIC_REPLICAS)"]
    assert workload("topics")["spec"]["ttlSecondsAfterFinished"] > 0


def test_the_auditor_runs_as_under_compose_and_is_found_by_its_name() -> None:
    only, door = container("audit"), named("Service", "audit")["spec"]["ports"][0]["port"]
    assert only["command"] == COMPOSE["services"]["audit"]["command"]
    assert f"--port={door}" in only["command"]
    assert only["ports"] == [{"name": "http", "containerPort": door}]


def test_the_canary_is_beside_the_base_and_runs_as_under_compose() -> None:
    folder = BASE.parent / "canary"
    build = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert (build["kind"], build["resources"]) == ("Component", ["canary.yaml"])
    service, deployment = yaml.safe_load_all((folder / "canary.yaml").read_text())
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    compose = COMPOSE["services"]["canary"]
    assert only["command"] == compose["command"]
    assert f"--port={service['spec']['ports'][0]['port']}" in only["command"]
    assert compose["profiles"] == ["canary"], "off unless asked for"
    assert only["securityContext"] == container("audit")["securityContext"]
    assert only["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_no_topic_is_named_by_hand() -> None:
    text = "".join(path.read_text() for path in BASE.glob("*"))
    assert [topic.name for topic in topics.FIXED if topic.name in text] == []


def test_no_secret_is_here() -> None:
    assert not [one for one in documents() if one["kind"] == "Secret"]
    assert "secretGenerator" not in BUILD
