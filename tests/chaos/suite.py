"""A day for each fault: feed, inflict, wait until it is worked off, hold all there is against every promise."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from random import Random

from rich.console import Console

from shared.catalogue import Policy
from tests.chaos.arena import Arena, NotHereError
from tests.chaos.days import as_one, day_of
from tests.chaos.faults import Fault, Inflicted
from tests.chaos.table import Row
from xiaoshi.simulator.dice import dice
from xiaoshi.simulator.files import write_acted, write_day
from xiaoshi.verify import check_all, print_table

PATIENCE = 180.0
AFTERWARDS = timedelta(days=3)
EVERY = timedelta(hours=2)


class Suite:
    """One growing log: after each fault all that is there is checked again."""

    def __init__(self, arena: Arena, policy: Policy, seed: int, reports: int, console: Console) -> None:
        self._arena = arena
        self._policy = policy
        self._seed = seed
        self._reports = reports
        self._console = console
        self._days = 0
        self._found = (0, 0, 0)

    def run(self, fault: Fault) -> Row:
        """`fault` is inflicted beside a day's feed."""
        arena, row = self._arena, Row(fault.name)
        day = day_of(self._days, self._seed, self._reports, self._policy)
        self._days += 1
        with ThreadPoolExecutor(1) as beside:
            inflicted = beside.submit(_timed, fault, arena, dice("chaos", self._seed, fault.key))
            recovered: list[float] = []

            def is_level() -> None:
                for name in sorted(arena.system.children):
                    arena.wait_ready(name)
                recovered.append(time.monotonic())
                if inflicted.exception() is None:
                    inflicted.result()[0].afterwards()

            try:
                arena.feed.play(day, inflicted.done, is_level)
            except BaseException:
                arena.feed.end()
                raise
        row.reports = len(day)
        _say(row, inflicted, recovered[0])
        self._check(row)
        return row

    def run_on(self) -> Row:
        """Days without reports, so that what was planned is done and what is due falls due."""
        row = Row("afterwards: three days of deadlines")
        now = self._arena.feed.now
        assert now is not None
        self._arena.feed.run_on(now + AFTERWARDS, EVERY)
        self._check(row)
        return row

    def facts(self) -> str:
        """What else is worth telling of the whole run."""
        feed, system = self._arena.feed, self._arena.system
        return (
            f"{len(feed.agenda.acted):,} actions; {feed.tally.read:,} events read, each once; workers started again "
            f"{system.revived} times; {len(feed.posted_again)} posts sent again"
        )

    def _check(self, row: Row) -> None:
        """What is wrong now and was not before: on a log nothing goes away."""
        feed, system = self._arena.feed, self._arena.system
        folder = self._arena.run_dir / "day"
        write_day(as_one(feed.sent, self._seed, self._policy), folder)
        write_acted(feed.agenda.acted, folder)
        findings = check_all(
            system.addresses.kafka,
            policy=self._policy,
            metrics=[system.addresses.url(name, "/metrics") for name in system.children if "metrics" in name],
            mongo=system.addresses.mongo,
            truth=folder,
            patience=PATIENCE,
        )
        found = feed.tally.lost, feed.tally.doubled, sum(finding.differs for finding in findings)
        row.lost, row.doubled, row.differs = (
            max(0, now - was) for now, was in zip(found, self._found, strict=True)
        )
        self._found = found
        row.broken += feed.surprises
        feed.surprises.clear()
        if row.differs:
            print_table(findings, self._console)


def _timed(fault: Fault, arena: Arena, chance: Random) -> tuple[Inflicted, float]:
    inflicted = fault.inflict(arena, chance)
    return inflicted, time.monotonic()


def _say(row: Row, done: "Future[tuple[Inflicted, float]]", recovered: float) -> None:
    try:
        inflicted, ended = done.result()
    except NotHereError as why:
        row.told = f"not inflicted: {why}"
    except Exception as error:  # whatever it is, the other faults still have their turn
        row.broken.append(f"{type(error).__name__}: {error}")
    else:
        row.times, row.told, _ = inflicted
        row.seconds = recovered - ended
