"""`xiaoshi audit`: an independent look at every deadline, once or for ever."""

import argparse
import asyncio
import logging
import os
import time
from datetime import datetime, timedelta

from prometheus_client import Counter, Gauge
from rich.console import Console

from shared import clock, logs, pages
from shared.errors import SettingsInvalidError, XiaoshiError
from shared.progress import Pulse
from shared.settings import span
from xiaoshi.audit import GRACE, Audit, Pass, felt, journal_of, pulse_of
from xiaoshi.inputs import instant
from xiaoshi.verify.findings import EXAMPLES, print_table

log = logging.getLogger(__name__)

HELP = "from the journal alone: every open matter has one next deadline, and none was skipped or fired twice"

CLEAN = Gauge(
    "xiaoshi_audit_last_clean_pass_timestamp_seconds",
    "When everything was last found in order. Only a clean pass moves it: a dead man's handle.",
)
PASSES = Counter("xiaoshi_audit_passes", "Passes of the auditor.", ("outcome",))
OPEN = Gauge("xiaoshi_audit_open_matters", "Open matters, each with one next deadline.")
OUTCOMES = ("clean", "different", "failed")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument("--every", type=span, metavar="TIME", help="go on for ever, as in 1m")
    parser.add_argument("--port", type=int, default=8005, help="where it is asked, with --every (8005)")
    parser.add_argument("--bind", default=os.environ.get("XIAOSHI_BIND", "127.0.0.1"), metavar="ADDR")
    parser.add_argument(
        "--grace",
        type=span,
        default=GRACE,
        metavar="TIME",
        help="how late what is due may be acted on, and how old the last tick may be (2m)",
    )
    parser.add_argument(
        "--known-until",
        type=instant,
        metavar="INSTANT",
        help="differences before it have been looked at, and are told no more",
    )
    parser.add_argument(
        "--time",
        choices=("wall", "driven"),
        default=os.environ.get("XIAOSHI_TIME", "wall"),
        help="driven: the ticks do not follow the wall clock",
    )


def run(args: argparse.Namespace) -> int:
    """0: all in order. 1: something is not. With --every it ends only when it is stopped."""
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    read = journal_of(args.kafka)
    if args.every is None:
        return _print(Audit(read, args.grace, args.known_until).audit(_now(args)))
    logs.start("audit")
    for outcome in OUTCOMES:
        PASSES.labels(outcome)
    pulse = pulse_of(args.every, time.monotonic)
    return asyncio.run(_watch(Audit(felt(read, pulse), args.grace, args.known_until), pulse, args))


async def _watch(audit: Audit, pulse: Pulse, args: argparse.Namespace) -> int:
    """What cannot be asked is counted and asked again: a broker that is away is not the auditor's end."""
    site = pages.Pages(args.bind, args.port, {"audit": pulse.trouble})
    await site.start()
    every: timedelta = args.every
    try:
        while True:
            await asyncio.to_thread(look, audit, pulse, _now(args))
            await asyncio.sleep(every.total_seconds())
    finally:
        await site.stop()


def look(audit: Audit, pulse: Pulse, now: datetime | None) -> None:
    """One pass, told in figures and in the log."""
    try:
        found = audit.audit(now)
    except XiaoshiError as error:
        PASSES.labels("failed").inc()
        log.error("could not be asked", extra={"error": str(error)})
        return
    pulse.beat()
    PASSES.labels("clean" if found.is_clean else "different").inc()
    OPEN.set(found.open_matters)
    if found.is_clean:
        CLEAN.set_to_current_time()
    for line in (*found.finding.examples, *found.lines[:EXAMPLES]):
        log.error(line)


def _now(args: argparse.Namespace) -> datetime | None:
    return clock.now() if args.time == "wall" else None


def _print(found: Pass) -> int:
    print_table([found.finding], Console())
    for line in found.lines[:EXAMPLES]:
        print(line)
    if len(found.lines) > EXAMPLES:
        print(f"{len(found.lines) - EXAMPLES} more")
    print(f"{found.open_matters} matters open, {'all in order' if found.is_clean else 'not in order'}")
    return 0 if found.is_clean else 1
