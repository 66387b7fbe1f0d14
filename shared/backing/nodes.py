"""Real Apache Kafka (KRaft) on local JVMs: one node, or several that form a cluster."""

from __future__ import annotations

import base64
import signal
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.backing import processes
from shared.backing.found import Broker, Started
from shared.backing.jars import KAFKA_VERSION, kafka_jars
from shared.backing.java import Java, find_java
from shared.backing.probes import LOOPBACK, free_ports, kafka_answers

_START_SECONDS = 180.0  # some seconds on a quiet machine
_FORMAT_SECONDS = 120.0
_NEVER_MS = str(10 * 365 * 24 * 3600 * 1000)

_LOG4J = """<Configuration status="error" shutdownHook="disable">
  <Appenders><Console name="out"><PatternLayout pattern="%d %p %c: %m%n"/></Console></Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
"""


def broker_settings(nodes: int) -> Mapping[str, str]:
    """What every broker of ours gets, however it is run.

    Simulated days lie in the past and ahead: nothing may be refused or dropped for its time.
    """
    copies = str(min(3, nodes))
    in_sync = str(max(1, min(3, nodes) - 1))
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "4",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        # A writer that vanishes holds up every reader of what it had open, for as long as it asked for.
        "transaction.max.timeout.ms": "60000",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "500",
        "log.retention.ms": "-1",
        # A topic's own retention is not carried out either; compaction is.
        "log.retention.check.interval.ms": _NEVER_MS,
        "log.initial.task.delay.ms": _NEVER_MS,
        "log.message.timestamp.after.max.ms": str(2**63 - 1),
        "log.cleaner.backoff.ms": "1000",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "num.network.threads": "2",
        "num.io.threads": "4",
    }


@dataclass(frozen=True)
class Node:
    """Where one node lives."""

    number: int
    folder: Path
    client_port: int
    controller_port: int
    host: str = LOOPBACK

    @property
    def address(self) -> str:
        """What clients call it by."""
        return f"{self.host}:{self.client_port}"

    @property
    def controller(self) -> str:
        """Where it listens as a controller."""
        return f"{self.host}:{self.controller_port}"

    @property
    def voter(self) -> str:
        """What the other controllers call it by."""
        return f"{self.number}@{self.controller}"

    @property
    def data(self) -> Path:
        """Where its logs lie."""
        return self.folder / "data"

    @property
    def properties(self) -> Path:
        """Its settings file."""
        return self.folder / "server.properties"


def plan_nodes(run_dir: Path, count: int, host: str = LOOPBACK) -> tuple[Node, ...]:
    """Folders below `run_dir` and ports on an address of this machine for so many nodes."""
    ports = free_ports(2 * count)
    return tuple(
        Node(number, run_dir / f"kafka-{number}", ports[2 * number - 2], ports[2 * number - 1], host)
        for number in range(1, count + 1)
    )


def server_properties(node: Node, nodes: tuple[Node, ...]) -> str:
    """The settings file of a node that is broker and controller at once."""
    listeners = f"PLAINTEXT://{node.address},CONTROLLER://{node.controller}"
    own = {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(each.voter for each in nodes),
        "controller.listener.names": "CONTROLLER",
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://{node.address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(node.data),
    }
    return "".join(f"{key}={value}\n" for key, value in (own | dict(broker_settings(len(nodes)))).items())


class Cluster:
    """Kafka nodes on local JVMs. Each can be killed or frozen and come back on its old data and port.

    Several share the machine that one alone would have: their heaps are small.
    """

    def __init__(self, run_dir: Path, count: int = 1, host: str = LOOPBACK) -> None:
        self._java: Java = find_java()
        self._jars = kafka_jars()
        self._heap = ("-Xmx1g", "-Xms256m") if count == 1 else ("-Xmx256m", "-Xms128m")
        self.nodes = plan_nodes(run_dir, count, host)
        self._running: dict[int, processes.Child] = {}

    @property
    def bootstrap(self) -> str:
        """All nodes' addresses."""
        return ",".join(node.address for node in self.nodes)

    @property
    def describe(self) -> str:
        """One line for people."""
        size = "" if len(self.nodes) == 1 else f", {len(self.nodes)} nodes"
        return (
            f"broker: Apache Kafka {KAFKA_VERSION} (KRaft{size}) on a local JVM {self._java.major} "
            f"at {self.bootstrap}"
        )

    def start(self) -> None:
        """Format the storage, start all nodes and wait until the whole cluster answers."""
        self._format()
        try:
            for node in self.nodes:
                self._spawn(node)
            self.wait_until_whole()
        except BaseException:
            self.stop()
            raise

    def wait_until_whole(self) -> None:
        """Return when every node is in service."""
        processes.wait_until(
            lambda: kafka_answers(self.bootstrap, brokers=len(self.nodes)),
            children=self._running.values(),
            seconds=_START_SECONDS,
            what="Apache Kafka",
        )

    def wait_until_missed(self, number: int) -> None:
        """Return when the other nodes no longer count on this one: its session is over."""
        others = ",".join(node.address for node in self.nodes if node.number != number)
        processes.wait_until(
            lambda: not kafka_answers(others, brokers=len(self.nodes)) and kafka_answers(others),
            children=[child for each, child in self._running.items() if each != number],
            seconds=_START_SECONDS,
            what="the rest of Apache Kafka",
        )

    def is_running(self, number: int) -> bool:
        """Whether its process is there, frozen or not."""
        return number in self._running and self._running[number].is_running()

    def freeze(self, number: int) -> None:
        """Let one node do nothing at all, its connections open, until `thaw`."""
        self._running[number].signal(signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        """Let a frozen node go on where it was."""
        self._running[number].signal(signal.SIGCONT)

    def kill(self, number: int) -> None:
        """End one node as a power cut would."""
        child = self._running.pop(number)
        child.signal(signal.SIGKILL)
        processes.stop([child])

    def restart(self, number: int) -> None:
        """Start a node that was killed, or fell, again and wait until the whole cluster answers."""
        self._spawn(next(node for node in self.nodes if node.number == number))
        self.wait_until_whole()

    def stop(self) -> None:
        """End all nodes. The last of several wait in vain for the others to take over: no long grace."""
        processes.stop(self._running.values(), grace_seconds=10.0 if len(self.nodes) == 1 else 2.0)
        self._running.clear()

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        formatting = []
        for node in self.nodes:
            node.folder.mkdir(parents=True, exist_ok=True)  # its data may lie on a disk of their own
            node.properties.write_text(server_properties(node, self.nodes))
            (node.folder / "log4j2.xml").write_text(_LOG4J)
            arguments = ["format", f"--cluster-id={cluster_id}", f"--config={node.properties}"]
            command = self._command(
                node, "kafka.tools.StorageTool", *arguments, jvm=("-Xmx256m", "-XX:TieredStopAtLevel=1")
            )
            formatting.append(processes.spawn(command, folder=node.folder))
        processes.wait_for_end(formatting, seconds=_FORMAT_SECONDS, what="formatting Kafka's storage")

    def _spawn(self, node: Node) -> None:
        command = self._command(node, "kafka.Kafka", str(node.properties), jvm=self._heap)
        self._running[node.number] = processes.spawn(command, folder=node.folder)

    def _command(self, node: Node, main: str, *arguments: str, jvm: tuple[str, ...]) -> list[str]:
        return [
            self._java.command,
            *jvm,
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={node.folder / 'log4j2.xml'}",
            "-cp",
            f"{self._jars}/*",
            main,
            *arguments,
        ]


def start_jvm_broker(run_dir: Path) -> Started[Broker]:
    """One node on a local JVM."""
    cluster = Cluster(run_dir)
    cluster.start()
    return Started(Broker(cluster.bootstrap, "jvm", cluster.describe), cluster.stop)
