"""The same input gives the same bytes: what the services made of a file equals `xiaoshi replay` of it."""

import json
from pathlib import Path

import pytest

from xiaoshi.__main__ import main
from xiaoshi.system import System

MESSAGES = Path(__file__).parents[3] / "shared" / "data" / "replay" / "messages.jsonl"
TICK = "14d"


@pytest.mark.live
def test_real_messages_end_in_matters_or_reasons_and_equal_their_replay(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not MESSAGES.exists():
        pytest.skip("the benchmark's messages are not beside the project")
    kafka, events = system.addresses.kafka, tmp_path / "events.jsonl"
    lines = MESSAGES.read_text(encoding="utf-8").splitlines()
    published = ["publish", str(MESSAGES), "--kafka", kafka, "--at", "reported", "--tick", TICK]
    assert main(published) == 0
    replayed = [
        "replay",
        "--reports",
        str(MESSAGES),
        "--out",
        str(events),
        "--tick",
        TICK,
        "--lanes",
        str(system.addresses.lanes),
    ]
    assert main(replayed) == 0
    verified = [
        "verify", "--kafka", kafka, "--mongo", system.addresses.mongo, "--against", str(events),
        "--metrics", system.addresses.url("metrics", "/metrics"), "--wait", "120",
    ]  # fmt: skip
    assert main(verified) == 0, capsys.readouterr().out
    ends = [json.loads(line)["data"] for line in events.read_text(encoding="utf-8").splitlines()]
    # what was matched may open a matter after all: a report has one end, however many events tell of it
    placed = {end["report_id"] for end in ends if end["type"] in ("matter.opened", "report.matched")}
    refused = sum(end["type"] == "record.buried" for end in ends)
    assert (len(placed), refused) == (
        sum('"division": "43"' not in line for line in lines),
        len(lines) - len(placed),
    )
