"""What a caller accepts: a page for browsers, JSON for everybody else."""

import pytest

from services.intake.rules.accepted import is_page_wanted, weighed

CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        pytest.param(CHROMIUM, True, id="chromium"),
        pytest.param(FIREFOX, True, id="firefox and safari"),
        pytest.param("text/html", True, id="html alone"),
        pytest.param("text/*", True, id="any text"),
        pytest.param("TEXT/HTML; charset=utf-8; Q=0.8, application/json; q=0.7", True, id="html weighs more"),
        pytest.param("", False, id="nothing said"),
        pytest.param("*/*", False, id="curl"),
        pytest.param("application/json", False, id="json"),
        pytest.param("application/json, text/plain, */*", False, id="an app"),
        pytest.param("text/html, application/json", False, id="both alike"),
        pytest.param("text/html;q=0.8, application/json", False, id="json weighs more"),
        pytest.param("text/html;q=0, */*", False, id="anything but html"),
        pytest.param("text/html;q=much", False, id="a broken weight"),
        pytest.param("image/png", False, id="neither"),
        pytest.param(";,=;q", False, id="rubbish"),
    ],
)
def test_who_wants_html_more_than_json_gets_the_page(accept: str, page: bool) -> None:
    assert is_page_wanted(accept) == page


def test_names_are_weighed_whatever_else_is_said_of_them() -> None:
    assert list(weighed("A;level=1;q=0.5, b ; Q=0.25,c")) == [("a", 0.5), ("b", 0.25), ("c", 1.0)]
