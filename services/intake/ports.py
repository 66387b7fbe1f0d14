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

    async def is_reachable(self) -> bool:
        """If a record could be published now."""


@dataclass(frozen=True)
class Ports:
    """`are_lanes_running` says no while a lane of this process is not at work."""

    bus: Bus
    ledger: Ledger
    now: Now
    are_lanes_running: Callable[[], bool] = lambda: True
