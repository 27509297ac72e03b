"""The container of a workbook that anybody may have made: a ZIP archive, opened within bounds.

Sizes are counted while a part is unpacked; what the archive says of itself is not believed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from delivery.zip_members import BROKEN, ENCRYPTED_FLAG, METHODS

FILE_TOO_LARGE = "file_too_large"
FILE_EMPTY = "file_empty"
NOT_A_WORKBOOK = "not_a_workbook"
OLD_WORKBOOK = "old_workbook"
ENCRYPTED = "encrypted"
DAMAGED = "damaged"
TOO_MANY_PARTS = "too_many_parts"
PART_TWICE = "part_twice"
PART_TOO_LARGE = "part_too_large"

MESSAGES = {
    FILE_TOO_LARGE: "the file is larger than the reader takes in",
    FILE_EMPTY: "the file holds nothing",
    NOT_A_WORKBOOK: "the file is not a workbook in the format XLSX",
    OLD_WORKBOOK: "the file is an old workbook (.xls): save it as .xlsx",
    ENCRYPTED: "the workbook is encrypted: save it without a password",
    DAMAGED: "the file is damaged",
    TOO_MANY_PARTS: "the workbook has more parts than the reader takes in",
    PART_TWICE: "a part stands in the workbook twice",
    PART_TOO_LARGE: "a part of the workbook unpacks to more than the reader takes in",
}

ZIP_START = b"PK\x03\x04"
COMPOUND_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Start of the compound files that hold old workbooks, and new ones under a password."""

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_CHUNK_BYTES = 64 * 1024
_SMALL_BYTES = 1024 * 1024


class RefusedError(Exception):
    """The workbook can't be read, or not further; `code` says why."""

    def __init__(self, code: str, line: int = 1) -> None:
        self.code, self.line = code, line
        super().__init__(code)


@dataclass(frozen=True)
class PackageLimits:
    """Most that is taken in of a workbook.

    Attributes:
        file_bytes: bytes of the file.
        parts: parts in the archive.
        sheet_bytes: bytes of a sheet that is unpacked; it is read piece by piece.
        string_bytes: bytes of the shared strings that are unpacked; they are kept while the sheet is read.
        small_part_bytes: bytes of any other part that is unpacked.
        ratio: how many times larger than packed a part may unpack, when it has more than a mebibyte.
    """

    file_bytes: int = 64 * 1024 * 1024
    parts: int = 1_000
    sheet_bytes: int = 1024 * 1024 * 1024
    string_bytes: int = 128 * 1024 * 1024
    small_part_bytes: int = 8 * 1024 * 1024
    ratio: int = 300


class Package:
    """The parts of a workbook by name.

    Raises:
        RefusedError: FILE_TOO_LARGE, FILE_EMPTY, NOT_A_WORKBOOK, OLD_WORKBOOK, ENCRYPTED, DAMAGED, TOO_MANY_PARTS,
            PART_TWICE.
    """

    def __init__(self, data: bytes, limits: PackageLimits) -> None:
        _require_zip(data, limits)
        self._limits = limits
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN:
            raise RefusedError(DAMAGED) from None
        entries = self._archive.infolist()
        if len(entries) > limits.parts:
            raise RefusedError(TOO_MANY_PARTS)
        # Names are compared as the format does, letter case aside; a second part would be another truth.
        self._entries = {entry.filename.lstrip("/").lower(): entry for entry in entries}
        if len(self._entries) != len(entries):
            raise RefusedError(PART_TWICE)
        if any(entry.flag_bits & ENCRYPTED_FLAG for entry in entries):
            raise RefusedError(ENCRYPTED)

    @property
    def names(self) -> frozenset[str]:
        """Names of all parts in lower case."""
        return frozenset(self._entries)

    def chunks(self, name: str, most_bytes: int) -> Iterator[bytes]:
        """A part, unpacked piece by piece.

        Args:
            name: of the part; letter case plays no part.
            most_bytes: unpacked bytes that are taken in.

        Raises:
            RefusedError: NOT_A_WORKBOOK when it is not there, DAMAGED, PART_TOO_LARGE.
        """
        entry = self._entries.get(name.lstrip("/").lower())
        if entry is None:
            raise RefusedError(NOT_A_WORKBOOK)
        if entry.compress_type not in METHODS:
            raise RefusedError(DAMAGED)
        size = 0
        try:
            with self._archive.open(entry) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > most_bytes or self._is_bomb(size, entry.compress_size):
                        raise RefusedError(PART_TOO_LARGE)
                    yield chunk
        except BROKEN:
            raise RefusedError(DAMAGED) from None

    def _is_bomb(self, size: int, packed: int) -> bool:
        return size > _SMALL_BYTES and size > packed * self._limits.ratio


def _require_zip(data: bytes, limits: PackageLimits) -> None:
    if len(data) > limits.file_bytes:
        raise RefusedError(FILE_TOO_LARGE)
    if not data:
        raise RefusedError(FILE_EMPTY)
    if data.startswith(COMPOUND_START):
        raise RefusedError(ENCRYPTED if _ENCRYPTED_STREAM in data else OLD_WORKBOOK)
    if not data.startswith(ZIP_START):
        raise RefusedError(NOT_A_WORKBOOK)
