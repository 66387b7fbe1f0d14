"""Runs the service that CHAOS_SERVICE names as a version that kept one more field of each report in routing's state."""

import os
import runpy
from collections.abc import Mapping

import msgspec

from services.routing.handlers import Placed
from shared import core
from shared.matter import Value

if __name__ == "__main__":
    state_bytes = core.state_bytes

    def with_a_field_more(puts: Mapping[str, Value | None]) -> list[tuple[bytes, bytes | None]]:
        rows = []
        for (key, value), put in zip(state_bytes(puts), puts.values(), strict=True):
            if isinstance(put, Placed):
                value = msgspec.json.encode(msgspec.to_builtins(put) | {"of_another_version": [1, 2, 3]})
            rows.append((key, value))
        return rows

    core.state_bytes = with_a_field_more
    runpy.run_module(f"services.{os.environ['CHAOS_SERVICE']}", run_name="__main__")
