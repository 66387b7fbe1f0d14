"""A door with a fake bus and a fake ledger."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import httpx
import pytest

from services.intake import config
from services.intake.app import build_http
from services.intake.config import IntakeSettings
from services.intake.ports import Ports
from shared import catalogue
from tests.component.intake.fakes import FakeBus, FakeLedger
from tests.unit.intake.samples import NOW

GRID_KEY = "grid-key"
ALL_KEY = "all-key"


@pytest.fixture
def intake_config(tmp_path: Path) -> IntakeSettings:
    listed = {GRID_KEY: ["grid"], ALL_KEY: ["app", "grid", "hotline"]}
    file = tmp_path / "keys.json"
    file.write_text(
        json.dumps({hashlib.sha256(key.encode()).hexdigest(): names for key, names in listed.items()})
    )
    given = {
        "XIAOSHI_KAFKA": "broker:9092",
        "XIAOSHI_MONGO": "mongodb://store",
        "INTAKE_KEYS_FILE": str(file),
        "INTAKE_CONTACT_KEY": base64.b64encode(bytes(range(64))).decode(),
        "INTAKE_RECEIPT_KEY": "r" * 32,
    }
    return config.load(given)


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


POLICY = cache(catalogue.load)


def client_of(intake_config: IntakeSettings, ports: Ports) -> httpx.AsyncClient:
    app = build_http(intake_config, ports, POLICY())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://door", headers={"X-API-Key": GRID_KEY})


@pytest.fixture
async def client(
    intake_config: IntakeSettings, bus: FakeBus, ledger: FakeLedger
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(intake_config, Ports(bus, ledger, lambda: NOW)) as opened:
        yield opened


@pytest.fixture
async def small(
    intake_config: IntakeSettings, bus: FakeBus, ledger: FakeLedger
) -> AsyncIterator[httpx.AsyncClient]:
    """A door that takes bodies of 1,000 bytes, two at a time."""
    limits = replace(intake_config, body_bytes=1000, in_flight=2, in_flight_bytes=1500)
    async with client_of(limits, Ports(bus, ledger, lambda: NOW)) as opened:
        yield opened
