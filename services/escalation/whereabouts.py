"""Where a report is by now, whatever people have joined, merged and split since."""

from collections.abc import Mapping
from typing import Any

from services.escalation.rules.matter import Joined, Life
from shared.matter import ENDED

JOINED = "joined "
"""Before a report's id: where the state keeps what it would have been by itself."""


def matter_with(
    state: Mapping[str, Any], county: str, report_id: str | None, taken_for: str = ""
) -> Life | None:
    """The matter a report is of; None: too long ago to be known.

    `taken_for`: its matter, of events that name no report.
    """
    joined = state.get(f"{JOINED}{report_id}")
    if report_id is not None:
        taken_for = joined.matter_id if isinstance(joined, Joined) else f"{county}-{report_id}"
    matter: Life | None = state.get(taken_for)
    while matter is not None and matter.into is not None and matter.position.state in ENDED:
        matter = state.get(matter.into)
    return matter
