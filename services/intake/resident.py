"""The residents' door: whoever holds the code of a receipt sees how far the report is, and may act on its matter."""

import asyncio
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.intake import instruments, page, problems
from services.intake.load import Load, Pace
from services.intake.ports import Bus, Ledger, Now
from services.intake.posting import JSON, kind_of, trace
from services.intake.problems import COME_BACK_SECONDS, Turned, come_back
from services.intake.rules.accepted import is_page_wanted
from services.intake.rules.asking import Asked, action_of, asked_of, out_of
from services.intake.rules.history import Language
from services.intake.rules.progress import Status, language_of, progress
from services.intake.rules.screen import Refusal
from shared import receipts
from shared.errors import BrokerUnavailableError, ReceiptInvalidError, StoreUnavailableError
from shared.matter import State
from shared.policy_file import PolicyFile

ACTIONS_A_MINUTE = 10
PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}
"""The code is all that is asked for, so no answer to it is kept on the way."""


class Receipts:
    """Where receipts are looked up; `patience` in seconds."""

    def __init__(self, ledger: Ledger, patience: float) -> None:
        self._ledger = ledger
        self._patience = patience

    async def find(self, request: Request) -> tuple[str, Status]:
        """The code as we write it, and what is known of its report. Raises Turned."""
        try:
            receipt = receipts.canonical(request.path_params["code"])
        except ReceiptInvalidError as error:
            raise Turned(400, str(error)) from error
        try:
            async with asyncio.timeout(self._patience):
                status = await self._ledger.status_of(receipt)
        except (StoreUnavailableError, TimeoutError) as error:
            instruments.AWAY.labels("store").inc()
            raise come_back("the ledger does not answer") from error
        if status is None:
            raise Turned(404, "not known yet, or mistyped; a report shows some seconds after it was sent")
        return receipt, status


class Telling:
    """`GET /receipts/{code}`: how far a report has come; a page for who wants one, JSON for everybody else.

    `now` None: as of the last thing that happened.
    """

    def __init__(self, receipts_: Receipts, policy: PolicyFile, now: Now | None) -> None:
        self._receipts = receipts_
        self._policy = policy
        self._now = now

    async def __call__(self, request: Request) -> Response:
        wants_page = is_page_wanted(",".join(request.headers.getlist("accept")))
        language = _language(request, wants_page)
        try:
            receipt, status = await self._receipts.find(request)
        except Turned as turned:
            turned.headers |= PRIVATE
            if not wants_page:
                raise
            return page.of_trouble(turned.status, language, turned.headers)
        now = None if self._now is None else self._now()
        told = progress(receipt, status, self._policy, language, now)
        if wants_page:
            return page.of(told, language, PRIVATE)
        return JSONResponse(told, headers=PRIVATE | {"Content-Language": language})


def _language(request: Request, wants_page: bool) -> Language:
    """What is accepted; a page has a link to the other one, which says so in the address."""
    chosen = request.query_params.get("lang") if wants_page else None
    accepted = language_of(request.headers.get("accept-language", ""))
    return next((language for language in page.LANGUAGES if language == chosen), accepted)


class Acting:
    """`POST /receipts/{code}/actions`: what a resident asks for, onto the bus; routing counts the same again once."""

    def __init__(self, receipts_: Receipts, bus: Bus, load: Load, now: Now) -> None:
        self._receipts = receipts_
        self._bus = bus
        self._load = load
        self._now = now
        self._pace = Pace(ACTIONS_A_MINUTE)

    async def __call__(self, request: Request) -> Response:
        kind_of(request, (JSON,))
        with self._load.entered() as held:
            asked = asked_of(await held.body(request))
            receipt, status = await self._receipts.find(request)
            if isinstance(asked, Refusal):
                instruments.ASKED.labels("refused").inc()
                return problems.answer(problems.of_refusal(asked))
            now = self._now()
            self._keep_pace(receipt, now)
            await self._publish(asked, status, now, request)
        instruments.ASKED.labels("accepted").inc()
        content = msgspec.json.encode({"action_id": asked.action_id})
        return Response(content, status_code=202, media_type=JSON)

    def _keep_pace(self, receipt: str, now: datetime) -> None:
        wait = self._pace.wait(receipt, now)
        if wait:
            instruments.ASKED.labels("too_many").inc()
            detail = f"more than {ACTIONS_A_MINUTE} a minute for this receipt; nothing was taken in"
            raise Turned(429, detail, Retry_After=str(wait))

    async def _publish(self, asked: Asked, status: Status, now: datetime, request: Request) -> None:
        if status.matter_id is None or status.position is None or status.position.state is State.MERGED:
            instruments.ASKED.labels("not_sorted").inc()
            detail = "the report is being sorted, and can be acted on in some seconds; nothing was taken in"
            raise Turned(409, detail, Retry_After=str(COME_BACK_SECONDS))
        action = action_of(asked, status.report_id, status.matter_id, status.county, now)
        try:
            await self._bus.publish([out_of(action, trace(request))])
        except BrokerUnavailableError as error:
            instruments.AWAY.labels("broker").inc()
            raise come_back(problems.SEND_AGAIN) from error
