"""The real ledger, asked beside the event loop on threads of its own: a slow store must not slow the door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from services.intake.rules.progress import Status
from shared import store

THREADS = 4


class StoreLedger:
    """`shared.store`, awaited. Use as `async with ledger.open():`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ledger")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        store.connect(self._url)
        try:
            yield
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)
            store.disconnect()

    async def status_of(self, receipt: str) -> Status | None:
        return await asyncio.get_running_loop().run_in_executor(self._threads, store.status_of, receipt)
