"""Each import contract, broken once on purpose in a scratch copy: a contract that cannot fail holds nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

BREAKS = [
    ("services/routing/handlers.py", "import services.escalation.config", "Services meet in"),
    ("shared/clock.py", "import services.routing.config", "The vocabulary knows neither"),
    ("services/metrics/handlers.py", "import xiaoshi.inputs", "Services know no commands"),
    ("services/routing/rules/match.py", "import time", "Rules are pure"),
    ("services/intake/sources/grid.py", "import aiokafka", "Rules are pure"),
    ("shared/core.py", "import faust", "Faust stays in its host"),
    ("services/intake/ledger.py", "import mongoengine", "mongoengine stays in the store"),
    ("services/intake/sources/app.py", "import services.intake.sources.grid", "A source knows no other"),
    (
        "services/metrics/indicators/mediation_success.py",
        "import services.metrics.indicators.repeat_petitions",
        "An indicator knows no other",
    ),
    (
        "services/escalation/rules/life.py",
        "import services.escalation.handlers",
        "Routing, escalation and metrics",
    ),
    ("services/intake/rules/screen.py", "import services.intake.posting", "Intake: its process"),
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("scratch")
    for name in ("shared", "services", "xiaoshi"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.zip"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


@pytest.mark.parametrize(("file", "line", "contract"), BREAKS, ids=[f"{row[0]}: {row[1]}" for row in BREAKS])
def test_a_forbidden_import_breaks_its_contract(scratch: Path, file: str, line: str, contract: str) -> None:
    broken = scratch / file
    before = broken.read_text(encoding="utf-8")
    broken.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = subprocess.run([LINT, "--no-cache"], cwd=scratch, capture_output=True, text=True, check=False)
    finally:
        broken.write_text(before, encoding="utf-8")
    assert done.returncode != 0
    # a long name goes over two lines; its verdict ends it
    assert re.search(rf"^{re.escape(contract)}[^\n]*(\n[^\n]*)?BROKEN", done.stdout, re.MULTILINE)
