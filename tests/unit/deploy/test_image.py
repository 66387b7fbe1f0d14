"""The Dockerfile: what gets in, by which hash, and as whom it runs."""

import re

import pytest

from tests.unit.deploy.declared import REPOSITORY

TEXT = re.sub(r"\\\n\s*", "", (REPOSITORY / "Dockerfile").read_text())
STEPS = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
IGNORED = [
    line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")
]


def stages() -> list[list[str]]:
    starts = [n for n, step in enumerate(STEPS) if step.startswith("FROM ")]
    return [STEPS[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def test_both_stages_are_one_exact_python() -> None:
    bases = {stage[0].split()[1] for stage in stages()}
    assert len(stages()) == 2
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-4]\.\d+-slim-[a-z]+", bases.pop())


def test_everything_of_others_is_installed_by_its_hash() -> None:
    installs = re.findall(r"pip [^&]*?install [^&]*", TEXT)
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-deps --no-index" in install


def test_the_final_stage_holds_no_developers_tools() -> None:
    final = "\n".join(stages()[1])
    assert "requirements-dev" not in final
    assert "apt-get" not in TEXT
    assert " install " not in final


def test_it_runs_as_a_user_that_is_not_root_and_owns_nothing() -> None:
    final = stages()[1]
    assert "USER 10001:10001" in final
    assert not any("--chown" in step for step in final)
    assert "ENTRYPOINT []" in final


def test_only_what_is_named_reaches_the_builder() -> None:
    copied = [
        source
        for step in STEPS
        if step.startswith("COPY ") and "--from" not in step
        for source in step.split()[1:-1]
    ]
    assert IGNORED[0] == "*"
    assert {line[1:] for line in IGNORED if line.startswith("!")} == set(copied)


@pytest.mark.parametrize("source", [line[1:] for line in IGNORED if line.startswith("!")])
def test_what_reaches_the_builder_is_there(source: str) -> None:
    assert (REPOSITORY / source).exists()
