"""The calendar and the strategies that the tests of working time share."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shared.calendar import ZONE, WallClock, WorkingDays, WorkingHours, china

CALENDAR = china(2026)
"""As known in 2026: a newer `holidays` must not move what these tests say of 2027 and 2028."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


instants = st.builds(
    lambda start, length, zone: (start + length).astimezone(zone),
    st.sampled_from(
        [at("1999-12-31T00:00"), at("2026-01-01T00:00"), at("2026-12-01T00:00"), at("2028-02-28T00:00")]
    ),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.sampled_from([ZONE, UTC]),
)
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=40))
working = st.builds(WorkingDays, st.integers(1, 300)) | st.builds(WorkingHours, lengths)
walls = st.builds(WallClock, lengths)
budgets = working | walls
