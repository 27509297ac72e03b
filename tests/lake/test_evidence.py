"""Evidence files: each finding by a file that deserves it."""

import errno
import hashlib
import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import lake.evidence
from lake.evidence import check_evidence
from schemas.datasets import EVIDENCE_FINDINGS
from schemas.errors import ArrearsError

CONTENT = b"recorded" * 1_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "evidence"
    (path / "calls").mkdir(parents=True)
    (path / "calls" / "录音（１）.wav").write_bytes(CONTENT)
    (tmp_path / "secret").write_bytes(CONTENT)
    return path


def rows(*paths: str, size: int = len(CONTENT), sha256: str = SHA256) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "evidence_id": [f"E{index}" for index in range(len(paths))],
            "loan_id": ["L1"] * len(paths),
            "evidence_kind": ["recording"] * len(paths),
            "file_path": list(paths),
            "file_bytes": [size] * len(paths),
            "file_sha256": [sha256] * len(paths),
        }
    )


def found(root: Path, evidence: pl.DataFrame) -> list[str]:
    return check_evidence(root, evidence)["finding_code"].to_pylist()


GOOD = "calls/录音（１）.wav"


def test_the_result_keeps_its_contract(root: Path) -> None:
    table = check_evidence(root, rows(GOOD, "calls/none.wav").reverse().to_arrow())
    assert table.schema.equals(EVIDENCE_FINDINGS.arrow_schema(), check_metadata=True)
    assert table.to_pylist() == [
        {"evidence_id": "E0", "loan_id": "L1", "evidence_kind": "recording", "finding_code": "intact"},
        {"evidence_id": "E1", "loan_id": "L1", "evidence_kind": "recording", "finding_code": "missing"},
    ]
    assert check_evidence(root, rows()).equals(pa.Table.from_pylist([], schema=EVIDENCE_FINDINGS.arrow_schema()))


def test_size_and_content_by_row(root: Path) -> None:
    evidence = rows(GOOD, GOOD, GOOD).with_columns(
        file_bytes=pl.Series([8_000, 8_001, 8_000]), file_sha256=pl.Series([SHA256, SHA256, "0" * 64])
    )
    assert found(root, evidence) == ["intact", "wrong_size", "altered"]


def test_one_bit_is_found(root: Path) -> None:
    data = bytearray(CONTENT)
    data[4_321] ^= 1
    (root / GOOD).write_bytes(data)
    assert found(root, rows(GOOD)) == ["altered"]


def test_paths_that_lead_out(root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    (root / "calls" / "up").symlink_to("../../secret")
    paths = ["../secret", "calls/../../secret", "calls/../" + GOOD, str(tmp_path / "secret"), str(root / GOOD)]
    assert found(root, rows(*paths, "link", "folder/secret", "calls/up")) == ["outside"] * 8


def test_links_inside_the_root_are_followed(root: Path) -> None:
    (root / "old").symlink_to("calls")
    (root / "again").symlink_to(root / GOOD)
    assert found(root, rows("old/录音（１）.wav", "again")) == ["intact", "intact"]


def test_a_root_that_is_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "mount").symlink_to(root)
    assert found(tmp_path / "mount", rows(GOOD)) == ["intact"]


def test_what_is_no_readable_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    paths = ["pipe", "calls", ".", "loop", "a\0b", "x" * 300, "/dev/null", "dangling", f"{GOOD}/x", ""]
    expected = ["unreadable"] * 6 + ["outside", "missing", "missing", "unreadable"]
    assert found(root, rows(*paths)) == expected


def test_a_disk_that_fails(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, "failed")

    monkeypatch.setattr(lake.evidence.os, "read", fail)
    assert found(root, rows(GOOD)) == ["unreadable"]


def test_a_link_that_is_swapped_in_after_the_look_is_not_followed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = Path.resolve

    def resolve_then_swap(self: Path, strict: bool = False) -> Path:
        resolved = resolve(self, strict=strict)
        if self.name == "swapped":
            (root / "swapped").unlink()
            (root / "swapped").symlink_to(tmp_path / "secret")
        return resolved

    (root / "swapped").write_bytes(CONTENT)
    monkeypatch.setattr(Path, "resolve", resolve_then_swap)
    assert found(root, rows("swapped")) == ["unreadable"]


def test_each_file_is_read_once_and_only_when_its_size_is_right(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    original = lake.evidence._hashed
    monkeypatch.setattr(lake.evidence, "_hashed", lambda descriptor: hashed.append(descriptor) or original(descriptor))
    (root / "other").write_bytes(b"small")
    assert found(root, rows(GOOD, GOOD, "other", GOOD)) == ["intact", "intact", "wrong_size", "intact"]
    assert len(hashed) == 1


def test_no_descriptor_is_left_open(root: Path) -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    check_evidence(root, rows(GOOD, "../x", "none", "calls", "calls/none/x"), threads=2)
    assert len(list(descriptors.iterdir())) == before


def test_a_missing_root_is_an_error_and_no_finding(root: Path) -> None:
    with pytest.raises(ArrearsError) as caught:
        check_evidence(root / "not mounted", rows(GOOD))
    assert (caught.value.code, caught.value.kind.may_retry) == ("ARR-1210", True)
