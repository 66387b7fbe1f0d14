"""The settings of intake, and the keys of the systems that may post to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from services.intake.rules.admission import Keys
from services.intake.sources import sources
from shared import sealing, settings
from shared.errors import SettingsInvalidError
from shared.old_codes import VARIABLE as OLD_CODES
from shared.settings import Check, Env, LaneSettings, Must, Secret

PREFIX = "INTAKE_"
RECEIPT_KEY_BYTES = 32

_SHA256 = re.compile(r"[0-9a-f]{64}")
Count = Annotated[int, Meta(ge=1)]
Callers = Mapping[str, frozenset[str]]


def _receipt_key(text: str) -> None:
    if len(text.encode()) < RECEIPT_KEY_BYTES:
        raise ValueError(f"shorter than {RECEIPT_KEY_BYTES} bytes")


@dataclass(frozen=True, kw_only=True)
class IntakeSettings(LaneSettings):
    """`in_flight` requests and `in_flight_bytes` of their bodies are held at a time, of one key `key_in_flight` and
    `key_in_flight_bytes`, on `connections` at most; more are told to come back.

    What a body of reports becomes on its way to the bus takes up to four times its bytes (measured: 3.7).
    """

    mongo: settings.Mongo
    keys_file: Annotated[Path, Must('a JSON file {"<sha256 of a key, hex>": ["<source>", ...]}')]
    contact_key: Annotated[Secret, Must("32, 48 or 64 random bytes in base64"), Check(sealing.key_of)]
    receipt_key: Annotated[Secret, Must("a text of at least 32 bytes"), Check(_receipt_key)]
    old_codes: Annotated[Path | None, Env(OLD_CODES), Must("a CSV file: old,new,from")] = None
    port: settings.Port = 8001
    body_bytes: Count = 16 * 1024 * 1024
    in_flight: Count = 64
    in_flight_bytes: Count = 128 * 1024 * 1024
    key_in_flight: Count = 48
    key_in_flight_bytes: Count = 96 * 1024 * 1024
    connections: Count = 500
    patience: timedelta = timedelta(seconds=10)
    body_patience: timedelta = timedelta(seconds=30)


def load(environ: Mapping[str, str] | None = None) -> IntakeSettings:
    """Raises SettingsInvalidError."""
    config = settings.read(IntakeSettings, PREFIX, environ)
    if config.replica >= config.replicas:
        raise SettingsInvalidError(
            f"INTAKE_REPLICA must be below INTAKE_REPLICAS, {config.replicas}, not {config.replica}"
        )
    for name in ("in_flight_bytes", "key_in_flight_bytes"):
        if getattr(config, name) < config.body_bytes:
            raise SettingsInvalidError(f"INTAKE_{name.upper()} must be at least INTAKE_BODY_BYTES")
    return config


def keys_of(config: IntakeSettings) -> Keys:
    return Keys(sealing.key_of(config.contact_key.reveal()), config.receipt_key.reveal().encode())


def callers_of(path: Path) -> Callers:
    """The sources each key is good for, by the key's SHA-256. Raises SettingsInvalidError."""
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise SettingsInvalidError(f"INTAKE_KEYS_FILE {path} cannot be read: {error}") from error
    wrong = [f"{digest!r} is no SHA-256 in hex" for digest in listed if not _SHA256.fullmatch(digest)]
    named = {source for each in listed.values() for source in each}
    wrong += [f"no source is called {source!r}" for source in sorted(named - sources().keys())]
    if wrong:
        raise SettingsInvalidError(f"INTAKE_KEYS_FILE {path}: {'; '.join(wrong)}")
    return {digest: frozenset(names) for digest, names in listed.items()}
