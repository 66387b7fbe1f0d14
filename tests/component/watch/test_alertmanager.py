"""deploy/alertmanager: valid, and every alert ends where it belongs."""

import pytest

from tests.component.watch.programs import DEPLOY, program, said

CONFIG = DEPLOY / "alertmanager" / "alertmanager.yml"


@pytest.fixture(scope="module")
def amtool() -> str:
    return program("amtool", "prometheus-alertmanager")


def test_alertmanager_takes_its_configuration(amtool: str) -> None:
    assert "SUCCESS" in said(amtool, "check-config", str(CONFIG))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        pytest.param({"alertname": "LaneStuck", "service": "routing"}, "operations", id="a-service"),
        pytest.param({"alertname": "ClockGone"}, "operations", id="no-label-at-all"),
        pytest.param({"county": "430981", "severity": "page"}, "county-430981", id="a-county-of-its-own"),
        pytest.param(
            {"county": "430981", "severity": "plan"}, "county-430981", id="its-figures-of-the-month"
        ),
        pytest.param({"county": "430981", "severity": "warning"}, "county-430981", id="its-warnings"),
        pytest.param({"county": "430922", "severity": "page"}, "counties", id="any-other-county"),
        pytest.param({"county": "430922", "town": "430922001"}, "counties", id="a-town-of-any-other"),
    ],
)
def test_an_alert_goes_to_whom_it_concerns(amtool: str, labels: dict[str, str], receiver: str) -> None:
    given = (f"{name}={value}" for name, value in labels.items())
    found = said(amtool, "config", "routes", "test", f"--config.file={CONFIG}", *given)
    assert found.split() == [receiver]
