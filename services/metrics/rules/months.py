"""The last days of a month, when figures are due."""

from datetime import datetime, timedelta

from shared.calendar import ZONE

END = timedelta(days=3)


def is_month_end(at: datetime) -> bool:
    """Whether it is one of the last three days of a month in China, from midnight on."""
    local = at.astimezone(ZONE)
    return (local + END).month != local.month
