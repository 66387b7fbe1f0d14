"""Faust as host: the app every service lives in, and the wrapper for its low-rate agents.

Faust's defaults lose events (an exception that leaves an agent, or `take`, acknowledges what it held) and read
uncommitted. Here offsets move only past records that `shared.outcomes` has settled, and readers use
read_committed, which Faust ties to its own transactions and we do not use.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.app.base import BootStrategy
from faust.transport.drivers import aiokafka as driver
from mode import Service
from mode.supervisors import CrashingSupervisor
from mode.types import ServiceT
from prometheus_client import Gauge

from shared import pages
from shared.core import PROGRAM
from shared.errors import BrokerUnavailableError
from shared.outcomes import Handler, Outcomes
from shared.progress import Seen, seen_by
from shared.wire import Out, Record

log = logging.getLogger(__name__)

RUNNING = Gauge("xiaoshi_program_info", "Which program this is: always 1.", ("service", "version"))

DAY = 86_400.0
BEAT = 2.0

Standing = Mapping[TopicPartition, Seen | None]


class _CommittedThread(driver.AIOKafkaConsumerThread):
    """Faust reads committed records only when it has transactions of its own; we ask for the one without the other."""

    rounds: Standing | None = None
    """How each partition stood when Faust last came for more: all that was fetched before was handed on by then."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        self.consumer.in_transaction = True
        try:
            return super()._create_worker_consumer(transport)
        finally:
            self.consumer.in_transaction = False

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109  Faust's signature
        if self.consumer.flow_active and self._consumer is not None:
            self.rounds = {tp: seen_by(self._consumer, tp) for tp in self._consumer.assignment()}
        return await super().getmany(active_partitions, timeout)

    def standing(self) -> Standing | None:
        """Of each partition that is ours; None before the group has said which are. Who has none has none to read."""
        subscription = None if self._consumer is None else self._consumer._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return None
        return self.rounds if subscription.assignment.tps else {}

    def highwater(self, tp: Any) -> int:
        """Where a read_committed reader's world ends."""
        return self._ensure_consumer().last_stable_offset(TopicPartition(*tp)) or 0


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _CommittedThread:
        return _CommittedThread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class _Boot(BootStrategy):
    """An app without agents has nothing to consume: no consumer, no group, no second of waiting for tables."""

    def _should_enable_kafka_consumer(self) -> bool:
        return bool(self.app.agents)

    def _should_enable_kafka_producer(self) -> bool:
        return bool(self.app.agents)

    def web_server(self) -> Iterable[ServiceT]:
        return [cast(App, self.app).site]


class _Pages(Service):
    def __init__(self, site: pages.Pages) -> None:
        super().__init__()
        self._site = site

    async def on_start(self) -> None:
        await self._site.start()

    async def on_stop(self) -> None:
        await self._site.stop()


class App(faust.App):
    """Faust's app with our pages in place of its web server. `checks` may grow while it runs."""

    BootStrategy = _Boot
    site: Service
    checks: dict[str, pages.Check]

    def carry(self, service: Service) -> None:
        """Run a service for as long as the app runs."""
        self.service(cast("type[ServiceT]", service))

    async def on_first_start(self) -> None:
        """Faust would make its directories; nothing here is kept on disk."""

    async def _wait_for_table_recovery_completed(self) -> bool:
        """There are no tables; other services of the app need not wait until the group is joined."""
        return False


def host(
    name: str,
    *,
    bootstrap: str,
    web_port: int,
    web_bind: str = "127.0.0.1",
    checks: Mapping[str, pages.Check] | None = None,
    answers: Mapping[str, pages.Answer] | None = None,
    live: Mapping[str, pages.Answer] | None = None,
    files: Mapping[str, Path] | None = None,
    instance: str | None = None,
    site: Service | None = None,
) -> App:
    """An app with /metrics, /healthz and /readyz, which asks the `checks`, and by their paths the `answers`, those told
    `live` and the `files`; `site` takes the place of these pages.

    `instance` names this replica to the consumer group for good: after a kill it has its partitions back at
    once instead of waiting until the group has missed its predecessor.
    """
    RUNNING.labels(name, PROGRAM).set(1)
    app = App(
        f"{name}-host",  # its consumer group: lanes keep their offsets under the service's bare name
        broker="aiokafka://" + bootstrap.replace(",", ";aiokafka://"),
        broker_client_id=name,
        broker_request_timeout=15.0,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=15.0,
        broker_max_poll_interval=DAY,  # a projection that waits for its store stays in the group
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance,
        processing_guarantee="at_least_once",
        producer_acks=-1,
        producer_request_timeout=15.0,
        key_serializer="raw",
        value_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,  # topics are made by `shared.topic_admin` before anything starts
        reply_create_topic=False,
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        agent_supervisor=CrashingSupervisor,
        loghandlers=[],
    )
    app.transport = _Transport(app.conf.broker_consumer, app)
    app.checks = dict(checks or {})
    app.site = site or _Pages(pages.Pages(web_bind, web_port, app.checks, answers, live=live, files=files))
    return app


def project(
    app: App,
    topic: str,
    handler: Handler,
    *,
    name: str,
    batch: int = 500,
    within: timedelta = timedelta(milliseconds=200),
) -> Outcomes:
    """Feed a topic to an idempotent handler, in order within a partition; its trouble is a readiness check."""

    async def send(out: Out) -> None:
        try:
            await app.producer.send_and_wait(
                out.topic, out.key, out.value, out.partition, out.timestamp / 1000, out.headers
            )
        except Exception as error:
            raise BrokerUnavailableError(f"{out.topic}: {error}") from error

    outcomes = Outcomes(name, handler, send)

    async def agent(stream: faust.StreamT[Any]) -> None:
        # `take` would acknowledge what it holds when it is cancelled; here only what is settled is
        async for events in cast("faust.Stream[Any]", stream).noack_take(batch, within.total_seconds()):
            await outcomes.settle([_record(event.message) for event in events])
            for event in events:
                await stream.ack(event)

    app.agent(app.topic(topic, key_type=bytes, value_type=bytes), name=name, concurrency=1)(agent)
    app.timer(interval=BEAT, name=f"{name}.beat")(_beat(app, topic, outcomes))
    app.checks[name] = outcomes.trouble
    return outcomes


def _beat(app: App, topic: str, outcomes: Outcomes) -> Callable[[], Awaitable[None]]:
    async def beat() -> None:
        outcomes.beat()
        outcomes.see(_settled(app.consumer, topic))

    return beat


def _settled(consumer: Any, topic: str) -> Standing | None:
    """How the partitions of a topic stand: not further than the first record that was handed on and not settled."""
    standing = consumer._thread.standing()
    if standing is None:
        return None
    held: dict[TopicPartition, int] = {}
    for message in [each for each in consumer.unacked if not each.acked]:
        tp = TopicPartition(*message.tp)
        held[tp] = min(message.offset, held.get(tp, message.offset))
    return {
        tp: seen and seen._replace(position=min(seen.position, held.get(tp, seen.position)))
        for tp, seen in standing.items()
        if tp.topic == topic
    }


def _record(message: faust.types.Message) -> Record:
    return Record(
        message.topic,
        message.partition,
        message.offset,
        round(message.timestamp * 1000),
        message.key,
        message.value,
        tuple(cast("list[tuple[str, bytes]]", message.headers or [])),
    )


class _Worker(faust.Worker):
    def __init__(self, app: App) -> None:
        super().__init__(app, quiet=True, override_logging=False, redirect_stdouts=False)
        self.spinner = None

    async def _sentinel_task(self) -> None:
        """Mode would wait one second before it lets the process end."""


def run(app: App) -> NoReturn:
    """Until SIGTERM or SIGINT (exit code 0), or until a service of the app fails (exit code 1)."""
    _Worker(app).execute_from_commandline()
