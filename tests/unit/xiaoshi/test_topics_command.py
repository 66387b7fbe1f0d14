"""What `xiaoshi topics` says of the declaration, and what each topic is set to on the broker."""

import argparse

import pytest

from services.intake.sources import sources
from shared import topics
from shared.topic_admin import configs_of
from shared.topics import Topic
from xiaoshi.commands import topics as command


def test_lists_every_declared_topic_and_the_counties_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    command.add(parser)
    assert command.run(parser.parse_args(["list", "--lanes", "6", "--county", "430981", "430900"])) == 0
    lines = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
    declared = topics.declared(tuple(sources()))
    assert lines.keys() == {*declared, "matters.routed.430981.v1", "matters.routed.430900.v1"}
    assert lines[topics.EVENTS.name] == "6"
    assert lines["matters.routed.430981.v1"] == lines[topics.dead(topics.EVENTS.name)] == "1"


@pytest.mark.parametrize(
    ("topic", "recorded", "wanted"),
    [
        pytest.param(
            topics.EVENTS, False, {"cleanup.policy": "delete", "retention.ms": "-1"}, id="the journal"
        ),
        pytest.param(topics.ROUTED, False, {"cleanup.policy": "delete", "retention.ms": "-1"}, id="routed"),
        pytest.param(topics.RAW, False, {"retention.ms": "2592000000"}, id="raw: thirty days"),
        pytest.param(topics.RAW, True, {"retention.ms": "-1"}, id="raw in recorded time: never too old"),
        pytest.param(topics.state_of("intake"), False, {"cleanup.policy": "compact"}, id="state"),
        pytest.param(topics.CONTACTS, False, {"max.compaction.lag.ms": "86400000"}, id="contacts: erased"),
    ],
)
def test_a_topic_keeps_what_its_declaration_says(
    topic: Topic, recorded: bool, wanted: dict[str, str]
) -> None:
    assert wanted.items() <= configs_of(topic, 1, recorded_time=recorded).items()


@pytest.mark.parametrize(
    ("topic", "recorded", "stamp"),
    [
        pytest.param(topics.RAW, False, "LogAppendTime", id="reports: the bus"),
        pytest.param(topics.ACTIONS, False, "LogAppendTime", id="actions: the bus"),
        pytest.param(topics.RAW, True, None, id="reports in recorded time: the sender"),
        pytest.param(topics.EVENTS, False, None, id="ours: what caused them"),
    ],
)
def test_who_says_when_a_record_came(topic: Topic, recorded: bool, stamp: str | None) -> None:
    assert configs_of(topic, 1, recorded_time=recorded).get("message.timestamp.type") == stamp


@pytest.mark.parametrize(("replicas", "held"), [(1, "1"), (2, "1"), (3, "2")], ids=str)
def test_accepted_is_held_by_two_of_three_brokers(replicas: int, held: str) -> None:
    assert configs_of(topics.EVENTS, replicas)["min.insync.replicas"] == held
