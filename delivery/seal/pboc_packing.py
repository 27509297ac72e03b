"""Packing of files for the PBoC's credit reference centre: gzip, then encryption by the institution's own component.

The centre gives member institutions a component that compresses a file (a GZIP stream, in spite of the ending `.zip`,
as one public source tells) and encrypts it with SM4. Mode, padding, key and container of the encryption are not public
and can't be made up. So the component is run as the institution has it: a command of the settings, a list of
arguments without a shell, in which `{input}`, `{output}` and `{folder}` stand for paths.

The component works on files, and nothing in the clear may come to lie on a disk. Its files therefore are in a folder of
their own with mode 0700 in a file system in memory (`/dev/shm`), which is looked up in the list of mounts and refused
otherwise. A path below /proc that means a file without a name would also do for some commands; but the component makes
names of its own from that of its input, and a folder has them. Memory may be swapped out: encrypt the swap, or have
none.

What the command prints is not kept, as it may quote the data; of its error output the size is told.

`StandInPacking` is for the stand-in of the centre and for tests. It is not the centre's form, and begins with a mark
that says so.
"""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import ArrearsError
from schemas.errors.pboc import NOT_UNPACKED, PACKING_FAILED

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - in memory, and the folder in it is made with mode 0700
STAND_IN_MARK = b"ARREARS STAND-IN, NOT FOR THE BUREAU\n"

_CHUNK_BYTES = 1024**2
_GZIP_MARK = b"\x1f\x8b"
_HEADER_MARKS = (b"A050", b"A072")
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_MOUNTS = Path("/proc/self/mounts")
_NONCE_BYTES = 12


@dataclass(frozen=True)
class PackingLimits:
    """Most that is packed and unpacked.

    Attributes:
        packed_bytes: bytes of a packed file.
        text_bytes: bytes of the text file.
    """

    packed_bytes: int = 2 * 1024**3
    text_bytes: int = 16 * 1024**3


_DEFAULT_LIMITS = PackingLimits()


class Packing(Protocol):
    """A way to pack and to unpack."""

    def pack(self, text: BinaryIO, stem: str, packed: BinaryIO) -> None:
        """Packs a text file.

        Args:
            text: open for reading bytes.
            stem: name of the file without its ending.
            packed: open for writing bytes.

        Raises:
            ArrearsError: PACKING_FAILED; then nothing was written.
        """

    def unpack(self, packed: BinaryIO, stem: str, text: BinaryIO) -> None:
        """Unpacks a file that anybody may have packed.

        Args:
            packed: open for reading bytes.
            stem: name of the file without its ending.
            text: open for writing bytes. When an error is raised it must be thrown away.

        Raises:
            ArrearsError: PACKING_FAILED, NOT_UNPACKED.
        """


class ComponentTakes(StrEnum):
    """What the component is given and gives back: the text file as a GZIP stream, or the text file."""

    GZIP = "gzip"
    TEXT = "text"

    @property
    def suffix(self) -> str:
        """Of the name of such a file."""
        return ".txt.zip" if self is ComponentTakes.GZIP else ".txt"


@dataclass(frozen=True)
class OfficialComponent:
    """The institution's component, run as a command.

    Attributes:
        pack_command: program and arguments; `{input}` and `{output}` must be among them.
        unpack_command: the same for the way back.
        takes: what it is given; TEXT when it compresses by itself.
        folder: where its folders are made; must be in memory.
        environment: of the command, nothing else is in it.
        most_seconds: after which it is ended with all that it started.
        limits: most that it may give back.
    """

    pack_command: Sequence[str]
    unpack_command: Sequence[str]
    takes: ComponentTakes = ComponentTakes.GZIP
    folder: Path = MEMORY_FOLDER
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    most_seconds: float = 600.0
    limits: PackingLimits = _DEFAULT_LIMITS

    def pack(self, text: BinaryIO, stem: str, packed: BinaryIO) -> None:
        """As `Packing.pack`. What comes out in the clear, for a wrong command, is refused."""
        _require_plain(stem)
        with self._own_folder() as folder:
            given, made = folder / f"{stem}{self.takes.suffix}", folder / f"{stem}.enc"
            with given.open("xb") as file:
                if self.takes is ComponentTakes.GZIP:
                    compress(text, file)
                else:
                    shutil.copyfileobj(text, file, _CHUNK_BYTES)
            self._run(self.pack_command, given, made)
            self._require_output(made, self.limits.packed_bytes)
            with made.open("rb") as file:
                if file.read(8).startswith((_GZIP_MARK, *_HEADER_MARKS)):
                    raise ArrearsError(PACKING_FAILED, reason="what the command left is not encrypted")
                file.seek(0)
                shutil.copyfileobj(file, packed, _CHUNK_BYTES)

    def unpack(self, packed: BinaryIO, stem: str, text: BinaryIO) -> None:
        """As `Packing.unpack`."""
        _require_plain(stem)
        with self._own_folder() as folder:
            given, made = folder / f"{stem}.enc", folder / f"{stem}{self.takes.suffix}"
            with given.open("xb") as file:
                _copy(packed, file, self.limits.packed_bytes)
            self._run(self.unpack_command, given, made)
            most = self.limits.packed_bytes if self.takes is ComponentTakes.GZIP else self.limits.text_bytes
            self._require_output(made, most)
            with made.open("rb") as file:
                if self.takes is ComponentTakes.GZIP:
                    decompress(file, text, self.limits.text_bytes)
                else:
                    shutil.copyfileobj(file, text, _CHUNK_BYTES)

    @contextmanager
    def _own_folder(self) -> Iterator[Path]:
        if not is_in_memory(self.folder):
            raise ArrearsError(PACKING_FAILED, folder=self.folder, reason="the folder is not in memory")
        # mkdtemp gives the folder to this user only, mode 0700.
        folder = Path(tempfile.mkdtemp(prefix="arrears-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, command: Sequence[str], given: Path, made: Path) -> None:
        paths = {"{input}": str(given), "{output}": str(made), "{folder}": str(given.parent)}
        arguments = [_replaced(each, paths) for each in command]
        if not any("{input}" in each for each in command) or not any("{output}" in each for each in command):
            raise ArrearsError(PACKING_FAILED, reason="the command names no {input} or no {output}")
        try:
            process = subprocess.Popen(  # noqa: S603 - the command is the institution's own, without a shell
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=given.parent,
                env=dict(self.environment),
                start_new_session=True,
                umask=0o077,
            )
        except (OSError, ValueError):
            raise ArrearsError(PACKING_FAILED, reason="the command can't be started") from None
        with process:
            error_bytes = _Counter(process.stderr)
            waiting = Thread(target=_wait_without_reaping, args=(process.pid,), daemon=True)
            waiting.start()
            waiting.join(self.most_seconds)
            is_late = waiting.is_alive()
            # The process is not reaped yet, so that the number of its session can't be another's.
            _end_session(process.pid)
            waiting.join()
            exit_code = process.wait()
            error_bytes.join()
        if is_late:
            raise ArrearsError(PACKING_FAILED, reason=f"it took more than {self.most_seconds} seconds")
        if exit_code:
            raise ArrearsError(PACKING_FAILED, exit_code=exit_code, error_output_bytes=error_bytes.counted)

    def _require_output(self, made: Path, most: int) -> None:
        if made.is_symlink() or not made.is_file() or not made.stat().st_size:
            raise ArrearsError(PACKING_FAILED, reason="the command left no output")
        if made.stat().st_size > most:
            raise ArrearsError(PACKING_FAILED, reason=f"the output has more than {most} bytes")


@dataclass(frozen=True)
class StandInPacking:
    """Packing for the stand-in of the centre and for tests: gzip, then AES-256-GCM behind a mark of its own.

    Never for the centre, which can't open it.

    Attributes:
        key: 32 bytes.
        limits: most that is packed and unpacked, held in memory.
    """

    key: bytes = field(repr=False)
    limits: PackingLimits = _DEFAULT_LIMITS

    def pack(self, text: BinaryIO, stem: str, packed: BinaryIO) -> None:
        """As `Packing.pack`."""
        nonce = os.urandom(_NONCE_BYTES)
        compressed = BytesIO()
        compress(text, compressed)
        packed.write(STAND_IN_MARK + nonce + AESGCM(self.key).encrypt(nonce, compressed.getvalue(), self._bound(stem)))

    def unpack(self, packed: BinaryIO, stem: str, text: BinaryIO) -> None:
        """As `Packing.unpack`."""
        held = packed.read(self.limits.packed_bytes + 1)
        if len(held) > self.limits.packed_bytes:
            raise ArrearsError(NOT_UNPACKED, reason=f"it has more than {self.limits.packed_bytes} bytes")
        if not held.startswith(STAND_IN_MARK):
            raise ArrearsError(NOT_UNPACKED, reason="it was not packed by the stand-in")
        nonce, sealed = (held[len(STAND_IN_MARK) :][part] for part in (slice(_NONCE_BYTES), slice(_NONCE_BYTES, None)))
        try:
            compressed = AESGCM(self.key).decrypt(nonce, sealed, self._bound(stem))
        except (InvalidTag, ValueError):
            raise ArrearsError(NOT_UNPACKED, reason="key or name are not those of packing, or it was changed") from None
        decompress(BytesIO(compressed), text, self.limits.text_bytes)

    def _bound(self, stem: str) -> bytes:
        return STAND_IN_MARK + stem.encode()


def compress(text: BinaryIO, compressed: BinaryIO) -> None:
    """A GZIP stream of a file; same bytes, same stream."""
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=compressed, mtime=0) as stream:
        shutil.copyfileobj(text, stream, _CHUNK_BYTES)


def decompress(compressed: BinaryIO, text: BinaryIO, most_bytes: int) -> None:
    """The file in a GZIP stream.

    Raises:
        ArrearsError: NOT_UNPACKED when it is none, is damaged, or holds more bytes than allowed.
    """
    try:
        with gzip.GzipFile(fileobj=compressed, mode="rb") as stream:
            _copy(stream, text, most_bytes)
    except (OSError, EOFError, zlib.error):
        raise ArrearsError(NOT_UNPACKED, reason="it is not a GZIP stream, or a damaged one") from None


def is_in_memory(folder: Path) -> bool:
    """Whether a folder is in a file system that lives in memory, by the list of mounts of this process."""
    try:
        place = folder.resolve(strict=True)
        mounts = [line.split(" ")[1:3] for line in _MOUNTS.read_text().splitlines()]
    except (OSError, RuntimeError):
        return False
    # The last mount that covers the place is the one that is seen.
    kinds = [(len(Path(point).parts), kind) for point, kind in mounts if place.is_relative_to(point)]
    deepest = max((depth for depth, _ in kinds), default=0)
    return [kind for depth, kind in kinds if depth == deepest][-1:] in [[kind] for kind in _IN_MEMORY]


class _Counter(Thread):
    """Reads a stream to its end and keeps the number of its bytes only."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.counted = 0
        self.start()

    def run(self) -> None:
        while self._stream is not None and (chunk := self._stream.read(_CHUNK_BYTES)):
            self.counted += len(chunk)


def _wait_without_reaping(process: int) -> None:
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


def _end_session(leader: int) -> None:
    """Ends what is left of a command and of all that it started, which are a process group of their own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _require_plain(stem: str) -> None:
    if not stem or not stem.isalnum() or not stem.isascii():
        raise ValueError("the name of a file to pack must be letters and digits")


def _replaced(argument: str, paths: Mapping[str, str]) -> str:
    for mark, path in paths.items():
        argument = argument.replace(mark, path)
    return argument


def _copy(source: BinaryIO | gzip.GzipFile, target: BinaryIO, most_bytes: int) -> None:
    left = most_bytes
    while chunk := source.read(_CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise ArrearsError(NOT_UNPACKED, reason=f"it has more than {most_bytes} bytes")
        target.write(chunk)
