"""The residents' app (居民应用): a service request under the field names of GeoReport, as JSON.

Such a request has no title: the beginning of its description stands for one. `attribute[code]` are the answers
to a category's questions.
"""

import re
from typing import Any

from services.intake.sources import To, Tree, links, local_time, number, translate

NAME = "app"
FIELDS = {
    "service_request_id": To("/source_id"),
    "requested_datetime": To("/reported_at", local_time),
    "jurisdiction_id": To("/division"),
    "description": To("/text"),
    "service_code": To("/category"),
    "lat": To("/location/lat", number),
    "long": To("/location/lon", number),
    "address_string": To("/location/address"),
    "media_url": To("/attachments", links),
    "phone": To("/reporter/phone"),
    "account_id": To("/reporter_ref"),
}
TITLE_CHARACTERS = 40
_ANSWER = re.compile(r"attribute\[([^\]]+)\]")


def parse(raw: Tree) -> Tree:
    out = _answers(_name(dict(raw)))
    out = translate(out, FIELDS)
    text = out.get("text")
    if "title" not in out and "description" in raw and isinstance(text, str) and text.strip():
        out["title"] = text.strip().splitlines()[0][:TITLE_CHARACTERS]
    return out


def _name(out: Tree) -> Tree:
    """The family name comes first, as people here write it."""
    parts = [out.get(part) for part in ("last_name", "first_name")]
    reporter = out.get("reporter", {})
    if (
        any(parts)
        and all(part is None or isinstance(part, str) for part in parts)
        and isinstance(reporter, dict)
    ):
        named: Any = {"name": "".join(part for part in parts if part)}
        out["reporter"] = named | reporter
        out.pop("last_name", None)
        out.pop("first_name", None)
    return out


def _answers(out: Tree) -> Tree:
    given = {found[1]: name for name in out if (found := _ANSWER.fullmatch(name))}
    answers = out.get("answers", {})
    if given and isinstance(answers, dict):
        out["answers"] = {code: out.pop(name) for code, name in given.items()} | answers
    return out
