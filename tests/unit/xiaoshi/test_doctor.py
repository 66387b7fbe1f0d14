"""The doctor's checks: each finds its trouble, and is content with what is only just well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from prometheus_client import REGISTRY

from services.intake.config import IntakeSettings
from services.intake.sources import sources
from shared import catalogue, stream, topics
from shared.core import PROGRAM
from shared.events import PolicyAdopted
from shared.policy_file import PolicyFile
from shared.topic_admin import configs_of
from tests.builders import POLICY
from xiaoshi.doctor import files, on_bus, on_services
from xiaoshi.doctor.examine import Seen, examine, worst
from xiaoshi.doctor.facts import (
    Asked,
    Bus,
    Figure,
    FileSeen,
    Finding,
    Ledger,
    Page,
    Place,
    Ruled,
    TopicSeen,
    Verdict,
    Writer,
)  # fmt: skip

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
LANES = 2
ASKED = Asked(NOW, LANES, 1, POLICY)
EVENTS = topics.EVENTS.name
OK, WARN, WRONG = Verdict.OK, Verdict.WARN, Verdict.WRONG


def a_topic(name: str, **changes: object) -> TopicSeen:
    topic = topics.topic_of(name)
    seen = TopicSeen(topic.partitions or LANES, 1, 0, configs_of(topic, 1))
    return replace(seen, **changes)  # type: ignore[arg-type]


HEALTHY = Bus(
    version="4.1",
    brokers=1,
    topics={name: a_topic(name) for name in topics.declared(tuple(sources()))},
    ticks=dict.fromkeys(range(LANES), NOW),
)


def journal(**changes: object) -> Bus:
    return replace(HEALTHY, topics={**HEALTHY.topics, EVENTS: a_topic(EVENTS, **changes)})


def journal_set(**configs: str) -> Bus:
    named = {key.replace("_", "."): value for key, value in configs.items()}
    return journal(configs=configs_of(topics.EVENTS, 1) | named)


def a_bus(**changes: object) -> Bus:
    return replace(HEALTHY, **changes)  # type: ignore[arg-type]


def ruled(*policies: PolicyAdopted | None, years: frozenset[int] = frozenset()) -> Bus:
    return a_bus(ruled={lane: Ruled(policy, years) for lane, policy in enumerate(policies)})


def adopted(text: str) -> PolicyAdopted:
    return PolicyAdopted(version=catalogue.of_text(text).version, text=text)


SHIPPED = (Path(__file__).parents[3] / "shared/policies/county.yaml").read_text(encoding="utf-8")
OTHER = SHIPPED + "\n# the same, said once more\n"


@pytest.mark.parametrize(
    ("check", "bus", "verdict"),
    [
        pytest.param(on_bus.brokers, HEALTHY, OK, id="one broker, one copy"),
        pytest.param(on_bus.brokers, a_bus(brokers=0), WRONG, id="fewer brokers than copies"),
        pytest.param(on_bus.missing_topics, HEALTHY, OK, id="all topics"),
        pytest.param(
            on_bus.missing_topics, a_bus(topics={EVENTS: a_topic(EVENTS)}), WRONG, id="topics missing"
        ),
        pytest.param(on_bus.topics_as_declared, HEALTHY, OK, id="as declared"),
        pytest.param(on_bus.topics_as_declared, journal(partitions=3), WRONG, id="other partitions"),
        pytest.param(on_bus.topics_as_declared, journal(replicas=0), WRONG, id="too few copies"),
        pytest.param(on_bus.topics_as_declared, journal_set(cleanup_policy="compact"), WRONG, id="compacted"),
        pytest.param(on_bus.topics_as_declared, journal_set(retention_ms="1"), WRONG, id="kept too short"),
        pytest.param(on_bus.topics_as_declared, journal_set(min_insync_replicas="2"), WRONG, id="in sync"),
        pytest.param(on_bus.topics_as_declared, journal_set(max_message_bytes="9"), WRONG, id="size"),
        pytest.param(on_bus.copies, HEALTHY, OK, id="all copies"),
        pytest.param(on_bus.copies, journal(short=1), WARN, id="a copy behind"),
        pytest.param(on_bus.open_transactions, HEALTHY, OK, id="none open"),
        pytest.param(
            on_bus.open_transactions,
            a_bus(writers=(Writer("routing-0", timedelta(seconds=15), timedelta(seconds=15)),)),
            OK,
            id="open as long as it may",
        ),
        pytest.param(
            on_bus.open_transactions,
            a_bus(writers=(Writer("routing-0", timedelta(seconds=15) + INSTANT, timedelta(seconds=15)),)),
            WRONG,
            id="open a microsecond longer",
        ),
        pytest.param(
            on_bus.open_transactions,
            a_bus(writers=None, held=(Place("", EVENTS, 0, 1),)),
            WARN,
            id="held back",
        ),
        pytest.param(on_bus.open_transactions, a_bus(writers=None), OK, id="nothing held back"),
        pytest.param(on_bus.reader_lag, a_bus(lags=(Place("routing", EVENTS, 0, 10_000),)), OK, id="lag"),
        pytest.param(
            on_bus.reader_lag, a_bus(lags=(Place("routing", EVENTS, 0, 10_001),)), WARN, id="behind"
        ),
        pytest.param(
            on_bus.ticks, a_bus(ticks=dict.fromkeys(range(LANES), NOW - timedelta(minutes=5))), OK, id="tick"
        ),
        pytest.param(
            on_bus.ticks,
            a_bus(ticks={0: NOW, 1: NOW - timedelta(minutes=5) - INSTANT}),
            WRONG,
            id="no tick for five minutes and a microsecond",
        ),
        pytest.param(on_bus.ticks, a_bus(ticks={0: NOW}), WRONG, id="a lane that never had a tick"),
        pytest.param(
            on_bus.ticks,
            a_bus(ticks=dict.fromkeys(range(LANES), NOW + timedelta(seconds=5))),
            OK,
            id="in step",
        ),
        pytest.param(
            on_bus.ticks,
            a_bus(ticks=dict.fromkeys(range(LANES), NOW + timedelta(seconds=5) + INSTANT)),
            WRONG,
            id="ahead",
        ),
        pytest.param(on_bus.dead_letters, a_bus(letters=3), OK, id="all put back"),
        pytest.param(on_bus.dead_letters, a_bus(letters=3, waiting=1), WARN, id="one waits"),
        pytest.param(on_bus.policy, HEALTHY, OK, id="none adopted"),
        pytest.param(on_bus.policy, ruled(adopted(SHIPPED), adopted(SHIPPED)), OK, id="adopted on all lanes"),
        pytest.param(on_bus.policy, ruled(adopted(SHIPPED), None), WRONG, id="adopted on one"),
        pytest.param(on_bus.policy, ruled(adopted(SHIPPED), adopted(OTHER)), WRONG, id="two policies"),
        pytest.param(on_bus.policy, ruled(adopted(OTHER), adopted(OTHER)), OK, id="same categories"),
        pytest.param(on_bus.holidays, HEALTHY, OK, id="this year is known"),
    ],
)
def test_of_the_bus(check: Callable[[Bus, Asked], Finding], bus: Bus, verdict: Verdict) -> None:
    found = check(bus, ASKED)
    assert found.verdict is verdict
    assert bool(found.do) is (verdict is not OK)


def test_intake_with_other_categories_than_what_rules_is_told() -> None:
    file: PolicyFile = POLICY.file
    fewer = {code: row for code, row in file.categories.items() if code != "dispute.neighbour"}
    own = replace(POLICY, version="own", file=structs.replace(file, categories=fewer))
    bus = ruled(adopted(SHIPPED), adopted(SHIPPED))
    assert on_bus.policy(bus, replace(ASKED, policy=own)).verdict is WARN
    assert on_bus.policy(bus, replace(ASKED, policy=replace(POLICY, version="own"))).verdict is OK


@pytest.mark.parametrize(
    ("now", "years", "verdict"),
    [
        pytest.param(
            datetime(2027, 10, 31, 15, 59, 59, 999999, tzinfo=UTC), {2027}, OK, id="October in China"
        ),
        pytest.param(datetime(2027, 10, 31, 16, 0, tzinfo=UTC), {2027}, WARN, id="November in China"),
        pytest.param(datetime(2027, 10, 31, 16, 0, tzinfo=UTC), {2027, 2028}, OK, id="announced"),
        pytest.param(datetime(2027, 3, 1, tzinfo=UTC), set(), WARN, id="this year unannounced"),
    ],
)
def test_the_next_year_is_asked_for_from_november_on(
    now: datetime, years: set[int], verdict: Verdict
) -> None:
    bus = ruled(None, None, years=frozenset(years))
    assert on_bus.holidays(bus, replace(ASKED, now=now)).verdict is verdict


def test_a_year_announced_on_some_lanes_only_is_not_announced() -> None:
    bus = a_bus(ruled={0: Ruled(years=frozenset({2027}))})
    assert on_bus.holidays(bus, replace(ASKED, now=datetime(2027, 3, 1, tzinfo=UTC))).verdict is WARN


def test_driven_time_is_nobodys_fault() -> None:
    assert on_bus.ticks(a_bus(ticks={}), replace(ASKED, time="driven")).verdict is OK


def a_page(service: str, ago: timedelta = timedelta(), **changes: object) -> Page:
    at = (NOW - ago).timestamp()
    going = [
        Figure(on_services.PROGRESS, {"service": service, "partition": str(n)}, at) for n in range(LANES)
    ]
    program = Figure(on_services.PROGRAM, {"service": service, "version": "xiaoshi 1"}, 1.0)
    page = Page(service, f"http://{service}", True, "", (*going, program), timedelta())
    return replace(page, **changes)  # type: ignore[arg-type]


PAGES = tuple(map(a_page, on_services.LANES))


def an_audit(ago: timedelta) -> Page:
    return Page("audit", "http://audit", True, "", (Figure(on_services.CLEAN, {}, (NOW - ago).timestamp()),))


NEWER = Figure(on_services.PROGRAM, {"service": "routing", "version": "xiaoshi 2"}, 1.0)


@pytest.mark.parametrize(
    ("check", "pages", "verdict"),
    [
        pytest.param(on_services.ready, PAGES, OK, id="ready"),
        pytest.param(on_services.ready, (*PAGES, a_page("routing", ready=False)), WRONG, id="one not ready"),
        pytest.param(on_services.lanes, PAGES, OK, id="all lanes"),
        pytest.param(on_services.lanes, PAGES[1:], WRONG, id="a service is nowhere"),
        pytest.param(
            on_services.lanes,
            tuple(a_page(n, timedelta(minutes=1)) for n in on_services.LANES),
            OK,
            id="slow",
        ),
        pytest.param(
            on_services.lanes,
            (*PAGES[1:], a_page("intake", timedelta(minutes=1, milliseconds=1))),
            WRONG,
            id="stands still",
        ),
        pytest.param(on_services.versions, PAGES, OK, id="one version"),
        pytest.param(
            on_services.versions, (*PAGES, a_page("routing", figures=(NEWER,))), WARN, id="two versions"
        ),
        pytest.param(on_services.clocks, (a_page("routing", ahead=timedelta(seconds=-5)),), OK, id="in step"),
        pytest.param(
            on_services.clocks,
            (a_page("routing", ahead=timedelta(seconds=-5) - INSTANT),),
            WARN,
            id="behind us",
        ),
        pytest.param(on_services.auditor, (an_audit(timedelta(minutes=15)),), OK, id="clean of late"),
        pytest.param(
            on_services.auditor, (an_audit(timedelta(minutes=15, milliseconds=1)),), WRONG, id="too long ago"
        ),
        pytest.param(on_services.auditor, PAGES, WARN, id="no auditor"),
    ],
)
def test_of_the_services(
    check: Callable[[tuple[Page, ...], Asked], Finding], pages: tuple[Page, ...], verdict: Verdict
) -> None:
    found = check(pages, ASKED)
    assert found.verdict is verdict
    assert bool(found.do) is (verdict is not OK)


@pytest.mark.parametrize(
    ("seen", "behind", "verdict"),
    [
        pytest.param(Ledger(5), 10_000, OK, id="follows"),
        pytest.param(Ledger(5), 10_001, WARN, id="behind"),
        pytest.param(Ledger(5, ("report",)), 0, WARN, id="an index is missing"),
        pytest.param(Ledger(trouble="no answer"), 0, WRONG, id="does not answer"),
    ],
)
def test_of_the_ledger(seen: Ledger, behind: int, verdict: Verdict) -> None:
    bus = a_bus(lags=(Place("escalation-host", EVENTS, 0, behind), Place("metrics", EVENTS, 0, 99_999)))
    assert on_services.ledger(seen, bus).verdict is verdict


def test_the_files_that_settings_name_are_read(tmp_path: Path) -> None:
    there, empty = tmp_path / "keys.json", tmp_path / "policy.yaml"
    there.write_text("{}")
    empty.write_text("")
    environ = {"INTAKE_KEYS_FILE": str(there), "XIAOSHI_POLICY": str(empty), "ROUTING_MODEL": "nowhere.npz"}
    seen = {each.variable: each.trouble for each in files.look(environ)}
    assert seen["INTAKE_KEYS_FILE"] == ""
    assert "is empty" in seen["XIAOSHI_POLICY"]
    assert "No such file" in seen["ROUTING_MODEL"]
    assert on_services.files(files.look(environ)).verdict is WRONG
    assert on_services.files(files.look({"INTAKE_KEYS_FILE": str(there)})).verdict is OK
    assert on_services.files(files.look({})).verdict is OK


def test_every_setting_that_is_a_path_is_known() -> None:
    assert set(files.variables("INTAKE_", IntakeSettings)) == {
        "INTAKE_KEYS_FILE", "XIAOSHI_OLD_CODES", "XIAOSHI_POLICY",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bus", "pages", "code"),
    [
        pytest.param(HEALTHY, (*PAGES, an_audit(timedelta())), 0, id="well"),
        pytest.param(HEALTHY, PAGES, 1, id="something wants a look"),
        pytest.param(None, (*PAGES, an_audit(timedelta())), 2, id="no broker"),
    ],
)
def test_the_worst_finding_is_the_exit_code(bus: Bus | None, pages: tuple[Page, ...], code: int) -> None:
    files_seen: tuple[FileSeen, ...] = ()
    found = examine(Seen(bus, "no broker at all", pages, Ledger(1), files_seen), ASKED)
    assert worst(found) == code
    assert len({each.check for each in found}) == len(found)


def test_a_service_says_which_program_it_is() -> None:
    stream.host("doctored", bootstrap="127.0.0.1:1", web_port=1)
    said = REGISTRY.get_sample_value(on_services.PROGRAM, {"service": "doctored", "version": PROGRAM})
    assert said == 1.0


def test_every_section_that_is_named_is_in_the_runbook() -> None:
    runbook = (Path(__file__).parents[3] / "docs/runbook.md").read_text(encoding="utf-8")
    bad = a_bus(
        writers=(Writer("x", timedelta(days=1), timedelta()),), lags=(Place("routing", EVENTS, 0, 10**6),),
        ticks={}, waiting=1,
    )  # fmt: skip
    pages = (
        a_page("routing", timedelta(days=1), ready=False, ahead=timedelta(days=1)),
        an_audit(timedelta(days=1)),
    )
    found = examine(Seen(bad, "", pages, Ledger(trouble="no"), ()), ASKED)
    named = {each.section for each in found if each.section}
    assert len(named) >= 6
    assert [name for name in named if f"### {name}\n" not in runbook] == []
