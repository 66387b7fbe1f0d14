"""What the services take, as the manifests must have it: asked of the services themselves."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from shared import settings

REPOSITORY = Path(__file__).parents[3]
SERVICES = sorted(path.parent.name for path in (REPOSITORY / "services").glob("*/config.py"))


class Asked(dict[str, str]):
    """An environment that remembers which variables were looked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def read(service: str, given: Mapping[str, str]) -> tuple[Any, set[str]]:
    """The service's settings as it reads them from `given`, and every variable it knows of."""
    module = import_module(f"services.{service}.config")
    asked = Asked(given)
    return settings.read(
        getattr(module, f"{service.capitalize()}Settings"), f"{service.upper()}_", asked
    ), asked.names
