"""The pages of a weekly briefing: nothing of any report on them, every figure with its definition, two sheets of A4."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.metrics.indicators import every, observed
from shared import catalogue
from shared import events as e
from shared.catalogue import SHIPPED
from shared.errors import InputInvalidError
from shared.matter import Location
from shared.wire import Record
from tests.unit.metrics.journal import Life, records, tick
from tests.unit.metrics.observations import an_observation, observed_records
from tests.unit.xiaoshi.briefed import (
    BEGINS,
    DAY,
    EARLY,
    ENDS,
    RECORDED_FROM,
    RECORDED_WEEK,
    events_of,
    folded,
    from_,
    joined,
    journal_recorded,
)
from tests.unit.xiaoshi.recorded import COUNTY
from xiaoshi.__main__ import main
from xiaoshi.briefing.facts import Briefing, Fold, week_of
from xiaoshi.briefing.markdown import LONGEST_BAR, bar, markdown_of
from xiaoshi.briefing.measures import Amount, Measure
from xiaoshi.briefing.page import html_of, svg_of
from xiaoshi.briefing.told import Chart, told
from xiaoshi.briefing.words import WORDS, Language, Writer, amount, reference
from xiaoshi.commands.briefing import FORMATS, Asked, put, written

BY_NAME = {each.name: each for each in every()}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
EVERY_PAGE = [(form, language) for form in FORMATS for language in Language]
each_page = pytest.mark.parametrize(
    ("form", "language"), [pytest.param(*each, id=" ".join(each)) for each in EVERY_PAGE]
)


def page(
    told: list[Record], form: str = "html", language: Language = Language.ZH, week: str = "2024-W10"
) -> str:
    return written(told, Asked(COUNTY, week, form, language))


@cache
def recorded_week() -> Briefing:
    fold = Fold(COUNTY, week_of(RECORDED_WEEK))
    for record in journal_recorded():
        fold.take(record)
    return fold.briefing()


def week_recorded(form: str = "html", language: Language = Language.ZH) -> str:
    pages = told(recorded_week(), language)
    return html_of(pages) if form == "html" else markdown_of(pages)


def texts(value: Any) -> Iterator[str]:
    """Whatever a report, a desk or a resident wrote, and who they are."""
    for name in (
        "title",
        "text",
        "other_title",
        "other_text",
        "note",
        "outcome",
        "record",
        "report_id",
        "matter_id",
    ):
        if isinstance(said := getattr(value, name, None), str) and said:
            yield said
    sheet = getattr(value, "sheet", None)
    if sheet is not None:
        yield from texts(sheet)
        yield from sheet.answers.values()
        if sheet.location is not None and sheet.location.address:
            yield sheet.location.address


@each_page
def test_nothing_that_anybody_wrote_is_on_a_page(form: str, language: Language) -> None:
    told = week_recorded(form, language)
    known = {text for event in events_of(journal_recorded()) for text in texts(event)}
    assert len(known) > 300
    ours = " ".join((*WORDS[language].values(), *(each.definition_zh for each in BY_NAME.values())))
    assert [text for text in known if text in told and text not in ours] == []


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text("甲乙丙丁ABC123", min_size=6), min_size=8, max_size=8, unique=True))
def test_no_text_can_reach_a_page(values: list[str]) -> None:
    title, text, address, answer, voice, action, by, report = (f"说{each}完" for each in values)
    life = joined(Life("a"), voices=3, reports=4).ordered().escalated().resolved().reopened().noticed()
    sheet = replace(
        life.sheet, title=title, text=text, location=Location(address=address), answers={"x": answer}
    )
    secret = {
        "sheet": sheet, "title": title, "text": text, "voice": voice, "action_id": action, "by": by,
        "report_id": report, "outcome": text,
    }  # fmt: skip
    events = [
        replace(each, **{name: value for name, value in secret.items() if hasattr(each, name)})
        for each in from_(BEGINS, life)
    ]
    pages = told(folded(records([tick(EARLY), *events, tick(ENDS)])), Language.ZH)
    shown = html_of(pages) + markdown_of(pages)
    assert [each for each in (title, text, address, answer, voice, action, by, report) if each in shown] == []


def test_a_page_is_one_file_that_asks_for_nothing() -> None:
    told = week_recorded()
    assert set(re.findall(r"https?://[^\s\"'<]+", told)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"<script|<link|<img|@import|url\(|javascript:|\son\w+=", told) == []
    assert told.count("<svg") == 2


@each_page
def test_the_same_log_gives_the_same_page(form: str, language: Language) -> None:
    asked = Asked(COUNTY, RECORDED_WEEK, form, language)
    assert written(journal_recorded(), asked) == week_recorded(form, language)


@pytest.mark.parametrize("language", Language)
def test_every_figure_and_list_names_its_definition(language: Language) -> None:
    told = week_recorded("markdown", language)
    notes = dict(re.findall(r"^- \[(\d+)\] \*\*(.+?)\*\*", told, re.MULTILINE))
    named = re.findall(r"^\| [^|]+ \[(\d+)\] \|", told, re.MULTILINE)
    headed = re.findall(r"^## .*", told, re.MULTILINE)[1:-2]
    assert named == [str(n) for n in range(1, len(named) + 1)]
    assert set(named) | {n for each in headed for n in re.findall(r"\[(\d+)\]", each)} == set(notes)
    assert all(re.search(r"\[\d+\]$", each) for each in headed)
    for name in (each.replace("\\", "") for each in list(notes.values())[:-4]):
        each = BY_NAME[name]
        said = each.definition_zh if language is Language.ZH else each.definition
        assert said in told.replace("\\", "")


@each_page
def test_an_empty_week_says_so(form: str, language: Language) -> None:
    told = page(records([tick(EARLY), tick(ENDS)]), form, language)
    assert told.count(WORDS[language]["none"]) == 4


@pytest.mark.parametrize("language", Language)
def test_a_week_that_is_not_over_says_until_when_it_is_known(language: Language) -> None:
    told = page(records([tick(EARLY), tick(BEGINS + DAY)]), "markdown", language)
    assert WORDS[language]["gap_open"].format(until="2024-03-05 00:00") in told


def test_a_name_out_of_a_policy_is_no_markup() -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("zh: 邻里纠纷", "zh: '<b>|邻里'")
    assert "<b>|邻里" in text
    adopted = e.PolicyAdopted(version="2", text=text)
    told = records([tick(EARLY), adopted, *from_(BEGINS, Life().escalated()), tick(ENDS)])
    assert "&lt;b&gt;|邻里" in page(told)
    assert "\\<b>\\|邻里" in page(told, "markdown")


def test_a_policy_adopted_names_the_categories() -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("zh: 邻里纠纷", "zh: 左邻右舍")
    week = from_(BEGINS, Life().escalated())
    adopted = e.PolicyAdopted(version="2", text=text)
    assert "左邻右舍" in page(records([tick(EARLY), *week, adopted, tick(ENDS)]))


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    def places(words: dict[str, str]) -> dict[str, set[str | None]]:
        return {
            key: {name for _, name, _, _ in Formatter().parse(text)} - {None} for key, text in words.items()
        }

    assert places(WORDS[Language.ZH]) == places(WORDS[Language.EN])


@pytest.mark.parametrize(
    ("name", "now", "told"),
    [
        pytest.param("matters_opened", Amount(1234), "1,234", id="a count"),
        pytest.param("matters_opened", Amount(0), "0", id="what never happened"),
        pytest.param("resolution", Amount(2, 3), "66.7% (2/3)", id="a share"),
        pytest.param("resolution", Amount(0, 0), "–", id="a share of nothing"),
        pytest.param("police_officers", Amount(5, 10_000), "5.00 (5/10,000)", id="per 10,000"),
        pytest.param("sense_of_security", None, "–", id="nobody said"),
    ],
)
def test_an_amount_is_told_in_its_own_measure(name: str, now: Amount | None, told: str) -> None:
    assert amount(Measure(BY_NAME[name], now, None), now) == told


@pytest.mark.parametrize(
    ("name", "now", "before", "told"),
    [
        pytest.param("matters_opened", Amount(3), Amount(5), "-2", id="a count"),
        pytest.param("resolution", Amount(1, 2), Amount(1, 4), "+25.0 points", id="a share, in points"),
        pytest.param("resolution", Amount(1, 2), Amount(0, 0), "–", id="nothing before"),
        pytest.param("matters_opened", Amount(3), None, "–", id="not known before"),
        pytest.param("police_officers", Amount(6, 10_000), Amount(5, 10_000), "+1.00", id="per 10,000"),
    ],
)
def test_a_change_is_against_the_period_before(
    name: str, now: Amount | None, before: Amount | None, told: str
) -> None:
    writer = Writer(Language.EN, catalogue.load(), COUNTY)
    assert writer.change(Measure(BY_NAME[name], now, before)) == told


@pytest.mark.parametrize(
    ("length", "told"),
    [
        pytest.param(
            timedelta(hours=1) - timedelta(microseconds=1), "under 1 h", id="a microsecond less than an hour"
        ),
        pytest.param(timedelta(hours=1), "1 h", id="an hour"),
        pytest.param(timedelta(days=1), "1 d 0 h", id="a day"),
        pytest.param(timedelta(days=2, hours=23, minutes=59), "2 d 23 h", id="whole hours"),
        pytest.param(None, "–", id="no limit was missed"),
    ],
)
def test_how_late_is_told_in_days_and_hours(length: timedelta | None, told: str) -> None:
    assert Writer(Language.EN, catalogue.load(), COUNTY).late(length) == told


def test_the_reference_is_that_of_the_plan() -> None:
    assert reference(Measure(BY_NAME["sense_of_security"], None, None)) == "99.0725%"
    assert reference(Measure(BY_NAME["matters_opened"], None, None)) == "–"


@pytest.mark.parametrize(
    ("key", "zh", "en"),
    [
        pytest.param(
            "430981006001:village_committee", "琼湖街道", "village committee, 琼湖街道", id="below the place"
        ),
        pytest.param(
            "430981:county_centre", "沅江市县综治中心", "county social governance centre, 沅江市", id="at it"
        ),
        pytest.param("4309:city_centre", "益阳市", "city social governance centre, 益阳市", id="above it"),
        pytest.param("430981999:tea", "430981999tea", "tea, 430981999", id="known to nobody"),
    ],
)
def test_a_desk_is_told_as_one_at_the_place_would(key: str, zh: str, en: str) -> None:
    policy = catalogue.load()
    assert Writer(Language.ZH, policy, COUNTY).desk(key).startswith(zh)
    assert Writer(Language.EN, policy, COUNTY).desk(key).startswith(en)


@pytest.mark.parametrize(
    ("n", "most", "told"),
    [
        pytest.param(8, 8, "█" * LONGEST_BAR, id="the longest"),
        pytest.param(4, 8, "█" * (LONGEST_BAR // 2), id="half of it"),
        pytest.param(1, LONGEST_BAR * 8, "▏", id="an eighth of a block"),
        pytest.param(0, 8, "", id="nothing"),
        pytest.param(0, 0, "", id="nothing of nothing"),
    ],
)
def test_a_bar_is_as_long_as_its_share_of_the_longest(n: int, most: int, told: str) -> None:
    assert bar(n, most) == told


@pytest.mark.parametrize("stacked", [True, False], ids=["stacked", "side by side"])
def test_a_chart_is_drawn_with_its_names(stacked: bool) -> None:
    series = (("新立事项", (3, 0)), ("a < b", (0, 0)))
    drawn = ElementTree.fromstring(svg_of(Chart("t", (1,), ("W09", "W10"), series, stacked), "c"))
    said = {text.strip() for text in drawn.itertext()}
    assert {"新立事项", "a < b", "W09", "W10", "3"} <= said


def full(language: Language) -> str:
    """A week with everything others may publish, and a journal old enough for bursts."""
    said = [
        an_observation(90, 100, indicator=each.name, period="year", start=RECORDED_FROM.replace(month=1, day=1))
        for each in observed()
    ]  # fmt: skip
    early = records([tick(EARLY.replace(year=2026, month=1))])
    return page([*observed_records(said), *early, *journal_recorded()], "html", language, RECORDED_WEEK)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium to print with")
@pytest.mark.parametrize("language", Language)
def test_a_full_week_is_printed_on_two_sheets_of_a4(language: Language, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    out, html = tmp_path / "week.pdf", tmp_path / "week.html"
    put(full(language), html)
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    command = [CHROMIUM, *options, "--no-pdf-header-footer", f"--print-to-pdf={out}", html.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b", out.read_bytes())) == 2


def test_a_briefing_is_written_to_a_file_or_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put("周报", None)
    assert capsys.readouterr().out == "周报"
    put("周报", tmp_path / "a")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "周报"
    with pytest.raises(InputInvalidError, match="cannot be written"):
        put("周报", tmp_path / "none" / "a")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param(["--division", COUNTY, "--week", "2026-W10"], "give --kafka", id="no bus"),
        pytest.param(["--kafka", "x:1", "--division", COUNTY, "--week", "tea"], "ISO 8601", id="no week"),
        pytest.param(
            ["--kafka", "x:1", "--division", "999999", "--week", "2026-W10"], "no division", id="nowhere"
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_before_the_bus_is_read(
    asked: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XIAOSHI_KAFKA", raising=False)
    assert main(["briefing", *asked]) == 2
    assert says in capsys.readouterr().err


def test_a_week_recorded_tells_what_rose() -> None:
    told = week_recorded("markdown", Language.EN)
    assert "| water supply | 泗湖山镇 | village → town | the limit has passed | 2 | 5 d 14 h |" in told
