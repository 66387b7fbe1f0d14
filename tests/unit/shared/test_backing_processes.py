"""Children that are found again and ended, whatever became of their parent."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.backing import processes
from shared.errors import BackingUnavailableError

ROOT = Path(__file__).parents[3]

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)


def spawn_and_wait(command: tuple[str, ...], folder: Path) -> processes.Child:
    child = processes.spawn(command, folder=folder)
    processes.wait_until(lambda: child.log_tail() == "up", children=[child], seconds=20, what="the child")
    return child


def test_a_child_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = processes.spawn((sys.executable, "-c", "print('no such setting')"), folder=tmp_path)
    with pytest.raises(BackingUnavailableError, match=r"the child ended while starting.*\n.*no such setting"):
        processes.wait_until(lambda: False, children=[child], seconds=20, what="the child")
    processes.stop([child])


def test_a_child_that_never_answers_is_reported(tmp_path: Path) -> None:
    child = spawn_and_wait(SLEEP, tmp_path)
    with pytest.raises(BackingUnavailableError, match="the child did not answer in 0 s"):
        processes.wait_until(lambda: False, children=[child], seconds=0, what="the child")
    processes.stop([child])


@pytest.mark.parametrize("command", [SLEEP, DEAF], ids=["obedient", "deaf"])
def test_a_stopped_child_is_gone_and_so_is_its_note(command: tuple[str, ...], tmp_path: Path) -> None:
    child = spawn_and_wait(command, tmp_path)
    assert child.is_running()
    processes.stop([child], grace_seconds=0.2)
    assert not child.is_running()
    assert not list(tmp_path.glob("*.pid"))


def test_leftovers_of_another_process_are_stopped_and_counted(tmp_path: Path) -> None:
    child = spawn_and_wait(SLEEP, tmp_path / "a" / "b")
    assert processes.stop_leftovers(tmp_path) == 1
    assert child.popen is not None
    assert child.popen.wait(20) == -signal.SIGTERM
    assert processes.stop_leftovers(tmp_path) == 0


def test_a_process_that_only_got_the_number_of_a_leftover_is_let_alone(tmp_path: Path) -> None:
    child = spawn_and_wait(SLEEP, tmp_path)
    note = tmp_path / "process.pid"
    note.write_text(note.read_text().replace("600", "601"))
    assert processes.stop_leftovers(tmp_path) == 0
    assert child.is_running()
    processes.stop([child])


def test_a_half_written_note_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "process.pid").write_text('{"pid": 1')
    assert processes.stop_leftovers(tmp_path) == 0


def test_children_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys, time
from pathlib import Path
from shared.backing.guard import guarded
from shared.backing.processes import spawn
with guarded(Path({str(tmp_path)!r})):
    child = spawn({SLEEP!r}, folder=Path({str(tmp_path)!r}))
    print(child.pid, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        child = processes.Child(tmp_path, pid, SLEEP)
        parent.kill()
        parent.stdout.read()  # ends when the guard, which shares it, has done its work
    assert not child.is_running()
