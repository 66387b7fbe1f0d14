"""Traps other codebases fell into, one test for each: of a matter's life. Those of code, rules and settings are in
`tests.unit.test_traps_of_code`.
"""

from typing import Any

import pytest

from services.intake.rules.progress import progress
from shared import events as e
from shared import topics
from shared.matter import ActionKind, Ground, State
from shared.reasons import Reason
from shared.store.fold import Document, fold_all
from shared.store.queries import _status
from tests.builders import MONDAY, POLICY, SAME_TOWN
from tests.unit.escalation.lane import HOUR, INSTANT, K, Lane, S, W, as_record, kinds, one
from tests.unit.escalation.test_side_ways import TO_OPEN

THEFT: dict[str, Any] = {"category": "order.theft"}
PETITION: dict[str, Any] = {"category": "petition.first"}
AT_WORK = (S.ACCEPTED, S.IN_PROGRESS)


def lived(*steps: ActionKind, **report: Any) -> Lane:
    lane = Lane(**(report or THEFT))
    lane.go(*steps)
    return lane


def joined(lane: Lane) -> str:
    """Another matter, two reports in it, is merged into the lane's; its second report."""
    into, lane.matter_id = lane.matter_id, lane.report(source_id="2", division=SAME_TOWN, **THEFT)
    lane.matched("theirs")
    lane.act(K.JOIN, into=into)
    assert lane.position.state is S.MERGED
    lane.matter_id = into
    return "theirs"


@pytest.mark.parametrize("state", TO_OPEN, ids=str)
def test_what_is_said_about_a_matter_resets_no_deadline(state: State) -> None:
    lane = lived(*TO_OPEN[state])
    assert lane.position.state is state
    before = lane.matter.position
    assert before.due is not None
    lane.tick(MONDAY + HOUR)
    lane.go(K.COMMENT, K.BOOK, K.BOOK, K.HOLD, K.MISS)
    if state in AT_WORK:
        lane.go(K.WHISTLE, K.ANSWER_WHISTLE, K.ASK_EXTENSION, K.REFUSE_EXTENSION)
    if state is S.VISITED:
        lane.go(K.RATE)
    assert kinds(lane.matched("more")) == ["matter.joined"]
    joined(lane)
    lane.act(K.SPLIT, taken_out="more")
    if before.due.red is not None:
        assert lane.matter_id in [each.matter_id for each in lane.tick(before.due.red)]
        assert lane.matter.urged == (before.due.at,)
    assert lane.position == before


@pytest.mark.parametrize(
    ("steps", "report"),
    [
        pytest.param((), THEFT, id="one limit"),
        pytest.param((), PETITION, id="a deadline for accepting before it"),
        pytest.param((K.RETURN, K.UPHOLD), THEFT, id="after a dispute"),
        pytest.param((K.TRANSFER,), THEFT, id="sent on to another desk"),
    ],
)
def test_a_claim_leaves_the_limit_as_it_was_and_it_still_passes(
    steps: tuple[ActionKind, ...], report: dict[str, Any]
) -> None:
    lane = lived(*steps, **report)
    limit = lane.limit
    lane.go(K.ACCEPT)
    assert (lane.due, lane.position.limit) == (limit, None)
    assert kinds(lane.tick(limit.at - INSTANT)) == ["matter.urged"]
    assert kinds(lane.tick(limit.at)) == ["matter.ordered", "matter.escalated"]


@pytest.mark.parametrize(
    ("stop", "more"),
    [
        pytest.param(K.PAUSE, {"ground": Ground.WAITS_FOR_RESIDENT}, id="for the resident"),
        pytest.param(K.PAUSE, {"ground": Ground.WAITS_FOR_EXPERT}, id="for an expert"),
        pytest.param(K.PAUSE, {"ground": Ground.WAITS_FOR_COURT}, id="for the court"),
        pytest.param(K.TO_COURT, {}, id="in court"),
    ],
)
def test_a_chain_that_stands_still_runs_on_by_itself_and_its_limit_passes(
    stop: ActionKind, more: dict[str, Any]
) -> None:
    lane = lived(K.ACCEPT)
    limit = lane.due
    lane.act(stop, **more)
    end = lane.due
    assert (end.what, lane.position.limit) == ("resume", limit)
    assert lane.tick(end.at - INSTANT) == []
    resumed = one(lane.tick(end.at))
    assert (type(resumed), resumed.reason) == (e.MatterResumed, Reason.LIMIT_PASSED)
    assert (lane.position.state, lane.due.what, lane.position.limit) == (S.IN_PROGRESS, "resolve", None)
    assert lane.due.at > max(end.at, limit.at)
    assert kinds(lane.tick(lane.due.at - INSTANT)) == ["matter.urged"]
    assert kinds(lane.tick(lane.due.at)) == ["matter.ordered", "matter.escalated"]


def ledger(lane: Lane) -> dict[str, Document]:
    """What the ledger holds of all that the journal says."""
    opened = [record for record in lane.records if b"matter.opened" in (record.value or b"")]
    said = [as_record(out) for out in lane.outs if out.topic == topics.EVENTS.name]
    return fold_all({}, [*opened, *said])


def test_reports_that_are_joined_keep_their_reporters() -> None:
    lane = lived(K.ACCEPT)
    lane.matched("second")
    theirs = [lane.matter.parts[0].report_id, "second", joined(lane)]
    everyone = [part.report_id for part in lane.matter.parts]
    assert (len(everyone), set(theirs) < set(everyone)) == (4, True)
    for report_id in everyone:
        assert kinds(lane.act(K.COMMENT, W.RESIDENT, report_id=report_id)) == ["matter.commented"]
    lane.go(K.RESOLVE, K.VISIT)
    for report_id in everyone:
        assert kinds(lane.act(K.RATE, report_id=report_id)) == ["matter.rated"]
    documents = ledger(lane)
    assert [row["report_id"] for row in documents[lane.matter_id]["reports"]] == everyone
    for report_id in everyone:
        noted = {"_id": "0", "report_id": report_id, "received_at": MONDAY, "county": lane.county}
        found = [
            each for each in documents.values() if report_id in {r["report_id"] for r in each["reports"]}
        ]
        status = _status(noted, sorted(found, key=lambda each: bool(each["state"] == S.MERGED)))
        told = progress("0", status, POLICY.file, "en", None)
        assert (status.matter_id, told["state"], told["joined"]) == (
            lane.matter_id,
            lane.position.state,
            True,
        )
