"""Everything a fault can reach: three brokers, the store, the services, their supervisor, and the feed."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from shared import topics
from shared.backing.guard import guarded
from shared.backing.nodes import Cluster
from shared.backing.probes import LOOPBACK
from shared.backing.processes import Child, noted
from shared.backing.wheels import start_wheel_store
from shared.catalogue import Policy
from shared.topic_admin import ensure_topics
from tests.chaos import spaces
from tests.chaos.days import COUNTIES, LANES
from tests.chaos.feed import Feed
from tests.chaos.line import Line
from xiaoshi.system import System, Worker

COPIES = 3
SMALL_DISK = 3
SMALL_DISK_MB = 2048
AGAIN_SECONDS = 0.1
READY_WITHIN = 300.0


class NotHereError(Exception):
    """This fault cannot be inflicted on this machine; the message says why."""


@dataclass
class Arena:
    """`hands`: held by whoever changes which processes run. `own_spaces`: mounts and interfaces can be made."""

    cluster: Cluster
    store: Child
    store_is: str
    system: System
    feed: Feed
    run_dir: Path
    own_spaces: bool
    hands: Any

    def kill(self, *names: str) -> None:
        """As a power cut would; they are started again as soon as that is seen."""
        with self.hands:
            for name in names:
                self.system.children[name].popen.kill()  # type: ignore[union-attr]
            for name in names:
                self.system.children[name].popen.wait()  # type: ignore[union-attr]

    def restart(self, worker: Worker) -> None:
        with self.hands:
            self.system.restart(worker)

    def wait_ready(self, name: str) -> None:
        """However often it is started again meanwhile."""
        until = time.monotonic() + READY_WITHIN
        while not self.system.is_ready(name):
            assert time.monotonic() < until, f"{name} was not ready within {READY_WITHIN:.0f} s"
            time.sleep(AGAIN_SECONDS)

    def someone(self, chance: Random, many: int = 1) -> list[str]:
        return chance.sample(sorted(self.system.children), many)


@contextmanager
def raised(run_dir: Path, policy: Policy, seed: int, own_spaces: bool) -> Iterator[Arena]:
    """For as long as this lasts, and no process longer, however we end."""
    with ExitStack() as stack:
        if own_spaces:
            spaces.prepare()
        home = run_dir / "backing"
        home.mkdir(parents=True)
        stack.enter_context(guarded(run_dir))
        cluster = Cluster(home, COPIES, spaces.BROKERS if own_spaces else LOOPBACK)
        if own_spaces:
            stack.enter_context(spaces.mounted(cluster.nodes[SMALL_DISK - 1].data, SMALL_DISK_MB))
        stack.callback(cluster.stop)
        cluster.start()
        started = start_wheel_store(home)
        stack.callback(started.stop)
        system = System(
            run_dir / "services",
            cluster.bootstrap,
            started.service.url,
            time="driven",
            lanes=LANES,
            copies=COPIES,
        )
        stack.callback(system.stop)
        system.start()
        told = {
            topics.routed(code): topics.ROUTED for county in COUNTIES for code in (county, county[:4] + "00")
        }
        ensure_topics(cluster.bootstrap, told, LANES, COPIES, recorded_time=True)
        line = Line(cluster.bootstrap, LANES, told)
        stack.callback(line.close)
        store = noted(home / "store")
        assert store is not None
        hands = threading.RLock()
        stack.enter_context(_supervised(system, hands))
        feed = Feed(system.addresses, line, policy, seed)
        yield Arena(
            cluster=cluster,
            store=store,
            store_is=started.service.describe,
            system=system,
            feed=feed,
            run_dir=run_dir,
            own_spaces=own_spaces,
            hands=hands,
        )


@contextmanager
def _supervised(system: System, hands: Any) -> Iterator[None]:
    """What died is started again at once, as a supervisor would."""
    ended = threading.Event()

    def revive() -> None:
        while not ended.wait(AGAIN_SECONDS):
            with hands:
                system.revive()

    thread = threading.Thread(target=revive, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
