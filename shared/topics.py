"""Every topic, once: name, events, key, partitions, retention.

`{source}` and `{county}` stand for one topic each. `LANES` is the number of partitions of everything keyed by
county: the same key is in the same partition of each of them (murmur2, the default of the Java client).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from shared import events as e
from shared.matter import Action, Report, Value

MIB = 1024 * 1024
# base64 makes a record a third larger, and its headers come with it
BURIED = 2 * MIB

Key = Literal["county", "report", "state", "lane"]


@dataclass(frozen=True)
class Topic:
    """`partitions` None: one per lane. `retention` None: kept for ever. `compact`: the last value of a key stays.

    `max_bytes`: of one record.
    """

    name: str
    events: tuple[type[Value], ...]
    key: Key
    doc: str
    partitions: int | None = None
    retention: timedelta | None = None
    compact: bool = False
    max_bytes: int = MIB


RAW = Topic(
    "reports.{source}.v1",
    (Report,),
    "county",
    "what an upstream system sends: raw JSON or CloudEvents",
    retention=timedelta(days=30),
)
RECEIVED = Topic(
    "reports.received.v1", (e.ReportReceived,), "county", "reports that passed intake, once each"
)
REJECTED = Topic(
    "reports.rejected.v1",
    (e.RecordBuried,),
    "county",
    "refused records, with reason and original bytes: contact data among them, so not kept for ever",
    retention=timedelta(days=30),
    max_bytes=BURIED,
)
CONTACTS = Topic("reports.contacts.v1", (e.ContactSealed,), "report", "sealed contact data", compact=True)
ACTIONS = Topic("matters.actions.v1", (Action,), "county", "what desks do, as centres publish it")
RESIDENTS = Topic(
    "residents.actions.v1",
    (Action,),
    "county",
    "what residents do, as intake publishes it for whoever holds the receipt",
)
RULES = Topic(
    "rules.announced.v1",
    (e.CalendarAnnounced, e.PolicyAdopted),
    "lane",
    "what rules from its place in the journal on: holidays as they are announced, policies as they are adopted",
)
TICKS = Topic(
    "clock.ticks.v1", (e.ClockTicked,), "lane", "passing time, on the record", retention=timedelta(days=30)
)
EVENTS = Topic(
    "matters.events.v1",
    (*e.SEQUENCED, *e.MATTER_EVENTS, e.ActionRefused),
    "county",
    "the journal: all that happened in a county, in one order",
)
OBSERVED = Topic(
    "indicators.observed.v1",
    (e.IndicatorObserved,),
    "county",
    "figures that others observe, as surveys and counts: numerator and denominator of a division and a period",
)
ROUTED = Topic(
    "matters.routed.{county}.v1",
    (*e.MATTER_EVENTS, e.ActionRefused),
    "county",
    "what one county's centre consumes",
    partitions=1,
)
DEAD = Topic(
    "{topic}.dead",
    (e.RecordBuried,),
    "county",
    "records that broke their handler",
    partitions=1,
    max_bytes=BURIED,
)


def state_of(service: str) -> Topic:
    """The changelog from which a service's lanes are rebuilt."""
    return Topic(f"{service}.state.v1", (), "state", f"state of {service}'s lanes", compact=True)


SERVICES_WITH_STATE = ("intake", "routing", "escalation", "metrics")
FIXED = (RECEIVED, REJECTED, CONTACTS, ACTIONS, RESIDENTS, RULES, TICKS, EVENTS, OBSERVED)


def raw(source: str) -> str:
    return RAW.name.format(source=source)


def routed(county: str) -> str:
    return ROUTED.name.format(county=county)


def dead(topic: str) -> str:
    return DEAD.name.format(topic=topic)


def declared(sources: tuple[str, ...]) -> dict[str, Topic]:
    """Every topic that must exist before a service starts, by its name on the broker."""
    inputs = {raw(source): RAW for source in sources} | {topic.name: topic for topic in FIXED}
    states = {state_of(name).name: state_of(name) for name in SERVICES_WITH_STATE}
    return inputs | states | {dead(name): DEAD for name in inputs}


def topic_of(name: str) -> Topic:
    """The declaration behind a name on the broker. Raises KeyError for a topic that is not ours."""
    if name.endswith(".dead"):
        return DEAD
    if name.startswith("matters.routed."):
        return ROUTED
    fixed = {topic.name: topic for topic in FIXED} | {
        state_of(s).name: state_of(s) for s in SERVICES_WITH_STATE
    }
    return fixed.get(name) or (RAW if name.startswith("reports.") else fixed[name])
