"""A ledger that was changed behind the bus: the check must see it, offline, and say what is wrong."""

import argparse
import copy
import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bson.datetime_ms import DatetimeMS

from shared import store as ledger_store
from shared import wire
from shared.backing import Store
from shared.chain import digest_of, links
from shared.errors import InputInvalidError, SettingsInvalidError
from shared.events import MatterEvent
from shared.store.check import Checked, Head, check
from shared.store.connection import database
from shared.store.dump import read_documents, read_heads, write_documents, write_heads
from shared.store.fold import Document, fold_all
from tests import journal
from xiaoshi.commands import ledger as verb

REFUSED = 2  # refusals of the matter that is broken


def a_chained_life(nth: int = 0, *, since: int = 2) -> list[MatterEvent]:
    """As escalation writes it; before event `since` as it did when there was no chain."""
    life: list[MatterEvent] = []
    for event in journal.a_life(nth):
        chained = event.number >= max(since, 2)
        previous = digest_of(wire.encode(life[-1])) if chained else ""
        life.append(msgspec.structs.replace(event, previous=previous))
    return life


LIFE = a_chained_life()
MATTER = LIFE[0].matter_id
TEXTS = [wire.encode(event) for event in LIFE]


def a_ledger() -> list[Document]:
    """Three matters, the first with refusals among its events."""
    refusals = [journal.a_refusal(MATTER, nth=nth) for nth in range(REFUSED)]
    events = [*LIFE[:3], refusals[0], *LIFE[3:], refusals[1], *a_chained_life(1), *a_chained_life(2)]
    return list(fold_all({}, journal.records(events)).values())


def changed(change: Callable[[Document], object]) -> list[Document]:
    ledger = copy.deepcopy(a_ledger())
    change(ledger[0])
    return ledger


def folded_again(document: Document, texts: list[bytes]) -> None:
    """What somebody would do who knows how a document is made."""
    events = [wire.decode(text) for text in texts]
    rows = zip(journal.records(events), texts, strict=True)
    document.update(fold_all({}, [record._replace(value=text) for record, text in rows])[MATTER])


def rechained(texts: list[bytes]) -> list[bytes]:
    """A history written anew from end to end."""
    new: list[bytes] = []
    for number, text in enumerate(texts, 1):
        event: Any = wire.decode(text)
        previous = digest_of(new[-1]) if new else ""
        new.append(wire.encode(msgspec.structs.replace(event, number=number, previous=previous)))
    return new


def wrong(ledger: list[Document], earlier: dict[str, Head] | None = None) -> str:
    """All that is said of the one matter that was changed; no other may be called broken."""
    broken = check(ledger, earlier).broken
    assert list(broken) == [MATTER]
    return "; ".join(broken[MATTER])


def test_a_digest_is_of_the_bytes_on_the_bus() -> None:
    assert digest_of(b"{}") == hashlib.blake2b(b"{}", digest_size=16).hexdigest()
    assert len(digest_of(b"")) == 32


def test_an_unchanged_ledger_is_whole() -> None:
    ledger = a_ledger()
    assert check(ledger) == Checked(
        matters=3,
        events=3 * len(LIFE),
        heads={
            row["_id"]: Head(row["_id"], len(LIFE), digest_of(row["history"][-1]["event"].encode()))
            for row in ledger
        },
    )


def test_a_history_is_a_chain_whether_its_texts_are_bytes_or_not() -> None:
    assert list(links(MATTER, TEXTS)) == list(links(MATTER, [text.decode() for text in TEXTS]))
    assert not any(link.wrong for link in links(MATTER, TEXTS))


def test_every_changed_byte_before_the_end_is_found() -> None:
    for at in range(len(TEXTS[2])):
        flipped = bytes([TEXTS[2][at] ^ 1])
        texts = [*TEXTS[:2], TEXTS[2][:at] + flipped + TEXTS[2][at + 1 :], *TEXTS[3:]]
        found = [link.place for link in links(MATTER, texts) if link.wrong]
        assert 4 in found
        assert set(found) <= {3, 4}


def test_events_older_than_the_chain_are_counted_and_not_broken() -> None:
    ledger = list(fold_all({}, journal.records([*a_chained_life(0, since=4), *journal.a_life(1)])).values())
    checked = check(ledger)
    assert not checked.broken
    assert checked.unchained == 2 + len(LIFE) - 1


def test_an_event_without_a_link_after_one_that_has_it_is_broken() -> None:
    texts = [wire.encode(msgspec.structs.replace(event, previous="")) for event in LIFE]
    document = a_ledger()[0]
    folded_again(document, [*TEXTS[:3], *texts[3:]])
    assert wrong([document]) == "event 4 names none before it, as only events older than the chain do"


def _alter(document: Document) -> None:
    row = document["history"][3]
    row["event"] = row["event"].replace("a0-2", "a0-9")


def _swap(document: Document) -> None:
    history = document["history"]
    history[2], history[3] = history[3], history[2]


def _add(document: Document) -> None:
    document["history"].insert(3, copy.deepcopy(document["history"][3]))


def _lend(document: Document) -> None:
    document["history"][3] = copy.deepcopy(a_ledger()[1]["history"][3])


def _refuse_another(document: Document) -> None:
    [elsewhere] = fold_all(
        {}, journal.records([a_chained_life(1)[0], journal.a_refusal(f"{journal.COUNTY}-r1")])
    ).values()
    document["refusals"][1] = elsewhere["refusals"][0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(_alter, "event 5 names another event before it", id="a-byte-of-an-event-in-the-middle"),
        pytest.param(
            lambda each: each["history"].pop(3),
            "event 4 has number 5; event 4 names another",
            id="an-event-removed",
        ),
        pytest.param(
            lambda each: each["history"].pop(0),
            "event 1 has number 2; event 1 names another",
            id="the-first-removed",
        ),
        pytest.param(_swap, "event 3 has number 4; event 3 names another event", id="two-events-swapped"),
        pytest.param(_add, "event 5 has number 4; event 5 names another event", id="an-event-added"),
        pytest.param(
            _lend,
            "event 4 is of another matter; event 4 names another event",
            id="an-event-of-another-matter",
        ),
        pytest.param(
            lambda each: each["history"].pop(), "number, revision, state", id="the-end-cut-off-clumsily"
        ),
        pytest.param(
            lambda each: each.update(state="routed"), "what its events make of it in state", id="a-field"
        ),
        pytest.param(lambda each: each.update(closed_at=None), "in closed_at", id="a-field-emptied"),
        pytest.param(lambda each: each.pop("town"), "in town", id="a-field-removed"),
        pytest.param(lambda each: each.update(watch=None), "in watch", id="a-field-added"),
        pytest.param(
            lambda each: each.update(due_at=each["opened_at"] + timedelta(milliseconds=1)),
            "in due_at",
            id="an-instant",
        ),
        pytest.param(
            lambda each: each["history"][1].update(kind="matter.closed"), "in history", id="the-kind-of-a-row"
        ),
        pytest.param(lambda each: each["refusals"][0].update(reason="late"), "in refusals", id="a-refusal"),
        pytest.param(lambda each: each["refusals"].pop(), "in revision", id="a-refusal-removed"),
        pytest.param(_refuse_another, "in refusals, revision", id="a-refusal-of-another-matter"),
        pytest.param(
            lambda each: each["history"][1].update(event="{"), "event 2 cannot be read", id="no-json"
        ),
        pytest.param(
            lambda each: each["history"][1].update(event="\ud800"),
            "event 2 cannot be read",
            id="no-character",
        ),
        pytest.param(
            lambda each: each["history"][1].update(event=each["refusals"][0]["event"]),
            "event 2 is no event of a matter",
            id="a-refusal-in-the-history",
        ),
        pytest.param(
            lambda each: each["refusals"][0].update(event=""),
            "cannot be made again",
            id="a-refusal-without-text",
        ),
        pytest.param(
            lambda each: each["history"][1].pop("event"), "has rows that cannot be read", id="no-text"
        ),
        pytest.param(lambda each: each.update(history=None), "has rows that cannot be read", id="no-list"),
        pytest.param(lambda each: each["history"].clear(), "has no history", id="no-history"),
    ],
)
def test_a_changed_matter_is_found(change: Callable[[Document], object], says: str) -> None:
    assert says in wrong(changed(change))


def test_a_matter_that_is_there_twice_is_broken() -> None:
    ledger = a_ledger()
    assert wrong([*ledger, ledger[0]]) == "is there twice"


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        pytest.param(TEXTS[:-1], "had 7 events before and has 6", id="the-end-cut-off"),
        pytest.param(
            [*TEXTS[:-1], TEXTS[-1].replace(b"a0-5", b"a0-9")],
            "event 7 is not the one that was there before",
            id="the-end-altered",
        ),
        pytest.param(
            rechained([*TEXTS[:2], *TEXTS[3:]]),
            "had 7 events before and has 6",
            id="one-removed-and-all-written-anew",
        ),
        pytest.param(
            rechained([*TEXTS[:2], TEXTS[2].replace(b"a0-1", b"a0-9"), *TEXTS[3:]]),
            "event 7 is not the one that was there before",
            id="one-altered-and-all-written-anew",
        ),
    ],
)
def test_what_is_written_anew_with_care_is_found_by_the_heads_of_an_earlier_check_alone(
    texts: list[bytes], says: str
) -> None:
    earlier = check(a_ledger()).heads
    ledger = changed(lambda document: folded_again(document, texts))
    assert not check(ledger).broken
    assert wrong(ledger, earlier) == says


def test_a_matter_that_is_gone_is_found_by_the_heads_of_an_earlier_check() -> None:
    ledger = a_ledger()
    assert wrong(ledger[1:], check(ledger).heads) == "was there before and is gone"


def test_a_ledger_that_has_grown_holds_against_its_earlier_heads() -> None:
    young = list(fold_all({}, journal.records(LIFE[:3])).values())
    checked = check(a_ledger(), check(young).heads)
    assert not checked.broken


def test_a_dump_gives_the_same_documents_and_heads(tmp_path: Path) -> None:
    dump, heads = tmp_path / "dump.jsonl", tmp_path / "heads.jsonl"
    assert write_documents(a_ledger(), dump) == 3
    assert list(read_documents(dump)) == a_ledger()
    checked = check(read_documents(dump))
    write_heads(checked.heads, heads)
    assert read_heads(heads) == checked.heads
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["dump.jsonl", "heads.jsonl"]


def test_an_instant_that_no_calendar_has_is_told_and_does_not_end_the_check(tmp_path: Path) -> None:
    write_documents(changed(lambda document: document.update(due_at=DatetimeMS(2**62))), tmp_path / "dump")
    assert wrong(list(read_documents(tmp_path / "dump"))) == "is not what its events make of it in due_at"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"{}\n{", "line 2", id="no-json"),
        pytest.param(b"[]\n", "line 1: no document", id="no-document"),
        pytest.param(b'{"_id": {"$oid": "x"}}\n', "line 1", id="no-bson"),
        pytest.param(b"\xff\n", "utf-8", id="no-text"),
    ],
)
def test_a_file_that_is_no_dump_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "dump").write_bytes(content)
    with pytest.raises(InputInvalidError, match=says):
        list(read_documents(tmp_path / "dump"))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f'["m",0,"{"0" * 32}"]', id="number-0"),
        pytest.param(f'["m",1,"{"0" * 31}"]', id="digest-too-short"),
        pytest.param(f'["m",1,"{"0" * 32}",1]', id="one-value-too-many"),
        pytest.param("m 1", id="no-json"),
    ],
)
def test_a_file_that_is_no_heads_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "heads").write_text(line)
    with pytest.raises(InputInvalidError, match="line 1"):
        read_heads(tmp_path / "heads")


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    verb.add(parser)
    return verb.run(parser.parse_args([str(each) for each in arguments]))


@pytest.fixture
def mongo(store: Store) -> Iterator[str]:
    url = f"{store.url.rstrip('/')}/check_{uuid.uuid4().hex[:8]}"
    ledger_store.connect(url)
    database()["matters"].insert_many(a_ledger())
    yield url
    ledger_store.disconnect()


def test_a_store_and_its_dump_have_the_same_heads(
    mongo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump, heads = tmp_path / "dump", tmp_path / "heads"
    assert run("export", "--mongo", mongo, "--out", dump) == 0
    assert run("check", "--mongo", mongo) == 0
    assert run("check", "--file", dump, "--save-heads", heads) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1] == f"3 matters, {3 * len(LIFE)} events, 0 of them from before the chain; 0 matters broken"
    assert told[2] == told[4] == f"heads {hashlib.blake2b(heads.read_bytes(), digest_size=16).hexdigest()}"


def test_a_store_that_was_changed_is_told_and_its_heads_are_not_saved(
    mongo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = tmp_path / "heads"
    assert run("check", "--mongo", mongo, "--save-heads", heads) == 0
    before = heads.read_bytes()
    database()["matters"].update_one({"_id": MATTER}, {"$set": {"state": "routed"}})
    database()["matters"].delete_one({"_id": f"{journal.COUNTY}-r2"})
    assert run("check", "--mongo", mongo, "--heads", heads, "--save-heads", heads) == 1
    told = capsys.readouterr().out
    assert f"broken: {MATTER}: is not what its events make of it in state\n" in told
    assert f"broken: {journal.COUNTY}-r2: was there before and is gone\n" in told
    assert "held against 3 heads of an earlier check" in told
    assert heads.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [pytest.param(["check"], id="check"), pytest.param(["export", "--out", "x"], id="export")]
)
def test_without_a_store_nothing_is_asked(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XIAOSHI_MONGO", raising=False)
    with pytest.raises(SettingsInvalidError, match="--mongo"):
        run(*arguments)
