"""The page of a registry's metrics. A family may keep its lines ready, so that a scrape writes only what moved.

The library writes each sample of each scrape anew, in about 10 us (`python -m bench scrape`): too long for a city.
"""

import gzip
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

from prometheus_client import Metric
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar, Sample
from prometheus_client.utils import floatToGoString

Key = TypeVar("Key", bound=Hashable)

_END = b"# EOF\n"
_ESCAPING = re.compile(r";\s*escaping=[^;,]*")
_written: Callable[[float], str] = floatToGoString
_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_TRACE = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_FAST = 1  # of gzip: a tenth of the time that 9 takes, for a page half as long again


class Lines:
    """The lines of one family, byte for byte as the library writes them. `key`: what the caller calls a series by."""

    def __init__(self, metric: str, labels: Sequence[str]) -> None:
        named = ",".join(f'{name}="%s"' for name in sorted(labels))
        self._form = f"{metric}{{{named}}}"
        self._order = sorted(range(len(labels)), key=labels.__getitem__)
        self._lines: dict[Hashable, bytes] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, key: Hashable, values: Sequence[str], n: float) -> None:
        """`values`: of the labels, in their order; a series never changes them."""
        known = self._lines.get(key)
        named = self._named(values) if known is None else known[: known.rindex(b" ")]
        self._lines[key] = b"%b %b\n" % (named, _written(n).encode())

    def drop(self, key: Hashable) -> None:
        del self._lines[key]

    def ready(self) -> dict[Hashable, bytes]:
        """A copy, by their keys."""
        return dict(self._lines)

    def _named(self, values: Sequence[str]) -> bytes:
        return (self._form % tuple(values[at].translate(_ESCAPED) for at in self._order)).encode()


def trace_id(traceparent: bytes | None) -> str | None:
    """The trace of a header as W3C writes it; None where it is not written so, or not there."""
    found = _TRACE.fullmatch(traceparent or b"")
    return None if found is None else found[1].decode()


class Traces(Generic[Key]):
    """Of the series that moved last the trace of what moved each, for exemplars: `most` of them and no more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._moved: dict[Key, Exemplar] = {}

    def moved(self, key: Key, by: float, trace: str) -> None:
        self._moved.pop(key, None)
        self._moved[key] = Exemplar({"trace_id": trace}, by)
        if len(self._moved) > self._most:
            del self._moved[next(iter(self._moved))]

    def latest(self) -> dict[Key, Exemplar]:
        return dict(self._moved)


class ReadyFamily(Metric):
    """A family with its lines. Who asks for samples all the same, as the library does, gets them read from there."""

    def __init__(
        self, family: Metric, lines: Lines, traced: Mapping[Hashable, Exemplar] | None = None
    ) -> None:
        super().__init__(family.name, family.documentation, family.type)
        del self.samples  # so that the property stands
        self._lines = lines.ready()
        self._traced = {key: each for key, each in (traced or {}).items() if key in self._lines}

    def text(self, *, exemplars: bool) -> bytes:
        if not exemplars or not self._traced:
            return b"".join(self._lines.values())
        told = {
            key: b'%b # {trace_id="%b"} %b\n'
            % (self._lines[key][:-1], each.labels["trace_id"].encode(), _written(each.value).encode())
            for key, each in self._traced.items()
        }
        return b"".join((self._lines | told).values())

    @cached_property
    def samples(self) -> list[Sample]:  # type: ignore[override]
        families = text_string_to_metric_families(self.text(exemplars=False).decode())
        read = (sample for family in families for sample in family.samples)
        return [
            sample._replace(exemplar=self._traced.get(key))
            for key, sample in zip(self._lines, read, strict=True)
        ]


class Families:
    """A registry of these families only."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def page(registry: Collector, accept: str = "", accept_encoding: str = "") -> tuple[bytes, dict[str, str]]:
    """The body and its headers, in the form and the encoding a scraper asks for."""
    # Our names need no escaping, so a scheme for it would say nothing.
    encoder, content_type = choose_encoder(_ESCAPING.sub("", accept))
    in_openmetrics = content_type.startswith("application/openmetrics-text")
    ready: list[bytes] = []
    others: list[Metric] = []
    for family in registry.collect():
        if isinstance(family, ReadyFamily):
            ready += (_head(encoder, family), family.text(exemplars=in_openmetrics))
        else:
            others.append(family)
    body = b"".join((*ready, encoder(Families(others))))
    headers = {"Content-Type": content_type}
    if gzip_accepted(accept_encoding):
        return gzip.compress(body, _FAST), headers | {"Content-Encoding": "gzip"}
    return body, headers


def _head(encoder: Callable[[Collector], bytes], family: Metric) -> bytes:
    bare = Metric(family.name, family.documentation, family.type)
    return encoder(Families([bare])).removesuffix(_END)
