"""What intake needs to be told, and what it says when it is told wrong."""

import base64
import json
from pathlib import Path

import pytest

from services.intake import config
from shared.errors import SettingsInvalidError

GIVEN = {
    "XIAOSHI_KAFKA": "broker:9092",
    "XIAOSHI_MONGO": "mongodb://store",
    "INTAKE_KEYS_FILE": "/etc/keys.json",
    "INTAKE_CONTACT_KEY": base64.b64encode(bytes(64)).decode(),
    "INTAKE_RECEIPT_KEY": "r" * 32,
}
DIGEST = "a" * 64


def test_the_needed_settings_are_enough() -> None:
    read = config.load(GIVEN)
    assert (read.lanes, read.replica, read.replicas, read.time) == (8, 0, 1, "wall")
    assert config.keys_of(read).contact == bytes(64)


def test_nothing_set_names_all_that_is_needed() -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        config.load({})
    assert all(name in str(caught.value) for name in GIVEN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(
            "INTAKE_CONTACT_KEY", base64.b64encode(bytes(31)).decode(), id="contact key one byte short"
        ),
        pytest.param("INTAKE_RECEIPT_KEY", "r" * 31, id="receipt key one byte short"),
        pytest.param("INTAKE_REPLICA", "1", id="replica of none"),
        pytest.param("INTAKE_IN_FLIGHT_BYTES", "1000", id="less than one body"),
        pytest.param("XIAOSHI_TIME", "sun", id="no such clock"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalidError, match=name) as caught:
        config.load(GIVEN | {name: value})
    assert value not in str(caught.value) or "KEY" not in name


def test_no_key_shows_in_a_repr() -> None:
    read = config.load(GIVEN)
    assert GIVEN["INTAKE_CONTACT_KEY"] not in repr(read)
    assert "r" * 32 not in repr(read)
    assert "rrr" not in repr(config.keys_of(read))


def test_callers_are_read_with_their_sources(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({DIGEST: ["grid", "app"]}))
    assert config.callers_of(file) == {DIGEST: frozenset({"grid", "app"})}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "cannot be read", id="broken"),
        pytest.param('{"key": ["grid"]}', "no SHA-256", id="the key itself"),
        pytest.param(
            json.dumps({DIGEST: ["gird"]}), "no source is called 'gird'", id="a source that is none"
        ),
        pytest.param(json.dumps({DIGEST: "grid"}), "cannot be read", id="no list"),
    ],
)
def test_a_wrong_file_of_callers_is_told(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(SettingsInvalidError, match=says):
        config.callers_of(file)
