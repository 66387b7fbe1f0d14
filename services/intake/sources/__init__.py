"""The ways in. A NEW SOURCE IS ONE FILE here: `NAME`, a docstring and `parse`, and nothing else anywhere.

`parse` turns a JSON object with the source's own field names into one with the names of the contract
(`shared.matter.Report`); names it does not know it passes on, so that they are refused by name. It never raises:
what it cannot read it leaves as it is for the screen to refuse. `FIELDS`, where a source has it, lets a refusal
speak of the field as the source called it.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

Tree = dict[str, Any]

SOURCES: tuple[str, ...]

BEIJING = "+08:00"
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?")
_TRUTH = {"是": True, "1": True, "Y": True, "否": False, "0": False, "N": False}


class To(NamedTuple):
    """Where a field of a source goes in the contract, `/location/lat`, and how its value is read."""

    path: str
    read: Callable[[Any], Any] = lambda value: value


class Source(NamedTuple):
    """One way in."""

    name: str
    doc: str
    parse: Callable[[Tree], Tree]
    fields: Mapping[str, To]


@cache
def sources() -> Mapping[str, Source]:
    """Every source by name, found in this folder."""
    found = {}
    for each in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{each.name}")
        source = Source(module.NAME, module.__doc__ or "", module.parse, getattr(module, "FIELDS", {}))
        found[source.name] = source
    return dict(sorted(found.items()))


def __getattr__(name: str) -> Any:
    if name == "SOURCES":
        return tuple(sources())
    raise AttributeError(name)


def translate(raw: Tree, fields: Mapping[str, To]) -> Tree:
    """The fields a source calls by its own names, under the contract's; an empty one counts as not sent.

    A field sent under both names stays under its own as well, and is refused there as unknown.
    """
    if fields.keys().isdisjoint(raw):
        return raw
    out = {name: value for name, value in raw.items() if name not in fields}
    for name in fields.keys() & raw.keys():
        to, value = fields[name], raw[name]
        if value is None or value == "":
            continue
        if not _place(out, to.path[1:].split("/"), to.read(value)):
            out[name] = value
    return out


def _place(out: Tree, steps: list[str], value: Any) -> bool:
    *above, last = steps
    for step in above:
        inner = out.get(step, {})
        if not isinstance(inner, dict):
            return False
        out[step] = out = dict(inner)
    if last in out:
        return False
    out[last] = value
    return True


def local_time(value: Any) -> Any:
    """`2026-03-01 08:30:00` without an offset is the time in Beijing, the one official time of the country."""
    found = _LOCAL.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else f"{found[1]}T{found[2]}{found[3] or ':00'}{BEIJING}"


def number(value: Any) -> Any:
    """A figure that came as text."""
    try:
        return float(value) if isinstance(value, str) and len(value) < 40 else value
    except ValueError:
        return value


def count(value: Any) -> Any:
    """A whole figure that came as text."""
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
        else value
    )


def truth(value: Any) -> Any:
    """是/否, Y/N, 1/0."""
    return _TRUTH.get(str(value).upper(), value) if isinstance(value, (str, int)) else value


def links(value: Any) -> Any:
    """Links separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
