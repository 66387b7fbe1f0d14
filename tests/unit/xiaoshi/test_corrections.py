"""What people set right, learnt from the files that hold it: events, lines of a replay, and an exported ledger."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.routing.classify import model as models
from shared import topics, wire
from shared.events import MatterCategorised, MatterEvent, MatterOpened
from shared.store.dump import write_documents
from shared.store.fold import fold_all
from shared.wire import Record
from tests.every_event import EVERY, an_event
from tests.journal import START
from tests.unit.routing.test_classify_model import ROWS
from xiaoshi.__main__ import main
from xiaoshi.commands.replay import line_of
from xiaoshi.evaluate.labelled import Labelled, read, read_all

DAY = timedelta(days=1)
SHEET = an_event(MatterCategorised).sheet  # type: ignore[attr-defined]


def corrected(matter: str, category: str, number: int = 2, **sheet: Any) -> MatterEvent:
    told = msgspec.structs.replace(SHEET, category=category, **sheet)
    return an_event(
        MatterCategorised, matter_id=matter, number=number, at=START + (number - 1) * DAY, sheet=told
    )


def opened(matter: str) -> MatterEvent:
    return an_event(MatterOpened, matter_id=matter, number=1)


def as_event(event: MatterEvent) -> bytes:
    return wire.encode(event)


def as_replayed(event: MatterEvent) -> bytes:
    out = wire.out(
        event, "/test", topics.EVENTS.name, 0, cause="c", subject="", county=event.county, at=event.at
    )
    return json.dumps(line_of(out), ensure_ascii=False).encode()


def ledger(path: Path, events: Sequence[MatterEvent]) -> Path:
    """As `xiaoshi ledger export` writes it."""
    records = [
        Record(topics.EVENTS.name, 0, nth, wire.millis(event.at), None, wire.encode(event), ())
        for nth, event in enumerate(events)
    ]
    write_documents(fold_all({}, records).values(), path)
    return path


def lines(path: Path, *told: bytes) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in told))
    return path


HISTORY = [
    opened("m1"),
    corrected("m1", "city.greening", 2),
    opened("m2"),
    corrected("m1", "environment.noise", 3, title="树", text="树上的喇叭太吵"),
    opened("m3"),
    corrected("m3", "utility.water", 2),
]
LAST = [
    Labelled("m1", "树", "树上的喇叭太吵", "environment.noise", on=(START + 2 * DAY).date()),
    Labelled("m3", SHEET.title, SHEET.text, "utility.water", on=(START + DAY).date()),
]


@pytest.mark.parametrize("told", [as_event, as_replayed], ids=["events", "lines of a replay"])
def test_the_last_word_on_each_matter_is_read_and_the_rest_is_counted(told: Any, tmp_path: Path) -> None:
    passed: Counter[str] = Counter()
    path = lines(tmp_path / "events.jsonl", *map(told, HISTORY))
    assert read(path, passed) == LAST
    assert passed == {"matter.opened": 3, "matter.categorised, not the last of its matter": 1}


def test_of_an_exported_ledger_the_corrected_matters_are_read(tmp_path: Path) -> None:
    passed: Counter[str] = Counter()
    path = ledger(tmp_path / "matters.jsonl", HISTORY)
    assert read(path, passed) == LAST
    assert passed == {
        "matter without a correction": 1,
        "matter.categorised, not the last of its matter": 1,
    }


def test_every_other_kind_of_event_is_passed_over(tmp_path: Path) -> None:
    passed: Counter[str] = Counter()
    [row] = read(lines(tmp_path / "events.jsonl", *map(as_event, EVERY)), passed)
    assert row.label == SHEET.category
    assert passed == Counter(wire.kind_of(each) for each in EVERY) - Counter({"matter.categorised": 1})


def test_labelled_messages_and_corrections_may_lie_in_one_file(tmp_path: Path) -> None:
    message = {"text": "坏了", "category": "city.street_light", "type": "留言"}
    path = lines(tmp_path / "both.jsonl", as_event(HISTORY[1]), b"", json.dumps(message).encode())
    assert [(row.key, row.label) for row in read(path)] == [
        ("0", "city.street_light"),
        ("m1", "city.greening"),
    ]


def test_what_is_passed_over_is_counted_over_all_files(tmp_path: Path) -> None:
    passed: Counter[str] = Counter()
    files = [lines(tmp_path / f"{nth}.jsonl", *map(as_event, HISTORY[:2])) for nth in range(2)]
    assert len(read_all(files, passed)) == 2
    assert passed == {"matter.opened": 2}


def test_one_command_learns_from_an_exported_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [opened("other")]
    for nth, row in enumerate(ROWS):
        matter = f"m{nth:03}"
        events += [opened(matter), corrected(matter, row.label, title=row.title, text=row.text)]
    path, out = ledger(tmp_path / "matters.jsonl", events), tmp_path / "classify.npz"

    assert main(["classify", "train", str(path), "--out", str(out)]) == 0

    facts = models.load(out).facts
    assert sum(facts.rows.values()) == len(ROWS)
    assert facts.trained_at == (START + DAY).date()
    assert "passed over 1 matter without a correction" in capsys.readouterr().out
