"""An environment beside ours, for engines whose dependencies are not ours: made once, kept in the cache."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from shared.backing.jars import cache_root
from shared.errors import BackingUnavailableError

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-bench.lock"
READY = ".ready"


def python() -> str:
    """Its interpreter: what the lock names, and behind that all that is ours. Raises BackingUnavailableError."""
    said = LOCK.read_bytes() + sys.version.encode()
    folder = cache_root() / f"bench-{hashlib.sha256(said).hexdigest()[:16]}"
    found = folder / "bin" / "python"
    if not (folder / READY).exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        command = [str(found), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise BackingUnavailableError(f"the other engines could not be installed: {done.stderr[-500:]}")
        (folder / READY).touch()
    _see_ours(folder)
    return str(found)


def _see_ours(folder: Path) -> None:
    """Behind its own packages; anew each time, for the tree may be another."""
    own = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    ours = f"{sysconfig.get_path('purelib')}\n{ROOT}\n"
    (Path(own) / "ours.pth").write_text(ours, encoding="utf-8")
