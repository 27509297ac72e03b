"""Files of any bureau, read and checked for a person. What each bureau's files are is said in `delivery.bureaus`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from delivery.formats.violation import Violation
from orchestration.bureau_files_baihang import BAIHANG
from orchestration.bureau_files_kind import Asked, BureauFiles, Finding
from orchestration.bureau_files_metro2 import METRO2
from orchestration.bureau_files_pboc import PBOC
from orchestration.bureau_files_roster import ROSTER
from schemas.errors import ArrearsError
from schemas.errors.command import BUREAU_UNKNOWN, FILE_NOT_READABLE, NOT_COMPARED

BUREAU_FILES: dict[str, BureauFiles] = {"baihang": BAIHANG, "metro2": METRO2, "pboc": PBOC, "roster": ROSTER}
"""Name of a bureau to what can be done with its files."""

STANDARD_INPUT = Path("-")
MOST_LISTED = 1_000
"""Violations that are listed when nobody asks for more."""

TOO_MANY_LINES = "too_many_lines"
_TOO_MANY_LINES_MESSAGE = "is one line more than are taken in, the rest was not looked at"
_MOST_GIVEN_LINES = 100_000
_MOST_LINE_BYTES = 1024**2


@dataclass(frozen=True)
class ReadPiece:
    """A piece of a file.

    Attributes:
        lines: its records as JSON, without line ends. Read once.
        violations: what is wrong in its form, as far as it is listed.
        violation_count: of all that is.
    """

    lines: Iterator[str]
    violations: tuple[Violation, ...]
    violation_count: int


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        violations: at most as many as were wanted.
        doubts: what needs a look; at most as many as were wanted.
        is_cut: whether there are more violations; the rest of the file was not looked at then.
        are_doubts_cut: whether there are more doubts.
    """

    violations: tuple[Violation, ...]
    doubts: tuple[Violation, ...]
    is_cut: bool
    are_doubts_cut: bool


def read_file(bureau: str, file: Path, unmask: bool = False, most: int = MOST_LISTED) -> Iterator[ReadPiece]:
    """The records of a file piece after piece, broken ones left out. Memory is bounded by a piece.

    Args:
        bureau: name of a bureau.
        file: in the clear; STANDARD_INPUT for what comes in there.
        unmask: whether identity is printed as it is.
        most: violations that are listed; all are counted.

    Raises:
        ArrearsError: `BUREAU_UNKNOWN`, `FILE_NOT_READABLE`.
    """
    files = files_of(bureau)
    printed = files.printed_unmasked if unmask else files.printed
    with opened_file(file) as opened:
        for part in files.read(opened, most):
            yield ReadPiece(printed(part), part.violations, part.violation_count)


def check_file(
    bureau: str, file: Path, *, previous: Path | None = None, is_json: bool = False, most: int = MOST_LISTED
) -> Checked:
    """What is wrong in a file, in its form and in its sense.

    Args:
        bureau: name of a bureau.
        file: in the clear; STANDARD_INPUT for what comes in there, which has no name that is judged.
        previous: the last accepted file, to compare with.
        is_json: whether the file holds records as JSON lines, as `read_file` prints them unmasked.
        most: violations that are listed.

    Raises:
        ArrearsError: `BUREAU_UNKNOWN`, `FILE_NOT_READABLE`, `NOT_COMPARED`.
    """
    files = files_of(bureau)
    now = datetime.now(UTC).astimezone(ZoneInfo(files.time_zone)).replace(tzinfo=None)
    # One more than is wanted tells that there are more.
    asked = Asked(
        now,
        most + 1,
        previous=None if previous is None else _previous_of(bureau, files, previous),
        name=None if file == STANDARD_INPUT else file.name,
    )
    with opened_file(file) as opened:
        if is_json:
            return _gathered(_given_findings(opened, files, asked), most)
        return _gathered(files.judged(opened, asked), most)


def files_of(bureau: str) -> BureauFiles:
    """What can be done with the files of a bureau.

    Raises:
        ArrearsError: `BUREAU_UNKNOWN`.
    """
    files = BUREAU_FILES.get(bureau)
    if files is None:
        raise ArrearsError(BUREAU_UNKNOWN, known=", ".join(sorted(BUREAU_FILES)))
    return files


class _Told(io.RawIOBase):
    """A file whose failures have a code of ours."""

    def __init__(self, raw: BinaryIO, file: Path) -> None:
        super().__init__()
        self._raw = raw
        self._file = file

    def readable(self) -> bool:
        """It can be read."""
        return True

    # Typeshed wants any writable buffer; `BufferedReader`, which alone calls this, gives a view of bytes.
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer as far as bytes are there."""
        try:
            data = self._raw.read(len(buffer))
        except OSError as error:
            raise ArrearsError(FILE_NOT_READABLE, file=self._file, reason=error.strerror) from None
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened_file(file: Path) -> Iterator[io.BufferedReader]:
    """A file for reading bytes, or the standard input for `-`.

    Raises:
        ArrearsError: `FILE_NOT_READABLE`.
    """
    if file == STANDARD_INPUT:
        yield io.BufferedReader(_Told(sys.stdin.buffer, file))
        return
    try:
        raw = file.open("rb")
    except OSError as error:
        raise ArrearsError(FILE_NOT_READABLE, file=file, reason=error.strerror) from None
    with raw:
        yield io.BufferedReader(_Told(raw, file))


def _previous_of(bureau: str, files: BureauFiles, previous: Path) -> object:
    if files.previous_of is None:
        raise ArrearsError(NOT_COMPARED, bureau=bureau)
    with opened_file(previous) as opened:
        read = files.previous_of(opened)
    if read is None:
        raise ArrearsError(FILE_NOT_READABLE, file=previous, reason=f"holds no record of {bureau}")
    return read


def _given_findings(file: BinaryIO, files: BureauFiles, asked: Asked) -> Iterator[Finding]:
    lines = list(_lines(file))
    yield from files.judged_given(lines[:_MOST_GIVEN_LINES], asked)
    if len(lines) > _MOST_GIVEN_LINES:
        yield Finding(Violation(len(lines), None, TOO_MANY_LINES, _TOO_MANY_LINES_MESSAGE))


def _lines(file: BinaryIO) -> Iterator[str]:
    """The lines, one more than are taken in at most; one that is too long or not UTF-8 is empty, so no record."""
    for _ in range(_MOST_GIVEN_LINES + 1):
        line = file.readline(_MOST_LINE_BYTES)
        if not line:
            return
        is_whole = line.endswith(b"\n") or len(line) < _MOST_LINE_BYTES
        while not is_whole and (rest := file.readline(_MOST_LINE_BYTES)):
            is_whole, line = rest.endswith(b"\n"), b""
        yield _text(line)


def _text(line: bytes) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return ""


def _gathered(findings: Iterable[Finding], most: int) -> Checked:
    violations: list[Violation] = []
    doubts: list[Violation] = []
    for finding in findings:
        if not finding.is_doubt:
            violations.append(finding.violation)
            if len(violations) > most:
                break
        elif len(doubts) <= most:
            doubts.append(finding.violation)
    return Checked(tuple(violations[:most]), tuple(doubts[:most]), len(violations) > most, len(doubts) > most)
