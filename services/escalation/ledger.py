"""The ledger's two projections, in the Faust app of this service; its lanes are none of their business."""

from datetime import timedelta

from shared import store, topics
from shared.stream import App, project
from shared.wire import Record

# Matters that come back in one batch cost one write instead of many.
BATCH = 5000
WITHIN = timedelta(milliseconds=500)


def attach(app: App, store_url: str) -> None:
    """Project matters and receipts into the store."""
    store.connect(store_url)
    prepared: list[bool] = []
    recent = store.Recent()

    def matters(records: list[Record]) -> None:
        if not prepared:
            store.prepare()  # not before the store is first needed: it may come up later than we do
            prepared.append(True)
        store.project_events(records, recent=recent)

    project(app, topics.EVENTS.name, matters, name="ledger-matters", batch=BATCH, within=WITHIN)
    project(
        app, topics.RECEIVED.name, store.project_receipts, name="ledger-receipts", batch=BATCH, within=WITHIN
    )
