"""What follows the log from outside is a moment behind it."""

import time
from collections.abc import Callable

from xiaoshi.verify.findings import Finding

AGAIN_SECONDS = 0.25


def once_equal(compare: Callable[[], Finding], patience: float) -> Finding:
    """The first finding without a difference, or the last one when patience ends."""
    until = time.monotonic() + patience
    while not (finding := compare()).ok and time.monotonic() < until:
        time.sleep(AGAIN_SECONDS)
    return finding
