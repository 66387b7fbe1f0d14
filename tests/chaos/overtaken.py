"""Whether anything was written by a writer that another had taken over from: epochs never go back in a log."""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER = struct.Struct(">qiibIhiqqqhii")
_BEFORE_LENGTH = 12  # the offset and the length itself are not counted in a batch's length


def overtaken(data: Path) -> tuple[int, list[str]]:
    """Of a broker's folder of logs: how many batches have a writer, and those written after its epoch was over."""
    batches, late = 0, []
    for partition in sorted(data.glob("*-[0-9]*")):
        newest: dict[int, int] = {}
        for offset, writer, epoch in _batches(partition):
            batches += 1
            if epoch < newest.get(writer, epoch):
                late.append(f"{partition.name}/{offset}")
            newest[writer] = epoch
    return batches, late


def _batches(partition: Path) -> Iterator[tuple[int, int, int]]:
    """Offset, writer's id and epoch of each batch, in order; what is being written at the end is left out."""
    for segment in sorted(partition.glob("*.log")):
        with segment.open("rb") as log:
            while len(head := log.read(_HEADER.size)) == _HEADER.size:
                offset, length, _, _, _, _, _, _, _, writer, epoch, _, _ = _HEADER.unpack(head)
                if length <= 0:
                    break
                if writer >= 0:
                    yield offset, writer, epoch
                log.seek(length + _BEFORE_LENGTH - _HEADER.size, 1)
