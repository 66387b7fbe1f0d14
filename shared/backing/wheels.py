"""Stand-ins from wheels, for machines with neither Docker nor Java. Never a dependency of the services."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

from shared.backing import processes
from shared.backing.found import Broker, Started, Store
from shared.backing.probes import LOOPBACK, free_ports, kafka_answers, mongo_answers
from shared.errors import BackingUnavailableError

# No source can be read of this one, so only the version that was examined may run.
_EMULATOR_VERSION = "0.2.3"
_START_SECONDS = 60.0


def start_wheel_broker(run_dir: Path) -> Started[Broker]:
    """The emulator `noida-db`, its Kafka part only, with a fresh folder."""
    version = _installed("noida-db")
    if version != _EMULATOR_VERSION:
        raise BackingUnavailableError(f"noida-db is {version}, examined is {_EMULATOR_VERSION}")
    [port] = free_ports(1)
    address = f"{LOOPBACK}:{port}"
    folder = run_dir / "emulator"
    places = ["--data-dir", str(folder / "data"), "--host", LOOPBACK]
    command = [str(_emulator()), "start", *places, "--only", "kafka", "--kafka-port", str(port)]
    child = processes.spawn(command, folder=folder)
    _wait_or_stop(child, lambda: kafka_answers(address), "noida-db")
    describe = f"broker: emulator noida-db {version} at {address} (NOT Apache Kafka)"
    return Started(Broker(address, "emulator", describe), lambda: processes.stop([child]))


def start_wheel_store(run_dir: Path) -> Started[Store]:
    """`secantusdb`, an embedded server that speaks MongoDB's protocol, as a process of its own."""
    version = _installed("secantusdb")
    [port] = free_ports(1)
    url = f"mongodb://{LOOPBACK}:{port}"
    folder = run_dir / "store"
    folder.mkdir(parents=True)
    settings = folder / "secantusd.toml"
    settings.touch()  # named, so that none of the machine's own is picked up
    where = ["--config", str(settings), "--storage-path", str(folder / "data")]
    command = [sys.executable, "-m", "secantus", *where, "--host", LOOPBACK, "--port", str(port)]
    child = processes.spawn([*command, "--log-level", "WARNING"], folder=folder)
    _wait_or_stop(child, lambda: mongo_answers(url), "secantusdb")
    describe = f"store: secantusdb {version} at {LOOPBACK}:{port} (NOT MongoDB)"
    return Started(Store(url, "wheel", describe), lambda: processes.stop([child]))


def _installed(wheel: str) -> str:
    try:
        return importlib.metadata.version(wheel)
    except importlib.metadata.PackageNotFoundError as error:
        raise BackingUnavailableError(f"the wheel {wheel} is not installed (extra `embedded`)") from error


def _emulator() -> Path:
    """The binary itself: the wheel's own command would stand between us and it."""
    spec = importlib.util.find_spec("noida_db")
    if spec is None or spec.origin is None:
        raise BackingUnavailableError("the wheel noida-db has no package")
    binary = Path(spec.origin).with_name("noida-db.exe" if sys.platform == "win32" else "noida-db")
    if not binary.is_file():
        raise BackingUnavailableError(f"{binary} is missing")
    if sys.platform != "win32":
        binary.chmod(binary.stat().st_mode | 0o111)
    return binary


def _wait_or_stop(child: processes.Child, answers: Callable[[], bool], what: str) -> None:
    try:
        processes.wait_until(answers, children=[child], seconds=_START_SECONDS, what=what)
    except BaseException:
        processes.stop([child])
        raise
