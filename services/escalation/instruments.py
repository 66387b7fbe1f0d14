"""What escalation shows of itself besides what every lane does."""

from prometheus_client import Gauge, Histogram

MINUTE, HOUR, DAY = 60, 3600, 86400
LATENESS = Histogram(
    "xiaoshi_escalation_lateness_seconds",
    "From a matter's limit to the supervision order or notice it led to.",
    buckets=(1, 2, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY),
)
TICKED = Gauge("xiaoshi_clock_tick_timestamp_seconds", "The last tick a lane has read.", ("partition",))
WAITING = Gauge(
    "xiaoshi_escalation_behind_seconds",
    "How long the earliest limit that has passed has been waiting for its turn.",
    ("partition",),
)
