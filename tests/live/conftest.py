"""The whole system for one test: its topics and collections have the names they always have, so nothing is shared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import backing
from shared.backing import Store
from xiaoshi.system import System

LANES = 4


@pytest.fixture
def system(tmp_path: Path, store: Store) -> Iterator[System]:
    """All four services on a broker of their own; time is driven."""
    with backing.broker(run_dir=tmp_path) as found:
        database = f"{store.url.rstrip('/')}/{tmp_path.name.replace('-', '_')}"
        running = System(tmp_path / "services", found.bootstrap, database, time="driven", lanes=LANES)
        running.start()
        yield running
        running.stop()
