"""A simulated day on the log: what was to be accepted or refused was, and how well joining found the true matters."""

from base64 import b64decode
from collections import Counter
from pathlib import Path

from shared import topics
from shared.reasons import Reason
from shared.receipts import report_id_of
from xiaoshi.simulator.files import read_day
from xiaoshi.simulator.score import score_joins
from xiaoshi.simulator.sent import Sent
from xiaoshi.verify.findings import Finding, Tally, not_compared
from xiaoshi.verify.letters import buried
from xiaoshi.verify.log import Log, digest
from xiaoshi.verify.matters import Matters

CHECK = "truth of the day"


def compare(folder: Path | None, log: Log, matters: Matters) -> Finding:
    """`folder` None: nobody asked for it. How well joining did is told, and never a difference."""
    if folder is None:
        return not_compared(CHECK, "no --truth")
    day = read_day(folder)
    tally = Tally(CHECK, compared=len(day.sent))
    refused = _refused(log)
    for sent in day.sent:
        if wrong := _wrong(sent, matters, refused):
            tally.differ(f"submission {sent.truth.n}: {wrong}")
    score = score_joins(day.groups(report_id_of), matters.placed)
    return tally.finding(
        f"joins: precision {score.precision:.4f}, recall {score.recall:.4f}, {score.true} true pairs"
    )


def _refused(log: Log) -> Counter[tuple[bytes, Reason]]:
    """By the bytes as they were sent: what is broken may have no id."""
    refused: Counter[tuple[bytes, Reason]] = Counter()
    for partition in log.partitions(topics.REJECTED.name):
        for record in log.read(topics.REJECTED.name, partition):
            event = buried(record)
            if event is not None:
                refused[digest(b64decode(event.original)), event.reason] += 1
    return refused


def _wrong(sent: Sent, matters: Matters, refused: Counter[tuple[bytes, Reason]]) -> str:
    truth = sent.truth
    times = matters.received[report_id_of(truth.source, truth.source_id)]
    if truth.expect != "refused":
        return "" if times == 1 else f"{truth.expect}, and its report was received {times} times"
    if times:
        return f"must be refused as {truth.reason}, and was received"
    if sent.road == "http":
        return ""  # the door said no, and nothing went onto the bus
    assert truth.reason is not None
    key = digest(sent.payload), truth.reason
    if not refused[key]:
        return f"was not refused as {truth.reason}"
    refused[key] -= 1
    return ""
