"""The ledger (台账) in the document store: a projection of the log that can be made anew at any time."""

from shared.store.connection import connect, disconnect, prepare
from shared.store.projection import project_events, project_receipts
from shared.store.queries import Listed, ReceiptStatus, matters_of, status_of, visible_to
from shared.store.recent import Recent

__all__ = [
    "Listed",
    "ReceiptStatus",
    "Recent",
    "connect",
    "disconnect",
    "matters_of",
    "prepare",
    "project_events",
    "project_receipts",
    "status_of",
    "visible_to",
]
