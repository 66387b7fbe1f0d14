"""The only reading of the clock. Lanes never call it: their time comes with what they read."""

from datetime import UTC, datetime


def now() -> datetime:
    """This machine's time, with an offset."""
    return datetime.now(UTC)
