"""The files that settings name: keys, policies, models. Of what is in the environment where the doctor is called."""

import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from services.escalation.config import EscalationSettings
from services.intake.config import IntakeSettings
from services.metrics.config import MetricsSettings
from services.routing.config import RoutingSettings
from shared.settings import Env
from xiaoshi.doctor.facts import FileSeen

SETTINGS = {
    "INTAKE_": IntakeSettings,
    "ROUTING_": RoutingSettings,
    "ESCALATION_": EscalationSettings,
    "METRICS_": MetricsSettings,
}


def look(environ: Mapping[str, str]) -> tuple[FileSeen, ...]:
    """Only those that are set; what a file must hold is its service's to say when it starts."""
    named = sorted({variable for prefix, kind in SETTINGS.items() for variable in variables(prefix, kind)})
    given = ((name, environ.get(name, "").strip()) for name in named)
    return tuple(FileSeen(name, _trouble(Path(path))) for name, path in given if path)


def variables(prefix: str, kind: type[Any]) -> Iterator[str]:
    """The settings that are paths."""
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        parts = list(_parts(hints[field.name]))
        if Path in parts:
            yield next((each.name for each in parts if isinstance(each, Env)), prefix + field.name.upper())


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    if typing.get_origin(hint) is Annotated:
        yield from hint.__metadata__
    for part in typing.get_args(hint):
        yield from _parts(part)


def _trouble(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return "" if file.read(1) else f"{path} is empty"
    except OSError as error:
        return f"{path}: {error.strerror}"
