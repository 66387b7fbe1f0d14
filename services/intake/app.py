"""The HTTP door: routes and wiring."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.intake import config as settings
from services.intake import instruments, openapi, problems
from services.intake.bus import KafkaBus
from services.intake.config import IntakeSettings
from services.intake.ledger import StoreLedger
from services.intake.load import Load, Room
from services.intake.ports import Ports
from services.intake.posting import Posting
from services.intake.problems import Turned
from services.intake.resident import Acting, Receipts, Telling
from services.intake.rules.admission import AHEAD_AT_THE_DOOR
from services.intake.rules.screen import LIMIT_BYTES, Screen
from services.intake.sources import sources
from shared import catalogue, clock, old_codes
from shared.catalogue import Policy

Opened = Callable[[], AbstractAsyncContextManager[object]]


def build_http(
    config: IntakeSettings, ports: Ports, policy: Policy | None = None, opened: Opened = nullcontext
) -> FastAPI:
    """The door as an ASGI app. `opened` holds open, while the app lives, what its ports need."""
    policy = policy or catalogue.load(config.policy)
    instruments.start_at_zero(sources())
    now = ports.now if config.time == "wall" else None
    load = partial(Load, Room(config.in_flight, config.in_flight_bytes), patience=config.body_patience)
    posting = Posting(
        Screen(policy.file.categories, ahead=AHEAD_AT_THE_DOOR, codes=old_codes.load(config.old_codes)),
        settings.keys_of(config),
        settings.callers_of(config.keys_file),
        ports.bus,
        load(config.body_bytes, own=Room(config.key_in_flight, config.key_in_flight_bytes)),
        now,
    )
    receipts = Receipts(ports.ledger, config.patience.total_seconds())
    telling = Telling(receipts, policy.file, now)
    # places of their own: what residents send never crowds out reports
    acting = Acting(receipts, ports.bus, load(min(config.body_bytes, LIMIT_BYTES)), ports.now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with opened():
            yield

    app = FastAPI(
        title="小事 intake",
        summary="Reports in, receipts out.",
        version=version("xiaoshi"),
        lifespan=lifespan,
        exception_handlers={
            Turned: problems.on_turned,
            HTTPException: problems.on_http,
            Exception: problems.on_crash,
        },
    )
    _routes(app, posting, telling, acting, ports)
    app.openapi = lambda: openapi.described(app)  # type: ignore[method-assign]
    return app


def _routes(app: FastAPI, posting: Posting, telling: Telling, acting: Acting, ports: Ports) -> None:
    wrong = openapi.turned(400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 503)

    @app.post(
        "/reports/{source}",
        status_code=202,
        responses=openapi.taken() | wrong,
        openapi_extra=openapi.report_body() | {"security": [{"key": []}]},
    )
    async def post_reports(source: str, request: Request) -> Response:
        """One report, or up to 1,000 as a list or as lines. 202 means: on the bus for good."""
        return await posting(request)

    @app.get(
        "/receipts/{code}",
        responses=openapi.told() | openapi.turned(400, 404, 503, page=True) | openapi.turned(500),
        openapi_extra={"parameters": [openapi.LANGUAGE]},
    )
    async def get_receipt(code: str, request: Request) -> Response:
        """How far a report has come: tier, desk, next step, deadline and why it is then, and what happened.

        A page for who accepts HTML rather than JSON.
        """
        return await telling(request)

    @app.post(
        "/receipts/{code}/actions",
        status_code=202,
        responses=openapi.asked() | openapi.turned(400, 404, 408, 409, 413, 415, 422, 429, 500, 503),
        openapi_extra=openapi.action_body(),
    )
    async def post_action(code: str, request: Request) -> Response:
        """What a resident asks for of the matter. 202 means: on the bus for good; the answer is at the receipt."""
        return await acting(request)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> Response:
        """What is sent gets through to the broker and every lane of this process gets on; else 503 and why not."""
        troubles = {"broker": await ports.bus.trouble(), "lanes": ports.lanes()}
        said = {name: trouble or "ok" for name, trouble in troubles.items()}
        return JSONResponse(said, status_code=503 if any(troubles.values()) else 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus text."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def door(config: IntakeSettings, lanes: Callable[[], str | None] = lambda: None) -> FastAPI:
    """The door on the real bus and the real ledger; connects when it is started, not before."""
    bus, ledger = KafkaBus(config.kafka, config.patience), StoreLedger(config.mongo)
    ports = Ports(bus=bus, ledger=ledger, now=clock.now, lanes=lanes)

    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        async with bus.open(), ledger.open():
            yield

    return build_http(config, ports, opened=opened)
