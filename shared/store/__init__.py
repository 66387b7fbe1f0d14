"""The ledger (台账) in the document store: a projection of the log that can be made anew at any time."""

from shared.store.connection import connect, disconnect, prepare
from shared.store.projection import project_events, project_receipts
from shared.store.queries import ReceiptStatus, status_of

__all__ = [
    "ReceiptStatus",
    "connect",
    "disconnect",
    "prepare",
    "project_events",
    "project_receipts",
    "status_of",
]
