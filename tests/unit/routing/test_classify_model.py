"""A trained model: what its file may be, that it comes back as it was written, and that like messages stay together."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from services.routing.classify import model as models
from services.routing.classify.features import (
    FIELDS,
    HEADS,
    READ,
    TITLE,
    UPPER,
    WHOLE,
    WORDS,
    grams,
    spelled,
)
from services.routing.classify.model import SCHEMA_VERSION, Model
from services.routing.classify.said import HEAD, said
from services.routing.classify.training import Row, digest_of, groups_of, trained
from shared.errors import InputInvalidError

KINDS = {
    "city.street_light": ("路灯不亮", "的路灯坏了，晚上黑漆漆的看不见路", "灯杆歪了，灯罩快掉下来"),
    "environment.noise": ("夜里太吵", "半夜放音乐，吵得睡不着", "机器凌晨还在响，噪声很大"),
    "utility.water": ("停水了", "自来水停了一天没有通知", "水管爆了，水流了一地"),
}
PLACES = (
    "金桂路",
    "翠竹巷",
    "富民街",
    "康庄大道",
    "和顺里",
    "青松坪",
    "银杏湾",
    "碧水桥",
    "映山村",
    "向阳坡",
)


def history() -> list[Row]:
    return [
        Row(title, f"{place}{nth}号{text}。", label)
        for label, (title, *texts) in KINDS.items()
        for nth, place in enumerate(PLACES)
        for text in texts
    ]


ROWS = history()
MODEL = trained(ROWS, date(2026, 3, 2), left_out=2)
ASKED = [("", "桥头的路灯一直不亮"), ("太吵了", "楼下放音乐到半夜"), ("", ""), ("停水", "家里没有自来水")]


def test_it_learns_and_tells_why() -> None:
    first, *others = MODEL.guess("停水", "家里没有自来水")
    assert first.category == "utility.water"
    assert first.confidence > max(guess.confidence for guess in others)
    assert any(why.lstrip("^").startswith(("停水", "水")) for why in first.because)
    assert len(others) == 2


def test_one_by_one_and_in_a_batch_the_shares_are_the_same() -> None:
    shares = MODEL.shares(ASKED)
    assert shares.shape == (4, 3)
    assert shares.sum(axis=1) == pytest.approx(1)
    for message, share in zip(ASKED, shares, strict=True):
        of = {guess.category: guess.confidence for guess in MODEL.guess(*message)}
        assert [of[label] for label in MODEL.labels] == pytest.approx(share.tolist(), abs=1e-5)
    assert MODEL.shares([]).shape == (0, 3)


def test_the_facts_say_what_it_was_made_of() -> None:
    facts = MODEL.facts
    assert facts.labels == tuple(sorted(KINDS))
    assert facts.rows == dict.fromkeys(sorted(KINDS), 20)
    assert (facts.trained_at, facts.left_out) == (date(2026, 3, 2), 2)
    assert facts.digest == digest_of(ROWS) == digest_of(ROWS[::-1]) != digest_of(ROWS[1:])
    assert 0.9 < facts.macro_f1 <= 1


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(MODEL.saved())
    again = models.load(path)
    assert again.facts == MODEL.facts
    assert (again.shares(ASKED) == MODEL.shares(ASKED)).all()
    assert again.guess(*ASKED[0]) == MODEL.guess(*ASKED[0])
    assert trained(ROWS, date(2026, 3, 2), left_out=2).saved() == MODEL.saved()


def parts(**changes: Any) -> bytes:
    with np.load(io.BytesIO(MODEL.saved())) as arrays:
        found = {name: arrays[name] for name in arrays.files} | changes
    content = io.BytesIO()
    np.savez(content, **{name: part for name, part in found.items() if part is not None})
    return content.getvalue()


def facts(**changes: Any) -> Any:
    told = msgspec.json.decode(msgspec.json.encode(MODEL.facts)) | changes
    return np.frombuffer(msgspec.json.encode(told), np.uint8)


DAMAGED = [
    pytest.param(b"", "damaged", id="empty"),
    pytest.param(b"title,text,label\n", "damaged", id="another file"),
    pytest.param(MODEL.saved()[:-100], "damaged", id="cut off"),
    pytest.param(MODEL.saved()[:500] + bytes(500) + MODEL.saved()[1000:], "damaged", id="overwritten"),
    pytest.param(parts(bias=None), "damaged", id="a part is missing"),
    pytest.param(parts(bias=np.zeros(2, np.float32)), "do not fit", id="a label too few"),
    pytest.param(parts(bias=np.array([0, 0, np.nan], np.float32)), "no number", id="not a number"),
    pytest.param(parts(bias=np.array([{}, {}, {}], object)), "damaged", id="a pickle in it"),
    pytest.param(parts(facts=facts(schema_version=SCHEMA_VERSION + 1)), "newer than", id="newer schema"),
    pytest.param(parts(facts=facts(schema_version=SCHEMA_VERSION - 1)), "train it again", id="older schema"),
    pytest.param(parts(facts=facts(rows="many")), "damaged", id="facts of another type"),
    pytest.param(parts(facts=facts(settings={"longest": 9})), "train it again", id="other features"),
    pytest.param(parts(facts=facts(settings={"words": "another"})), "train it again", id="other words"),
]


@pytest.mark.parametrize(("content", "said"), DAMAGED)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(InputInvalidError, match=said) as raised:
        models.load(path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(InputInvalidError, match=r"nowhere\.npz cannot be read"):
        models.load(Path("nowhere.npz"))


FEW = [
    pytest.param(ROWS[:20], "at least two labels", id="one label"),
    pytest.param([*ROWS[:20], *ROWS[20:24]], "at least two labels", id="four rows of a second label"),
    pytest.param(
        [*ROWS[:1] * 9, *ROWS[20:21] * 9], "too few different messages", id="two messages nine times"
    ),
]


@pytest.mark.parametrize(("rows", "said"), FEW)
def test_too_little_to_learn_from_is_refused(rows: list[Row], said: str) -> None:
    with pytest.raises(InputInvalidError, match=said):
        trained(rows)


def test_a_label_of_four_rows_is_not_learnt_and_of_five_is() -> None:
    learnt = trained(ROWS[:45]).facts
    assert (learnt.labels, learnt.too_few) == (tuple(sorted(KINDS)), {})
    learnt = trained(ROWS[:44]).facts
    assert (learnt.labels, learnt.too_few) == (
        ("city.street_light", "environment.noise"),
        {"utility.water": 4},
    )


def test_a_label_of_one_message_told_five_times_is_learnt_and_never_foretold() -> None:
    learnt = trained([*ROWS[:40], *ROWS[40:41] * 5]).facts
    assert learnt.rows["utility.water"] == 5
    assert learnt.macro_f1 == pytest.approx(2 / 3, abs=0.05)


def test_two_labels_are_learnt_as_more_are() -> None:
    model: Model = trained([row for row in ROWS if row.label != "utility.water"])
    assert [guess.category for guess in model.guess("路灯", "坏了")] == [
        "city.street_light",
        "environment.noise",
    ]


LONG = (
    "桥头超市对面新开的烧烤摊每天营业到凌晨三点，客人划拳猜码，老板还用大音箱放歌，我母亲有心脏病，"
    "一个月没有睡过好觉，找过居委会两次，答应协调以后又照旧，请问到底归哪个部门管理"
)
TOKENS = "".join(
    part for part in ("桥头超市对面新开烧烤摊每天营业凌晨三点客人划拳猜码老板大音箱放歌母亲心脏病",) * 1
)
KEPT_TOGETHER = [
    pytest.param(Row("", LONG, "a"), Row("噪声", LONG, "a"), True, id="the same text"),
    pytest.param(
        Row("", LONG, "a"),
        Row("", TOKENS + "一个月没有睡过好觉居委会两次答应协调照旧部门管理", "a"),
        True,
        id="its tokens",
    ),
    pytest.param(Row("", "停水", "a"), Row("", "停电", "a"), False, id="two short ones"),
    pytest.param(Row("", "停水", "a", "7"), Row("", "停电", "a", "7"), True, id="one group"),
    pytest.param(Row("", "停水", "a", "7"), Row("", "停电", "a", "8"), False, id="two groups"),
    pytest.param(
        Row("", "停水", "a", "7"), Row("", "停水", "a"), True, id="the same text, of a group and of none"
    ),
    pytest.param(Row("", "停水！", "a"), Row("停 水", "", "a"), True, id="but for signs"),
]


@pytest.mark.parametrize(("one", "other", "together"), KEPT_TOGETHER)
def test_messages_that_are_one_are_in_one_group(one: Row, other: Row, together: bool) -> None:
    first, *_, last = groups_of([one, *ROWS, other])
    assert (first == last) == together


def test_a_gram_has_its_count_and_more_in_the_title() -> None:
    some = grams([("灯", "又" * HEAD + "灯灯"), ("", "")])
    text, _head, words, _next, *_, end = some.starts.tolist()
    names = spelled("灯又灯灯", 1, some.places[:words].tolist())
    counts = {
        names[place]: count
        for place, count in zip(some.places.tolist(), some.counts, strict=True)
        if place in names
    }
    assert (counts["灯"], counts["灯灯"], counts["灯又"]) == (1 + TITLE + 2, 1, 1)
    assert (counts["^灯"], counts["^灯又"]) == (1, 1)
    assert (text, end) == (0, len(some.places))
    assert [place >= UPPER for place, name in names.items() if place < HEADS] == [
        len(name) == 3 for place, name in names.items() if place < HEADS
    ]


FIELDS_OF = [
    pytest.param(("灯坏", "路灯坏了"), {"^灯坏", "^坏路灯", "路灯", "坏"}, id="title and text"),
    pytest.param(
        ("", "路" + "又" * HEAD + "灯"), {"^路又"}, id="no title: the first of the text stands for it"
    ),
]


@pytest.mark.parametrize(("message", "among"), FIELDS_OF)
def test_the_head_and_the_words_have_places_of_their_own(message: tuple[str, str], among: set[str]) -> None:
    some = grams([message])
    assert len(some.starts) == len(FIELDS) + 1
    for at, (begin, end) in enumerate(zip(FIELDS, (*FIELDS[1:], WORDS << 1), strict=True)):
        places = some.places[some.starts[at] : some.starts[at + 1]]
        assert (np.diff(places) > 0).all()
        assert ((begin <= places) & (places < end)).all()
    names = spelled(*said(*message), frozenset(some.places.tolist()))
    assert among <= set(names.values())
    assert set(some.places.tolist()) == set(names)
    assert "^灯" not in names.values() or message[0]


def test_a_text_of_signs_alone_has_no_gram_and_no_word() -> None:
    assert grams([("", "。！")]).starts.tolist() == [0] * (len(FIELDS) + 1)


LIMITS = [
    pytest.param(WHOLE, "灯", False, id="the character after the last that is read"),
    pytest.param(WHOLE - 1, "灯", True, id="the last that is read"),
]


@pytest.mark.parametrize(("before", "said_last", "read"), LIMITS)
def test_of_a_long_message_the_first_is_read(before: int, said_last: str, read: bool) -> None:
    some = grams([("", "又" * before + said_last)])
    names = spelled(said_last, 0, some.places.tolist())
    assert (said_last in names.values()) == read


@pytest.mark.parametrize(("before", "read"), [(READ - 2, True), (READ, False)], ids=["within", "after"])
def test_words_are_those_of_the_first(before: int, read: bool) -> None:
    some = grams([("", "又" * before + "路灯")])
    word = next(at for at, name in spelled("路灯", 0, range(WORDS, WORDS << 1)).items() if name == "路灯")
    assert (word in some.places.tolist()) == read
