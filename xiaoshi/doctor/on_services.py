"""What is judged of the services, the auditor, the ledger and the files that settings name. Pure, as `on_bus` is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from xiaoshi.doctor.facts import Asked, Bus, FileSeen, Finding, Ledger, Page, Verdict

LANES = ("intake", "routing", "escalation", "metrics")
PROGRESS = "xiaoshi_lane_last_progress_timestamp_seconds"
PROGRAM = "xiaoshi_program_info"
CLEAN = "xiaoshi_audit_last_clean_pass_timestamp_seconds"
STUCK = timedelta(minutes=1)  # as the alert LaneStuck
AUDIT_GONE = timedelta(minutes=15)  # as the alert AuditNotClean
CLOCK_ASTRAY = timedelta(seconds=5)
LEDGER_GROUP = "escalation-host"
BEHIND_RECORDS = 10_000


def ready(pages: Sequence[Page], _: Asked) -> Finding:
    down = [f"{page.service} {page.url}: {page.said}" for page in _services(pages) if not page.ready]
    if down:
        do = "read the last lines of its log, mend what they name, and start it again"
        return Finding("services ready", Verdict.WRONG, "; ".join(down), do, "ServiceDown")
    return Finding("services ready", Verdict.OK, f"{len(list(_services(pages)))} replicas")


def lanes(pages: Sequence[Page], asked: Asked) -> Finding:
    """Every service has every lane once, and each goes round. Told by /metrics."""
    seen: dict[str, dict[int, float]] = defaultdict(dict)
    for page in _services(pages):
        for figure in page.of(PROGRESS):
            lane = int(figure.labels["partition"])
            seen[page.service][lane] = max(figure.value, seen[page.service].get(lane, 0.0))
    wrong = [
        f"{service} lane {lane} {'is nowhere' if lane not in seen[service] else 'stands still'}"
        for service in LANES
        for lane in range(asked.lanes)
        if asked.now.timestamp() - seen[service].get(lane, 0.0) > STUCK.total_seconds()
    ]
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        do = "name every replica to the doctor; make the replicas as many as <NAME>_REPLICAS says; restart what stands"
        return Finding("lanes", Verdict.WRONG, ", ".join(wrong[:5]) + more, do, "LaneMissing")
    return Finding("lanes", Verdict.OK, f"{asked.lanes} of each service go round")


def versions(pages: Sequence[Page], _: Asked) -> Finding:
    known = {
        figure.labels.get("version", ""): page.service
        for page in _services(pages)
        for figure in page.of(PROGRAM)
    }
    if len(known) > 1:
        found = ", ".join(f"{service} {version}" for version, service in sorted(known.items()))
        return Finding("versions", Verdict.WARN, found, "finish the upgrade: all services of one version")
    return Finding("versions", Verdict.OK, next(iter(known), "nobody says"))


def clocks(pages: Sequence[Page], _: Asked) -> Finding:
    astray = [
        f"{page.service} {page.url} by {page.ahead.total_seconds():+.0f} s"
        for page in pages
        if page.ahead is not None and abs(page.ahead) > CLOCK_ASTRAY
    ]
    if astray:
        do = "set the clocks of these machines, or of this one, by NTP"
        return Finding("clocks", Verdict.WARN, f"not as here: {', '.join(astray)}", do, "ClockJumped")
    return Finding("clocks", Verdict.OK, "as here, within five seconds")


def auditor(pages: Sequence[Page], asked: Asked) -> Finding:
    passes = [figure.value for page in pages if page.service == "audit" for figure in page.of(CLEAN)]
    if not passes:
        do = "start it: xiaoshi audit --every 1m, and name it by --audit"
        return Finding("auditor", Verdict.WARN, "does not answer", do, "AuditGone")
    ago = timedelta(seconds=asked.now.timestamp() - max(passes))
    if ago > AUDIT_GONE:
        found = "has found nothing in order yet" if not max(passes) else f"last clean {_minutes(ago)} ago"
        return Finding("auditor", Verdict.WRONG, found, "xiaoshi audit says what differs", "AuditNotClean")
    return Finding("auditor", Verdict.OK, f"last clean {_minutes(ago)} ago")


def ledger(seen: Ledger, bus: Bus | None) -> Finding:
    name, section = "ledger", "ProjectionStuck"
    if seen.trouble:
        return Finding(
            name, Verdict.WRONG, seen.trouble, "bring the store back; nothing else need be done", section
        )
    if seen.missing:
        do = "restart escalation: it makes them when it first writes"
        return Finding(name, Verdict.WARN, f"indexes missing: {', '.join(seen.missing)}", do)
    behind = sum(each.records for each in bus.lags if each.reader == LEDGER_GROUP) if bus else 0
    found = f"about {seen.matters:,} matters, {behind:,} records behind the journal"
    if behind > BEHIND_RECORDS:
        return Finding(
            name, Verdict.WARN, found, "after a stop wait; else see what the store is slow at", section
        )
    return Finding(name, Verdict.OK, found)


def files(seen: Sequence[FileSeen]) -> Finding:
    wrong = [f"{each.variable}: {each.trouble}" for each in seen if each.trouble]
    if wrong:
        do = "put the file there, and let the service read it: it will not start again without"
        return Finding("files of settings", Verdict.WRONG, "; ".join(wrong), do)
    found = ", ".join(each.variable for each in seen) or "no setting here names one"
    return Finding("files of settings", Verdict.OK, found)


CHECKS = (ready, lanes, versions, clocks, auditor)


def _services(pages: Iterable[Page]) -> Iterable[Page]:
    return [page for page in pages if page.service != "audit"]


def _minutes(ago: timedelta) -> str:
    return f"{ago.total_seconds() / 60:.0f} min"
