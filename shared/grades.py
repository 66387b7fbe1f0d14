"""How many make a matter big or hard: one reading of the policy's figures."""

from shared.matter import Grade
from shared.matter_events import Because
from shared.policy_file import Limits


def reached(rule: str, count: int | None, limits: Limits | None) -> tuple[Grade, Because] | None:
    """The grade a count raises to, and the row that says so; None below every limit. The limit itself counts."""
    if count is None or limits is None or count < limits.big:
        return None
    grade, limit = (Grade.HARD, limits.hard) if count >= limits.hard else (Grade.BIG, limits.big)
    return grade, Because(rule=rule, fact=f"{count} >= {limit}: {grade.value}")
