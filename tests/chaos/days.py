"""The simulated input: a day of four counties for each fault, and all of it as one day to hold the log against."""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from shared.catalogue import Policy
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.sent import Day, Sent

COUNTIES = ("350782", "430981", "430321", "420303")
"""One in each of four lanes."""
LANES = len(COUNTIES)
FIRST = date(2026, 3, 2)


def day_of(nth: int, seed: int, reports: int, policy: Policy) -> list[Sent]:
    """The nth day of all counties, in the order of time; its matters are its own."""
    sent: list[Sent] = []
    for lane, county in enumerate(COUNTIES):
        made = make_day(county, FIRST + timedelta(days=nth), seed + nth, reports // LANES, policy)
        sent += [_apart(each, (nth * LANES + lane) * 1_000_000) for each in made.sent]
    return sorted(sent, key=lambda each: each.at)


def as_one(sent: Iterable[Sent], seed: int, policy: Policy) -> Day:
    """All that was sent so far, as the simulator's files hold a day."""
    numbered = (replace(each, truth=replace(each.truth, n=n)) for n, each in enumerate(sent, 1))
    return Day(county=COUNTIES[0], day=FIRST, seed=seed, policy=policy.version, sent=tuple(numbered))


def _apart(sent: Sent, by: int) -> Sent:
    """Matters are numbered anew each day and county; here no two have one number."""
    truth = sent.truth
    group = None if truth.group is None else truth.group + by
    like = None if truth.look_alike_of is None else truth.look_alike_of + by
    return replace(sent, truth=replace(truth, group=group, look_alike_of=like))
