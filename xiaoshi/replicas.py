"""What the replicas of the metrics service answer over HTTP. Each knows its own lanes: all are asked and added up."""

from collections.abc import Mapping
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import msgspec

from shared.errors import MetricsUnavailableError, QuestionInvalidError

PATIENCE_SECONDS = 10

T = TypeVar("T")


def page(url: str, name: str = "metrics", query: Mapping[str, str] | None = None) -> bytes:
    """A page of the service; `url` is that of its `/metrics`, or its address alone.

    Raises MetricsUnavailableError, and QuestionInvalidError with the service's own words.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise MetricsUnavailableError(f"{url}: must be http://HOST:PORT/metrics")
    folder = parts.path.rstrip("/").removesuffix("/metrics")
    whole = parts._replace(path=f"{folder}/{name}", query=urlencode(query or {})).geturl()
    try:
        with urlopen(whole, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the scheme is looked at above
            return bytes(answer.read())
    except HTTPError as error:
        with error:
            said = error.read().decode(errors="replace").strip()
        if error.code == 400:
            raise QuestionInvalidError(said) from error
        raise MetricsUnavailableError(f"{whole}: {error}") from error
    except (OSError, HTTPException) as error:
        raise MetricsUnavailableError(f"{whole}: {error}") from error


def decoded(body: bytes, kind: type[T]) -> T:
    """Raises MetricsUnavailableError for what is no answer of the service."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise MetricsUnavailableError(f"no answer of the metrics service: {error}") from error
