"""The page behind a receipt's code: who gets it, what it says in both languages, and what guards it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import httpx
import pytest

from services.intake import page
from services.intake.rules.history import Language
from services.intake.rules.progress import NEXT
from shared import events
from shared.matter import Awaits, Desk, State
from shared.reasons import Reason
from tests.component.intake.fakes import FakeLedger
from tests.component.intake.test_door import RECEIPT, problem_of
from tests.every_event import an_event
from tests.unit.intake.test_accepted import CHROMIUM
from tests.unit.intake.test_progress import (
    AT_WORK,
    DUE,
    LANGUAGES,
    Known,
    a_due,
    a_refusal,
    at_work,
    booked,
    by_resident,
    told,
)

PATH = f"/receipts/{RECEIPT.replace(' ', '-')}"
BROWSER = {"Accept": CHROMIUM}
TELLING = """<script>alert(1)</script>"'&{{ 7 * 7 }}"""
FULL = replace(
    at_work(
        by_resident(events.MatterCommented),
        an_event(events.MatterTransferred),
        booked("s1"),
        due=a_due(awaits=Awaits.RESIDENT, provisional=True),
    ),
    joined=True,
    refusals=(a_refusal(Reason.AT_THE_TOP),),
)
"""All that a page can show at once but being late."""


class Text(HTMLParser):
    """The words of a page, without its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.words += data


def page_of(status: Known, language: Language, **changes: Any) -> str:
    said = told(status, language) | changes
    return bytes(page.of(said, language, {}).body).decode()


def leaves(value: Any) -> set[str]:
    """Every text in what JSON can hold."""
    if isinstance(value, Mapping):
        return set().union(*map(leaves, value.values()))
    if isinstance(value, list):
        return set().union(*map(leaves, value))
    return {value} if isinstance(value, str) else set()


@pytest.fixture
def known(ledger: FakeLedger) -> FakeLedger:
    ledger.known[RECEIPT] = AT_WORK
    return ledger


def test_both_languages_have_the_same_words_and_none_is_unused() -> None:
    template = resources.files("services.intake").joinpath("page.html.jinja").read_text(encoding="utf-8")
    used = set(re.findall(r'words\.(\w+)|row\("(\w+)"', template))
    assert {first or second for first, second in used} == page.WORDS["zh"].keys() == page.WORDS["en"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", State)
def test_every_state_is_said_in_words(state: State, language: Language) -> None:
    said = Text(page_of(at_work(state=state), language))
    assert NEXT[state][language] in said.words
    assert said.tags.count("h1") == 1
    assert not any(odd in said.words for odd in ("None", "in_progress", "{", "}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_that_is_being_sorted_has_no_desk_and_no_deadline(language: Language) -> None:
    said = Text(page_of(Known(), language))
    assert NEXT[None][language] in said.words
    assert "section" not in said.tags


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_that_the_json_says(language: Language) -> None:
    said = told(FULL, language)
    shown = Text(page_of(FULL, language)).words
    unsaid = {
        "sentence",
        "state",
        "tier",
        "colour",
        "awaits",
        "overdue",
        "received_at",
        "due_at",
        "promised_at",
    }
    lists = {name: [_shown(item) for item in said[name]] for name in ("sessions", "steps", "actions")}
    expected = leaves({name: value for name, value in said.items() if name not in unsaid} | lists)
    assert sorted(text for text in expected if text not in shown) == []
    for name in ("received_at", "due_at", "promised_at"):
        assert f"{said[name][:10]} {said[name][11:16]}" in shown
    for name in ("joined", "provisional"):
        assert page.WORDS[language][name] in shown


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """Of an item, what is in words; its instant as a clock shows it."""
    words = {name: value for name, value in item.items() if name not in {"kind", "reason", "at"}}
    return words | {"at": f"{item['at'][:10]} {item['at'][11:16]}"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_late_is_said_above_the_rest(language: Language) -> None:
    late = told(AT_WORK, language, DUE)
    shown = Text(bytes(page.of(late, language, {}).body).decode()).words
    assert shown.index(late["overdue_name"]) < shown.index(late["desk"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_complaint_no_more_is_shown_than_the_json_has(language: Language) -> None:
    hidden = replace(AT_WORK, about_body="430981006")
    html = page_of(hidden, language)
    assert escape(told(hidden, language)["desk"]) in html
    for secret in ("town_centre", "琼湖", "r0", "430981"):
        assert secret not in html


@pytest.mark.parametrize("field", ["receipt", "next", "desk", "tier_name", "why", "awaits_name", "colour"])
def test_a_telling_value_stays_a_text(field: str) -> None:
    html = page_of(AT_WORK, "en", **{field: TELLING})
    assert "<script" not in html
    assert "49" not in html
    if field != "colour":
        assert TELLING in Text(html).words


def test_values_that_came_from_outside_stay_texts() -> None:
    refused = a_refusal(Reason.AT_THE_TOP, f"r0/{TELLING}")
    nobody = Desk(division="999999", body=TELLING, role="x")
    html = page_of(replace(at_work(desk=nobody), refusals=(refused,)), "zh")
    assert "<script" not in html
    assert Text(html).words.count(TELLING) == 2


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param(CHROMIUM, "text/html; charset=utf-8", id="browser"),
        pytest.param("*/*", "application/json", id="anything"),
        pytest.param("application/json", "application/json", id="json"),
    ],
)
async def test_one_address_answers_each_in_its_kind(
    client: httpx.AsyncClient, known: FakeLedger, accept: str, kind: str
) -> None:
    response = await client.get(PATH, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert response.headers["vary"] == "Accept, Accept-Language"
    assert response.headers["cache-control"] == "no-store"


async def test_the_json_is_as_it_was(client: httpx.AsyncClient, known: FakeLedger) -> None:
    response = await client.get(f"{PATH}?lang=en", headers={"Accept": "application/json"})
    assert response.json().keys() == told(AT_WORK).keys()
    assert response.headers["content-language"] == "zh"


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        pytest.param("", "", "zh", id="nothing said"),
        pytest.param("", "en-GB,en;q=0.9", "en", id="the browser's"),
        pytest.param("?lang=zh", "en", "zh", id="the link's, before the browser's"),
        pytest.param("?lang=en", "zh-CN", "en", id="english by the link"),
        pytest.param("?lang=fr", "en", "en", id="one we have not"),
    ],
)
async def test_the_language_is_the_links_or_the_browsers(
    client: httpx.AsyncClient, known: FakeLedger, query: str, accepted: str, language: str
) -> None:
    response = await client.get(PATH + query, headers=BROWSER | {"Accept-Language": accepted})
    other = {"zh": "en", "en": "zh"}[language]
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in response.text
    assert f'<a href="?lang={other}" lang="{other}"' in response.text


@pytest.mark.parametrize("code", [RECEIPT, "1234"], ids=["known", "mistyped"])
async def test_the_code_stays_with_who_has_it_and_nothing_runs(
    client: httpx.AsyncClient, known: FakeLedger, code: str
) -> None:
    response = await client.get(f"/receipts/{code}", headers=BROWSER)
    allowed = response.headers["content-security-policy"]
    assert allowed.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in allowed
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.text
    assert not re.search(r"<script|https?://|\bsrc=|\bon\w+=", response.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("code", "away", "status"),
    [
        pytest.param("1234", False, 400, id="mistyped"),
        pytest.param(RECEIPT, False, 404, id="unknown"),
        pytest.param(RECEIPT, True, 503, id="no ledger"),
    ],
)
async def test_what_cannot_be_shown_is_said_in_words(
    client: httpx.AsyncClient, ledger: FakeLedger, code: str, away: bool, status: int, language: Language
) -> None:
    ledger.is_away = away
    response = await client.get(f"/receipts/{code}", headers=BROWSER | {"Accept-Language": language})
    assert (response.status_code, response.headers["content-language"]) == (status, language)
    assert all(text in response.text for text in page.TROUBLES[status][language])
    assert code not in response.text
    assert ("retry-after" in response.headers) == away
    plain = await client.get(f"/receipts/{code}")
    problem_of(plain, status)
    assert plain.headers["vary"] == response.headers["vary"] == "Accept, Accept-Language"


async def test_the_page_is_described(client: httpx.AsyncClient) -> None:
    get = (await client.get("/openapi.json")).json()["paths"]["/receipts/{code}"]["get"]
    kinds = {status: set(answer["content"]) for status, answer in get["responses"].items()}
    assert kinds["200"] == {"application/json", "text/html"}
    assert kinds["400"] == kinds["404"] == kinds["503"] == {"application/problem+json", "text/html"}
    assert [each["name"] for each in get["parameters"]] == ["code", "lang"]
