"""What exactly is wrong with a value: every field of it, where a decoder would stop at the first."""

import enum
import math
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, structs

from shared.reasons import Reason

NAME_CHARACTERS = 64


class Problem(NamedTuple):
    """One thing wrong. `field` is a JSON pointer, empty for the whole."""

    reason: Reason
    field: str
    text: str


def pointer(at: str, step: str | int) -> str:
    """One step further (RFC 6901); a name is cut, and cleaned of what no encoder would take."""
    name = str(step)[:NAME_CHARACTERS].encode(errors="replace").decode()
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"


def fields_of(tree: dict[str, Any], kind: type[Struct], at: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """The fields that could be read, and all problems with the others, unknown names included."""
    known = {each.encode_name: each for each in structs.fields(kind)}
    values: dict[str, Any] = {}
    problems = [
        Problem(Reason.FIELD_UNKNOWN, pointer(at, name), "unknown field")
        for name in tree
        if name not in known
    ]
    for name, field in known.items():
        if name in tree:
            found = list(_wrong(tree[name], field.type, pointer(at, name)))
            problems += found
            if not found:
                values[field.name] = msgspec.convert(tree[name], field.type)
        elif field.required:
            problems.append(Problem(Reason.FIELD_INVALID, pointer(at, name), "is missing"))
    return values, problems


def odd_values(value: Any, at: str = "") -> Iterator[Problem]:
    """The places of numbers that are not finite and of text that is not Unicode."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from odd_values(name, pointer(at, name))
            yield from odd_values(inner, pointer(at, name))
    elif isinstance(value, list):
        for nth, inner in enumerate(value):
            yield from odd_values(inner, pointer(at, nth))
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(Reason.FIELD_INVALID, at, "not a finite number")
    elif isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        yield Problem(Reason.FIELD_INVALID, at, "not Unicode: half a surrogate pair")


def _wrong(value: Any, hint: Any, at: str) -> Iterator[Problem]:
    bare, described = _bare(hint)
    if value is not None and isinstance(bare, type) and issubclass(bare, Struct) and isinstance(value, dict):
        yield from fields_of(value, bare, at)[1]
        return
    inner = list(_wrong_inside(value, bare, at))
    if inner:
        yield from inner
        return
    try:
        msgspec.convert(value, hint)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        text = str(error).partition(" - at `")[0]
        if isinstance(bare, type) and issubclass(bare, enum.StrEnum):
            text = f"not one of {', '.join(bare)}"  # msgspec would quote the value
        yield Problem(Reason.FIELD_INVALID, at, f"{text} ({described})" if described else text)


def _wrong_inside(value: Any, bare: Any, at: str) -> Iterator[Problem]:
    """What is wrong with the items of a list or an object of texts."""
    origin, parts = typing.get_origin(bare), typing.get_args(bare)
    if origin is tuple and isinstance(value, list):
        for nth, item in enumerate(value):
            yield from _wrong(item, parts[0], pointer(at, nth))
    elif origin is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from _wrong(name, parts[0], pointer(at, name))
            yield from _wrong(item, parts[1], pointer(at, name))


def _bare(hint: Any) -> tuple[Any, str]:
    """A type without its notes and its `| None`, and what its notes say it is."""
    described = ""
    while True:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            for note in hint.__metadata__:
                described = described or (note.description or "" if isinstance(note, Meta) else "")
            hint = hint.__origin__
        elif origin in (typing.Union, types.UnionType):
            hint = next(each for each in typing.get_args(hint) if each is not type(None))
        else:
            return hint, described
