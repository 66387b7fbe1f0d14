"""What a wrong environment is told, and what a right one becomes."""

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from shared import settings
from shared.errors import SettingsInvalidError
from shared.settings import Must, Secret


class Colour(enum.StrEnum):
    BLUE = "blue"
    RED = "red"


@dataclass(frozen=True)
class Bell:
    kafka: settings.Kafka
    key: Annotated[Secret, Must("32 bytes, base64")]
    lanes: settings.Lanes = 8
    port: settings.Port = 8000
    patience: timedelta = timedelta(seconds=30)
    loud: bool = False
    colour: Colour = Colour.BLUE
    clock: Literal["wall", "stated"] = "wall"
    folder: Path | None = None
    share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    towns: tuple[str, ...] = field(default_factory=tuple)


NEEDED = {"XIAOSHI_KAFKA": "broker:9092", "BELL_KEY": "the-key"}


def test_what_is_not_set_keeps_its_default() -> None:
    config = settings.read(Bell, "BELL_", NEEDED)
    assert config == Bell(kafka="broker:9092", key=Secret("the-key"))


def test_every_kind_of_value_is_read() -> None:
    given = {
        "XIAOSHI_LANES": "16",
        "BELL_PORT": "65535",
        "BELL_PATIENCE": "5m",
        "BELL_LOUD": "true",
        "BELL_COLOUR": "red",
        "BELL_CLOCK": "stated",
        "BELL_FOLDER": "/etc/bell",
        "BELL_SHARE": "0.25",
        "BELL_TOWNS": "a, b,",
    }
    config = settings.read(Bell, "BELL_", NEEDED | given)
    assert config.lanes == 16
    assert config.port == 65535
    assert config.patience == timedelta(minutes=5)
    assert config.loud is True
    assert config.colour is Colour.RED
    assert config.clock == "stated"
    assert config.folder == Path("/etc/bell")
    assert config.share == 0.25
    assert config.towns == ("a", "b")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings.read(Bell, "BELL_", NEEDED | {"BELL_PORT": " "}).port == 8000


def test_all_wrong_variables_are_named_at_once() -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        settings.read(Bell, "BELL_", {"XIAOSHI_KAFKA": "broker", "BELL_PORT": "0", "BELL_PATIENCE": "soon"})
    assert str(caught.value).split("; ") == [
        "XIAOSHI_KAFKA must be the brokers, host:port, by commas, not 'broker'",
        "BELL_KEY must be set: 32 bytes, base64",
        "BELL_PORT must be a port, 1 to 65535, not '0'",
        "BELL_PATIENCE must be a length of time, as in 500ms, 30s, 5m, 2h, 1d, not 'soon'",
    ]


@pytest.mark.parametrize(
    ("name", "text", "must_be"),
    [
        pytest.param("BELL_PORT", "65536", "a port, 1 to 65535", id="port one too high"),
        pytest.param("BELL_LOUD", "loud", "true or false", id="bool"),
        pytest.param("BELL_COLOUR", "green", "one of blue, red", id="enum"),
        pytest.param("BELL_CLOCK", "sun", "one of wall, stated", id="literal"),
        pytest.param("BELL_SHARE", "1.1", "a number, at least 0, at most 1", id="limits in words"),
        pytest.param("XIAOSHI_LANES", "0", "the number of lanes, 1 to 4096", id="shared variable"),
    ],
)
def test_a_wrong_variable_is_told_what_it_must_be(name: str, text: str, must_be: str) -> None:
    with pytest.raises(SettingsInvalidError, match=f"{name} must be {must_be}, not '{text}'"):
        settings.read(Bell, "BELL_", NEEDED | {name: text})


def _is_even(text: str) -> None:
    if int(text) % 2:
        raise ValueError("odd")


@dataclass(frozen=True)
class Safe:
    pin: Annotated[Secret, settings.Check(_is_even), Must("an even number")]


def test_a_check_is_held_and_a_wrong_secret_is_not_quoted() -> None:
    assert settings.read(Safe, "SAFE_", {"SAFE_PIN": "1234"}).pin.reveal() == "1234"
    with pytest.raises(
        SettingsInvalidError, match=r"SAFE_PIN must be an even number, not what it is set to$"
    ):
        settings.read(Safe, "SAFE_", {"SAFE_PIN": "1235"})


def test_a_secret_shows_in_no_repr() -> None:
    config = settings.read(Bell, "BELL_", NEEDED)
    assert "the-key" not in repr(config)
    assert "the-key" not in f"{config.key}"
    assert config.key.reveal() == "the-key"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("500ms", timedelta(milliseconds=500), id="milliseconds"),
        pytest.param("30s", timedelta(seconds=30), id="seconds"),
        pytest.param("5m", timedelta(minutes=5), id="minutes"),
        pytest.param("2h", timedelta(hours=2), id="hours"),
        pytest.param("1d", timedelta(days=1), id="days"),
    ],
)
def test_a_span_has_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert settings.span(text) == length


@pytest.mark.parametrize("text", ["30", "s", "-1s", "1.5h", "1 h", "1h30m"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        settings.span(text)
