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


class System:
    """The four services as processes; one that dies is started again by `revive`, as its supervisor would."""

    def __init__(self, run_dir: Path, kafka: str, mongo: str, *, time: str, lanes: int = 8) -> None:
        self.run_dir = run_dir
        ports = dict(zip(SERVICES, _free_ports(len(SERVICES)), strict=True))
        self.addresses = Addresses(kafka, mongo, ports, lanes, time, secrets.token_urlsafe(24))
        self._environ = self._settings(_new_key(), _new_key())
        self.children: dict[str, Child] = {}
        self.revived = 0

    def start(self) -> None:
        """Returns when every service says it is ready."""
        for name in SERVICES:
            self.children[name] = self._spawn(name)
        self.wait_ready()

    def wait_ready(self) -> None:
        for name in SERVICES:
            wait_until(
                partial(is_ready, self.addresses.url(name, "/readyz")),
                children=[self.children[name]],
                seconds=READY_SECONDS,
                what=name,
            )

    def revive(self) -> list[str]:
        """Start again what has died; the names of it."""
        dead = [name for name, child in self.children.items() if not child.is_running()]
        for name in dead:
            self.children[name] = self._spawn(name)
        self.revived += len(dead)
        return dead

    def stop(self) -> None:
        stop(self.children.values())

    def _spawn(self, name: str) -> Child:
        command = [sys.executable, "-m", f"services.{name}"]
        return spawn(command, folder=self.run_dir / name, environ=self._environ)

    def _settings(self, contact_key: str, receipt_key: str) -> dict[str, str]:
        keys = self.run_dir / "keys.json"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(self.addresses.key.encode()).hexdigest()
        keys.write_text(json.dumps({digest: sorted(sources())}))
        ports = {f"{name.upper()}_PORT": str(port) for name, port in self.addresses.ports.items()}
        return ports | {
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


def is_up(run_dir: Path) -> bool:
    """Whether a system noted there still answers."""
    try:
        addresses = Addresses(**json.loads((run_dir / NOTE).read_text()))
    except (OSError, ValueError, TypeError):
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
