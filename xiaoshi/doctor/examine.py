"""All checks over all that was seen, always in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

from xiaoshi.doctor import on_bus, on_services
from xiaoshi.doctor.facts import Asked, Bus, FileSeen, Finding, Ledger, Page, Verdict


@dataclass(frozen=True)
class Seen:
    """`bus` None: it did not answer, and `trouble` says why; what is on it is then not judged."""

    bus: Bus | None
    trouble: str
    pages: Sequence[Page]
    ledger: Ledger
    files: Sequence[FileSeen]


def examine(seen: Seen, asked: Asked) -> list[Finding]:
    if seen.bus is None:
        do = "start the brokers, or mend the way to them; what is on the bus could not be looked at"
        found = [Finding("broker", Verdict.WRONG, seen.trouble, do)]
    else:
        found = [check(seen.bus, asked) for check in on_bus.CHECKS]
    found += [check(seen.pages, asked) for check in on_services.CHECKS]
    return [*found, on_services.ledger(seen.ledger, seen.bus), on_services.files(seen.files)]


def worst(findings: Sequence[Finding]) -> int:
    """The exit code: 0 all is well, 1 something wants a look, 2 something is wrong."""
    grades = list(Verdict)
    return max(grades.index(finding.verdict) for finding in findings)
