"""The board in Chromium, over a simulated day: what it says in both languages, live, by keyboard and on a phone."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest
from selenium.webdriver import Chrome, Keys

from services.metrics.board import live
from services.metrics.indicators.mediation_success import INDICATOR as MEDIATION
from tests.browser import CONTRAST, PHONE, UNNAMED, WAIT, Page, browser
from tests.component.metrics.board_day import COUNTY, Lanes, a_lived_in_county, server
from tests.unit.metrics.journal import Life

pytestmark = pytest.mark.xdist_group("browser")  # one Chromium and one simulated day for all
TOWN, VILLAGE = "430981006", "430981006001"
__all__ = ["browser"]  # a fixture


@pytest.fixture(scope="module")
def lanes() -> Lanes:
    return a_lived_in_county()


@pytest.fixture(scope="module")
def address(lanes: Lanes) -> Iterator[str]:
    """The board on a loop of its own, for the driver of the browser waits for its answers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = server(lanes)
    try:
        asyncio.run_coroutine_threadsafe(running.start_server(), loop).result(WAIT)
        yield str(running.make_url("")).rstrip("/")
    finally:
        asyncio.run_coroutine_threadsafe(running.close(), loop).result(WAIT)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def page(browser: Chrome, address: str) -> Iterator[Page]:
    found = Page(browser, f"{address}{live.PAGE}?")
    found.complaints()
    yield found
    browser.get("about:blank")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        pytest.param(
            "zh", "从村到市 三色在办 快速通道 各地化解层级 十七项指标 群众安全感 最近提级的事项", id="chinese"
        ),
        pytest.param("en", "village colour lane tier indicators security rise", id="english"),
    ],
)
def test_the_board_says_it_all_in_either_language(page: Page, lang: str, words: str) -> None:
    page.open(f"division={COUNTY}&lang={lang}")
    shown = page.shown()
    assert [word for word in (*words.split(), "99.0%", "琼湖街道") if word not in shown] == []
    assert not any(odd in shown for odd in ("undefined", "NaN", "null", "Infinity"))
    assert page.ask("return document.documentElement.lang") == lang
    assert page.ask("return document.querySelectorAll('#flow > li').length") == 4
    assert page.ask("return document.querySelectorAll('#parts > li').length") == 15
    assert page.ask("return document.querySelectorAll('#plan > li').length") == 18
    assert page.ask("return document.querySelectorAll('#risen > li').length") == 20
    assert page.complaints() == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_definition_is_in_the_language_of_the_page(page: Page, lang: str) -> None:
    page.open(f"division={COUNTY}&lang={lang}")
    page.shown()
    said = page.ask("return document.querySelector('#plan-mediation_success details .note').textContent")
    in_both = {"zh": f"{MEDIATION.definition_zh} {MEDIATION.reference_note_zh}"}
    assert said == in_both.get(lang, f"{MEDIATION.definition} {MEDIATION.reference_note}")


def test_without_a_language_asked_for_it_is_the_browsers(page: Page) -> None:
    page.open(f"division={COUNTY}")
    page.shown()
    browsers = page.ask("return navigator.languages[0].slice(0, 2)")
    assert page.ask("return document.documentElement.lang") == browsers


def test_what_is_committed_is_shown_without_asking(page: Page, lanes: Lanes) -> None:
    page.open(f"division={TOWN}&lang=en")
    page.shown()
    before = int(page.number("open.village"))
    page.ask("document.querySelector('#plan-mediation_success summary').focus()")
    lanes.tell(*Life("live", division=VILLAGE).events, lane=lanes.lane_of(COUNTY))
    page.until(f"return document.querySelector('[data-n=\"open.village\"]').textContent === '{before + 1}'")
    assert page.ask("return document.querySelector('[data-n=\"open.village\"]').className") == "changed"
    assert page.ask("return document.activeElement.closest('li').id") == "plan-mediation_success"
    assert page.ask("return document.getElementById('link').textContent") == "Live"
    assert page.complaints() == []


def test_from_city_to_villages_by_keyboard(page: Page) -> None:
    page.open("division=4309&lang=zh")
    page.shown()
    page.press(Keys.TAB)
    assert page.ask("return document.activeElement.className") == "skip"
    for code in (COUNTY, TOWN):
        reached = _tabbed_to(page, code, Keys.TAB)
        assert reached, code
        assert page.ask("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.press(Keys.ENTER)
        page.until(f"return location.search.includes('division={code}&')")
        page.shown()
    villages = page.ask("return [...document.querySelectorAll('#parts > li')].map((each) => each.innerText)")
    assert len(villages) > 10
    assert page.ask("return document.querySelectorAll('#parts a').length") == 0
    assert page.ask("return document.getElementById('key').checkVisibility()") is False
    assert page.complaints() == []


def _tabbed_to(page: Page, code: str, tab: str) -> bool:
    for _ in range(40):
        if page.ask(f"return document.activeElement.href?.includes('division={code}&') ?? false"):
            return True
        page.press(tab)
    return False


@pytest.mark.parametrize("division", ["4309", COUNTY, TOWN], ids=["city", "county", "town"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_shows_it_without_scrolling_sideways(page: Page, lang: str, division: str) -> None:
    page.open(f"division={division}&lang={lang}", PHONE)
    page.shown()
    page.ask("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.ask("return document.documentElement.scrollWidth") <= PHONE[0]
    cut = "return [...document.querySelectorAll('#flow > li, #parts > li > *, .figures > div, #plan > li')]"
    assert (
        page.ask(f"{cut}.filter((each) => each.scrollWidth > each.clientWidth + 1).map((e) => e.innerText)")
        == []
    )


def test_all_text_can_be_told_from_its_ground_and_all_that_is_reached_has_a_name(page: Page) -> None:
    page.open(f"division={COUNTY}&lang=en")
    page.shown()
    assert page.ask(CONTRAST) == []
    assert page.ask(UNNAMED) == []
    levels = page.ask(
        "return [...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_moves_for_whoever_wants_it_so(page: Page) -> None:
    feature = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    try:
        page.open(f"division={COUNTY}&lang=en")
        page.shown()
        page.ask("document.querySelector('[data-n]').className = 'changed'")
        assert page.ask("return getComputedStyle(document.querySelector('.changed')).animationName") == "none"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_wrong_question_is_answered_on_the_page(page: Page) -> None:
    page.open("division=330702&lang=en")
    said = page.until("return document.querySelector('#trouble:not([hidden])')?.innerText")
    assert "330702" in said
    assert page.ask("return document.getElementById('main').hidden")
