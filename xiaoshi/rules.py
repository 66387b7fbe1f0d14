"""Puts what rules on the bus: an announced calendar, an adopted policy. Each lane takes it at its own place."""

from contextlib import closing

from kafka import KafkaProducer
from kafka.errors import KafkaError

from shared import clock, rulebook, topics, wire
from shared.errors import BrokerUnavailableError, EventInvalidError, InputInvalidError, TopicMissingError
from shared.rulebook import Rule
from shared.wire import Out

SOURCE = "/xiaoshi/rules"


def announce(kafka: str, rule: Rule) -> int:
    """On every lane, acknowledged by the broker; returns how many lanes there are.

    Raises InputInvalidError for what no lane would take, TopicMissingError and BrokerUnavailableError.
    """
    try:
        rulebook.checked(rule)
    except EventInvalidError as error:
        raise InputInvalidError(str(error)) from error
    try:
        with closing(
            KafkaProducer(
                bootstrap_servers=kafka.split(","),
                acks="all",
                allow_auto_create_topics=False,
                max_request_size=2 * topics.BURIED,
            )
        ) as producer:
            lanes = producer.partitions_for(topics.RULES.name)
            if not lanes:
                raise TopicMissingError(f"no topic {topics.RULES.name}")
            outs = [out_of(rule, lane) for lane in sorted(lanes)]
            sent = [
                producer.send(
                    out.topic,
                    value=out.value,
                    headers=out.headers,
                    partition=out.partition,
                    timestamp_ms=out.timestamp,
                )
                for out in outs
            ]
            for each in sent:
                each.get(timeout=30)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{kafka}: {error}") from error
    return len(outs)


def out_of(rule: Rule, lane: int) -> Out:
    """The record for one lane."""
    now = clock.now()
    key = rulebook.key_of(rule)
    cause = f"{key}/{lane}/{now.isoformat()}"
    return wire.out(rule, SOURCE, topics.RULES.name, lane, cause=cause, subject=key, county="", at=now)
