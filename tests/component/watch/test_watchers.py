"""The auditor and the canary as processes: they go on for ever, and say on their pages whether they do."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from shared.backing.probes import free_ports
from xiaoshi.audit import Audit, felt, pulse_of
from xiaoshi.canary import ARRIVED, Canary
from xiaoshi.commands import audit, canary

EVERY = timedelta(minutes=1)


class Clock:
    """Seconds, moved by hand."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


class Bird(Canary):
    """Arrives at once, and is counted."""

    def __init__(self) -> None:
        self.journeys = 0

    async def journey(self, at: datetime) -> str:
        self.journeys += 1
        return ARRIVED


def arguments() -> argparse.Namespace:
    [port] = free_ports(1)
    return argparse.Namespace(bind="127.0.0.1", port=port, every=EVERY, time="driven")


@asynccontextmanager
async def running(watching: Coroutine[Any, Any, int]) -> AsyncIterator[None]:
    task = asyncio.create_task(watching)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def asked(args: argparse.Namespace, path: str) -> tuple[int, str]:
    """As soon as it answers."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientConnectorError):
                async with session.get(f"http://127.0.0.1:{args.port}{path}") as answer:
                    return answer.status, await answer.text()
            await asyncio.sleep(0.01)


async def test_the_auditor_is_ready_while_its_passes_end_and_not_when_they_stop() -> None:
    args, clock = arguments(), Clock()
    pulse = pulse_of(EVERY, clock)
    looking = Audit(felt(lambda _: (), pulse))
    async with running(audit._watch(looking, pulse, args)):
        assert (await asked(args, "/readyz"))[0] == 200
        assert "xiaoshi_audit_passes_total" in (await asked(args, "/metrics"))[1]
        clock.time += 3 * EVERY.total_seconds() + 1
        status, said = await asked(args, "/readyz")
        assert (status, "nothing was read to its end for 181 s" in said) == (503, True)
        assert (await asked(args, "/healthz"))[0] == 200


async def test_the_canary_sets_out_at_once_and_says_so() -> None:
    args, bird = arguments(), Bird()
    async with running(canary._watch(bird, args)):
        assert (await asked(args, "/readyz"))[0] == 200
        assert "xiaoshi_canary_last_success_timestamp_seconds" in (await asked(args, "/metrics"))[1]
        assert bird.journeys == 1
