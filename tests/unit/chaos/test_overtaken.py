"""Whether a log holds anything of a writer that another had taken over from."""

import struct
from pathlib import Path

import pytest

from tests.chaos.overtaken import overtaken

BODY = b"records"


def a_batch(offset: int, writer: int, epoch: int) -> bytes:
    header = struct.pack(">iBIhiqqqhii", 0, 2, 0, 0, 0, 0, 0, writer, epoch, 0, 1)
    return struct.pack(">qi", offset, len(header) + len(BODY)) + header + BODY


@pytest.mark.parametrize(
    ("written", "late"),
    [
        pytest.param([(0, 7, 0), (1, 7, 0), (2, 7, 1)], [], id="hand-over"),
        pytest.param([(0, 7, 0), (1, 7, 1), (2, 7, 0)], ["matters.events.v1-0/2"], id="zombie"),
        pytest.param([(0, 7, 3), (1, 8, 0), (2, 7, 3)], [], id="two writers"),
        pytest.param([(0, -1, -1), (1, 7, 0), (2, -1, -1)], [], id="without a writer"),
    ],
)
def test_an_epoch_that_goes_back_is_a_zombies(
    written: list[tuple[int, int, int]], late: list[str], tmp_path: Path
) -> None:
    partition = tmp_path / "matters.events.v1-0"
    partition.mkdir()
    (partition / "00000000000000000000.log").write_bytes(b"".join(a_batch(*each) for each in written))
    assert overtaken(tmp_path) == (sum(writer >= 0 for _, writer, _ in written), late)


def test_what_is_being_written_at_the_end_is_left_out(tmp_path: Path) -> None:
    partition = tmp_path / "matters.events.v1-0"
    partition.mkdir()
    (partition / "00000000000000000000.log").write_bytes(a_batch(0, 7, 1) + a_batch(1, 7, 0)[:20])
    assert overtaken(tmp_path) == (1, [])
