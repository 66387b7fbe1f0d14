"""Problem answers (RFC 9457): what is wrong, in which field, and what to do; never how we are built."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.intake.rules.screen import Refusal
from shared.reasons import Reason

MEDIA_TYPE = "application/problem+json"
STATUS_OF = {Reason.NOT_JSON: 400, Reason.TOO_DEEP: 400, Reason.TOO_LARGE: 413}
COME_BACK_SECONDS = 5
SEND_AGAIN = "the bus does not answer; nothing is promised, send the same again: it will count once"


class Turned(Exception):  # noqa: N818  not an error of ours: an answer
    """The request ends here, with this problem."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def come_back(detail: str) -> Turned:
    return Turned(503, detail, Retry_After=str(COME_BACK_SECONDS))


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }


def of_refusal(refusal: Refusal) -> dict[str, Any]:
    """A refused report or action: the reason from the closed list, and every field with its own."""
    status = STATUS_OF.get(refusal.reason, 422)
    errors = [
        {"pointer": each.field, "reason": each.reason, "detail": each.text} for each in refusal.problems
    ]
    kind = f"urn:xiaoshi:refused:{refusal.reason}"
    return problem(status, refusal.detail, reason=refusal.reason, errors=errors) | {"type": kind}


def answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a response; its status is the response's."""
    content = msgspec.json.encode(body)
    return Response(content, status_code=body["status"], media_type=MEDIA_TYPE, headers=dict(headers or {}))


async def on_turned(_: Request, error: Exception) -> Response:
    assert isinstance(error, Turned)
    return answer(problem(error.status, error.detail), error.headers)


async def on_http(_: Request, error: Exception) -> Response:
    """No such path, or not this method."""
    assert isinstance(error, HTTPException)
    return answer(problem(error.status_code, error.detail), error.headers)


async def on_crash(_: Request, __: Exception) -> Response:
    return answer(problem(500, "an error of ours; nothing is promised, the same request may be sent again"))
