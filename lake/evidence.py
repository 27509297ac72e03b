"""Looks at evidence files: are they there, inside the evidence root, and what the lender declared them to be?"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import polars as pl
import pyarrow as pa

from schemas.datasets import EVIDENCE_FINDINGS
from schemas.errors import ArrearsError
from schemas.errors.extract import EVIDENCE_ROOT_MISSING

_CHUNK_BYTES = 1 << 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, so that a named pipe can't hang the run.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True)
class _Look:
    """What one look at one path found.

    Attributes:
        finding: missing, outside or unreadable, None when the file could be read.
        bytes: size, when it could be read.
        sha256: None when nobody declared that size, so there was nothing to compare.
    """

    finding: str | None
    bytes: int | None = None
    sha256: str | None = None


class _OutsideError(Exception):
    """The path leads out of the root."""


def check_evidence(root: Path, evidence: pa.Table | pl.DataFrame, *, threads: int = 4) -> pa.Table:
    """Look at every distinct file once; contract `EVIDENCE_FINDINGS`, sorted by `evidence_id`.

    A finding is one of missing, outside (absolute, with `..`, or by a symbolic link that leads out), unreadable (no
    regular file, no rights), wrong_size, altered, intact; the first that holds in this order. Size is compared first:
    files of another size are not hashed.

    Args:
        root: the evidence root.
        evidence: evidence_id, loan_id, evidence_kind, file_path, file_bytes, file_sha256.
        threads: how many files are read at a time.

    Raises:
        ArrearsError: `EVIDENCE_ROOT_MISSING`.
    """
    if not root.is_dir():
        raise ArrearsError(EVIDENCE_ROOT_MISSING, folder=root)
    rows = evidence if isinstance(evidence, pl.DataFrame) else pl.DataFrame(pl.from_arrow(evidence))
    files = rows.group_by("file_path").agg(pl.col("file_bytes").unique()).sort("file_path")
    looks = _look_at_all(root.resolve(), files["file_path"].to_list(), files["file_bytes"].to_list(), threads)
    found = pl.DataFrame(
        {
            "file_path": files["file_path"],
            "finding": [look.finding for look in looks],
            "found_bytes": [look.bytes for look in looks],
            "found_sha256": [look.sha256 for look in looks],
        },
        schema_overrides={"finding": pl.String, "found_bytes": pl.Int64, "found_sha256": pl.String},
    )
    judged = rows.join(found, on="file_path", how="left").with_columns(
        pl.coalesce(
            pl.col("finding"),
            pl.when(pl.col("found_bytes") != pl.col("file_bytes")).then(pl.lit("wrong_size")),
            pl.when(pl.col("found_sha256") != pl.col("file_sha256")).then(pl.lit("altered")),
            pl.when(pl.col("found_sha256") == pl.col("file_sha256")).then(pl.lit("intact")),
            pl.lit("unreadable"),
        ).alias("finding_code")
    )
    table = judged.select(EVIDENCE_FINDINGS.field_names).sort("evidence_id").to_arrow()
    return table.cast(EVIDENCE_FINDINGS.arrow_schema())


def _look_at_all(root: Path, paths: list[str], sizes: list[list[int]], threads: int) -> list[_Look]:
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(partial(_look, root), paths, sizes))


def _look(root: Path, path: str, declared_sizes: Iterable[int]) -> _Look:
    try:
        descriptor = _open_inside(root, path)
    except _OutsideError:
        return _Look("outside")
    except (FileNotFoundError, NotADirectoryError):
        return _Look("missing")
    except (OSError, ValueError):
        return _Look("unreadable")
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return _Look("unreadable")
        if facts.st_size not in declared_sizes:
            return _Look(None, facts.st_size)
        return _hashed(descriptor)
    except OSError:
        return _Look("unreadable")
    finally:
        os.close(descriptor)


def _hashed(descriptor: int) -> _Look:
    digest, size = hashlib.sha256(), 0
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return _Look(None, size, digest.hexdigest())


def _open_inside(root: Path, path: str) -> int:
    """Open a file below the root. Links are resolved first and refused on the way, so none can be swapped in."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise _OutsideError
    try:
        resolved = (root / path).resolve(strict=True)
    except RuntimeError as error:
        raise OSError(errno.ELOOP, "links in a circle") from error
    if not resolved.is_relative_to(root):
        raise _OutsideError
    *folders, name = resolved.relative_to(root).parts or (".",)
    folder = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)
    try:
        for each in folders:
            inner = os.open(each, _DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
