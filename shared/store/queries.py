"""What the ledger is asked."""

from dataclasses import dataclass
from datetime import datetime

from shared.divisions import Tier
from shared.matter import State
from shared.store.connection import asking
from shared.store.documents import Matter, Receipt


@dataclass(frozen=True)
class ReceiptStatus:
    """What whoever holds a receipt may know. `state` None: received, and still being sorted.

    `joined`: others reported the same matter.
    """

    receipt: str
    received_at: datetime
    state: State | None = None
    tier: Tier | None = None
    desk_division: str | None = None
    desk_body: str | None = None
    due_at: datetime | None = None
    joined: bool = False


def status_of(receipt: str) -> ReceiptStatus | None:
    """None when no such receipt is in the ledger. Raises StoreUnavailableError."""
    with asking():
        noted = Receipt.objects(receipt=receipt).first()
        if noted is None:
            return None
        matter = (
            Matter.objects(reports__report_id=noted.report_id)
            .only("state", "tier", "desk_division", "desk_body", "due_at", "reports")
            .first()
        )
    if matter is None:
        return ReceiptStatus(receipt, noted.received_at)
    return ReceiptStatus(
        receipt,
        noted.received_at,
        State(matter.state),
        Tier(matter.tier),
        matter.desk_division,
        matter.desk_body,
        matter.due_at,
        len(matter.reports) > 1,
    )
