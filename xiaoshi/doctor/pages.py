"""The services' pages, looked at: ready or why not, their figures, and what time it is there."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from shared import clock
from shared.errors import SettingsInvalidError
from xiaoshi.doctor.facts import Figure, Page

PATIENCE_SECONDS = 5
SAID_CHARACTERS = 300


def look(urls: Mapping[str, list[str]]) -> tuple[Page, ...]:
    """Every replica of every service. What does not answer is a page that says so. Raises SettingsInvalidError."""
    return tuple(_page(service, url.rstrip("/")) for service, known in urls.items() for url in known)


def _page(service: str, url: str) -> Page:
    if not url.startswith(("http://", "https://")):
        raise SettingsInvalidError(f"{url}: must be http://HOST:PORT")
    # the auditor has figures and nothing else
    path = "/metrics" if service == "audit" else "/readyz"
    try:
        status, body, ahead = _asked(url + path)
        figures = body if service == "audit" else _asked(f"{url}/metrics")[1]
    except (OSError, HTTPException) as error:
        return Page(service, url, said=f"does not answer: {error}")
    said = "" if status == 200 else " ".join(body.split())[:SAID_CHARACTERS]
    return Page(service, url, status == 200, said, tuple(_figures(figures)), ahead)


def _asked(url: str) -> tuple[int, str, timedelta | None]:
    """Status, body, and the other clock less ours: HTTP's date is of whole seconds, so half of one is added."""
    before = clock.now()
    try:
        with urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the scheme is looked at above
            status, body, date = answer.status, answer.read(), answer.headers["Date"]
    except HTTPError as error:
        with error:
            status, body, date = error.code, error.read(), error.headers["Date"]
    return status, body.decode(errors="replace"), _ahead(date, before + (clock.now() - before) / 2)


def _ahead(date: str | None, now: datetime) -> timedelta | None:
    return None if date is None else parsedate_to_datetime(date) + timedelta(seconds=0.5) - now


def _figures(text: str) -> Iterator[Figure]:
    try:
        for family in text_string_to_metric_families(text):
            yield from (Figure(each.name, each.labels, each.value) for each in family.samples)
    except ValueError:
        return  # whatever answers there is none of our services: that it has no figures says so
