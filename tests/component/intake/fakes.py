"""The bus and the ledger in memory. The fake bus passes the real one's contract test."""

import asyncio
from collections.abc import Sequence

from services.intake.rules.progress import Status
from shared.errors import BrokerUnavailableError, StoreUnavailableError
from shared.wire import Out


class FakeBus:
    """`is_away`: nothing gets through. `gate`: who publishes has `arrived` and waits until it is set."""

    def __init__(self) -> None:
        self.outs: list[Out] = []
        self.is_away = False
        self.gate: asyncio.Event | None = None
        self.arrived = asyncio.Semaphore(0)

    async def publish(self, outs: Sequence[Out]) -> None:
        if self.gate is not None:
            self.arrived.release()
            await self.gate.wait()
        if self.is_away:
            raise BrokerUnavailableError("away")
        self.outs.extend(outs)

    async def trouble(self) -> str | None:
        return "away" if self.is_away else None


class FakeLedger:
    """What is known by receipt."""

    def __init__(self) -> None:
        self.known: dict[str, Status] = {}
        self.is_away = False

    async def status_of(self, receipt: str) -> Status | None:
        if self.is_away:
            raise StoreUnavailableError("away")
        return self.known.get(receipt)
