"""Debian's Chromium for tests of pages, and what is asked of every page."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

WAIT = 10.0
DESKTOP, PHONE = (1280, 900), (390, 844)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CONTRAST = """
const light = (rgb) => rgb.map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const ground = (each) => {
  for (; each; each = each.parentElement) {
    const found = rgb(getComputedStyle(each).backgroundColor);
    if (found[3] !== 0) return found.slice(0, 3);
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("body *")]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) &&
    each.checkVisibility())
  .map((each) => {
    const [a, b] = [light(rgb(getComputedStyle(each).color).slice(0, 3)), light(ground(each))].sort().reverse();
    return [(a + 0.05) / (b + 0.05), each.outerHTML.slice(0, 80)];
  }).filter(([ratio]) => ratio < 4.5);
"""
UNNAMED = """
return [...document.querySelectorAll("a, summary, [role=img], nav, section")]
  .filter((each) => each.checkVisibility())
  .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim()))
  .map((each) => each.outerHTML);
"""


class Page:
    """A tab, with what a test asks of it. `address`: what every address that is opened begins with."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver, self._address = driver, address

    def open(self, rest: str, size: tuple[int, int] = DESKTOP) -> None:
        width, height = size
        measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
        self.driver.get(f"{self._address}{rest}")

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def until(self, script: str) -> Any:
        """What the script says as soon as that is something."""
        return WebDriverWait(self.driver, WAIT, 0.05).until(lambda driver: driver.execute_script(script))

    def shown(self) -> str:
        text: str = self.until("return document.querySelector('#main:not([hidden])')?.innerText")
        return text

    def number(self, key: str) -> str:
        return str(self.ask(f"return document.querySelector('[data-n=\"{key}\"]').textContent"))

    def press(self, key: str) -> None:
        ActionChains(self.driver).send_keys(key).perform()

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.execute("getLog", {"type": "browser"})["value"]]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        missing = "no Chromium (Debian: apt-get install chromium chromium-driver): no page is looked at"
        if os.environ.get("REQUIRE_LIVE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    driver = _started(chromium, chromedriver, tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


def _started(chromium: str, chromedriver: str, profile: Path) -> Chrome:
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options=options, service=Service(chromedriver))
