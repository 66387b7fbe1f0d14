"""How hard a matter is, by facts and not by feeling (分级)."""

from shared.catalogue import Policy
from shared.events import Because
from shared.grades import reached
from shared.matter import Grade, Report

_ORDER = {grade: nth for nth, grade in enumerate(Grade)}


def grade(report: Report, policy: Policy) -> tuple[Grade, tuple[Because, ...]]:
    """The grade, and the facts that gave it: those of the highest grade first, none for a small matter."""
    found = facts(report, policy)
    return (found[0][0] if found else Grade.SMALL), tuple(because for _, because in found)


def facts(report: Report, policy: Policy) -> list[tuple[Grade, Because]]:
    """Every fact that raises the grade, with the grade it raises to, the highest first."""
    rules = policy.file.grading
    found: list[tuple[Grade, Because]] = []
    if report.danger_now:
        found.append((rules.danger_now, Because(rule="danger_now", fact=rules.danger_now.value)))
    if report.injury:
        found.append((rules.injury, Because(rule="injury", fact=rules.injury.value)))
    for rule in ("people_involved", "money_at_stake"):
        one = reached(rule, getattr(report, rule), getattr(rules, rule))
        if one is not None:
            found.append(one)
    if len(found) > 1:
        found.sort(key=_highest_first)
    return found


def _highest_first(fact: tuple[Grade, Because]) -> int:
    return -_ORDER[fact[0]]
