"""A file that can't be brought to disk is closed once: its descriptor's number may be somebody else's by then."""

import errno
import gc
import os
from pathlib import Path

import pytest

from lake.files import HashedFile


def test_a_failed_flush_closes_nobody_elses_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = HashedFile(tmp_path / "part")
    file.write(b"row")

    def disk_is_full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_is_full)
    with pytest.raises(OSError, match="No space left"):
        file.close()
    assert file.closed
    with (tmp_path / "other").open("wb") as other:
        file.close()
        del file
        gc.collect()
        other.write(b"still open")
    assert (tmp_path / "other").read_bytes() == b"still open"
