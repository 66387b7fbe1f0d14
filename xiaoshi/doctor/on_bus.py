"""What is judged of the bus, a function for each check. Pure: what was seen in, what to do about it out."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from services.intake.sources import sources
from shared import catalogue, topics
from shared.calendar import ZONE
from shared.topic_admin import configs_of, differences
from shared.topics import Topic
from xiaoshi.doctor.facts import Asked, Bus, Finding, Ruled, TopicSeen, Verdict

BEHIND_RECORDS = 10_000  # as the alert LaneBehind
TICK_GONE = timedelta(minutes=5)  # as the alert TicksMissing
CLOCK_ASTRAY = timedelta(seconds=5)
ANNOUNCED_FROM_MONTH = 11
SHOWN = 5
AS_DECLARED = ("min.insync.replicas", "max.message.bytes", "message.timestamp.type")
SETS = "kafka-configs.sh --alter --entity-type topics --entity-name"


def brokers(bus: Bus, asked: Asked) -> Finding:
    found = f"{bus.brokers} in service, version {bus.version} or later"
    if bus.brokers < asked.replicas:
        do = f"bring brokers back: {asked.replicas} copies of each topic are wanted"
        return Finding("broker", Verdict.WRONG, found, do)
    return Finding("broker", Verdict.OK, found)


def missing_topics(bus: Bus, asked: Asked) -> Finding:
    missing = sorted(topics.declared(tuple(sources())).keys() - bus.topics.keys())
    if missing:
        do = f"xiaoshi topics apply --lanes {asked.lanes} --replicas {asked.replicas}, then start what ended"
        return Finding("topics there", Verdict.WRONG, f"missing: {_some(missing)}", do)
    return Finding("topics there", Verdict.OK, f"{len(bus.topics)} topics")


def topics_as_declared(bus: Bus, asked: Asked) -> Finding:
    wrong = [
        (f"{name} {what}", do)
        for name, seen in sorted(bus.topics.items())
        for what, do in _differences(name, topics.topic_of(name), seen, asked)
    ]
    if wrong:
        found = _some([what for what, _ in wrong])
        return Finding(
            "topics as declared", Verdict.WRONG, found, "; ".join(sorted({do for _, do in wrong})[:3])
        )
    return Finding("topics as declared", Verdict.OK, "partitions, retention, sizes and stamps")


def _differences(name: str, topic: Topic, seen: TopicSeen, asked: Asked) -> Iterator[tuple[str, str]]:
    """What differs, and the command that mends it."""
    declared = configs_of(topic, asked.replicas, recorded_time=asked.time == "driven")
    for what in differences(topic, asked.lanes, seen.partitions, seen.configs):
        if "partition" in what:
            yield (
                what,
                f"stop the services and restore a backup, or start them with XIAOSHI_LANES={seen.partitions}",
            )
        else:
            kept = [f"{key}={declared[key]}" for key in ("cleanup.policy", "retention.ms") if key in declared]
            yield what, f"{SETS} {name} --add-config {','.join(kept)}"
    for key in AS_DECLARED:
        value, wanted = seen.configs.get(key), declared.get(key)
        if wanted is not None and value is not None and value != wanted:
            yield f"has {key}={value}, declared {wanted}", f"{SETS} {name} --add-config {key}={wanted}"
    if seen.replicas < asked.replicas:
        yield f"has {seen.replicas} copies, wanted {asked.replicas}", "kafka-reassign-partitions.sh"


def copies(bus: Bus, _: Asked) -> Finding:
    short = sorted(name for name, seen in bus.topics.items() if seen.short)
    if short:
        do = "bring the broker back that is away, or wait until it has caught up"
        return Finding("copies in sync", Verdict.WARN, f"not whole: {_some(short)}", do)
    return Finding("copies in sync", Verdict.OK, "every partition has all its copies")


def open_transactions(bus: Bus, _: Asked) -> Finding:
    """A transaction that outlives its own time holds back every reader behind it."""
    name, section = "transactions", "LaneStuck"
    hanging = [each.name for each in bus.writers or () if each.age > each.timeout]
    if hanging:
        do = "kafka-transactions.sh find-hanging, then abort; restart the service the writer is named after"
        return Finding(name, Verdict.WRONG, f"open longer than they may: {_some(hanging)}", do, section)
    held = [f"{each.topic}/{each.partition}" for each in bus.held]
    told = f"{len(bus.writers)} open" if bus.writers is not None else "the broker does not tell of them"
    if bus.writers is None and held:
        do = "ask again in a minute; what is then still held back has a writer that hangs"
        return Finding(name, Verdict.WARN, f"{told}; held back: {_some(held)}", do, section)
    return Finding(name, Verdict.OK, told)


def reader_lag(bus: Bus, _: Asked) -> Finding:
    behind = [
        f"{each.reader} {each.records:,} of {each.topic}/{each.partition}"
        for each in sorted(bus.lags, key=lambda each: -each.records)
        if each.records > BEHIND_RECORDS
    ]
    if behind:
        do = "after a stop wait; else add replicas, or mend what is slow"
        return Finding("readers", Verdict.WARN, f"behind: {_some(behind)}", do, "LaneBehind")
    most = max((each.records for each in bus.lags), default=0)
    return Finding("readers", Verdict.OK, f"{len(bus.lags)} places, {most:,} records behind at most")


def ticks(bus: Bus, asked: Asked) -> Finding:
    """Passing time as it stands on the bus, against this machine's."""
    name = "ticks"
    if asked.time == "driven":
        return Finding(name, Verdict.OK, "time is driven")
    late = [lane for lane in range(asked.lanes) if asked.now - bus.ticks.get(lane, asked.now) > TICK_GONE]
    never = [lane for lane in range(asked.lanes) if lane not in bus.ticks]
    if late or never:
        return Finding(
            name, Verdict.WRONG, f"no tick for five minutes: lanes {_some(map(str, sorted({*late, *never})))}",
            "restart escalation: without ticks no deadline fires", "TicksMissing",
        )  # fmt: skip
    ahead = max((at - asked.now for at in bus.ticks.values()), default=timedelta())
    if ahead > CLOCK_ASTRAY:
        do = "mend the time of the machine escalation runs on, or of this one"
        return Finding(
            name, Verdict.WRONG, f"ahead of here by {ahead.total_seconds():.0f} s", do, "ClockJumped"
        )
    return Finding(name, Verdict.OK, f"on all {asked.lanes} lanes")


def dead_letters(bus: Bus, _: Asked) -> Finding:
    if bus.waiting:
        do = "xiaoshi dead list, mend the cause, then xiaoshi dead replay"
        found = f"{bus.waiting} waiting of {bus.letters}"
        return Finding("dead letters", Verdict.WARN, found, do, "DeadLetters")
    return Finding("dead letters", Verdict.OK, f"{bus.letters} in all, none waiting")


def policy(bus: Bus, asked: Asked) -> Finding:
    """The same on all lanes; and intake, which reads a file, must know its categories."""
    name = "policy"
    adopted = {lane: ruled.policy for lane, ruled in bus.ruled.items() if ruled.policy is not None}
    versions = sorted({each.version for each in adopted.values()})
    if not adopted:
        return Finding(
            name, Verdict.OK, f"none adopted: the services' own file rules ({asked.policy.version})"
        )
    if len(versions) > 1 or len(adopted) < asked.lanes:
        found = f"{', '.join(versions)} on {len(adopted)} of {asked.lanes} lanes"
        return Finding(name, Verdict.WRONG, found, "xiaoshi policy adopt with the file that is to rule")
    [version] = versions
    if version != asked.policy.version:
        on_bus = catalogue.of_text(next(iter(adopted.values())).text).file.categories
        if on_bus.keys() != asked.policy.file.categories.keys():
            do = "give intake (XIAOSHI_POLICY) the file that was adopted, and restart it"
            return Finding(
                name, Verdict.WARN, f"{version} rules, intake's {asked.policy.version} has others", do
            )
    return Finding(name, Verdict.OK, f"{version} on all lanes")


def holidays(bus: Bus, asked: Asked) -> Finding:
    """This year's at any time, the next year's from November on, when they are announced."""
    today = asked.now.astimezone(ZONE).date()
    last = today.year + (today.month >= ANNOUNCED_FROM_MONTH)
    unknown = [
        year
        for year in asked.policy.calendar.unannounced(today.year, last)
        if not all(year in bus.ruled.get(lane, Ruled()).years for lane in range(asked.lanes))
    ]
    if unknown:
        do = f"xiaoshi calendar show {unknown[0]}, then xiaoshi calendar announce {unknown[0]}"
        found = f"nobody announced {', '.join(map(str, unknown))}: deadlines into it are provisional"
        return Finding("holidays", Verdict.WARN, found, do)
    return Finding("holidays", Verdict.OK, f"announced to the end of {last}")


CHECKS = (
    brokers, missing_topics, topics_as_declared, copies, open_transactions, reader_lag, ticks, dead_letters,
    policy, holidays,
)  # fmt: skip


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
