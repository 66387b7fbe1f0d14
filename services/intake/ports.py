"""What the door needs of the world, as types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.intake.rules.progress import Status
from shared.wire import Out

Now = Callable[[], datetime]


class Ledger(Protocol):
    """Where receipts are looked up."""

    async def status_of(self, receipt: str) -> Status | None:
        """None when the code is not known yet. Raises StoreUnavailableError."""


class Bus(Protocol):
    """Where accepted reports, and what residents ask for, go."""

    async def publish(self, outs: Sequence[Out]) -> None:
        """Returns once every record is on the bus for good (`acks=all`).

        Raises BrokerUnavailableError if that is not certain for one of them: some may be there all the same.
        """

    async def trouble(self) -> str | None:
        """Why no record could be published now, in words; None: it could."""


@dataclass(frozen=True)
class Ports:
    """`lanes` says what is wrong with the lanes of this process; None: nothing."""

    bus: Bus
    ledger: Ledger
    now: Now
    lanes: Callable[[], str | None] = lambda: None
