"""`xiaoshi canary`: a synthetic report over the whole road, once or for ever."""

import argparse
import asyncio
import os
import time
from datetime import timedelta

import aiohttp
from aiokafka.errors import KafkaError

from shared import clock, divisions, logs, pages, topics
from shared.errors import BrokerUnavailableError, SettingsInvalidError
from shared.progress import PATIENCE, Pulse
from shared.settings import span
from shared.topic_admin import ensure_topics
from xiaoshi.canary import ARRIVED, SUCCESS, Canary, HttpDoor, listening

HELP = "a synthetic report (巡检) over the whole road and back: does one still come through, and how fast"

ONCE = timedelta(minutes=1)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    parser.add_argument("--url", default="http://127.0.0.1:8001", help="of intake")
    parser.add_argument("--api-key", default=os.environ.get("XIAOSHI_API_KEY"), help="good for --source")
    parser.add_argument("--source", default="app", help="whose road it takes (app)")
    parser.add_argument("--every", type=span, metavar="TIME", help="go on for ever, as in 1m")
    parser.add_argument("--port", type=int, default=8006, help="where it is asked, with --every (8006)")
    parser.add_argument("--bind", default=os.environ.get("XIAOSHI_BIND", "127.0.0.1"), metavar="ADDR")
    parser.add_argument(
        "--replicas",
        type=int,
        default=int(os.environ.get("XIAOSHI_TOPIC_REPLICAS") or 1),
        metavar="R",
        help="of its topic, where that is not there yet",
    )


def run(args: argparse.Namespace) -> int:
    """0: it arrived. 1: it did not. With --every it ends only when it is stopped."""
    if not args.kafka or not args.api_key:
        raise SettingsInvalidError("give --kafka and --api-key, or set XIAOSHI_KAFKA and XIAOSHI_API_KEY")
    if args.every is not None:
        logs.start("canary")
    ensure_topics(args.kafka, {topics.routed(divisions.NOWHERE): topics.ROUTED}, 1, args.replicas)
    try:
        return asyncio.run(_run(args))
    except KafkaError as error:
        raise BrokerUnavailableError(f"{args.kafka}: {error}") from error


async def _run(args: argparse.Namespace) -> int:
    async with aiohttp.ClientSession() as session, listening(args.kafka) as centre:
        door = HttpDoor(session, args.url, args.api_key, args.source)
        canary = Canary(door, centre, args.every or ONCE)
        if args.every is None:
            ended = await canary.journey(clock.now())
            print(ended if ended == ARRIVED else f"lost: not {ended}")
            return 0 if ended == ARRIVED else 1
        return await _watch(canary, args)


async def _watch(canary: Canary, args: argparse.Namespace) -> int:
    """It is ready while journeys end, however they do: that they arrive is a figure, and an alert of its own."""
    every = args.every.total_seconds()
    pulse = Pulse("no journey has ended", max(3 * every, PATIENCE), time.monotonic)
    SUCCESS.set_to_current_time()  # from here on it has to arrive
    site = pages.Pages(args.bind, args.port, {"canary": pulse.trouble})
    await site.start()
    try:
        while True:
            began = time.monotonic()
            await canary.journey(clock.now())
            pulse.beat()
            await asyncio.sleep(max(0.0, began + every - time.monotonic()))
    finally:
        await site.stop()
