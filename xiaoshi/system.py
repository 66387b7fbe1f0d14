"""The whole system on this machine: backing services and the four services, each a process of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from services.intake.sources import sources
from shared import backing
from shared.backing.guard import guarded
from shared.backing.processes import Child, spawn, stop, wait_until
from shared.errors import InputInvalidError

SERVICES = ("intake", "routing", "escalation", "metrics")
READY_SECONDS = 90.0
RUN_DIR = Path(".run")
NOTE = "system.json"
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Addresses:
    """Where everything answers. `key`: the API key the intake takes for all sources."""

    kafka: str
    mongo: str
    ports: Mapping[str, int]
    lanes: int
    time: str
    key: str = field(repr=False)

    def url(self, service: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[service]}{path}"


@dataclass(frozen=True)
class Worker:
    """One replica of a service, as its process is started. `prefix`: the command that starts the command.

    `module`: what is run in place of the service's own. `host`: where its pages answer.
    """

    service: str
    replica: int = 0
    replicas: int = 1
    module: str = ""
    prefix: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`routing`, and `routing-1` for the second."""
        return f"{self.service}-{self.replica}" if self.replica else self.service

    @property
    def command(self) -> list[str]:
        return [*self.prefix, sys.executable, "-m", self.module or f"services.{self.service}"]


class System:
    """The four services as processes; one that dies is started again by `revive`, as its supervisor would.

    `copies`: of each topic on the brokers. Each replica of a service has its name in `workers` and `children`.
    """

    def __init__(
        self, run_dir: Path, kafka: str, mongo: str, *, time: str, lanes: int = 8, copies: int = 1
    ) -> None:
        self.run_dir = run_dir
        self._ports = dict(zip(SERVICES, _free_ports(len(SERVICES)), strict=True))
        self.addresses = Addresses(kafka, mongo, self._ports, lanes, time, secrets.token_urlsafe(24))
        self._environ = self._settings(_new_key(), _new_key()) | {"XIAOSHI_TOPIC_REPLICAS": str(copies)}
        self.workers = {name: Worker(name) for name in SERVICES}
        self.children: dict[str, Child] = {}
        self._folders: dict[str, str] = {}
        self.revived = 0

    def start(self) -> None:
        """Returns when every service says it is ready."""
        for name in self.workers:
            self.children[name] = self.spawn(self.workers[name])
        self.wait_ready()

    def wait_ready(self) -> None:
        for name, child in list(self.children.items()):
            wait_until(partial(self.is_ready, name), children=[child], seconds=READY_SECONDS, what=name)

    def is_ready(self, name: str) -> bool:
        """Whether it says so itself."""
        return is_ready(f"http://{self.workers[name].host}:{self._ports[name]}/readyz")

    def revive(self) -> list[str]:
        """Start again what has died; the names of it."""
        dead = [name for name, child in list(self.children.items()) if not child.is_running()]
        for name in dead:
            self.children[name] = self.spawn(self.workers[name])
        self.revived += len(dead)
        return dead

    def restart(self, worker: Worker) -> None:
        """Ask the replica of that name to end, and start it as described here."""
        stop([self.children[worker.name]])
        self.workers[worker.name] = worker
        self.children[worker.name] = self.spawn(worker)

    def hand_over(self, name: str) -> None:
        """Another process, on a port of its own, takes the place of one that is left to itself."""
        self._ports[name] = _free_ports(1)[0]
        self._folders[name] = f"{name}-after-{self.children[name].pid}"
        self.children[name] = self.spawn(self.workers[name])

    def scale(self, service: str, replicas: int) -> None:
        """That many replicas share the lanes: new ones are started, those that stay are started again with less."""
        was = [worker for worker in self.workers.values() if worker.service == service]
        wanted = [Worker(service, replica, replicas) for replica in range(replicas)]
        for worker in wanted[len(was) :]:
            self._ports.setdefault(worker.name, _free_ports(1)[0])
            self.workers[worker.name] = worker
            self.children[worker.name] = self.spawn(worker)
        for worker in was[replicas:]:
            del self.workers[worker.name]
            stop([self.children.pop(worker.name)])
        for worker in wanted[: len(was)]:
            self.restart(worker)

    def stop(self) -> None:
        stop(self.children.values())

    def spawn(self, worker: Worker) -> Child:
        """A process of it; nothing else knows of it yet."""
        prefix = worker.service.upper()
        own = {
            f"{prefix}_REPLICA": str(worker.replica),
            f"{prefix}_REPLICAS": str(worker.replicas),
            f"{prefix}_PORT": str(self._ports[worker.name]),
        }
        environ = {**self._environ, **own, **worker.environ}
        return spawn(
            worker.command, folder=self.run_dir / self._folders.get(worker.name, worker.name), environ=environ
        )

    def _settings(self, contact_key: str, receipt_key: str) -> dict[str, str]:
        keys = self.run_dir / "keys.json"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(self.addresses.key.encode()).hexdigest()
        keys.write_text(json.dumps({digest: sorted(sources())}))
        return {
            "XIAOSHI_KAFKA": self.addresses.kafka,
            "XIAOSHI_MONGO": self.addresses.mongo,
            "XIAOSHI_LANES": str(self.addresses.lanes),
            "XIAOSHI_TIME": self.addresses.time,
            "INTAKE_KEYS_FILE": str(keys),
            "INTAKE_CONTACT_KEY": contact_key,
            "INTAKE_RECEIPT_KEY": receipt_key,
            "PYTHONPATH": str(ROOT),
        }


@contextmanager
def running(run_dir: Path, *, time: str, lanes: int = 8) -> Iterator[tuple[System, list[str]]]:
    """Backing services and the four services for as long as this lasts, however we end; and what was taken."""
    with ExitStack() as stack:
        broker = stack.enter_context(backing.broker(run_dir=run_dir))
        store = stack.enter_context(backing.store(run_dir=run_dir))
        services = run_dir / "services"
        services.mkdir(parents=True, exist_ok=True)
        stack.enter_context(guarded(services))
        system = System(services, broker.bootstrap, store.url, time=time, lanes=lanes)
        stack.callback(system.stop)
        system.start()
        yield system, [broker.describe, store.describe]


def write_note(run_dir: Path, addresses: Addresses) -> Path:
    """What other commands need to find the running system; only its owner may read it."""
    note = run_dir / NOTE
    note.touch(mode=0o600)
    note.write_text(json.dumps(asdict(addresses), indent=1) + "\n")
    return note


def note_of(run_dir: Path) -> Addresses:
    """Raises InputInvalidError where no system is noted."""
    try:
        return Addresses(**json.loads((run_dir / NOTE).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise InputInvalidError(f"{run_dir / NOTE} names no system: {error}") from error


def is_up(run_dir: Path) -> bool:
    """Whether a system noted there still answers."""
    try:
        addresses = note_of(run_dir)
    except InputInvalidError:
        return False
    return any(is_ready(addresses.url(name, "/healthz")) for name in SERVICES)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address, always http
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(64)).decode()


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, all different."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
