"""What the door counts. The lanes count their own records (`shared.lane`)."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from shared.reasons import Reason

OUTCOMES = ("accepted", "duplicate", "refused")
REFUSALS = (
    Reason.NOT_JSON,
    Reason.TOO_LARGE,
    Reason.TOO_DEEP,
    Reason.FIELD_INVALID,
    Reason.FIELD_UNKNOWN,
    Reason.DIVISION_UNKNOWN,
    Reason.CATEGORY_UNKNOWN,
    Reason.SOURCE_MISMATCH,
    Reason.IN_THE_FUTURE,
)
ASKED_OUTCOMES = ("accepted", "refused", "too_many", "not_sorted")
TURNED_AWAY = ("broker", "busy", "connection", "share", "store")

REPORTS = Counter("xiaoshi_intake_reports", "Reports at the door.", ("source", "outcome"))
REFUSED = Counter("xiaoshi_intake_refusals", "Reports refused at the door.", ("source", "reason"))
ASKED = Counter("xiaoshi_intake_resident_actions", "Actions of residents at the door.", ("outcome",))
AWAY = Counter("xiaoshi_intake_turned_away", "Requests told to come back, by what was missing.", ("missing",))
SECONDS = Histogram("xiaoshi_intake_post_seconds", "From a body at the door to its answer.", ("source",))
IN_FLIGHT = Gauge("xiaoshi_intake_in_flight_requests", "Requests being answered.")
CONNECTIONS = Gauge("xiaoshi_intake_connections", "Connections to the door.")
IN_FLIGHT_BYTES = Gauge("xiaoshi_intake_in_flight_bytes", "Bodies being held.")


def start_at_zero(sources: Iterable[str]) -> None:
    """Every label set there can be exists from the start, so that a rate is right from the first report on."""
    for source in sources:
        SECONDS.labels(source)
        for outcome in OUTCOMES:
            REPORTS.labels(source, outcome)
        for reason in REFUSALS:
            REFUSED.labels(source, reason)
    for outcome in ASKED_OUTCOMES:
        ASKED.labels(outcome)
    for missing in TURNED_AWAY:
        AWAY.labels(missing)
