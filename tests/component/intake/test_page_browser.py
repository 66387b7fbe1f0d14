"""The receipt's page in Chromium: what it says in both languages, by keyboard and on a phone, and that it is quiet."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from selenium.webdriver import Chrome, Keys

from services.intake.app import build_http
from services.intake.config import IntakeSettings
from services.intake.ports import Ports
from tests.browser import CONTRAST, DESKTOP, PHONE, UNNAMED, Page, browser
from tests.component.intake.conftest import POLICY
from tests.component.intake.fakes import FakeBus, FakeLedger
from tests.component.intake.test_door import RECEIPT
from tests.component.intake.test_page import FULL, PATH
from tests.unit.intake.test_progress import DUE

__all__ = ["browser"]  # a fixture

pytestmark = pytest.mark.xdist_group("browser")  # where a Chromium runs already
UNKNOWN = "/receipts/0000-0000-0000-0000"
STARTING = 10.0
WORDS = {
    "zh": "正在办理 承办单位 琼湖街道 2026-03-03 17:30 等待 到期：自此起1日 调解 您留了言 已在最高一级 已立为事项",
    "en": "worked desk 琼湖街道 2026-03-03 17:30 you mediation highest matter Beijing",
}


@pytest.fixture
def address(intake_config: IntakeSettings) -> Iterator[str]:
    """The door on a thread of its own; one receipt is known, and it is late."""
    ledger = FakeLedger()
    ledger.known[RECEIPT] = FULL
    app = build_http(intake_config, Ports(FakeBus(), ledger, lambda: DUE), POLICY())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + STARTING
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def tab(browser: Chrome) -> Iterator[Chrome]:
    Page(browser, "").complaints()  # of what was before
    yield browser
    browser.get("about:blank")


def show(tab: Chrome, address: str, size: tuple[int, int] = DESKTOP) -> str:
    """What the page says."""
    width, height = size
    measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    tab.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
    tab.get(address)
    return str(tab.execute_script("return document.body.innerText"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_how_far_it_is_and_has_nothing_to_complain_of(
    tab: Chrome, address: str, lang: str
) -> None:
    shown = show(tab, f"{address}{PATH}?lang={lang}")
    assert [word for word in WORDS[lang].split() if word not in shown] == []
    assert (
        tab.execute_script("return getComputedStyle(document.querySelector('section')).borderRadius") == "8px"
    )
    assert tab.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert Page(tab, address).complaints() == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_shows_it_without_scrolling_sideways(tab: Chrome, address: str, lang: str) -> None:
    show(tab, f"{address}{PATH}?lang={lang}", PHONE)
    assert tab.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]
    cut = (
        "return [...document.querySelectorAll('dd, li, p')].filter((e) => e.scrollWidth > e.clientWidth + 1)"
    )
    assert tab.execute_script(f"{cut}.map((each) => each.innerText)") == []


@pytest.mark.parametrize("path", [PATH, UNKNOWN], ids=["known", "unknown"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_can_be_told_from_its_ground_and_what_is_reached_has_a_name(
    tab: Chrome, address: str, path: str, lang: str
) -> None:
    show(tab, f"{address}{path}?lang={lang}")
    assert tab.execute_script(CONTRAST) == []
    assert tab.execute_script(UNNAMED) == []
    levels = tab.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3')].map((each) => each.tagName)"
    )
    assert levels[0] == "H1"
    assert set(levels[1:]) <= {"H2"}


def test_the_language_is_switched_by_keyboard(tab: Chrome, address: str) -> None:
    show(tab, f"{address}{PATH}?lang=zh")
    page = Page(tab, address)
    page.press(Keys.TAB)
    assert page.ask("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press(Keys.ENTER)
    page.until("return document.documentElement.lang === 'en'")
    assert page.complaints() == []


def test_an_unknown_code_is_answered_in_words(tab: Chrome, address: str) -> None:
    assert "not known yet" in show(tab, f"{address}{UNKNOWN}?lang=en", PHONE)
    assert "还没有这个回执" in show(tab, f"{address}{UNKNOWN}?lang=zh", PHONE)
