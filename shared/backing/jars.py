"""Apache Kafka's jars: fetched once, pinned by checksum, kept in a cache outside the tree."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from shared.errors import BackingUnavailableError

KAFKA_VERSION = "4.3.1"
_LOG_BINDING = "2.25.4"  # of the log4j that this Kafka asks for
_LOCK = f"kafka-{KAFKA_VERSION}.lock"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_FETCH_SECONDS = 600
_SECONDS_PER_JAR = 60


@dataclass(frozen=True)
class Jar:
    """One pinned artifact."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the folder of jars."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> str:
        """Where any Maven repository keeps it."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


def cache_root(environ: Mapping[str, str] = os.environ) -> Path:
    """XIAOSHI_CACHE, else the user's cache folder."""
    if own := environ.get("XIAOSHI_CACHE"):
        return Path(own)
    users = environ.get("XDG_CACHE_HOME")
    return (Path(users) if users else Path.home() / ".cache") / "xiaoshi"


def pinned() -> tuple[Jar, ...]:
    """What the lock file beside this module pins."""
    return parse_lock(files(__package__).joinpath(_LOCK).read_text())


def parse_lock(text: str) -> tuple[Jar, ...]:
    """One `group:artifact:version sha256` a line; lines with `#` are remarks."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, sha256))
    return tuple(jars)


def kafka_jars() -> Path:
    """The folder that holds exactly the pinned jars, filled now if it is not there yet."""
    jars = pinned()
    folder = cache_root() / f"kafka-{KAFKA_VERSION}-{_fingerprint(jars)}"
    if not folder.is_dir():
        _fill(folder, jars)
    return folder


def _fill(folder: Path, jars: tuple[Jar, ...]) -> None:
    """Whole or not at all, also when two processes do it at once: the first to rename wins."""
    refusals = []
    folder.parent.mkdir(parents=True, exist_ok=True)
    for way in (by_maven, by_download):
        beside = Path(tempfile.mkdtemp(prefix=".filling-", dir=folder.parent))
        try:
            way(jars, beside)
            verify(jars, beside)
            beside.rename(folder)
        except (BackingUnavailableError, OSError) as refusal:
            refusals.append(str(refusal))
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        if folder.is_dir():
            return
    raise BackingUnavailableError("; ".join(refusals))


def by_maven(jars: tuple[Jar, ...], folder: Path) -> None:
    """Copy them with mvn, each by itself, so that mvn resolves nothing on its own."""
    everything = (
        "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
    )
    _run_mvn(
        [(jar.group, jar.artifact, jar.version, everything) for jar in jars], f"-DoutputDirectory={folder}"
    )


def resolve_lock() -> str:
    """The text of a new lock file, as mvn resolves Kafka and a log binding now."""
    roots = [
        ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION, ""),
        ("org.apache.logging.log4j", "log4j-slf4j-impl", _LOG_BINDING, ""),
    ]
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work)
        _run_mvn(
            roots, f"-DoutputDirectory={tree}", "-Dmdep.useRepositoryLayout=true", "-DincludeScope=runtime"
        )
        lines = []
        for path in tree.rglob("*.jar"):
            *group, artifact, version = path.parent.relative_to(tree).parts
            lines.append(f"{'.'.join(group)}:{artifact}:{version} {_sha256(path)}\n")
    return "# Made by: python -m shared.backing lock\n" + "".join(sorted(lines))


def _run_mvn(wanted: list[tuple[str, str, str, str]], *arguments: str) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise BackingUnavailableError("no mvn")
    with tempfile.TemporaryDirectory() as work:
        pom = Path(work) / "pom.xml"
        pom.write_text(_pom(wanted))
        command = [mvn, "-q", "-B", "-f", str(pom), _COPY, *arguments]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise BackingUnavailableError(f"mvn: {error}") from error
    if ran.returncode != 0:
        said = [line for line in ran.stdout.splitlines() if "ERROR" in line]
        raise BackingUnavailableError(f"mvn failed: {said[0] if said else ran.stderr.strip()}")


def by_download(jars: tuple[Jar, ...], folder: Path) -> None:
    """Take them from the Maven repository that XIAOSHI_MAVEN_REPOSITORY names."""
    base = os.environ.get("XIAOSHI_MAVEN_REPOSITORY", "").rstrip("/")
    if not base:
        raise BackingUnavailableError("XIAOSHI_MAVEN_REPOSITORY names no repository to download from")
    if not base.startswith(("https://", "http://127.0.0.1:")):
        raise BackingUnavailableError("XIAOSHI_MAVEN_REPOSITORY must be an https address")
    for jar in jars:
        source = f"{base}/{jar.repository_path}"
        try:
            with (
                urllib.request.urlopen(source, timeout=_SECONDS_PER_JAR) as answer,  # noqa: S310  checked above
                (folder / jar.file_name).open("wb") as target,
            ):
                shutil.copyfileobj(answer, target)
        except OSError as error:
            raise BackingUnavailableError(f"{source}: {error}") from error


def verify(jars: tuple[Jar, ...], folder: Path) -> None:
    """Exactly the pinned files with exactly the pinned bytes, whichever way they came."""
    expected = {jar.file_name: jar.sha256 for jar in jars}
    found = {path.name: _sha256(path) for path in folder.iterdir()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise BackingUnavailableError(f"not the pinned jars: {', '.join(wrong)}")


def _pom(wanted: list[tuple[str, str, str, str]]) -> str:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version>{more}</dependency>\n"
        for group, artifact, version, more in wanted
    )
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>xiaoshi</groupId>"
        "<artifactId>backing</artifactId><version>1</version>\n"
        f"<dependencies>\n{dependencies}</dependencies></project>\n"
    )


def _fingerprint(jars: tuple[Jar, ...]) -> str:
    """Changes when any pin changes, so that an old cache is never taken for a new lock."""
    return hashlib.sha256("".join(sorted(jar.sha256 for jar in jars)).encode()).hexdigest()[:12]


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
