"""`POST /reports/{source}`: judge the whole body, publish what is a report, then say yes; never before."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from services.intake import instruments, problems
from services.intake.config import Callers
from services.intake.load import Load
from services.intake.ports import Bus, Now
from services.intake.problems import Turned
from services.intake.rules.admission import Admission, Admitted, Keys, is_list, split
from services.intake.rules.envelope import trace_of
from services.intake.rules.screen import LIMIT_BYTES, Refusal, Screen
from services.intake.sources import Source, sources
from shared.errors import BrokerUnavailableError

JSON = "application/json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

Answer = Admitted | Refusal


class Posting:
    """The door for reports. `now` None: a report is received when it says it was made."""

    def __init__(
        self, screen: Screen, keys: Keys, callers: Callers, bus: Bus, load: Load, now: Now | None
    ) -> None:
        self._screen = screen
        self._keys = keys
        self._callers = callers
        self._bus = bus
        self._load = load
        self._now = now

    async def __call__(self, request: Request) -> Response:
        key, source = self._allowed(request)
        is_lines = kind_of(request, (JSON, *LINES)) in LINES
        with self._load.entered(key) as held, instruments.SECONDS.labels(source.name).time():
            body = await held.body(request)
            admission = Admission(self._screen, self._keys, source, self._received_at(), trace(request))
            answers = await _judged(admission, body, is_lines)
            if isinstance(answers, Refusal):
                return problems.answer(problems.of_refusal(answers))
            await self._publish(answers)
        _count(source.name, answers)
        return _many(answers) if is_lines or is_list(body) else _single(answers[0])

    def _allowed(self, request: Request) -> tuple[str, Source]:
        """The caller's key as a digest, and the source of the path if it is good for that.

        Without a key nobody learns what there is.
        """
        given = request.headers.get("x-api-key", "").encode()
        digest = hashlib.sha256(given).hexdigest()
        allowed = self._callers.get(digest)
        if not given or allowed is None:
            raise Turned(401, "X-API-Key is missing or unknown", WWW_Authenticate="X-API-Key")
        source = sources().get(request.path_params["source"])
        if source is None:
            raise Turned(404, f"no such source; there are {', '.join(sources())}")
        if source.name not in allowed:
            raise Turned(403, f"this key is not for {source.name!r}")
        return digest, source

    def _received_at(self) -> datetime | None:
        return None if self._now is None else self._now()

    async def _publish(self, answers: Sequence[Answer]) -> None:
        outs = [each.out for each in answers if isinstance(each, Admitted) and not each.again]
        if not outs:
            return
        try:
            await self._bus.publish(outs)
        except BrokerUnavailableError as error:
            instruments.AWAY.labels("broker").inc()
            raise problems.come_back(problems.SEND_AGAIN) from error


async def _judged(admission: Admission, body: bytes, is_lines: bool) -> list[Answer] | Refusal:
    """A large body is judged beside the event loop, so that small ones are answered meanwhile."""
    if len(body) <= LIMIT_BYTES:
        return _judge(admission, body, is_lines)
    return await asyncio.to_thread(_judge, admission, body, is_lines)


def _judge(admission: Admission, body: bytes, is_lines: bool) -> list[Answer] | Refusal:
    raws = split(body, is_lines)
    return raws if isinstance(raws, Refusal) else admission.all(raws)


def kind_of(request: Request, allowed: Sequence[str]) -> str:
    """The type of the body, JSON if none is said. Raises Turned for what is not allowed or not plain UTF-8."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "").removeprefix("charset=")
    if (kind.strip() or JSON) not in allowed or charset not in ("", "utf-8", "utf8"):
        named = allowed[:2]
        raise Turned(415, f"send {' or '.join(named)}, in UTF-8", Accept_Post=", ".join(named))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Turned(415, "send it uncompressed", Accept_Encoding="identity")
    return kind.strip()


def trace(request: Request) -> bytes | None:
    return trace_of(request.headers.get("traceparent", "").encode())


def _single(answer: Answer) -> Response:
    if isinstance(answer, Refusal):
        return problems.answer(problems.of_refusal(answer))
    return _json(202, _said(answer))


def _many(answers: Sequence[Answer]) -> Response:
    """202 if any is on the bus; each item has its own answer."""
    items = [{"index": nth, **_said(answer)} for nth, answer in enumerate(answers)]
    refused = sum(isinstance(each, Refusal) for each in answers)
    if refused == len(answers):
        return problems.answer(problems.problem(422, "every report was refused", items=items))
    return _json(202, {"accepted": len(answers) - refused, "refused": refused, "items": items})


def _said(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"status": "refused", "problem": problems.of_refusal(answer)}
    status = "duplicate" if answer.again else "accepted"
    return {"status": status, "report_id": answer.report_id, "receipt": answer.receipt}


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type=JSON)


def _count(source: str, answers: Sequence[Answer]) -> None:
    for answer in answers:
        if isinstance(answer, Refusal):
            instruments.REPORTS.labels(source, "refused").inc()
            instruments.REFUSED.labels(source, answer.reason).inc()
        else:
            instruments.REPORTS.labels(source, "duplicate" if answer.again else "accepted").inc()
