"""`xiaoshi demo`: one simulated day of a county on the real services, and what came of it."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from shared import catalogue, divisions, topics
from shared.catalogue import Policy
from shared.errors import XiaoshiError
from shared.topic_admin import ensure_topics
from xiaoshi import summary, verify
from xiaoshi.drive import Drive
from xiaoshi.player import Played, Player
from xiaoshi.simulator.day import make_day
from xiaoshi.simulator.desks import Desks
from xiaoshi.simulator.files import write_acted, write_day
from xiaoshi.simulator.sent import Day
from xiaoshi.system import System, running

HELP = "play one simulated day of a county on real parts, check every promise, and stop everything"
LANES = 2
STEP = timedelta(minutes=10)
CATCH_UP_SECONDS = 120.0  # for the ledger, whose stand-in store is slow
AFTERWARDS = timedelta(hours=2)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--county", default="430981", help="6-digit division code (430981)")
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 3, 2), help="(2026-03-02)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reports", type=int, default=3000, help="submissions in the day (3000)")
    parser.add_argument(
        "--days-after", type=int, default=10, help="days the clock runs on without reports (10)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the run's folder, with all logs")


def run(args: argparse.Namespace) -> int:
    console = Console()
    run_dir = Path(tempfile.mkdtemp(prefix="xiaoshi-demo-"))
    try:
        return _demo(args, console, run_dir)
    except XiaoshiError:
        console.print(f"logs: {run_dir}")
        args.keep = True
        raise
    finally:
        if not args.keep:
            shutil.rmtree(run_dir, ignore_errors=True)


def _demo(args: argparse.Namespace, console: Console, run_dir: Path) -> int:
    policy = catalogue.load()
    console.print(
        f"[bold]小事 Xiaoshi[/bold]: {args.day} in {divisions.full_name(args.county)} ({args.county})"
    )
    day = make_day(args.county, args.day, args.seed, args.reports, policy)
    write_day(day, run_dir / "day")
    with running(run_dir, time="driven", lanes=LANES) as (system, taken):
        for line in taken:
            console.print(f"  {line}")
        started = time.monotonic()
        played = _play(system, day, policy, args, console)
        write_acted(played.acted, run_dir / "day")
        console.print(f"  played in {time.monotonic() - started:.0f} s")
        findings = verify.check_all(
            system.addresses.kafka,
            policy=policy,
            metrics=[system.addresses.url("metrics", "/metrics")],
            mongo=system.addresses.mongo,
            truth=run_dir / "day",
            patience=CATCH_UP_SECONDS,
        )
        refused = sum(played.refused.values()) + played.tally.kinds["record.buried"]
        summary.print_day(played.tally, len(day.sent), refused, console)
    verify.print_table(findings, console)
    broken = [finding.check for finding in findings if not finding.ok]
    for surprise in played.surprises:
        console.print(f"[red]the door: {surprise}[/red]")
    if broken or played.surprises:
        console.print(f"[bold red]broken: {', '.join(broken) or 'the door'}[/bold red]")
        return 1
    console.print("[bold green]every promise was kept[/bold green]")
    return 0


def _play(system: System, day: Day, policy: Policy, args: argparse.Namespace, console: Console) -> Played:
    """The day on the running system, with progress."""
    addresses = system.addresses
    city = args.county[:4] + "00"
    told = {topics.routed(key): topics.ROUTED for key in (args.county, city)}
    ensure_topics(addresses.kafka, told, addresses.lanes, 1, recorded_time=True)
    drive = Drive(addresses.kafka, addresses.lanes, told)
    player = Player(addresses, drive, day, Desks(args.seed, policy))
    first = datetime.combine(args.day, datetime.min.time(), tzinfo=day.sent[0].at.tzinfo)
    until = first + timedelta(days=1 + args.days_after)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    try:
        with Progress(
            *columns, console=console, disable=not sys.stderr.isatty() and not console.is_terminal
        ) as bar:
            task = bar.add_task("simulated time", total=(until - first).total_seconds(), said="")

            def progress(at: datetime) -> None:
                counts = player.played.tally.kinds
                said = (
                    f"{at:%m-%d %H:%M}  opened {counts['matter.opened']}  joined {counts['matter.joined']}"
                    f"  risen {counts['matter.escalated']}  closed {counts['matter.closed']}"
                )
                bar.update(task, completed=(at - first).total_seconds(), said=said)
                if not console.is_terminal and at.hour % 6 == 0 and at.minute == 0:
                    console.print(f"  {said}")

            return player.play(STEP, AFTERWARDS, until, progress)
    finally:
        drive.close()
