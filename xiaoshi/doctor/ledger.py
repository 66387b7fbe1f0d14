"""The ledger, looked at: does the store answer, and are the indexes there."""

from shared import store
from shared.errors import StoreUnavailableError
from shared.store.connection import missing_indexes
from shared.store.queries import count_of_matters
from xiaoshi.doctor.facts import Ledger


def look(url: str) -> Ledger:
    store.connect(url)
    try:
        return Ledger(count_of_matters(), tuple(missing_indexes()))
    except StoreUnavailableError as error:
        return Ledger(trouble=str(error))
    finally:
        store.disconnect()
